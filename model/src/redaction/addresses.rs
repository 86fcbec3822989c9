//! Addresses of machines: IPv4, IPv6, hardware, and the names that are made of one. The loopback is every machine's own and stays; so do versions,
//! which look alike.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Found, Kind};

/// Longest text of an IPv6 address.
const LONGEST: usize = 45;
/// Longest text of an IPv4 address.
const LONGEST_IPV4: usize = 15;
/// Pairs of hexadecimal digits in a hardware address; in the answer of a card to a reset, where only spaces part them.
const HARDWARE_PAIRS: usize = 6;
const CARD_PAIRS: usize = 8;
/// Figures of an address with dashes in which no word says that it is one.
const TELLING_FIGURES: usize = 7;
/// Words before the dashes of an address that a name is made of.
const BEFORE_DASHES: [&str; 12] = ["ip", "ipv4", "host", "ec2", "dhcp", "dyn", "static", "client", "pool", "node", "vm", "addr"];
/// How Windows calls a machine that nobody gave a name.
const OF_WINDOWS: [&str; 3] = ["DESKTOP-", "LAPTOP-", "WIN-"];

pub(super) fn find(chars: &[char], found: &mut Vec<Found>) {
    let mut at = 0;
    while at < chars.len() {
        let is_start = (chars[at].is_ascii_hexdigit() || chars[at] == ':') && (at == 0 || !is_joined(chars[at - 1]));
        let piece = if is_start {
            pairs(chars, at)
                .or_else(|| hexadecimal(chars, at))
                .or_else(|| ipv6(chars, at))
                .or_else(|| ipv4(chars, at))
                .or_else(|| dashed(chars, at))
                .or_else(|| of_windows(chars, at))
        } else {
            ipv4(chars, at).or_else(|| dashed(chars, at)).or_else(|| of_windows(chars, at))
        };
        match piece {
            Some((piece, end)) => {
                found.extend(piece);
                at = end;
            }
            None => at += 1,
        }
    }
}

fn is_joined(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | ':')
}

/// What it is, and where it ends. One that may stay ends too.
type Piece = Option<(Option<Found>, usize)>;

fn judged(start: usize, end: usize, address: IpAddr) -> Piece {
    let address = address.to_canonical();
    let stays = address.is_loopback() || address.is_unspecified() || address == IpAddr::V4(Ipv4Addr::BROADCAST);
    Some(((!stays).then_some(Found { start, end, kind: Kind::Machine }), end))
}

/// `192.168.001.014` too: with zeros before, and each part of ten all the same.
pub(super) fn octets(text: &[char], between: char) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut parts = text.split(|sign| *sign == between);
    for octet in &mut octets {
        let part = parts.next().filter(|part| (1..=3).contains(&part.len()))?;
        let value = part.iter().try_fold(0, |value, figure| Some(value * 10 + figure.to_digit(10)?))?;
        *octet = u8::try_from(value).ok()?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets))
}

fn ipv4(chars: &[char], start: usize) -> Piece {
    let before = start.checked_sub(1).map(|before| chars[before]);
    if !chars[start].is_ascii_digit() || before.is_some_and(|before| before.is_ascii_digit()) {
        return None;
    }
    if before == Some('.') && start > 1 && chars[start - 2].is_ascii_digit() {
        return None;
    }
    let is_part = |character: &&char| character.is_ascii_digit() || **character == '.';
    let length = chars[start..].iter().take(LONGEST_IPV4).take_while(is_part).count();
    let text = &chars[start..start + length];
    let end = start + text.iter().rposition(|sign| *sign != '.')? + 1;
    let address = octets(&chars[start..end], '.')?;
    let goes_on = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    if goes_on(end) || (chars.get(end) == Some(&'.') && goes_on(end + 1)) || is_version(chars, start) {
        return None;
    }
    judged(start, end, IpAddr::V4(address))
}

/// `v1.2.3.4`, `version 1.2.3.4`.
pub(super) fn is_version(chars: &[char], start: usize) -> bool {
    let before: String = chars[start.saturating_sub(12)..start].iter().map(char::to_ascii_lowercase).collect();
    let before = before.trim_end_matches([' ', '=', ':', '"']);
    before.ends_with("version")
        || before == "v"
        || (before.ends_with('v') && before[..before.len() - 1].ends_with(|c: char| !c.is_alphanumeric()))
}

/// `ip-10-1-2-3`, `82-64-1-2.example`: the name of a machine that is its address.
fn dashed(chars: &[char], start: usize) -> Piece {
    let letters = chars[..start].iter().rev().take(8).take_while(|sign| sign.is_ascii_alphabetic()).count();
    let glued: String = chars[start - letters..start].iter().map(char::to_ascii_lowercase).collect();
    let is_glued = BEFORE_DASHES.contains(&glued.as_str());
    if !chars[start].is_ascii_digit() || (start > 0 && chars[start - 1].is_alphanumeric() && !is_glued) {
        return None;
    }
    let between = *chars[start..].iter().take(4).find(|sign| !sign.is_ascii_digit()).filter(|sign| matches!(sign, '-' | '_'))?;
    let is_part = |sign: &&char| sign.is_ascii_digit() || **sign == between;
    let length = chars[start..].iter().take(LONGEST_IPV4 + 1).take_while(is_part).count();
    let end = start + chars[start..start + length].iter().rposition(|sign| *sign != between)? + 1;
    let address = octets(&chars[start..end], between)?;
    let word: Vec<char> = chars[..start].iter().rev().skip(1).take(8).take_while(|sign| sign.is_ascii_alphanumeric()).copied().collect();
    let word: String = word.iter().rev().map(char::to_ascii_lowercase).collect();
    let is_joined = start > 0 && matches!(chars[start - 1], '-' | '_' | '.');
    let figures = end - start - 3;
    let is_address = is_glued
        || (is_joined && BEFORE_DASHES.contains(&word.as_str()))
        || ((!is_joined || figures >= TELLING_FIGURES) && address.is_private())
        || (chars.get(end) == Some(&'.')
            && chars.get(end + 1).is_some_and(|next| next.is_ascii_alphabetic())
            && figures >= TELLING_FIGURES);
    let goes_on = chars.get(end).is_some_and(|next| next.is_ascii_digit());
    if !is_address || goes_on || is_version(chars, start) {
        return None;
    }
    judged(start, end, IpAddr::V4(address))
}

