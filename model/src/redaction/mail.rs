//! Mail addresses; a name and a password before the host of an address.

use super::{Found, Kind};
use crate::redaction::addresses;

/// Longest name in quotes before the host.
const LONGEST_QUOTED: usize = 64;
/// Longest address that is looked through for the name before a host.
const LONGEST_ADDRESS: usize = 256;
/// What stands for `@` where it is hidden from those who collect addresses, and in mail as it is sent (RFC 2045, `=40`).
const INSTEAD: [&str; 8] = ["[at]", "(at)", "{at}", "<at>", " arobase ", " AT ", "=40", "[arobase]"];

pub(super) fn find(chars: &[char], found: &mut Vec<Found>) {
    let mut from = 0;
    for at in (0..chars.len()).filter(|at| chars[*at] == '@') {
        found.extend(around(chars, from, at, at + 1));
        from = at + 1;
    }
    let mut at = 0;
    while at < chars.len() {
        // Most signs begin none of them.
        let is_first = matches!(chars[at], '[' | '(' | '{' | '<' | ' ' | '=');
        let is_here = |sign: &&&str| {
            let here = || chars[at..].iter().take(sign.len()).copied();
            sign.chars().eq(here()) || sign.chars().eq(here().map(|sign| sign.to_ascii_lowercase()))
        };
        match INSTEAD.iter().filter(|_| is_first).find(is_here) {
            Some(sign) => {
                found.extend(hidden(chars, at, at + sign.len()));
                at += sign.len();
            }
            None => at += 1,
        }
    }
}

/// The address around the sign that stands here, which ends there; nothing before `from` is of it.
fn around(chars: &[char], from: usize, at: usize, end: usize) -> Option<Found> {
    let is_quoted = at > from && matches!(chars[at - 1], '"' | '\'');
    let quoted = is_quoted.then(|| chars[from..at - 1].iter().rev().take(LONGEST_QUOTED).position(|sign| *sign == chars[at - 1])).flatten();
    let before =
        quoted.map_or_else(|| chars[from..at].iter().rev().take_while(|character| !is_end(**character)).count(), |quoted| quoted + 2);
    // `'jean'@'poste'`, as databases name their accounts.
    let end = end + usize::from(is_quoted && chars.get(end) == Some(&chars[at - 1]));
    let after = chars[end..].iter().take_while(|character| is_in_host(**character)).count();
    let literal = chars.get(end) == Some(&'[') && chars.get(end + 1).is_some_and(char::is_ascii_alphanumeric);
    let (start, host) = (at - before, &chars[end..end + after]);
    let address = host.iter().rposition(|sign| *sign != '.').is_some_and(|last| addresses::octets(&host[..=last], '.').is_some());
    let is_host = literal || address || host.iter().any(|character| character.is_alphabetic());
    // A name without letters or figures is one that was put out of sight already.
    if !is_host || !chars[start..at].iter().any(|character| character.is_alphanumeric()) {
        return None;
    }
    if let Some(start) = with_strokes(chars, from, at) {
        return Some(Found { start, end: at, kind: Kind::Secret });
    }
    let start = principal(chars, from, start);
    let is_of_address = start > 1 && chars[start - 1] == '/' && chars[start - 2] == '/';
    let (end, kind) = if is_of_address { (at, Kind::Secret) } else { (end + after, Kind::Mail) };
    Some(Found { start, end, kind })
}

/// `http://jdupont:p/s#s@proxy`: where the name begins, if the password has signs that end one elsewhere. A port is none.
fn with_strokes(chars: &[char], from: usize, at: usize) -> Option<usize> {
    let is_between = |sign: &&char| !sign.is_whitespace() && !matches!(sign, '"' | '<' | '>' | '«' | '»');
    let length = chars[from..at].iter().rev().take(LONGEST_ADDRESS).take_while(is_between).count();
    let text = &chars[at - length..at];
    let scheme = text.windows(3).rposition(|three| three == [':', '/', '/'])?;
    let rest = &text[scheme + 3..];
    let name = rest.iter().position(|sign| matches!(sign, ':' | '/' | '?' | '#')).filter(|name| *name > 0 && rest[*name] == ':')?;
    let is_stroke = |sign: &char| matches!(sign, '/' | '?' | '#');
    let stroke = name + 1 + rest[name + 1..].iter().position(is_stroke)?;
    let is_port = rest[name + 1..stroke].iter().all(char::is_ascii_digit);
    (!is_port).then_some(at - length + scheme + 3)
}

/// `jdupont/admin@REALM`: where the name before the stroke begins, if it is one alone.
fn principal(chars: &[char], from: usize, start: usize) -> usize {
    if start <= from || chars[start - 1] != '/' {
        return start;
    }
    let name = chars[from..start - 1].iter().rev().take(LONGEST_QUOTED).take_while(|sign| is_in_host(**sign) || **sign == '_').count();
    let begin = start - 1 - name;
    let is_alone = begin == 0 || chars[begin - 1].is_whitespace() || matches!(chars[begin - 1], '"' | '\'' | ':' | '=');
    if name > 0 && is_alone { begin } else { start }
}

/// `jean.dupont [at] hopital.example`: of a host that has a dot, for want of the sign.
fn hidden(chars: &[char], at: usize, end: usize) -> Option<Found> {
    let spaces = |signs: &mut dyn Iterator<Item = &char>| signs.take(2).take_while(|sign| sign.is_whitespace()).count();
    let name_end = at - spaces(&mut chars[..at].iter().rev());
    let before = chars[..name_end].iter().rev().take_while(|character| !is_end(**character)).count();
    let host = end + spaces(&mut chars[end..].iter());
    let after = chars[host..].iter().take_while(|character| is_in_host(**character)).count();
    let (start, end) = (name_end - before, host + after);
    let has_name = chars[start..name_end].iter().any(|character| character.is_alphanumeric());
    let text: String = chars[host..end].iter().collect();
    let is_host =
        text.trim_end_matches('.').split_once('.').is_some_and(|(first, rest)| !first.is_empty() && rest.contains(char::is_alphabetic));
    let is_told = chars[host..end].first().is_some_and(|first| first.is_alphabetic()) && is_host;
    (has_name && is_told).then_some(Found { start, end, kind: Kind::Mail })
}

fn is_in_host(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '.' | '-')
}

fn is_end(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '"' | '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | '=' | '&' | '?' | '/' | '|' | '«' | '»')
}
