//! Moments that are counted: in seconds or in parts of one, under a name that says so. They look like somebody's number, and stay.

use super::keyed;

/// Figures of such a moment between 2001 and 2286: seconds, and thousandths, millionths and billionths of one.
const LENGTHS: [usize; 4] = [10, 13, 16, 19];
/// Fewer figures are nobody’s number.
const LEAST: usize = 9;
/// Longest count since the start of a machine, in millionths.
const LONGEST_COUNT: usize = 16;
/// Longest name that is looked at.
const LONGEST_KEY: usize = 40;

/// Where they stand.
pub(super) fn all(chars: &[char]) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let end = at + chars[at..].iter().take_while(|sign| sign.is_ascii_digit()).count();
        if end == at {
            at += 1;
            continue;
        }
        if end - at >= LEAST {
            all.extend(moment(chars, at, end));
        }
        at = end;
    }
    all
}

fn moment(chars: &[char], start: usize, end: usize) -> Option<(usize, usize)> {
    let fraction = match chars.get(end) {
        Some('.') => chars[end + 1..].iter().take(LONGEST_COUNT).take_while(|sign| sign.is_ascii_digit()).count(),
        _ => 0,
    };
    let whole = if fraction > 0 { end + 1 + fraction } else { end };
    if chars.get(whole).is_some_and(|next| next.is_alphanumeric()) {
        return None;
    }
    let key = key_before(chars, start)?;
    let is_count = key.contains("monotonic") && end - start <= LONGEST_COUNT;
    let is_moment = key.ends_with("timestamp")
        || key.ends_with("usec")
        || matches!(key.as_str(), "ts" | "time" | "epoch" | "exp" | "iat" | "nbf" | "authtime");
    let is_likely = LENGTHS.contains(&(end - start)) && matches!(chars[start], '1' | '2');
    (is_count || (is_moment && is_likely)).then_some((start, whole))
}

fn key_before(chars: &[char], start: usize) -> Option<String> {
    let is_between = |sign: &&char| matches!(sign, '"' | '\'' | '\\' | ' ');
    let mut at = start - chars[..start].iter().rev().take(4).take_while(is_between).count();
    at = at.checked_sub(1).filter(|sign| matches!(chars[*sign], '=' | ':'))?;
    at -= chars[..at].iter().rev().take(4).take_while(is_between).count();
    let length = chars[..at].iter().rev().take(LONGEST_KEY).take_while(|sign| keyed::is_in_key(**sign)).count();
    Some(keyed::normal(&chars[at - length..at]))
}
