//! An address as a picture, for the camera of a telephone or of a tablet: in a window, or in a terminal.

use qrcodegen::{QrCode, QrCodeEcc};

/// What surrounds the picture, in its own squares: readers want four (ISO/IEC 18004).
const MARGIN: i32 = 4;

/// Black on white whatever the terminal's own colours are: of the 256, those of its theme are left alone.
const INK_ON_PAPER: &str = "\u{1b}[38;5;16;48;5;231m";
const AS_BEFORE: &str = "\u{1b}[0m";

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

impl Picture {
    /// The same for a terminal: a sign is one square wide and two high.
    pub fn lines(&self) -> Vec<String> {
        let side = self.0.size() + 2 * MARGIN;
        let sign = |x: i32, y: i32| match (self.is_dark(x, y), self.is_dark(x, y + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        };
        let line = |y: i32| format!("{INK_ON_PAPER}{}{AS_BEFORE}", (0..side).map(|x| sign(x, y)).collect::<String>());
        (0..side).step_by(2).map(line).collect()
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

    /// What a camera sees of a terminal of these own colours; every sign is drawn in colours that are given.
    fn read_from(lines: &[String], own: (u8, u8)) -> String {
        const SQUARE: usize = 4;
        let mut rows: Vec<Vec<u8>> = Vec::new();
        for line in lines {
            let (mut upper, mut lower, mut colours, mut rest) = (Vec::new(), Vec::new(), own, line.as_str());
            while let Some(sign) = rest.chars().next() {
                if let Some(behind) = rest.strip_prefix(INK_ON_PAPER) {
                    (colours, rest) = ((0, 255), behind);
                    continue;
                }
                if let Some(behind) = rest.strip_prefix(AS_BEFORE) {
                    (colours, rest) = (own, behind);
                    continue;
                }
                let (ink, paper) = colours;
                let (over, under) = match sign {
                    '█' => (ink, ink),
                    '▀' => (ink, paper),
                    '▄' => (paper, ink),
                    ' ' => (paper, paper),
                    other => panic!("{other:?} is no part of a picture"),
                };
                upper.push(over);
                lower.push(under);
                rest = &rest[sign.len_utf8()..];
            }
            rows.extend([upper, lower]);
        }
        let (width, height) = (rows[0].len(), rows.len());
        assert!(rows.iter().all(|row| row.len() == width));
        // The margin, whatever surrounds it.
        assert!(rows[..4].iter().chain(&rows[height - 4..]).flatten().all(|dot| *dot == 255), "four light rows above and below");
        assert!(
            rows.iter().all(|row| row[..4].iter().chain(&row[width - 4..]).all(|dot| *dot == 255)),
            "four light columns on either side"
        );
        let around = 2;
        let dot = |x: usize, y: usize| {
            let seen = x.checked_sub(around).zip(y.checked_sub(around)).and_then(|(x, y)| rows.get(y)?.get(x).copied());
            seen.unwrap_or(own.1)
        };
        let (wide, high) = ((width + 2 * around) * SQUARE, (height + 2 * around) * SQUARE);
        let mut seen = rqrr::PreparedImage::prepare_from_greyscale(wide, high, |x, y| dot(x / SQUARE, y / SQUARE));
        let grids = seen.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().expect("read").1
    }

    #[test]
    fn a_reader_reads_the_address_from_a_terminal_whether_dark_or_light() {
        for address in [ADDRESS, "https://connexion.hopital.example/a"] {
            let lines = Picture::of(address).expect("short enough").lines();
            for own in [(200, 0), (0, 255), (120, 60)] {
                assert_eq!(read_from(&lines, own), address, "{own:?}");
            }
        }
    }

    #[test]
    fn an_address_too_long_has_no_picture() {
        assert!(Picture::of(&"x".repeat(4_000)).is_none());
    }
}
