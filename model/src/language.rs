//! The language of what a person reads.

use serde::{Deserialize, Serialize};

/// French first, English second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Language {
    #[default]
    Fr,
    En,
}

const MONTHS: [(&str, &str); 12] = [
    ("janvier", "January"),
    ("février", "February"),
    ("mars", "March"),
    ("avril", "April"),
    ("mai", "May"),
    ("juin", "June"),
    ("juillet", "July"),
    ("août", "August"),
    ("septembre", "September"),
    ("octobre", "October"),
    ("novembre", "November"),
    ("décembre", "December"),
];

impl Language {
    /// As BCP 47 writes it.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// The first of a list in the form of `ui_locales` (OpenID Connect Core, section 3.1.2.1) that is spoken here: `en-GB fr` is English. French
    /// where none is.
    #[must_use]
    pub fn first_spoken(ui_locales: &str) -> Self {
        let spoken = |tag: &str| {
            let language = tag.split('-').next().unwrap_or_default();
            [Self::Fr, Self::En].into_iter().find(|spoken| language.eq_ignore_ascii_case(spoken.tag()))
        };
        ui_locales.split_ascii_whitespace().find_map(spoken).unwrap_or_default()
    }

    /// A day in words, months from 1: `1er juin 2027`, `1 June 2027`; in figures where there is no such month.
    #[must_use]
    pub fn day(self, year: i32, month: u32, day: u32) -> String {
        let named = usize::try_from(month).ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
        match (self, named) {
            (_, None) => format!("{year}-{month:02}-{day:02}"),
            (Self::Fr, Some((month, _))) if day == 1 => format!("1er {month} {year}"),
            (Self::Fr, Some((month, _))) | (Self::En, Some((_, month))) => format!("{day} {month} {year}"),
        }
    }

    /// A length of time as people say it, by its two largest units: `2 jours 3 heures`, `1 minute 40 secondes`.
    #[must_use]
    pub fn length(self, seconds: u64) -> String {
        const UNITS: [(u64, &str, &str); 4] =
            [(86_400, "jour", "day"), (3600, "heure", "hour"), (60, "minute", "minute"), (1, "seconde", "second")];
        let largest = UNITS.iter().position(|(unit, ..)| seconds >= *unit).unwrap_or(UNITS.len() - 1);
        let mut left = seconds;
        let mut parts = Vec::new();
        for (unit, french, english) in UNITS.iter().skip(largest).take(2) {
            let (count, name) = (left / unit, if self == Self::Fr { french } else { english });
            left %= unit;
            // Nothing at all is said once, in its unit.
            if count > 0 || seconds == 0 {
                // French has no plural below two, English none but one.
                let ending = if (self == Self::Fr && count < 2) || count == 1 { "" } else { "s" };
                parts.push(format!("{count}\u{a0}{name}{ending}"));
            }
        }
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn a_length_of_time_is_said_by_its_two_largest_units() {
        for (seconds, french, english) in [
            (0, "0 seconde", "0 seconds"),
            (1, "1 seconde", "1 second"),
            (59, "59 secondes", "59 seconds"),
            (60, "1 minute", "1 minute"),
            (100, "1 minute 40 secondes", "1 minute 40 seconds"),
            (3600, "1 heure", "1 hour"),
            (7_260, "2 heures 1 minute", "2 hours 1 minute"),
            (3_601, "1 heure", "1 hour"),
            (86_400 + 7_199, "1 jour 1 heure", "1 day 1 hour"),
            (31_536_000, "365 jours", "365 days"),
        ] {
            assert_eq!(Language::Fr.length(seconds).replace('\u{a0}', " "), french);
            assert_eq!(Language::En.length(seconds).replace('\u{a0}', " "), english);
        }
    }

    #[test]
    fn the_first_language_of_a_list_that_is_spoken_is_taken_and_french_where_none_is() {
        for (wished, spoken) in [
            ("en", Language::En),
            ("en-GB fr", Language::En),
            ("fr-CA en", Language::Fr),
            ("de EN-us fr", Language::En),
            ("eng", Language::Fr),
            ("de", Language::Fr),
            ("", Language::Fr),
            ("en;q=0.5", Language::Fr),
        ] {
            assert_eq!(Language::first_spoken(wished), spoken, "{wished}");
        }
    }

    #[test]
    fn a_day_is_said_in_words() {
        assert_eq!(Language::Fr.day(2027, 6, 1), "1er juin 2027");
        assert_eq!(Language::Fr.day(2026, 8, 7), "7 août 2026");
        assert_eq!(Language::En.day(2027, 6, 1), "1 June 2027");
        assert_eq!(Language::En.day(2027, 12, 31), "31 December 2027");
        assert_eq!(Language::Fr.day(2027, 0, 1), "2027-00-01");
        assert_eq!(Language::Fr.day(2027, 13, 1), "2027-13-01");
    }
}
