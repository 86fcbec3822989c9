//! What comes over the wire is parsed before anything of it is kept: texts for people are cleaned and cut, names of things have one form,
//! and what this version does not know, or nobody here reads, does not cost the rest.

use std::fmt::Write as _;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny};

use crate::secret::Secret;

/// Longest text shown to people, in characters.
pub const LONGEST_TEXT: usize = 200;
/// Longest word of a protocol, such as an error name or the id of a situation, in bytes.
const LONGEST_WORD: usize = 64;

/// A text for people without what would disturb a line, a page or a terminal: no control character, nothing that turns the direction of
/// writing or that is not seen; cut after `most` characters, without white space at either end.
pub fn printable(text: &str, most: usize) -> String {
    let shown: String =
        text.chars().filter(|character| !is_unseen(*character)).skip_while(|first| first.is_whitespace()).take(most).collect();
    shown.trim_end().to_owned()
}

/// Whether a character writes nothing by itself: controls, format characters, fillers, variation selectors, tags, a cell of braille or a head of a
/// note without ink.
pub const fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{0}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d159}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether a character can hide in a word: it writes nothing, and parts nothing either.
pub const fn is_hidden(character: char) -> bool {
    is_unseen(character) && !matches!(character, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The same JSON, in which what a terminal would act on is written as JSON writes it. Line ends stay, which stand between its words alone.
pub fn json_for_eyes(json: &str) -> String {
    let mut told = String::with_capacity(json.len());
    for character in json.chars() {
        if is_unseen(character) && character != '\n' {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(told, "\\u{unit:04x}");
            }
        } else {
            told.push(character);
        }
    }
    told
}

/// A word of a protocol: printable ASCII without white space.
pub fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_WORD && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// For `deserialize_with`: a [`printable`] text.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| printable(&text, LONGEST_TEXT))
}

/// The same where there may be none.
pub(crate) fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(|text| printable(&text, LONGEST_TEXT)).filter(|text| !text.is_empty()))
}

/// For `deserialize_with`: exactly two digits.
pub(crate) fn two_digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    let digits = Secret::deserialize(deserializer)?;
    if digits.expose().len() == 2 && digits.expose().bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(digits);
    }
    Err(D::Error::custom("not two digits"))
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Maybe<T> {
    Known(T),
    Unknown(IgnoredAny),
}

impl<T> Maybe<T> {
    fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }
}

/// For `deserialize_with` beside `default`: a member that nobody needs stands for nothing when it has another form.
pub(crate) fn if_known<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Maybe::deserialize(deserializer)?.known().unwrap_or_default())
}

/// For `deserialize_with` beside `default`: the elements that this version knows.
pub(crate) fn those_known<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let all: Option<Vec<Maybe<T>>> = Maybe::deserialize(deserializer)?.known();
    Ok(all.unwrap_or_default().into_iter().filter_map(Maybe::known).collect())
}

#[cfg(test)]
mod tests;
