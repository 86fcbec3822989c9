//! Moments and durations, as pages say them.

use std::fmt;

use vestibule_model::exchange::path;
use vestibule_model::language::Language;
use vestibule_model::session::SignInId;

use super::field;

/// Seconds before its end at which a page says that the end is near.
const NEAR_THE_END_S: u32 = 60;

/// Seconds, in the window's words: whole minutes, rounded down so that nobody counts on more than there is, and to the second below two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Duration(pub(super) u32, pub(super) Language);

impl fmt::Display for Duration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 60, self.0) {
            (0, seconds) => {
                let (unit, is_one) = match self.1 {
                    Language::Fr => ("seconde", seconds < 2),
                    Language::En => ("second", seconds == 1),
                };
                write!(formatter, "{seconds}\u{a0}{unit}{}", if is_one { "" } else { "s" })
            }
            (1, 60) => formatter.write_str("1\u{a0}minute"),
            (1, seconds) => write!(formatter, "1\u{a0}min\u{a0}{}\u{a0}s", seconds - 60),
            (minutes, _) => write!(formatter, "{minutes}\u{a0}minutes"),
        }
    }
}

/// Time that went by, in words: whole minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ago(pub(super) i64, pub(super) Language);

impl fmt::Display for Ago {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (none, one) = match self.1 {
            Language::Fr => ("moins d’une minute", "une minute"),
            Language::En => ("less than a minute", "1\u{a0}minute"),
        };
        match self.0 / 60_000 {
            ..=0 => formatter.write_str(none),
            1 => formatter.write_str(one),
            minutes @ ..60 => write!(formatter, "{minutes}\u{a0}minutes"),
            minutes => match self.1 {
                Language::Fr => write!(formatter, "{}\u{a0}h\u{a0}{:02}", minutes / 60, minutes % 60),
                Language::En => write!(formatter, "{}\u{a0}h\u{a0}{}\u{a0}min", minutes / 60, minutes % 60),
            },
        }
    }
}

/// What is left of the time in which a page may be answered.
pub(super) struct Time<'a> {
    pub(super) left: Duration,
    sign_in_id: &'a SignInId,
}

impl<'a> Time<'a> {
    pub(super) const fn of(sign_in_id: &'a SignInId, expires_in_s: u32, language: Language) -> Self {
        Self { left: Duration(expires_in_s, language), sign_in_id }
    }

    /// Seconds left, for the page's own count.
    pub(super) const fn seconds(&self) -> u32 {
        self.left.0
    }

    /// Without script the page is asked for again: one minute before its end, to say so, and at its end, to say that.
    pub(super) const fn asks_again_in_s(&self) -> u32 {
        if self.left.0 > NEAR_THE_END_S { self.left.0 - NEAR_THE_END_S } else { self.left.0 + 1 }
    }

    /// This page, asked for again.
    pub(super) fn again(&self) -> String {
        format!("{}?{}={}", path::CONFIRM, field::SIGN_IN, self.sign_in_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_by_is_said_in_minutes_then_hours() {
        for (milliseconds, french, english) in [
            (-5, "moins d’une minute", "less than a minute"),
            (59_999, "moins d’une minute", "less than a minute"),
            (60_000, "une minute", "1\u{a0}minute"),
            (3_599_999, "59\u{a0}minutes", "59\u{a0}minutes"),
            (7_500_000, "2\u{a0}h\u{a0}05", "2\u{a0}h\u{a0}5\u{a0}min"),
        ] {
            assert_eq!(Ago(milliseconds, Language::Fr).to_string(), french);
            assert_eq!(Ago(milliseconds, Language::En).to_string(), english);
        }
    }

    #[test]
    fn a_duration_is_said_in_words() {
        for (seconds, french, english) in [
            (600, "10\u{a0}minutes", "10\u{a0}minutes"),
            (120, "2\u{a0}minutes", "2\u{a0}minutes"),
            (119, "1\u{a0}min\u{a0}59\u{a0}s", "1\u{a0}min\u{a0}59\u{a0}s"),
            (61, "1\u{a0}min\u{a0}1\u{a0}s", "1\u{a0}min\u{a0}1\u{a0}s"),
            (60, "1\u{a0}minute", "1\u{a0}minute"),
            (59, "59\u{a0}secondes", "59\u{a0}seconds"),
            (1, "1\u{a0}seconde", "1\u{a0}second"),
            (0, "0\u{a0}seconde", "0\u{a0}seconds"),
        ] {
            assert_eq!(Duration(seconds, Language::Fr).to_string(), french);
            assert_eq!(Duration(seconds, Language::En).to_string(), english);
        }
    }

    #[test]
    fn without_script_a_page_is_asked_for_again_one_minute_before_its_end_and_just_after_it() {
        let id = SignInId("7F3K-9QXM".into());
        for (left, again) in [(540, 480), (61, 1), (60, 61), (5, 6)] {
            assert_eq!(Time::of(&id, left, Language::Fr).asks_again_in_s(), again, "{left}");
        }
        assert_eq!(Time::of(&id, 5, Language::Fr).again(), "/sign-in/confirm?id=7F3K-9QXM");
    }
}
