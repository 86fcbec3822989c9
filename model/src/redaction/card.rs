//! What passes between a reader and a card: on a line that tells of it, hexadecimal runs go. The status word, by which support tells what a card
//! answered, stays.

use super::{Found, Kind};

/// Words of a line that tells of an exchange.
const TELLING: [&str; 9] = ["atr", "apdu", "c-apdu", "r-apdu", "sw", "sw1", "sw1sw2", "scardtransmit", "t=1"];
/// Figures of the shortest command, and pairs of them where they are parted.
const LEAST: usize = 6;
const LEAST_PAIRS: usize = 3;

pub(super) fn find(chars: &[char], found: &mut Vec<Found>) {
    if !tells(chars) {
        return;
    }
    let mut at = 0;
    while at < chars.len() {
        let is_start = chars[at].is_ascii_hexdigit()
            && (at == 0 || !(chars[at - 1].is_alphanumeric() || matches!(chars[at - 1], '.' | '_' | '-' | ':')));
        let end = if is_start { end_of_run(chars, at) } else { at };
        let text = &chars[at..end];
        let figures = text.iter().filter(|sign| sign.is_ascii_hexdigit()).count();
        let is_parted = figures < text.len();
        let is_exchange = if is_parted { figures >= 2 * LEAST_PAIRS } else { figures >= LEAST };
        if is_exchange && figures.is_multiple_of(2) && text.iter().any(char::is_ascii_digit) && !is_day(text) {
            found.push(Found { start: at, end, kind: Kind::Secret });
        }
        at = end.max(at + 1);
    }
}

fn tells(chars: &[char]) -> bool {
    let is_in_word = |sign: &char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '=');
    let tells = |at: usize, word: &str| {
        let is_here = word.chars().eq(chars[at..].iter().take(word.len()).map(char::to_ascii_lowercase));
        is_here && chars.get(at + word.len()).is_none_or(|next| !next.is_ascii_alphanumeric())
    };
    let is_first = |sign: &char| matches!(sign, 'a' | 'A' | 'c' | 'C' | 'r' | 'R' | 's' | 'S' | 't' | 'T');
    let starts = (0..chars.len()).filter(|at| is_first(&chars[*at]) && (*at == 0 || !is_in_word(&chars[*at - 1])));
    starts.into_iter().any(|at| TELLING.iter().any(|word| tells(at, word)))
}

/// Pairs in a row, or with one sign between each.
fn end_of_run(chars: &[char], start: usize) -> usize {
    let is_hex = |at: usize| chars.get(at).is_some_and(char::is_ascii_hexdigit);
    let row = start + chars[start..].iter().take_while(|sign| sign.is_ascii_hexdigit()).count();
    let is_over = |at: usize| chars.get(at).is_none_or(|next| !next.is_alphanumeric() && *next != '_');
    if row - start != 2 {
        let is_date = matches!(chars.get(row), Some('-' | ':' | '.')) && is_hex(row + 1);
        return if is_over(row) && !is_date { row } else { start };
    }
    let (mut end, between) = (row, chars.get(row).copied().unwrap_or('\0'));
    let is_gap = matches!(between, ' ' | ':' | '-');
    while is_gap && chars.get(end) == Some(&between) && is_hex(end + 1) && is_hex(end + 2) && !is_hex(end + 3) {
        end += 3;
    }
    // `10:11:12` is a time.
    if between == ':' && end - start < 11 {
        return start;
    }
    if is_over(end) { end } else { end - 3 * usize::from(end > row) }
}

fn is_day(text: &[char]) -> bool {
    text.len() == 8 && text.starts_with(&['2', '0']) && text.iter().all(char::is_ascii_digit)
}
