//! A line as it stands, and as what it encodes: each character remembers which bytes of the line say it.
//!
//! Signs that look or count alike are one from the start (`folded`): figures of any script, wide letters, dashes. One stage takes off one layer of
//! every encoding at once: `%41` `%u0041`, `\\x41` `\\u0041` `\\u{41}` `\\U00000041` `\\101`, `&#65;` `&#x41;` `&amp;`, the escapes of JSON.

use std::ops::Range;

use super::Found;
use super::known::is_accent;
use crate::wire::is_hidden;

/// Layers of encoding that are looked through.
const LAYERS: usize = 3;
/// Figures of a character's number.
const MOST_FIGURES: usize = 7;
/// What a page or a document calls by name.
const ENTITIES: [(&str, char); 9] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("commat", '@'),
    ("period", '.'),
    ("equals", '='),
];
/// Bytes of the shortest text that is written as numbers.
const LEAST_BYTES: usize = 8;
/// What makes an address one that nobody can click, between brackets.
const DISARMED: [(&str, char); 5] = [(".", '.'), ("@", '@'), (":", ':'), ("dot", '.'), ("point", '.')];
/// The zero of each script that counts by ten; its other figures follow it (Unicode, general category Nd).
const ZEROS: [u32; 61] = [
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040,
    0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50,
    0xabf0, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950,
    0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
];

/// The characters that a line says, one layer of encoding after another taken off.
pub(super) struct View {
    chars: Vec<char>,
    /// The bytes of the line that say each of them.
    bytes: Vec<Range<usize>>,
}

impl View {
    /// A text as it stands.
    pub(super) fn of(line: &str) -> Self {
        // Between the letters of a name, they would hide it.
        let seen = line.char_indices().filter(|(_, character)| !is_hidden(*character));
        let mut view = Self { chars: Vec::with_capacity(line.len()), bytes: Vec::with_capacity(line.len()) };
        for (at, character) in seen {
            match view.bytes.last_mut().filter(|_| is_accent(character)) {
                // It belongs to its letter, and goes with it.
                Some(letter) => letter.end = at + character.len_utf8(),
                None => view.push(folded(character), at..at + character.len_utf8()),
            }
        }
        view
    }

