//! Whose home a path leads to; which machine, share and folder a network path names.

use super::{Found, Kind};

/// What homes stand in.
const HOMES: [&str; 15] = [
    "home",
    "homes",
    "home$",
    "homes$",
    "users",
    "users$",
    "utilisateurs",
    "profiles",
    "profiles$",
    "profils",
    "profils$",
    "documents and settings",
    "media",
    "crontabs",
    "maildirs",
];
/// Longest name of one of them, and longest name of a folder that is looked for behind spaces.
const LONGEST_HOME: usize = 24;
/// Words of a name behind the first.
const MOST_NAMES: usize = 3;
/// How domains end that are known in one house alone.
const INNER: [&str; 8] = ["local", "lan", "intra", "intranet", "internal", "corp", "ad", "fr"];

pub(super) fn find(chars: &[char], found: &mut Vec<Found>) {
    let mut at = 0;
    while at < chars.len() {
        if !is_separator(chars[at]) {
            at += 1;
            continue;
        }
        let name = after_separators(chars, at);
        let piece = if is_network(chars, at, name) { network(chars, name) } else { home(chars, name) };
        at = piece.map_or(name, |piece| piece.end.max(name));
        found.extend(piece);
    }
}

const fn is_separator(character: char) -> bool {
    matches!(character, '/' | '\\')
}

fn after_separators(chars: &[char], at: usize) -> usize {
    at + chars[at..].iter().take_while(|character| is_separator(**character)).count()
}

/// `\\server\share`, `file://server/share`.
fn is_network(chars: &[char], at: usize, name: usize) -> bool {
    if name - at < 2 || chars.get(name).is_none_or(|first| !first.is_alphanumeric()) {
        return false;
    }
    let before: String = chars[at.saturating_sub(5)..at].iter().collect::<String>().to_ascii_lowercase();
    if chars[at] == '/' {
        return before == "file:" && name - at == 2;
    }
    chars[at..name].iter().all(|separator| *separator == '\\')
        && before.chars().next_back().is_none_or(|last| last.is_whitespace() || matches!(last, '"' | '\'' | '=' | '(' | '[' | '«' | ','))
}

/// The machine, the share, and the first folder in it, which is often a person's.
fn network(chars: &[char], from: usize) -> Option<Found> {
    let mut end = from;
    for turn in 0..3 {
        let name = if turn == 0 { from } else { after_separators(chars, end) };
        if turn > 0 && name == end {
            break;
        }
        end = end_of_name(chars, name);
    }
    Some(Found { start: from, end, kind: Kind::Name })
}

/// The name that follows, where this one is of a place of homes.
fn home(chars: &[char], name: usize) -> Option<Found> {
    let length = chars[name..].iter().take(LONGEST_HOME + 1).take_while(|character| !is_separator(**character)).count();
    if length > LONGEST_HOME || name + length >= chars.len() {
        return None;
    }
    let place: String = chars[name..name + length].iter().collect::<String>().to_lowercase();
    if !HOMES.contains(&place.as_str()) {
        return None;
    }
    let start = after_separators(chars, name + length);
    let mut end = end_of_name(chars, start);
    // `/home/HOPITAL/jdupont`: the domain, then the account.
    if place == "home" && is_domain(&chars[start..end]) {
        let account = after_separators(chars, end);
        let is_account = account == end + 1 && chars.get(account).is_some_and(|first| first.is_alphanumeric());
        end = if is_account { end_of_name(chars, account) } else { end };
    }
    (start < end).then_some(Found { start, end, kind: Kind::Name })
}

/// In capitals, or with the last label of an inner domain.
fn is_domain(name: &[char]) -> bool {
    let text: String = name.iter().collect();
    let is_loud = text.len() > 1 && !text.contains(|sign: char| sign.is_lowercase()) && text.contains(char::is_alphabetic);
    is_loud || text.rsplit_once('.').is_some_and(|(_, last)| INNER.contains(&last))
}

/// Behind a backslash, a name may have spaces: it goes on to the next sign that no name has. Elsewhere it goes on where a folder follows, or a word
/// with a capital behind another.
fn end_of_name(chars: &[char], start: usize) -> usize {
    let is_windows = start > 0 && (chars[start - 1] == '\\' || is_below_drive(chars, start));
    let ends = |character: char| {
        is_separator(character)
            || matches!(character, '"' | '<' | '>' | '|' | '*' | '?' | ':' | ',' | ';' | '»' | '\n' | '\r')
            || (!is_windows && (character.is_whitespace() || matches!(character, '\'' | '(' | ')' | '[' | ']' | '}' | '&' | '#')))
    };
    let end_of_word = |from: usize| from + chars[from..].iter().take_while(|character| !ends(**character)).count();
    let mut end = end_of_word(start);
    let is_capital = |at: usize| chars.get(at).is_some_and(|first| first.is_uppercase());
    let mut at = end;
    for _ in 0..if is_windows { 0 } else { MOST_NAMES } {
        // `Jean\ Dupont`, as a shell has it.
        let is_escaped = chars.get(at) == Some(&'\\') && chars.get(at + 1) == Some(&' ');
        let next = at + usize::from(is_escaped);
        if chars.get(next) != Some(&' ') || next == start {
            break;
        }
        at = end_of_word(next + 1);
        let is_folder = chars.get(at).is_some_and(|sign| is_separator(*sign))
            && at > next + 1
            && chars.get(at + 1).is_none_or(|sign| !sign.is_whitespace());
        if is_folder || is_escaped || (is_capital(start) && is_capital(next + 1)) {
            end = at;
        }
    }
    end
}

/// `C:/Users/`.
fn is_below_drive(chars: &[char], start: usize) -> bool {
    let before = &chars[start.saturating_sub(LONGEST_HOME + 4)..start];
    let place = before.iter().rposition(|character| *character == ':');
    place.is_some_and(|colon| colon > 0 && before[colon - 1].is_ascii_alphabetic() && (colon < 2 || !before[colon - 2].is_alphanumeric()))
}
