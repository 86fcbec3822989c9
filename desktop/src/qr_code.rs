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

    /// For a terminal: two rows of squares in each line, black on white whatever its own colours.
    pub fn lines(&self) -> Vec<String> {
        let side = self.0.size() + 2 * MARGIN;
        let line = |y: i32| {
            let squares: String = (0..side)
                .map(|x| match (self.is_dark(x, y), self.is_dark(x, y + 1)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                })
                .collect();
            format!("\x1b[30;107m{squares}\x1b[0m")
        };
        (0..side).step_by(2).map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As long as one of ours.
    const ADDRESS: &str = "https://connexion.hopital.example/oauth/authorize?client_id=vestibule-desktop&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3AAbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCd";

    #[test]
    fn both_drawings_show_the_same_squares_with_a_margin_around() {
        let picture = Picture::of(ADDRESS).expect("short enough");
        let side = usize::try_from(picture.side()).expect("small");
        let path = picture.path();
        let drawn: Vec<(usize, usize)> = path
            .split('M')
            .skip(1)
            .map(|square| {
                let (x, rest) = square.split_once(' ').expect("two numbers");
                (x.parse().expect("a number"), rest.trim_end_matches("h1v1h-1z").parse().expect("a number"))
            })
            .collect();
        let lines = picture.lines();
        assert_eq!(lines.len(), side.div_ceil(2));
        let mut told = Vec::new();
        for (row, line) in lines.iter().enumerate() {
            let squares =
                line.strip_prefix("\x1b[30;107m").and_then(|line| line.strip_suffix("\x1b[0m")).expect("coloured, and left as it was");
            assert_eq!(squares.chars().count(), side);
            for (x, square) in squares.chars().enumerate() {
                if matches!(square, '█' | '▀') {
                    told.push((x, 2 * row));
                }
                if matches!(square, '█' | '▄') {
                    told.push((x, 2 * row + 1));
                }
            }
        }
        told.sort_by_key(|(x, y)| (*y, *x));
        assert_eq!(drawn, told);
        assert!(drawn.len() > side * side / 4 && drawn.iter().all(|(x, y)| (4..side - 4).contains(x) && (4..side - 4).contains(y)));
    }

    #[test]
    fn a_reader_that_is_not_ours_reads_the_address() {
        const SQUARE: usize = 4;
        let picture = Picture::of(ADDRESS).expect("short enough");
        let side = usize::try_from(picture.side()).expect("small") * SQUARE;
        let place = |at: usize| i32::try_from(at / SQUARE).expect("small");
        let mut seen =
            rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| if picture.is_dark(place(x), place(y)) { 0 } else { 255 });
        let grids = seen.detect_grids();
        assert_eq!(grids.len(), 1);
        assert_eq!(grids[0].decode().expect("read").1, ADDRESS);
    }

    #[test]
    fn an_address_too_long_has_no_picture() {
        assert!(Picture::of(&"x".repeat(4_000)).is_none());
    }
}
