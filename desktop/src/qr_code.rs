//! An address as a picture, for the camera of a telephone or of a tablet.

use qrcodegen::{QrCode, QrCodeEcc};

/// What surrounds the picture, in its own squares: readers want four (ISO/IEC 18004).
const MARGIN: i32 = 4;

/// The picture of an address, dark squares on light ones.
pub struct Picture(QrCode);

impl Picture {
    /// `None` where the address is too long for one.
    pub fn of(address: &str) -> Option<Self> {
        // Nothing is torn or stained on a screen: the fewest and largest squares are read from furthest away.
        QrCode::encode_text(address, QrCodeEcc::Low).ok().map(Self)
    }

    /// Squares on a side, margin included.
    pub fn side(&self) -> u32 {
        u32::try_from(self.0.size() + 2 * MARGIN).unwrap_or_default()
    }

    fn is_dark(&self, x: i32, y: i32) -> bool {
        self.0.get_module(x - MARGIN, y - MARGIN)
    }

    /// The dark squares as the path of an SVG whose box is `side` squares wide and high.
    pub fn path(&self) -> String {
        let side = self.0.size() + 2 * MARGIN;
        let squares = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
        squares.filter(|(x, y)| self.is_dark(*x, *y)).map(|(x, y)| format!("M{x} {y}h1v1h-1z")).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// As long as one of ours.
    const ADDRESS: &str = "https://connexion.hopital.example/oauth/authorize?client_id=vestibule-desktop&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3AAbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCd";

    #[test]
    fn a_reader_that_is_not_ours_reads_the_address_from_what_is_drawn_with_its_margin() {
        const SQUARE: usize = 4;
        let picture = Picture::of(ADDRESS).expect("short enough");
        let side = usize::try_from(picture.side()).expect("small");
        let path = picture.path();
        let drawn: HashSet<(usize, usize)> = path
            .split('M')
            .skip(1)
            .map(|square| {
                let (x, rest) = square.split_once(' ').expect("two numbers");
                (x.parse().expect("a number"), rest.strip_suffix("h1v1h-1z").expect("a square").parse().expect("a number"))
            })
            .collect();
        assert!(drawn.iter().all(|(x, y)| (4..side - 4).contains(x) && (4..side - 4).contains(y)), "nothing lies in the margin");
        let dots = side * SQUARE;
        let mut seen =
            rqrr::PreparedImage::prepare_from_greyscale(dots, dots, |x, y| if drawn.contains(&(x / SQUARE, y / SQUARE)) { 0 } else { 255 });
        let grids = seen.detect_grids();
        assert_eq!(grids.len(), 1);
        assert_eq!(grids[0].decode().expect("read").1, ADDRESS);
    }

    #[test]
    fn an_address_too_long_has_no_picture() {
        assert!(Picture::of(&"x".repeat(4_000)).is_none());
    }
}
