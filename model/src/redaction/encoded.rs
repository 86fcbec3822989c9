//! Base64, base32 and hexadecimal words: what is shorter than a token says by its text whether it may stay.

use super::{Found, Kind, View};

/// Nine bytes: an id that is written in base64.
const LEAST: usize = 12;
/// A longer one goes as a token, whatever it says.
const LONGEST: usize = 256;

pub(super) fn find(chars: &[char], holds: &dyn Fn(&View) -> bool, found: &mut Vec<Found>) {
    let mut at = 0;
    while at < chars.len() {
        let end = at + chars[at..].iter().take_while(|sign| is_sign(**sign)).count();
        if end == at {
            at += 1;
            continue;
        }
        let mut start = at;
        // A stroke belongs to base64 and to paths: all of it is tried, then what is between two of them.
        let pieces = chars[at..end].split(|sign| *sign == '/').map(|piece| {
            let of_piece = (start, start + piece.len());
            start += piece.len() + 1;
            of_piece
        });
        for (from, to) in std::iter::once((at, end)).chain(pieces.filter(|piece| *piece != (at, end))) {
            if (LEAST..=LONGEST).contains(&(to - from)) && says(&chars[from..to]).iter().any(|text| holds(&View::of(text))) {
                let padding = chars[to..].iter().take(6).take_while(|sign| **sign == '=').count();
                found.push(Found { start: from, end: to + padding, kind: Kind::Secret });
            }
        }
        at = end;
    }
}

const fn is_sign(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '-' | '_')
}

/// The texts that it may be.
fn says(word: &[char]) -> Vec<String> {
    let base64 = |sign: char| match sign {
        'A'..='Z' => Some(u32::from(sign) - 65),
        'a'..='z' => Some(u32::from(sign) - 71),
        '0'..='9' => Some(u32::from(sign) + 4),
        '+' | '-' => Some(62),
        '/' | '_' => Some(63),
        _ => None,
    };
    let base32 = |sign: char| match sign {
        'A'..='Z' => Some(u32::from(sign) - 65),
        '2'..='7' => Some(u32::from(sign) - 24),
        _ => None,
    };
    [text(word, 6, base64), text(word, 5, base32), text(word, 4, |sign| sign.to_digit(16))].into_iter().flatten().collect()
}

/// `None` where it is no text that a person reads.
fn text(word: &[char], bits: u32, value: impl Fn(char) -> Option<u32>) -> Option<String> {
    let (mut bytes, mut held, mut count) = (Vec::with_capacity(word.len()), 0_u32, 0);
    for sign in word {
        held = (held << bits | value(*sign)?) & 0xffff;
        count += bits;
        if count >= 8 {
            count -= 8;
            let byte = u8::try_from(held >> count & 0xff).ok()?;
            // No text has one: of what is random, little is looked at.
            if byte.is_ascii_control() && !byte.is_ascii_whitespace() {
                return None;
            }
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