    /// The line itself first, then what it encodes, as long as it encodes anything.
    pub(super) fn all(line: &str) -> Vec<Self> {
        let mut views = vec![Self::of(line)];
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
        // A word of mail that is not all ASCII (RFC 2047): elsewhere, `=40` is a value.
        let is_quoted = self.chars.windows(3).any(|three| matches!(three, ['?', 'Q' | 'q', '?']));
        let mut at = 0;
        while at < self.chars.len() {
            let used = match self.chars[at] {
                '%' => self.bytes_of(at, 1, &mut decoded).or_else(|| self.wide(at, &mut decoded)),
                '\\' => self.escape(at, &mut decoded),
                '&' => self.entity(at, &mut decoded),
                '[' => self.disarmed(at, &mut decoded).or_else(|| self.numbers(at, &mut decoded)),
                '(' => self.disarmed(at, &mut decoded),
                '=' if is_quoted => self.bytes_of(at, 1, &mut decoded),
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

    /// What so many signs say; so many.
    fn say(&mut self, character: char, bytes: Range<usize>, length: usize) -> usize {
        self.push(folded(character), bytes);
        length
    }

    fn span(&self, first: usize, count: usize) -> Range<usize> {
        self.bytes[first].start..self.bytes[first + count - 1].end
    }

    fn hex(&self, at: usize, digits: usize) -> Option<u32> {
        let digits = self.chars.get(at..at + digits)?;
        digits.iter().try_fold(0, |value, digit| Some(value * 16 + digit.to_digit(16)?))
    }

    /// `%41`, `\x41`, or the two to four of them that make one character; how much of the view it took. `mark` signs stand before the figures.
    fn bytes_of(&self, at: usize, mark: usize, decoded: &mut Self) -> Option<usize> {
        let (before, width) = (&self.chars[at..at + mark], mark + 2);
        let byte = |turn: usize| {
            let sign = at + width * turn;
            (self.chars.get(sign..sign + mark) == Some(before)).then(|| self.hex(sign + mark, 2)).flatten()
        };
        self.utf_8(at, width, decoded, byte)
    }

    /// `\101`.
    fn octal(&self, at: usize, decoded: &mut Self) -> Option<usize> {
        let byte = |turn: usize| {
            let figures = self.chars.get(at + 4 * turn..at + 4 * turn + 4).filter(|four| four[0] == '\\')?;
            figures[1..].iter().try_fold(0, |value, figure| Some(value * 8 + figure.to_digit(8)?))
        };
        self.utf_8(at, 4, decoded, byte)
    }

    /// The character whose first byte stands `at`, in so many signs each.
    fn utf_8(&self, at: usize, width: usize, decoded: &mut Self, byte: impl Fn(usize) -> Option<u32>) -> Option<usize> {
        let byte = |turn: usize| byte(turn).and_then(|byte| u8::try_from(byte).ok());
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
        Some(decoded.say(character, self.span(at, width * length), width * length))
    }

    /// `%u0041`, as old scripts write it.
    fn wide(&self, at: usize, decoded: &mut Self) -> Option<usize> {
        let is_marked = matches!(self.chars.get(at + 1), Some('u' | 'U'));
        let character = is_marked.then(|| self.hex(at + 2, 4)).flatten().and_then(char::from_u32)?;
        Some(decoded.say(character, self.span(at, 6), 6))
    }

    /// An escape of JSON (RFC 8259 section 7), or of a language.
    fn escape(&self, at: usize, decoded: &mut Self) -> Option<usize> {
        let (character, length) = match self.chars.get(at + 1)? {
            '"' => ('"', 2),
            '/' => ('/', 2),
            '\\' => ('\\', 2),
            'n' => ('\n', 2),
            'r' => ('\r', 2),
            't' => ('\t', 2),
            'x' => return self.bytes_of(at, 2, decoded),
            'u' if self.chars.get(at + 2) == Some(&'{') => self.number(at + 3, 16, '}').map(|(character, end)| (character, end - at))?,
            'u' => (char::from_u32(self.hex(at + 2, 4)?)?, 6),
            'U' => (char::from_u32(self.hex(at + 2, 8)?)?, 10),
            '0'..='3' => return self.octal(at, decoded),
            _ => return None,
        };
        Some(decoded.say(character, self.span(at, length), length))
    }

    /// An entity of HTML or XML.
    fn entity(&self, at: usize, decoded: &mut Self) -> Option<usize> {
        let (character, length) = match (self.chars.get(at + 1)?, self.chars.get(at + 2)) {
            ('#', Some('x' | 'X')) => self.number(at + 3, 16, ';').map(|(character, end)| (character, end - at))?,
            ('#', _) => self.number(at + 2, 10, ';').map(|(character, end)| (character, end - at))?,
            _ => ENTITIES.iter().find_map(|(name, character)| {
                let length = name.len() + 2;
                let is_it = self.chars.get(at + 1..at + length)?.iter().copied().eq(name.chars().chain([';']));
                is_it.then_some((*character, length))
            })?,
        };
        Some(decoded.say(character, self.span(at, length), length))
    }

    /// `[109, 100, 112]`: a text as journals write one that has signs of no text in it, byte by byte.
    fn numbers(&self, open: usize, decoded: &mut Self) -> Option<usize> {
        let (mut at, mut bytes, mut places) = (open + 1, Vec::new(), Vec::new());
        loop {
            let length = self.chars[at..].iter().take(4).take_while(|sign| sign.is_ascii_digit()).count();
            let number: String = self.chars[at..at + length].iter().collect();
            bytes.push(number.parse::<u8>().ok()?);
            places.push(at..at + length);
            at += length;
            match self.chars.get(at)? {
                ']' => break,
                ',' => at += 1 + usize::from(self.chars.get(at + 1) == Some(&' ')),
                _ => return None,
            }
        }
        // What is no text stands for one sign of it.
        let signs: Vec<(char, usize)> = bytes
            .utf8_chunks()
            .flat_map(|chunk| {
                chunk.valid().chars().map(|sign| (sign, sign.len_utf8())).chain(chunk.invalid().iter().map(|byte| (char::from(*byte), 1)))
            })
            .collect();
        let letters = signs.iter().filter(|(sign, _)| sign.is_alphabetic()).count();
        if bytes.len() < LEAST_BYTES || 3 * letters < bytes.len() {
            return None;
        }
        let mut next = 0;
        for (sign, length) in signs {
            let (first, last) = (&places[next], &places[next + length - 1]);
            decoded.push(folded(sign), self.bytes[first.start].start..self.bytes[last.end - 1].end);
            next += length;
        }
        Some(at + 1 - open)
    }

    /// `[.]`, `[@]`, `(dot)`: what makes an address one that nobody can click.
    fn disarmed(&self, at: usize, decoded: &mut Self) -> Option<usize> {
        let (character, length) = DISARMED.iter().find_map(|(name, character)| {
            let length = name.len() + 2;
            let is_it = self.chars.get(at + 1..at + length - 1)?.iter().copied().eq(name.chars());
            (is_it && matches!(self.chars.get(at + length - 1), Some(']' | ')'))).then_some((*character, length))
        })?;
        Some(decoded.say(character, self.span(at, length), length))
    }

    /// The character of this number, written from here up to the sign that ends it; where that ends.
    fn number(&self, from: usize, radix: u32, end: char) -> Option<(char, usize)> {
        let figures = self.chars.get(from..)?.iter().take(MOST_FIGURES + 1).position(|sign| *sign == end).filter(|count| *count > 0)?;
        let value =
            self.chars[from..from + figures].iter().try_fold(0_u32, |value, figure| Some(value * radix + figure.to_digit(radix)?))?;
        Some((char::from_u32(value)?, from + figures + 1))
    }
}

/// One sign for all that look or count alike.
fn folded(character: char) -> char {
    if character.is_ascii() {
        return character;
    }
    let number = u32::from(character);
    match character {
        // Wide signs are those of ASCII, further on.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(number - 0xfee0).unwrap_or(character),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        '\u{2070}' | '\u{2074}'..='\u{2079}' => figure(number - 0x2070),
        '\u{2080}'..='\u{2089}' => figure(number - 0x2080),
        '\u{2460}'..='\u{2468}' => figure(number - 0x245f),
        '\u{fe6b}' => '@',
        '\u{2024}' | '\u{fe52}' | '\u{3002}' | '\u{ff61}' => '.',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        _ => match ZEROS.binary_search(&number) {
            Ok(_) => '0',
            Err(after) => {
                let zero = after.checked_sub(1).map_or(number, |before| ZEROS[before]);
                if number - zero < 10 && number > zero { figure(number - zero) } else { character }
            }
        },
    }
}

fn figure(value: u32) -> char {
    char::from_digit(value, 10).unwrap_or('0')
}
