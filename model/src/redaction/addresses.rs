//! Addresses of machines: IPv4, IPv6, hardware. The loopback is every machine's own and stays; so do versions, which look alike.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Found, Kind};

/// Longest text of an IPv6 address.
const LONGEST: usize = 45;
/// Pairs of hexadecimal digits in a hardware address; in the answer of a card to a reset, where only spaces part them.
const HARDWARE_PAIRS: usize = 6;
const CARD_PAIRS: usize = 8;

pub(super) fn find(chars: &[char], found: &mut Vec<Found>) {
    let mut at = 0;
    while at < chars.len() {
        let is_start = (chars[at].is_ascii_hexdigit() || chars[at] == ':') && (at == 0 || !is_joined(chars[at - 1]));
        let piece = if is_start { pairs(chars, at).or_else(|| ipv6(chars, at)).or_else(|| ipv4(chars, at)) } else { ipv4(chars, at) };
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

fn ipv4(chars: &[char], start: usize) -> Piece {
    let before = start.checked_sub(1).map(|before| chars[before]);
    if !chars[start].is_ascii_digit() || before.is_some_and(|before| before.is_ascii_digit()) {
        return None;
    }
    if before == Some('.') && start > 1 && chars[start - 2].is_ascii_digit() {
        return None;
    }
    let length = chars[start..].iter().take(15).take_while(|character| character.is_ascii_digit() || **character == '.').count();
    let text: String = chars[start..start + length].iter().collect();
    let text = text.trim_end_matches('.');
    let address: Ipv4Addr = text.parse().ok()?;
    let end = start + text.len();
    let goes_on = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    if goes_on(end) || (chars.get(end) == Some(&'.') && goes_on(end + 1)) || is_version(chars, start) {
        return None;
    }
    judged(start, end, IpAddr::V4(address))
}

/// `v1.2.3.4`, `version 1.2.3.4`.
fn is_version(chars: &[char], start: usize) -> bool {
    let before: String = chars[start.saturating_sub(12)..start].iter().map(char::to_ascii_lowercase).collect();
    let before = before.trim_end_matches([' ', '=', ':', '"']);
    before.ends_with("version")
        || before == "v"
        || (before.ends_with('v') && before[..before.len() - 1].ends_with(|c: char| !c.is_alphanumeric()))
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
    let between = *chars.get(start + 2).filter(|sign| matches!(sign, ':' | '-' | ' '))?;
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
    let least = if between == ' ' { CARD_PAIRS } else { HARDWARE_PAIRS };
    (count >= least).then_some((Some(Found { start, end, kind: Kind::Machine }), end))
}
