//! Mail addresses; a name and a password before the host of an address.

use super::{Found, Kind};

pub(super) fn find(chars: &[char], found: &mut Vec<Found>) {
    let mut from = 0;
    for at in (0..chars.len()).filter(|at| chars[*at] == '@') {
        let before = chars[from..at].iter().rev().take_while(|character| !is_end(**character)).count();
        let after = chars[at + 1..].iter().take_while(|character| is_in_host(**character)).count();
        let (start, end) = (at - before, at + 1 + after);
        let is_host = chars[at + 1..end].iter().any(|character| character.is_alphabetic());
        // A name without letters or figures is one that was put out of sight already.
        if is_host && chars[start..at].iter().any(|character| character.is_alphanumeric()) {
            let is_of_address = start > 1 && chars[start - 1] == '/' && chars[start - 2] == '/';
            let (end, kind) = if is_of_address { (at, Kind::Secret) } else { (end, Kind::Mail) };
            found.push(Found { start, end, kind });
        }
        from = at + 1;
    }
}

fn is_in_host(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '.' | '-')
}

fn is_end(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '"' | '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | '=' | '&' | '?' | '/' | '|' | '«' | '»')
}
