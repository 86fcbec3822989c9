//! A line that is a JSON document stays one: what takes the place of a value is a text, and what of a text goes leaves the text whole.

use std::ops::Range;

use serde::de::IgnoredAny;

use super::Found;

/// A document in a line, and where each of its pieces stands.
pub(super) struct Document {
    begins: usize,
    tokens: Vec<Token>,
}

struct Token {
    bytes: Range<usize>,
    is: Is,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    /// A name or a value between quotes.
    Text,
    /// A number, `true`, `false` or `null`.
    Word,
    /// The token that ends what begins here, by its place in the list.
    Opening(usize),
    Closing,
    /// `,` and `:`.
    Sign,
}

impl Document {
    /// Of a line that is an object or a list; or that ends by an object, behind what a collector puts before it.
    pub(super) fn of(line: &str) -> Option<Self> {
        let begins = if line.starts_with('[') { 0 } else { line.find('{')? };
        let document = line[begins..].trim_end();
        serde_json::from_str::<IgnoredAny>(document).ok()?;
        Some(Self { begins, tokens: tokens(line, begins..begins + document.len()) })
    }

    /// The pieces as they can be taken out, and what takes their place. In order and without overlap, as they came.
    pub(super) fn fitted(&self, line: &str, pieces: Vec<Found>) -> Vec<(Range<usize>, String)> {
        let mut fitted: Vec<(Range<usize>, String)> = Vec::new();
        for piece in pieces {
            let first = self.tokens.partition_point(|token| token.bytes.end <= piece.start);
            let after = self.tokens.partition_point(|token| token.bytes.start < piece.end);
            let label = piece.kind.label();
            let one = match self.tokens.get(first..after).unwrap_or_default() {
                [] if piece.end <= self.begins => vec![(piece.start..piece.end, label.to_owned())],
                // Blanks between two of its tokens, or behind it.
                [] => Vec::new(),
                [text] if text.holds(&piece) => vec![(whole_escapes(line, &text.bytes, &piece), label.to_owned())],
                touched => self.instead(touched, first, label),
            };
            // What stands before the document has no signs that must stay.
            let before = piece.start..self.begins.min(piece.end);
            let before = (!before.is_empty() && after > first).then(|| (before, label.to_owned()));
            for (bytes, instead) in before.into_iter().chain(one) {
                // A token that goes whole goes once, with whatever of it went before.
                while fitted.last().is_some_and(|(last, _)| bytes.start <= last.start) {
                    fitted.pop();
                }
                match fitted.last_mut() {
                    Some((last, _)) if bytes.start < last.end => last.end = last.end.max(bytes.end),
                    _ => fitted.push((bytes, instead)),
                }
            }
        }
        fitted
    }

    /// One value in the place of one; else each text and each word of it by itself, between the signs that stay.
    fn instead(&self, touched: &[Token], first: usize, label: &str) -> Vec<(Range<usize>, String)> {
        let text = format!("\"{label}\"");
        let end = match touched[0].is {
            Is::Opening(end) => end,
            Is::Text | Is::Word | Is::Closing | Is::Sign => first,
        };
        if end + 1 == first + touched.len() && !matches!(touched[0].is, Is::Closing | Is::Sign) {
            return vec![(touched[0].bytes.start..self.tokens[end].bytes.end, text)];
        }
        let goes = touched.iter().filter(|token| matches!(token.is, Is::Text | Is::Word));
        goes.map(|token| (token.bytes.clone(), text.clone())).collect()
    }
}

impl Token {
    /// Whether the piece lies between its quotes.
    fn holds(&self, piece: &Found) -> bool {
        self.is == Is::Text && self.bytes.start < piece.start && piece.end < self.bytes.end
    }
}

/// Of a line that is known to be sound there.
fn tokens(line: &str, document: Range<usize>) -> Vec<Token> {
    let bytes = line.as_bytes();
    let (mut tokens, mut open) = (Vec::<Token>::new(), Vec::new());
    let mut at = document.start;
    while at < document.end {
        let start = at;
        at += 1;
        let is = match bytes[start] {
            b'"' => {
                while at < document.end && bytes[at] != b'"' {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
                at += 1;
                Is::Text
            }
            b'{' | b'[' => {
                open.push(tokens.len());
                Is::Opening(tokens.len())
            }
            b'}' | b']' => {
                let (end, opening) = (tokens.len(), open.pop().and_then(|opening: usize| tokens.get_mut(opening)));
                if let Some(opening) = opening {
                    opening.is = Is::Opening(end);
                }
                Is::Closing
            }
            b',' | b':' => Is::Sign,
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => {
                while at < document.end && !matches!(bytes[at], b',' | b':' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n') {
                    at += 1;
                }
                Is::Word
            }
        };
        tokens.push(Token { bytes: start..at, is });
    }
    tokens
}

/// A piece of a text never begins or ends within an escape.
fn whole_escapes(line: &str, text: &Range<usize>, piece: &Found) -> Range<usize> {
    let bytes = line.as_bytes();
    let (mut whole, mut at) = (piece.start..piece.end, text.start + 1);
    while at < piece.end {
        let length = match (bytes[at], bytes.get(at + 1)) {
            (b'\\', Some(b'u')) => 6,
            (b'\\', _) => 2,
            _ => 1,
        };
        if at < piece.start && piece.start < at + length {
            whole.start = at;
        }
        if at < piece.end && piece.end < at + length {
            whole.end = at + length;
        }
        at += length;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::{Document, Found};

    const LINE: &str = r#"bd: {"fg":[1,{"h":"i\"j\u0041k"},null],"m":-2.5, "n":"op"} "#;

    fn left(pieces: &[(usize, usize)]) -> String {
        let pieces = pieces.iter().map(|(start, end)| Found { start: *start, end: *end, kind: Kind::Secret }).collect();
        let (mut left, mut at) = (String::new(), 0);
        for (bytes, instead) in Document::of(LINE).expect("a document").fitted(LINE, pieces) {
            left += &LINE[at..bytes.start];
            left += &instead;
            at = bytes.end;
        }
        left + &LINE[at..]
    }

    /// Wherever a piece begins and ends, and wherever another does behind it.
    #[test]
    fn whatever_goes_is_gone_and_what_is_left_is_a_document() {
        let length = LINE.len();
        let first = (0..length).flat_map(|start| (start + 1..=length).map(move |end| (start, end)));
        for one in first {
            for gap in [0, 1, 3] {
                for long in [0, 1, 2, 5, 14] {
                    let other = (one.1 + gap, one.1 + gap + long);
                    let pieces = if long > 0 && other.1 <= length { vec![one, other] } else { vec![one] };
                    let left = left(&pieces);
                    let document = &left[left.find('{').unwrap_or_else(|| left.find('"').expect("a value"))..];
                    assert!(serde_json::from_str::<serde_json::Value>(document).is_ok(), "{pieces:?}: {left}");
                    let gone = pieces.iter().flat_map(|(start, end)| LINE[*start..*end].chars());
                    for sign in gone.filter(|sign| "bdfghijkmop25".contains(*sign)) {
                        assert!(!left.contains(sign), "{sign} of {pieces:?} is in {left}");
                    }
                }
            }
        }
    }
}
