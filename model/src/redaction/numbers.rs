//! National ids and telephone numbers, in a row; `groups.rs` has those that are written in groups. Whatever has nine figures in a row may be one:
//! RPPS (11, or 12 with its 8), ADELI (9 or 10), FINESS (9), SIREN, SIRET (14), NIR and INS (13 or 15), a card's number.

use super::{Found, Kind};

/// Figures that make an id.
pub(super) const LEAST: usize = 9;
/// Figures of a telephone number behind its `+`.
const LEAST_ABROAD: usize = 10;
/// Letters and figures around an id that belong to it: `ANS20990101120000`, `5…/CPAT00045`.
const LONGEST_REST: usize = 24;

pub(super) fn find(chars: &[char], found: &mut Vec<Found>) {
    let mut at = 0;
    while at < chars.len() {
        if !is_figure(chars, at) {
            at += 1;
            continue;
        }
        let end = end_of_run(chars, at);
        let piece = in_a_row(chars, at, end).or_else(|| abroad(chars, at)).or_else(|| by_twos(chars, at));
        at = piece.map_or(end, |piece| piece.end.max(end));
        found.extend(piece);
    }
}

/// A figure; the letter of a department of Corsica stands for one.
pub(super) fn is_figure(chars: &[char], at: usize) -> bool {
    let goes_on = || digit(chars, at + 1) || (chars.get(at + 1).is_some_and(|gap| is_gap(*gap)) && digit(chars, at + 2));
    let is_corsican = || matches!(chars[at], 'A' | 'B' | 'a' | 'b') && at > 0 && chars[at - 1] == '2' && goes_on();
    chars[at].is_ascii_digit() || is_corsican()
}

pub(super) fn digit(chars: &[char], at: usize) -> bool {
    chars.get(at).is_some_and(char::is_ascii_digit)
}

pub(super) fn end_of_run(chars: &[char], from: usize) -> usize {
    (from..chars.len()).find(|at| !is_figure(chars, *at)).unwrap_or(chars.len())
}

fn in_a_row(chars: &[char], start: usize, end: usize) -> Option<Found> {
    let length = end - start;
    if length < LEAST || (length == LEAST && is_fraction(chars, start, end)) {
        return None;
    }
    let is_rest = |character: &&char| character.is_alphanumeric();
    let before = chars[..start].iter().rev().take(LONGEST_REST).take_while(is_rest).count();
    let after = chars[end..].iter().take(LONGEST_REST).take_while(is_rest).count();
    let end = end + after;
    // The register of a structure: its number, a stroke, the person's.
    let register = match chars.get(end) {
        Some('/') => chars[end + 1..].iter().take(LONGEST_REST).take_while(is_rest).count(),
        _ => 0,
    };
    let end = if register > 0 { end + 1 + register } else { end };
    Some(Found { start: start - before, end, kind: Kind::Number })
}

/// Billionths of a second, in a date or a duration.
fn is_fraction(chars: &[char], start: usize, end: usize) -> bool {
    let is_behind_figures = start > 1 && chars[start - 1] == '.' && chars[start - 2].is_ascii_digit();
    is_behind_figures && chars.get(end).is_some_and(|unit| matches!(unit, 'Z' | '+' | '-' | 's' | 'm' | 'µ'))
}

fn is_gap(character: char) -> bool {
    character.is_whitespace() || matches!(character, '.' | '-' | '/' | '_' | '\'' | '’' | '|' | '·' | '•')
}

/// `+33 (0)1 23 45 67 89`.
fn abroad(chars: &[char], start: usize) -> Option<Found> {
    if start == 0 || chars[start - 1] != '+' {
        return None;
    }
    let is_part = |character: &&char| character.is_ascii_digit() || is_gap(**character) || matches!(character, '(' | ')');
    let all = chars[start..].iter().take(LONGEST_REST).take_while(is_part).count();
    let digits = chars[start..start + all].iter().filter(|character| character.is_ascii_digit()).count();
    let end = start + chars[start..start + all].iter().rposition(char::is_ascii_digit)? + 1;
    (digits >= LEAST_ABROAD).then_some(Found { start: start - 1, end, kind: Kind::Number })
}

/// `01 23 45 67 89`, with any sign between its pairs.
fn by_twos(chars: &[char], start: usize) -> Option<Found> {
    if chars[start] != '0' || (start > 0 && chars[start - 1].is_alphanumeric()) {
        return None;
    }
    let mut at = start;
    for pair in 0..5 {
        if pair > 0 && chars.get(at).is_some_and(|gap| is_gap(*gap)) {
            at += 1;
        }
        if !chars.get(at..at + 2)?.iter().all(char::is_ascii_digit) {
            return None;
        }
        at += 2;
    }
    let is_over = chars.get(at).is_none_or(|next| !next.is_ascii_digit());
    is_over.then_some(Found { start, end: at, kind: Kind::Number })
}
