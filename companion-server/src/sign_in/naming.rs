//! Names and numbers people read aloud.

use vestibule_model::session::SignInId;

use crate::random::Random;

/// Thirty signs that cannot be taken for one another.
const SIGNS: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a device label that are kept.
const LABEL_LENGTH: usize = 64;

/// Two groups of four signs.
pub(super) fn sign_in_id(random: &dyn Random) -> SignInId {
    let mut text = String::with_capacity(9);
    for position in 0..8 {
        if position == 4 {
            text.push('-');
        }
        text.push(char::from(SIGNS[usize::from(below(random, 30))]));
    }
    SignInId(text)
}

/// Two digits.
pub(super) fn match_number(random: &dyn Random) -> String {
    format!("{:02}", below(random, 100))
}

/// Evenly drawn.
fn below(random: &dyn Random, bound: u8) -> u8 {
    let even = u8::MAX - u8::MAX % bound;
    loop {
        let mut byte = [0_u8];
        random.fill(&mut byte);
        if byte[0] < even {
            return byte[0] % bound;
        }
    }
}

/// What a workstation calls itself, without what would disturb a page or a line of text.
pub(super) fn clean_label(label: &str) -> Option<String> {
    let kept: String =
        label.chars().filter(|character| !character.is_control() && !is_bidi_control(*character)).take(LABEL_LENGTH).collect();
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

const fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}
