//! Names and numbers people read aloud.

use secrecy::SecretString;
use vestibule_model::exchange::{CONFIRMATION_CODE_ALPHABET, CONFIRMATION_CODE_LENGTH};
use vestibule_model::session::SignInId;
use vestibule_model::wire::printable;
use zeroize::Zeroizing;

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

/// The app's number among two others, in any order: what the page offers to choose from.
pub(super) fn number_choices(random: &dyn Random, right: &str) -> Vec<String> {
    let mut choices: Vec<String> = Vec::with_capacity(3);
    while choices.len() < 2 {
        let other = match_number(random);
        if other != right && !choices.contains(&other) {
            choices.push(other);
        }
    }
    choices.insert(usize::from(below(random, 3)), right.to_owned());
    choices
}

/// The letters that are typed into the app.
pub(super) fn typed_code(random: &dyn Random) -> SecretString {
    let mut letters = Zeroizing::new(String::with_capacity(CONFIRMATION_CODE_LENGTH));
    for _ in 0..CONFIRMATION_CODE_LENGTH {
        letters.push(char::from(CONFIRMATION_CODE_ALPHABET[usize::from(below(random, 20))]));
    }
    letters.as_str().into()
}

/// Letters as a person types them: small or capital, with spaces or hyphens between. `None` when they can be no code at all.
pub(super) fn typed_letters(text: &str) -> Option<SecretString> {
    let mut letters = Zeroizing::new(String::with_capacity(CONFIRMATION_CODE_LENGTH));
    for character in text.chars().filter(|character| !is_between_letters(*character)) {
        let letter = u8::try_from(character.to_ascii_uppercase()).ok().filter(|letter| CONFIRMATION_CODE_ALPHABET.contains(letter))?;
        if letters.len() == CONFIRMATION_CODE_LENGTH {
            return None;
        }
        letters.push(char::from(letter));
    }
    (letters.len() == CONFIRMATION_CODE_LENGTH).then(|| letters.as_str().into())
}

/// Spaces and hyphens of every width: what keyboards and pasted text put between two groups.
const fn is_between_letters(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
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
    Some(printable(label, LABEL_LENGTH)).filter(|kept| !kept.is_empty())
}
