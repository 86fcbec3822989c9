//! What binds a browser to its attempt, and what is made of it.
//!
//! Each attempt has a cookie of its own. What the browser is given later (the cookie of after the passage at Pro Santé Connect, the code for
//! the app, the letters) is drawn from the cookie it holds: the same question, asked again because the first answer was lost, gets the same
//! answer, and the memory keeps nothing but hashes.

use secrecy::{ExposeSecret as _, SecretString};
use vestibule_model::session::SignInId;

use super::naming;
use crate::random::{Drawn, secret_256};
use crate::spoken::{language_of, spoken};
use crate::store::{SecretHash, SignInRow};

/// Cookies of ours that a browser presents, each with the attempt whose name it bears, the oldest first.
///
/// Several may bear the same name: a browser keeps one, whatever came beside it is not ours, and only the right one fits.
#[derive(Clone, Default)]
pub struct BrowserCookies(Vec<(SignInId, SecretString)>);

impl BrowserCookies {
    /// As found in a request.
    pub const fn new(cookies: Vec<(SignInId, SecretString)>) -> Self {
        Self(cookies)
    }

    /// One cookie of one attempt.
    pub fn one(id: &SignInId, cookie: &SecretString) -> Self {
        Self(vec![(id.clone(), cookie.clone())])
    }

    /// What is presented as the cookie of this attempt.
    pub fn of<'a>(&'a self, id: &'a SignInId) -> impl Iterator<Item = &'a SecretString> {
        self.0.iter().filter(move |(named, _)| named == id).map(|(_, cookie)| cookie)
    }

    /// The latest that this browser was given.
    pub fn latest(&self) -> Option<&SecretString> {
        self.0.last().map(|(_, cookie)| cookie)
    }

    /// The attempts that have a cookie here, each once, the oldest first.
    pub fn sign_ins(&self) -> Vec<&SignInId> {
        let mut ids = Vec::new();
        for (id, _) in &self.0 {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }
}

impl std::fmt::Debug for BrowserCookies {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "BrowserCookies({})", self.0.len())
    }
}

/// The browser of an attempt, recognised.
pub(super) enum Recognised {
    /// It holds the cookie that the memory expects.
    Current(SecretString),
    /// It holds the cookie of before the passage at Pro Santé Connect, and the code it came back with: the answer to its first return was
    /// lost. With the cookie that this answer brought.
    AnswerLost(SecretString),
}

impl Recognised {
    /// `None` for any other browser.
    pub(super) fn of(row: &SignInRow, cookies: &BrowserCookies, provider_code: Option<&SecretString>) -> Option<Self> {
        let current = cookies.of(&row.id).find(|cookie| is_kept(row, cookie));
        if let Some(cookie) = current {
            return Some(Self::Current(cookie.clone()));
        }
        let provider_code = provider_code?;
        cookies.of(&row.id).map(|cookie| after_provider(cookie, provider_code)).find(|cookie| is_kept(row, cookie)).map(Self::AnswerLost)
    }
}

fn is_kept(row: &SignInRow, cookie: &SecretString) -> bool {
    row.stage.browser().is_some_and(|browser| browser.cookie == SecretHash::of(cookie))
}

/// The cookie of after the passage at Pro Santé Connect: whoever knew the one from before opens nothing with it, and only who came back with
/// Pro Santé Connect's code can have this one.
pub(super) fn after_provider(cookie: &SecretString, provider_code: &SecretString) -> SecretString {
    let drawn = secret_256(&Drawn::from(cookie, "after Pro Santé Connect", provider_code.expose_secret()));
    spoken(drawn, language_of(cookie.expose_secret()))
}

/// The code that leaves for the app.
pub(super) fn app_code(cookie: &SecretString) -> SecretString {
    secret_256(&Drawn::from(cookie, "code for the app", ""))
}

/// The letters that are typed into the app.
pub(super) fn letters(cookie: &SecretString) -> SecretString {
    naming::typed_code(&Drawn::from(cookie, "letters", ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exposed(secret: &SecretString) -> &str {
        secret.expose_secret()
    }

    #[test]
    fn the_same_cookie_gives_the_same_answers_and_another_gives_others() {
        let (cookie, other, provider_code) = (SecretString::from("one"), SecretString::from("other"), SecretString::from("psc"));
        assert_eq!(exposed(&app_code(&cookie)), exposed(&app_code(&cookie)));
        assert_eq!(exposed(&letters(&cookie)), exposed(&letters(&cookie)));
        assert_eq!(exposed(&after_provider(&cookie, &provider_code)), exposed(&after_provider(&cookie, &provider_code)));
        let all = [
            app_code(&cookie),
            app_code(&other),
            letters(&cookie),
            letters(&other),
            after_provider(&cookie, &provider_code),
            after_provider(&other, &provider_code),
            after_provider(&cookie, &other),
            cookie,
        ];
        let distinct: std::collections::HashSet<&str> = all.iter().map(exposed).collect();
        assert_eq!(distinct.len(), all.len(), "each purpose, each cookie and each code has its own");
    }

    #[test]
    fn the_cookie_of_after_says_the_language_of_the_one_before_and_the_code_for_the_app_says_none() {
        let (french, english) = (SecretString::from("one"), SecretString::from("one.en"));
        let after = |cookie| exposed(&after_provider(cookie, &"psc".into())).to_owned();
        assert!(after(&english).ends_with(".en") && !after(&french).contains('.'));
        assert!(!exposed(&app_code(&english)).contains('.') && exposed(&letters(&english)).bytes().all(|sign| sign.is_ascii_uppercase()));
    }

    #[test]
    fn letters_drawn_from_cookies_are_spread_over_the_alphabet() {
        let drawn: String = (0..200).map(|turn| exposed(&letters(&SecretString::from(format!("cookie {turn}")))).to_owned()).collect();
        for letter in vestibule_model::exchange::CONFIRMATION_CODE_ALPHABET {
            let count = drawn.bytes().filter(|found| found == letter).count();
            assert!((40..=140).contains(&count), "{}: {count} of 1,600", char::from(*letter));
        }
    }
}
