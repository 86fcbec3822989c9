//! The last pass over any text that is about to leave a machine: what tells who somebody is, or opens anything, goes; what support works with stays.
//!
//! It comes after, and never in the place of, parts that are written from typed fields. Each line is read as it stands and as what it encodes
//! (percent, JSON strings, several layers of either), in time proportional to its length, whatever is in it. Where in doubt, it goes.
//!
//! | file | what goes |
//! |---|---|
//! | `opaque.rs` | tokens, codes, hashes, UUIDs, base64 of JSON: whatever is not made of words |
//! | `encoded.rs` | shorter base64, base32 and hexadecimal words in which something of this table is written |
//! | `keyed.rs`, `keys.rs`, `values.rs` | what a name before it says is secret or personal: `code=`, `"password":`, `Cookie:`, `nom :` |
//! | `numbers.rs`, `groups.rs` | national ids, telephone numbers |
//! | `addresses.rs` | addresses of machines, but the loopback |
//! | `mail.rs` | mail addresses; a name and a password before a host |
//! | `paths.rs`, `accounts.rs` | whose home a path leads to; accounts with their domain, and the machine before a collected line |
//! | `card.rs` | what passes between a reader and a card |
//! | `programs.rs` | rows of an INSERT, parts of a form, what a balancer captured, who asked a proxy, passwords behind one letter |
//! | `known.rs` | the words that the caller knows to be personal |
//!
//! `moments.rs` says what stays all the same; `wrapped.rs` joins the lines over which one secret was cut, `below.rs` has the values that stand on the
//! lines below their name. `json.rs` keeps a document of one line a document.

mod accounts;
mod addresses;
mod below;
mod card;
mod encoded;
mod groups;
mod json;
mod keyed;
mod keys;
mod known;
mod mail;
mod moments;
mod numbers;
mod opaque;
mod paths;
mod programs;
mod values;
mod view;
mod wrapped;

use below::Below;
use json::Document;
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
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut at = 0;
    let mut below: Option<Below> = None;
    while at < lines.len() {
        let line = lines[at].trim_end_matches('\n');
        if let Some(without) = below.as_mut().and_then(|value| value.part(line).map(|part| value.without(line, part))) {
            redacted.push_str(&without);
            redacted.push_str(&lines[at][line.len()..]);
            at += 1;
            continue;
        }
        let together = &lines[at..at + wrapped::count(&lines[at..])];
        let kept: Vec<&str> = together.iter().map(|line| cut(line.trim_end_matches('\n'))).collect();
        let last = kept.len() - 1;
        for (number, ((line, kept), mut found)) in together.iter().zip(&kept).zip(wrapped::found(&kept, known)).enumerate() {
            // Between them, all that a line says is read with the others.
            if number == 0 || number == last {
                found.extend(pieces(kept, known));
            }
            write(kept, found, &mut redacted);
            let line_end = line.len() - line.trim_end_matches('\n').len();
            if kept.len() + line_end < line.len() {
                redacted.push_str(CUT);
            }
            redacted.push_str(&line[line.len() - line_end..]);
        }
        at += together.len();
        below = Below::opened_by(kept[last]);
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

/// What goes of a line, in bytes of it.
fn pieces(line: &str, known: &KnownWords) -> Vec<Found> {
    let mut found = Vec::new();
    for view in View::all(line) {
        let mut of_view = in_view(&view, known);
        encoded::find(view.chars(), &|text| !in_view(text, known).is_empty(), &mut of_view);
        found.extend(of_view.into_iter().map(|found| view.in_line(found)));
    }
    found
}

/// What goes of what a view says, in characters of it.
fn in_view(view: &View, known: &KnownWords) -> Vec<Found> {
    let chars = view.chars();
    let mut found = Vec::new();
    keyed::find(chars, &mut found);
    opaque::find(chars, &mut found);
    numbers::find(chars, &mut found);
    groups::find(chars, &mut found);
    addresses::find(chars, &mut found);
    mail::find(chars, &mut found);
    paths::find(chars, &mut found);
    accounts::find(chars, &mut found);
    card::find(chars, &mut found);
    programs::find(chars, &mut found);
    known.find(chars, &mut found);
    let moments = moments::all(chars);
    found.retain(|piece| piece.start < piece.end && !moments.iter().any(|(start, end)| *start <= piece.start && piece.end <= *end));
    found
}

/// The line without these pieces.
fn write(line: &str, found: Vec<Found>, redacted: &mut String) {
    let pieces = merged(found);
    let document = if pieces.is_empty() { None } else { Document::of(line) };
    let pieces = match document {
        Some(document) => document.fitted(line, pieces),
        None => pieces.into_iter().map(|piece| (piece.start..piece.end, piece.kind.label().to_owned())).collect(),
    };
    let mut at = 0;
    for (piece, instead) in pieces {
        redacted.push_str(&line[at..piece.start]);
        redacted.push_str(&instead);
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
