//! What is counted: moments, in seconds or in parts of one, and quantities, under a name or before a unit that says so. They look like somebody's
//! number, and stay.

use super::keyed;
use super::keys::is_in;

/// Figures of such a moment between 2001 and 2286: seconds, and thousandths, millionths and billionths of one.
const LENGTHS: [usize; 4] = [10, 13, 16, 19];
/// Fewer figures are nobody’s number.
const LEAST: usize = 9;
/// Longest count since the start of a machine, in millionths.
const LONGEST_COUNT: usize = 16;
/// Longest name that is looked at.
const LONGEST_KEY: usize = 40;
/// Figures of the longest quantity.
const LONGEST_QUANTITY: usize = 19;
/// Parts of a name that is a quantity's, wherever they stand in it; and at its end.
const OF_QUANTITIES: &str =
    "bytes byte octets size taille rss uptime elapsed duration durée latency latencies latences offset tid inode memory took retry";
const ENDS_OF_QUANTITIES: &str = "length len s ms us µs ns secs seconds secondes millis micros nanos count total";
const ENDS_OF_MOMENTS: &str = "at until since after before expires expiry now epoch moment";
/// What stands behind a quantity.
const UNITS: &str = "ns us µs ms s bytes octets b kb kib mib gib ko mo go kio mio gio";

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
    if let Some(quantity) = quantity(chars, start, end) {
        return Some(quantity);
    }
    let fraction = match chars.get(end) {
        Some('.') => chars[end + 1..].iter().take(LONGEST_COUNT).take_while(|sign| sign.is_ascii_digit()).count(),
        _ => 0,
    };
    let whole = if fraction > 0 { end + 1 + fraction } else { end };
    if chars.get(whole).is_some_and(|next| next.is_alphanumeric()) {
        return None;
    }
    // As a proxy begins its lines: `1796036400.123   4500 …`.
    let begins_line = start == 0 && matches!(fraction, 3 | 6) && chars.get(whole).is_some_and(|next| next.is_whitespace());
    if begins_line && end == LENGTHS[0] && matches!(chars[0], '1' | '2') {
        return Some((start, whole));
    }
    let key = key_before(chars, start)?;
    let is_count = key.contains("monotonic") && end - start <= LONGEST_COUNT;
    let is_moment = key.ends_with("timestamp")
        || key.ends_with("usec")
        || matches!(key.as_str(), "ts" | "time" | "epoch" | "exp" | "iat" | "nbf" | "authtime")
        || name_before(chars, start).is_some_and(|name| parts(name).last().is_some_and(|last| is_in(ENDS_OF_MOMENTS, last)));
    let is_likely = LENGTHS.contains(&(end - start)) && matches!(chars[start], '1' | '2');
    (is_count || (is_moment && is_likely)).then_some((start, whole))
}

/// `bytes=1234567890`, `size 1234567890`, `123456789 ns`; with its unit, where that is glued to it.
fn quantity(chars: &[char], start: usize, end: usize) -> Option<(usize, usize)> {
    let blank = usize::from(chars.get(end) == Some(&' '));
    let unit: String = chars[end + blank..].iter().take(LONGEST_KEY).take_while(|sign| sign.is_alphanumeric()).collect();
    // `10003456789 s` may be anything.
    let has_unit = !unit.is_empty() && is_in(UNITS, &unit) && !(blank > 0 && unit == "s" && end - start > LENGTHS[0]);
    let is_bounded = (end - start <= LONGEST_QUANTITY) && (start == 0 || !chars[start - 1].is_alphanumeric());
    let is_over = has_unit || chars.get(end).is_none_or(|next| !next.is_alphanumeric());
    let is_measured = has_unit || is_announced(chars, start);
    (is_bounded && is_over && is_measured).then_some((start, if has_unit { end + blank + unit.chars().count() } else { end }))
}

/// Whether the name before it, tied or behind a space, is a quantity's.
pub(super) fn is_announced(chars: &[char], start: usize) -> bool {
    let word = || {
        let blank = chars[..start].iter().rev().take(1).take_while(|sign| sign.is_whitespace()).count();
        word_before(chars, start - blank).filter(|_| blank > 0)
    };
    let is_quantity = |name: &[char]| {
        let parts = parts(name);
        parts.iter().any(|part| is_in(OF_QUANTITIES, part))
            || parts.last().is_some_and(|last| parts.len() > 1 && is_in(ENDS_OF_QUANTITIES, last))
    };
    name_before(chars, start).is_some_and(is_quantity)
        || word().is_some_and(|word| parts(word).iter().any(|part| is_in(OF_QUANTITIES, part)))
}

/// `durationMs`, `bytes_per_address`: word by word.
fn parts(name: &[char]) -> Vec<String> {
    let mut parts = vec![String::new()];
    for (at, sign) in name.iter().enumerate() {
        let is_hump = sign.is_uppercase() && at > 0 && name[at - 1].is_lowercase();
        if !sign.is_alphanumeric() || is_hump {
            parts.push(String::new());
        }
        if let Some(last) = parts.last_mut().filter(|_| sign.is_alphanumeric()) {
            last.extend(sign.to_lowercase());
        }
    }
    parts
}

/// The name that is tied to what stands here.
fn name_before(chars: &[char], start: usize) -> Option<&[char]> {
    let is_between = |sign: &&char| matches!(sign, '"' | '\'' | '\\' | ' ');
    let mut at = start - chars[..start].iter().rev().take(4).take_while(is_between).count();
    at = at.checked_sub(1).filter(|sign| matches!(chars[*sign], '=' | ':'))?;
    at -= chars[..at].iter().rev().take(4).take_while(is_between).count();
    word_before(chars, at)
}

fn word_before(chars: &[char], at: usize) -> Option<&[char]> {
    let length = chars[..at].iter().rev().take(LONGEST_KEY).take_while(|sign| keyed::is_in_key(**sign)).count();
    (length > 0).then(|| &chars[at - length..at])
}

fn key_before(chars: &[char], start: usize) -> Option<String> {
    name_before(chars, start).map(keyed::normal)
}
