//! Runs that no word, number or date explains: tokens, codes, verifiers, hashes, UUIDs, historical bytes of a card, base64.

use super::{Found, Kind};

/// A run of this length is a secret unless it is made of words: 15 bytes in base64.
const LEAST: usize = 20;
/// The same for hexadecimal digits, letters and figures mixed.
const LEAST_HEX: usize = 16;
/// A piece between two slashes or dots that is shorter says nothing by itself.
const LEAST_PIECE: usize = 4;
/// Figures of a date or of a version.
const LONGEST_NUMBER: usize = 8;
/// Letters of a word.
const LONGEST_WORD: usize = 40;
/// `{"`, `{ "`, `{` and a line end, `[{"` in base64: JSON of any length.
const JSON: [&str; 4] = ["eyJ", "eyAi", "ewo", "W3si"];
/// Base64 of JSON that is shorter holds nothing.
const LEAST_JSON: usize = 10;

pub(super) fn find(chars: &[char], found: &mut Vec<Found>) {
    let mut at = 0;
    while at < chars.len() {
        let end = at + chars[at..].iter().take_while(|character| is_part(**character)).count();
        if end == at {
            at += 1;
            continue;
        }
        in_run(chars, at, end, found);
        at = end;
    }
}

const fn is_in_piece(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '+')
}

const fn is_part(character: char) -> bool {
    is_in_piece(character) || matches!(character, '/' | '.' | '~')
}

/// Of what stands between two slashes, dots or tildes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Random,
    /// Too short to tell.
    Neutral,
    /// Words, as base64 may hold some beside what is random: `QEFA`.
    Odd,
    Words,
}

/// Pieces that follow each other without a word between them make one secret, when they are long enough together.
fn in_run(chars: &[char], start: usize, end: usize, found: &mut Vec<Found>) {
    let padding = chars[end..].iter().take(2).take_while(|character| **character == '=').count();
    let pieces = pieces(chars, start, end);
    let joins = |piece: &Piece| matches!(piece, Piece::Random | Piece::Neutral | Piece::Odd);
    let mut next = 0;
    while let Some(random) = (next..pieces.len()).find(|at| pieces[*at].2 == Piece::Random) {
        let mut first =
            (next..random).rev().take_while(|at| joins(&pieces[*at].2)).filter(|at| pieces[*at].2 == Piece::Odd).last().unwrap_or(random);
        let after = (random + 1..pieces.len()).take_while(|at| joins(&pieces[*at].2)).count();
        let mut last = random + after;
        if padding > 0 {
            (first, last) = (next, pieces.len() - 1);
        }
        next = last + 1;
        while padding == 0 && pieces[last].2 == Piece::Neutral {
            last -= 1;
        }
        let (from, to) = (pieces[first].0, if padding > 0 { end } else { pieces[last].1 });
        if is_long_enough(&chars[from..to]) {
            let end = if to == end { end + padding } else { to };
            found.push(Found { start: from, end, kind: Kind::Secret });
        }
    }
}

fn pieces(chars: &[char], start: usize, end: usize) -> Vec<(usize, usize, Piece)> {
    let mut pieces = Vec::new();
    let mut at = start;
    while at < end {
        let length = chars[at..end].iter().take_while(|character| is_in_piece(**character)).count();
        let piece = &chars[at..at + length];
        if is_json(piece) {
            // With its dots: the parts of a JWT are one.
            let dots = chars[at..end].iter().rev().take_while(|character| **character == '.').count();
            pieces.push((at, end - dots, Piece::Random));
            break;
        }
        if length > 0 {
            pieces.push((at, at + length, judge(piece)));
        }
        at += length.max(1);
    }
    pieces
}

fn is_long_enough(secret: &[char]) -> bool {
    let is_hex = secret.iter().all(char::is_ascii_hexdigit);
    secret.len() >= LEAST || (is_hex && secret.len() >= LEAST_HEX) || is_json(secret)
}

fn is_json(piece: &[char]) -> bool {
    piece.len() >= LEAST_JSON && JSON.iter().any(|start| start.chars().eq(piece.iter().copied().take(start.len())))
}

fn judge(piece: &[char]) -> Piece {
    if piece.len() < LEAST_PIECE {
        return Piece::Neutral;
    }
    // Nobody writes both signs and capitals in one name.
    let is_mixed = piece.contains(&'-') && piece.contains(&'_') && piece.iter().any(char::is_ascii_uppercase);
    let are_words = !is_mixed && !is_uuid(piece) && piece.split(|character| !character.is_ascii_alphanumeric()).all(is_word);
    match (are_words, is_written_small(piece)) {
        (false, _) => Piece::Random,
        (true, false) => Piece::Odd,
        (true, true) => Piece::Words,
    }
}

/// As folders and files are called: `logs`, `Library`, `2026-11-28`.
fn is_written_small(piece: &[char]) -> bool {
    !piece.contains(&'+') && piece.iter().skip(1).all(|character| !character.is_ascii_uppercase())
}

/// A number, a word, or a word with a number at either end, as a person or a programmer writes them.
fn is_word(text: &[char]) -> bool {
    let is_digit = |character: &&char| character.is_ascii_digit();
    let before = text.iter().take_while(is_digit).count();
    if before == text.len() {
        return before <= LONGEST_NUMBER;
    }
    let after = text.iter().rev().take_while(is_digit).count();
    let letters = &text[before..text.len() - after];
    before + after <= LONGEST_NUMBER && letters.len() <= LONGEST_WORD && is_cased_as_words(letters)
}

/// `word`, `WORD`, `TwoWords`, `OAuthWord`: a capital here and there, with small letters behind it. Random letters look so for a moment only.
fn is_cased_as_words(letters: &[char]) -> bool {
    if letters.iter().any(|letter| !letter.is_ascii_alphabetic()) {
        return false;
    }
    let capitals = letters.iter().filter(|letter| letter.is_ascii_uppercase()).count();
    if capitals == 0 || capitals == letters.len() {
        return true;
    }
    let runs = letters.chunk_by(|one, other| one.is_ascii_uppercase() == other.is_ascii_uppercase());
    let are_words =
        runs.enumerate().all(|(turn, run)| turn == 0 || if run[0].is_ascii_uppercase() { run.len() == 1 } else { run.len() >= 2 });
    are_words && capitals * 3 <= letters.len() && letters.last().is_some_and(char::is_ascii_lowercase)
}

/// RFC 9562: some have so few letters that each part looks like a number.
fn is_uuid(piece: &[char]) -> bool {
    let parts = piece.split(|character| *character == '-');
    parts.map(<[char]>::len).eq([8, 4, 4, 4, 12]) && piece.iter().all(|character| character.is_ascii_hexdigit() || *character == '-')
}
