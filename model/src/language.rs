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
}

#[cfg(test)]
mod tests {
    use super::Language;

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
