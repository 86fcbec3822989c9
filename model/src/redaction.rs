//! The last pass over any text that is about to leave a machine: what tells who somebody is, or opens anything, goes; what support works with stays.
//!
//! It comes after, and never in the place of, parts that are written from typed fields. Each line is read as it stands and as what it encodes
//! (percent, JSON strings, several layers of either), in time proportional to its length, whatever is in it. Where in doubt, it goes.
//!
//! | file | what goes |
//! |---|---|
//! | `opaque.rs` | tokens, codes, hashes, UUIDs, base64 of JSON: whatever is not made of words |
//! | `keyed.rs` | what a name before it says is secret: `code=`, `"password":`, `Cookie:` |
//! | `numbers.rs` | national ids, telephone numbers |
//! | `addresses.rs` | addresses of machines, but the loopback |
//! | `mail.rs` | mail addresses; a name and a password before a host |
//! | `paths.rs` | whose home a path leads to |
//! | `known.rs` | the words that the caller knows to be personal |

mod addresses;
mod keyed;
mod known;
mod mail;
mod numbers;
mod opaque;
mod paths;
mod view;

pub use known::KnownWords;
use view::View;

/// Longest line that is kept, in bytes. What follows is left out and said.
pub const LONGEST_LINE: usize = 16 * 1024;

/// Put at the end of a line that was cut.
pub const CUT: &str = "[coupé]";

/// A cut never shows the beginning of a long word: one of more than this is none that anybody reads.
const LONGEST_WORD: usize = 512;

/// What was found, by the word that takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Secret,
    Number,
    Machine,
    Mail,
    Name,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Secret, Self::Number, Self::Machine, Self::Mail, Self::Name];

    const fn label(self) -> &'static str {
        match self {
            Self::Secret => "[secret]",
            Self::Number => "[numéro]",
            Self::Machine => "[adresse]",
            Self::Mail => "[courriel]",
            Self::Name => "[nom]",
        }
    }
}

/// A piece of a line that goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found {
    start: usize,
    end: usize,
    kind: Kind,
}

/// The text without what may not leave. Lines stay lines.
#[must_use]
pub fn redact(text: &str, known: &KnownWords) -> String {
    let mut redacted = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        let kept = cut(line);
        redact_line(kept, known, &mut redacted);
        if kept.len() < line.len() {
            redacted.push_str(CUT);
        }
        redacted.push_str(end);
    }
    redacted
}

/// The line, or its beginning up to the end of a word.
fn cut(line: &str) -> &str {
    if line.len() <= LONGEST_LINE {
        return line;
    }
    let head = &line[..line.floor_char_boundary(LONGEST_LINE)];
    let least = head.floor_char_boundary(LONGEST_LINE - LONGEST_WORD);
    head[least..].rfind(char::is_whitespace).map_or(&head[..least], |space| &head[..least + space])
}

fn redact_line(line: &str, known: &KnownWords, redacted: &mut String) {
    let mut found = Vec::new();
    for view in View::all(line) {
        let chars = view.chars();
        let mut in_view = Vec::new();
        keyed::find(chars, &mut in_view);
        opaque::find(chars, &mut in_view);
        numbers::find(chars, &mut in_view);
        addresses::find(chars, &mut in_view);
        mail::find(chars, &mut in_view);
        paths::find(chars, &mut in_view);
        known.find(chars, &mut in_view);
        found.extend(in_view.into_iter().filter(|found| found.start < found.end).map(|found| view.in_line(found)));
    }
    let mut at = 0;
    for piece in merged(found) {
        redacted.push_str(&line[at..piece.start]);
        redacted.push_str(piece.kind.label());
        at = piece.end;
    }
    redacted.push_str(&line[at..]);
}

/// In order, without overlap: one piece for all that touch the same place, called by the widest of them.
fn merged(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|piece| (piece.start, std::cmp::Reverse(piece.end)));
    let mut merged: Vec<Found> = Vec::new();
    for piece in found {
        match merged.last_mut() {
            Some(last) if piece.start < last.end => last.end = last.end.max(piece.end),
            _ => merged.push(piece),
        }
    }
    merged
}

#[cfg(test)]
mod tests;
