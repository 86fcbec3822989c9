//! A line as it stands, and as what it encodes: each character remembers which bytes of the line say it.

use std::ops::Range;

use super::Found;

/// Layers of encoding that are looked through.
const LAYERS: usize = 3;

/// The characters that a line says, one layer of encoding after another taken off.
pub(super) struct View {
    chars: Vec<char>,
    /// The bytes of the line that say each of them.
    bytes: Vec<Range<usize>>,
}

impl View {
    /// The line itself first, then what it encodes, as long as it encodes anything.
    pub(super) fn all(line: &str) -> Vec<Self> {
        let plain = line.char_indices().map(|(at, character)| (character, at..at + character.len_utf8()));
        let (chars, bytes) = plain.unzip();
        let mut views = vec![Self { chars, bytes }];
        for _ in 0..LAYERS {
            match views.last().and_then(Self::decoded) {
                Some(view) => views.push(view),
                None => break,
            }
        }
        views
    }

    pub(super) fn chars(&self) -> &[char] {
        &self.chars
    }

    /// A piece of this view, as bytes of the line.
    pub(super) fn in_line(&self, found: Found) -> Found {
        let (start, end) = (self.bytes[found.start].start, self.bytes[found.end - 1].end);
        Found { start, end, ..found }
    }

    /// One layer less; `None` where there was none.
    fn decoded(&self) -> Option<Self> {
        let mut decoded = Self { chars: Vec::with_capacity(self.chars.len()), bytes: Vec::with_capacity(self.chars.len()) };
        let mut at = 0;
        while at < self.chars.len() {
            let used = match self.chars[at] {
                '%' => self.percent(at, &mut decoded),
                '\\' => self.escape(at, &mut decoded),
                _ => None,
            };
            at += used.unwrap_or_else(|| {
                decoded.push(self.chars[at], self.bytes[at].clone());
                1
            });
        }
        (decoded.chars.len() < self.chars.len()).then_some(decoded)
    }

    fn push(&mut self, character: char, bytes: Range<usize>) {
        self.chars.push(character);
        self.bytes.push(bytes);
    }

    fn span(&self, first: usize, count: usize) -> Range<usize> {
        self.bytes[first].start..self.bytes[first + count - 1].end
    }

    fn hex(&self, at: usize, digits: usize) -> Option<u32> {
        let digits = self.chars.get(at..at + digits)?;
        digits.iter().try_fold(0, |value, digit| Some(value * 16 + digit.to_digit(16)?))
    }

    /// `%41`, or the two to four of them that make one character; how much of the view it took.
    fn percent(&self, at: usize, decoded: &mut Self) -> Option<usize> {
        let byte = |turn: usize| {
            let sign = at + 3 * turn;
            (self.chars.get(sign) == Some(&'%')).then(|| self.hex(sign + 1, 2)).flatten().and_then(|byte| u8::try_from(byte).ok())
        };
        let first = byte(0)?;
        let length = match first {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => 1,
        };
        let all: Option<Vec<u8>> = (0..length).map(byte).collect();
        let character = all.and_then(|all| std::str::from_utf8(&all).ok()?.chars().next());
        let (character, length) = character.map_or((char::from(first), 1), |character| (character, length));
        decoded.push(character, self.span(at, 3 * length));
        Some(3 * length)
    }

    /// An escape of JSON (RFC 8259 section 7).
    fn escape(&self, at: usize, decoded: &mut Self) -> Option<usize> {
        let (character, length) = match self.chars.get(at + 1)? {
            '"' => ('"', 2),
            '/' => ('/', 2),
            '\\' => ('\\', 2),
            'n' => ('\n', 2),
            'r' => ('\r', 2),
            't' => ('\t', 2),
            'u' => (char::from_u32(self.hex(at + 2, 4)?)?, 6),
            _ => return None,
        };
        decoded.push(character, self.span(at, length));
        Some(length)
    }
}
