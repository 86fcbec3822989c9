//! The warning before the end: when it is due, and what it says outside the window.

use vestibule_model::language::Language;
use vestibule_model::session::CardRemoval;

use super::ends::Ends;
use crate::notifications::Notice;
use crate::words;

/// Before the end for lack of activity: as long as the dialog in the window asks.
const BEFORE_IDLE_MS: u64 = 60_000;

/// Before the end at the latest: time to finish what is under way.
const BEFORE_LATEST_MS: u64 = 300_000;

/// Which end is near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Near {
    /// She can put it off.
    Idle,
    /// Nobody can.
    Latest,
}

impl Near {
    /// For the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Latest => "latest",
        }
    }
}

/// What she was warned of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Warned {
    pub idle: bool,
    pub latest: bool,
}

impl Warned {
    pub fn of(&mut self, near: Near) {
        match near {
            Near::Idle => self.idle = true,
            Near::Latest => self.latest = true,
        }
    }

    /// The next warning and its time, local wall clock in milliseconds since 1970; `None` when all has been said.
    pub fn next(self, ends: &Ends) -> Option<(u64, Near)> {
        let idle = (!self.idle && ends.idle_at_ms < ends.at_ms).then(|| (ends.idle_at_ms.saturating_sub(BEFORE_IDLE_MS), Near::Idle));
        let latest = (!self.latest).then(|| (ends.at_ms.saturating_sub(BEFORE_LATEST_MS), Near::Latest));
        idle.into_iter().chain(latest).min_by_key(|(at_ms, _)| *at_ms)
    }
}

/// What the desktop shows: to whoever passes by, so nobody is named.
pub(super) fn notice(near: Near, language: Language, service: &str) -> Notice {
    let words = words::of(language);
    let text = match near {
        Near::Idle => words.closes_when_idle(),
        Near::Latest => words.closes_at_the_latest(),
    };
    Notice { title: words.closes_soon(service), text: text.to_owned() }
}

/// The same of her card, which left its reader.
pub(super) fn card_notice(action: CardRemoval, language: Language, service: &str) -> Notice {
    let words = words::of(language);
    Notice { title: words.card_removed(service), text: words.after_card_removed(action).to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Near, Warned};
    use crate::engine::ends::Ends;

    fn ends(idle_s: u64, latest_s: u64) -> Ends {
        Ends { idle_at_ms: idle_s * 1000, at_ms: latest_s * 1000, idle_limit_s: 900 }
    }

    #[test]
    fn each_end_is_told_of_once_and_the_nearer_first() {
        let (mut warned, usual) = (Warned::default(), ends(900, 14_400));
        assert_eq!(warned.next(&usual), Some((840_000, Near::Idle)));
        warned.of(Near::Idle);
        assert_eq!(warned.next(&usual), Some((14_100_000, Near::Latest)));
        warned.of(Near::Latest);
        assert_eq!(warned.next(&usual), None);
    }

    #[test]
    fn an_end_that_activity_cannot_put_off_is_not_told_as_one() {
        assert_eq!(Warned::default().next(&ends(900, 900)), Some((600_000, Near::Latest)));
        assert_eq!(Warned { latest: true, idle: false }.next(&ends(900, 900)), None);
    }
}