/// `DESKTOP-4F7Q2AB`.
fn of_windows(chars: &[char], start: usize) -> Piece {
    if !chars[start].is_ascii_uppercase() || (start > 0 && chars[start - 1].is_alphanumeric()) {
        return None;
    }
    let length = OF_WINDOWS.iter().find(|word| word.chars().eq(chars[start..].iter().copied().take(word.len())))?.len();
    let rest = chars[start + length..].iter().take_while(|sign| sign.is_ascii_alphanumeric()).count();
    let end = start + length + rest;
    (5..=15).contains(&rest).then_some((Some(Found { start, end, kind: Kind::Machine }), end))
}

fn ipv6(chars: &[char], start: usize) -> Piece {
    let is_part = |character: &&char| character.is_ascii_hexdigit() || matches!(character, ':' | '.');
    let length = chars[start..].iter().take(LONGEST + 1).take_while(is_part).count();
    if length > LONGEST || chars.get(start + length).is_some_and(|next| is_joined(*next)) {
        return None;
    }
    let whole: String = chars[start..start + length].iter().collect();
    let ends = [whole.as_str(), whole.trim_end_matches('.'), whole.trim_end_matches(['.', ':'])];
    let (text, address) = ends.into_iter().find_map(|text| Some((text, text.parse::<Ipv6Addr>().ok()?)))?;
    // `fe::de` may be the path of a module.
    let is_telling = text.contains(|character: char| character.is_ascii_digit()) || text.matches(':').count() > 3 || text == "::";
    if !is_telling {
        return None;
    }
    judged(start, start + text.len(), IpAddr::V6(address))
}

/// `00:1a:2b:3c:4d:5e`, `3B 75 13 00 00 9C 02 02`.
fn pairs(chars: &[char], start: usize) -> Piece {
    let is_pair = |at: usize| chars.get(at..at + 2).is_some_and(|pair| pair.iter().all(char::is_ascii_hexdigit));
    let between = *chars.get(start + 2).filter(|sign| matches!(sign, ':' | '-' | ' ' | '.' | '_'))?;
    let (mut count, mut end) = (0, start);
    while is_pair(end) {
        count += 1;
        end += 2;
        if chars.get(end) != Some(&between) || !is_pair(end + 1) {
            break;
        }
        end += 1;
    }
    if chars.get(end).is_some_and(|next| next.is_alphanumeric()) {
        return None;
    }
    let least = if between == ' ' && !is_mixed(&chars[start..end]) { CARD_PAIRS } else { HARDWARE_PAIRS };
    (count >= least).then_some((Some(Found { start, end, kind: Kind::Machine }), end))
}

/// `001b.4411.3ab7`, `001b44113ab7`: the same twelve digits, in fours or in a row. Letters and figures both, or it may be anything.
fn hexadecimal(chars: &[char], start: usize) -> Piece {
    let run = |at: usize| chars[at.min(chars.len())..].iter().take(13).take_while(|sign| sign.is_ascii_hexdigit()).count();
    let end = match run(start) {
        12 => start + 12,
        6 if matches!(chars.get(start + 6), Some('-' | ':')) && run(start + 7) == 6 => start + 13,
        1 | 2 => short_pairs(chars, start)?,
        4 => {
            let between = *chars.get(start + 4).filter(|sign| matches!(sign, '.' | ':' | '-' | '_' | ' '))?;
            let is_parted = chars.get(start + 9) == Some(&between) && run(start + 5) == 4 && run(start + 10) == 4;
            let goes_on = chars.get(start + 14) == Some(&between) && run(start + 15) > 0;
            Some(start + 14).filter(|_| is_parted && !goes_on)?
        }
        _ => return None,
    };
    let is_bounded = !chars.get(end).is_some_and(|next| is_joined(*next));
    let text = &chars[start..end];
    let is_of_one_case = !(text.iter().any(char::is_ascii_uppercase) && text.iter().any(char::is_ascii_lowercase));
    (is_bounded && is_of_one_case && is_mixed(text)).then_some((Some(Found { start, end, kind: Kind::Machine }), end))
}

/// `0:1b:44:11:3a:b7`: six parts of one or two digits.
fn short_pairs(chars: &[char], start: usize) -> Option<usize> {
    let mut at = start;
    for part in 0..HARDWARE_PAIRS {
        if part > 0 {
            at += usize::from(chars.get(at) == Some(&':'));
        }
        let digits = chars[at.min(chars.len())..].iter().take(3).take_while(|sign| sign.is_ascii_hexdigit()).count();
        if !(1..=2).contains(&digits) || (part > 0 && chars[at - 1] != ':') {
            return None;
        }
        at += digits;
    }
    Some(at)
}

fn is_mixed(text: &[char]) -> bool {
    text.iter().any(char::is_ascii_digit) && text.iter().any(char::is_ascii_alphabetic)
}
