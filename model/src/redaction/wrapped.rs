//! Lines over which one secret was cut: a token that was wrapped at some column, with or without a sign that says so. They are read as one line too.

use super::{Found, KnownWords, LONGEST_LINE, pieces};

/// Lines that are joined at most, and their bytes: a key, a certificate, a token with all its claims.
const MOST_LINES: usize = 256;
const MOST_BYTES: usize = 4 * LONGEST_LINE;
/// Signs at the end of a line that may be the beginning of a token.
const LEAST: usize = 20;
/// Shortest line that mail wraps (RFC 2045 section 6.7 says 76).
const LEAST_WRAPPED: usize = 40;

/// How many of these lines are one.
pub(super) fn count(lines: &[&str]) -> usize {
    let mut bytes = 0;
    let goes_on = |pair: &&[&str]| {
        bytes += pair[0].len();
        bytes < MOST_BYTES && break_between(without_end(pair[0]), pair[1].trim_end()).is_some()
    };
    1 + lines.windows(2).take(MOST_LINES).take_while(goes_on).count()
}

/// What is in them when they are read as one, line by line.
pub(super) fn found(lines: &[&str], known: &KnownWords) -> Vec<Vec<Found>> {
    let mut found = vec![Vec::new(); lines.len()];
    if lines.len() < 2 {
        return found;
    }
    // Where each line begins in all of them together, and where that stands in itself.
    let (mut joined, mut starts, mut from) = (String::new(), Vec::new(), 0);
    for (at, line) in lines.iter().enumerate() {
        let between = lines.get(at + 1).and_then(|next| break_between(without_end(line), next.trim_end()));
        let (to, next) = between.unwrap_or((line.len(), 0));
        starts.push((joined.len(), from));
        joined.push_str(&line[from.min(to)..to]);
        from = next;
    }
    for piece in pieces(&joined, known) {
        for (at, (start, from)) in starts.iter().enumerate() {
            let end = starts.get(at + 1).map_or(joined.len(), |next| next.0);
            let (first, last) = (piece.start.max(*start), piece.end.min(end));
            if first < last {
                found[at].push(Found { start: first - start + from, end: last - start + from, ..piece });
            }
        }
    }
    found
}

/// Where this line ends and where the next goes on, in bytes of each, where one word goes over both.
fn break_between(line: &str, next: &str) -> Option<(usize, usize)> {
    let begin =
        next.len() - next.trim_start_matches(|sign: char| sign.is_whitespace() || matches!(sign, '>' | '|' | '#' | '*' | '"' | '\'')).len();
    let rest = &next[begin..];
    if !rest.starts_with(is_sign) || begins_anew(next) {
        return None;
    }
    let said = line.trim_end_matches(['"', '\'']);
    let said =
        said.strip_suffix(['\\', '=']).filter(|soft| soft.ends_with(is_sign) && (said.ends_with('\\') || said.len() >= LEAST_WRAPPED));
    if let Some(soft) = said {
        return Some((soft.len(), begin));
    }
    let line = line.trim_end_matches(['"', '\'']);
    let word = line.len() - line.trim_end_matches(is_sign).len();
    let is_all = rest.trim_end_matches(['"', '\'', ',', ';', ')', ']', '}', '\\', '=']).chars().all(is_sign);
    (word >= LEAST && is_all).then_some((line.len(), begin))
}

/// Behind a space, nothing goes on.
fn without_end(line: &str) -> &str {
    line.trim_end_matches(['\r', '\n'])
}

const fn is_sign(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, '+' | '/' | '-' | '_' | '.' | '%')
}

/// A line of a log, with its time.
pub(super) fn begins_anew(line: &str) -> bool {
    let head: Vec<u8> = line.bytes().take(40).collect();
    let is_time = |at: &[u8]| {
        at[0].is_ascii_digit()
            && at[1].is_ascii_digit()
            && at[2] == b':'
            && at[3].is_ascii_digit()
            && at[4].is_ascii_digit()
            && at[5] == b':'
    };
    head.windows(6).any(is_time)
}
