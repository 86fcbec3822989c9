//! Refusals by limit: counted for the metrics, and said in the log at most once a minute, so that a flood does not flood the log too.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::{Clock, Timestamp};

/// Milliseconds between two lines of the log about the same limit.
const SAID_EVERY_MS: i64 = 60_000;

/// What one limit refused.
pub struct Tally {
    limit: &'static str,
    clock: Arc<dyn Clock>,
    refused: AtomicU64,
    said: Mutex<Option<Said>>,
}

#[derive(Clone, Copy)]
struct Said {
    at: Timestamp,
    refused: u64,
}

impl Tally {
    /// Of the limit with this name, as it appears in logs and metrics.
    pub fn new(limit: &'static str, clock: Arc<dyn Clock>) -> Self {
        Self { limit, clock, refused: AtomicU64::new(0), said: Mutex::default() }
    }

    /// One more was refused.
    pub fn count(&self) {
        let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(since_last) = self.to_say(refused) {
            tracing::warn!(limit = self.limit, refused = since_last, "A limit refuses requests");
        }
    }

    /// Name of the limit and how many it refused since the start.
    pub fn total(&self) -> (&'static str, u64) {
        (self.limit, self.refused.load(Ordering::Relaxed))
    }

    /// How many were refused since it was last said; `None` when that was less than a minute ago.
    fn to_say(&self, refused: u64) -> Option<u64> {
        let now = self.clock.now();
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let since = match *said {
            Some(last) if (0..SAID_EVERY_MS).contains(&now.millis_since(last.at)) => return None,
            Some(last) => refused.saturating_sub(last.refused),
            None => refused,
        };
        *said = Some(Said { at: now, refused });
        Some(since)
    }
}

/// How a refused request is written into the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// As any other answer.
    Written,
    /// As one of so many of its kind in this minute.
    OfMany(u64),
    /// Not at all.
    Unwritten,
    /// As nothing to be read unless somebody asks for everything.
    Routine,
}

/// Refused requests of each kind that are written down one by one in a minute; of those that follow, the hundredth, the thousandth and so on.
const ONE_BY_ONE: u64 = 10;

/// Which refused requests are written into the log, so that whoever is refused cannot fill it.
pub struct RefusalLines {
    clock: Arc<dyn Clock>,
    minute: Mutex<Minute>,
}

struct Minute {
    since: Timestamp,
    /// By route and status, of which there are some hundreds.
    refused: HashMap<(String, u16), u64>,
}

impl RefusalLines {
    /// None was refused yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, minute: Mutex::new(Minute { since: Timestamp(0), refused: HashMap::new() }) }
    }

    /// Counts one more on this route.
    pub fn count(&self, route: &str, status: u16) -> Line {
        let now = self.clock.now();
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        if !(0..SAID_EVERY_MS).contains(&now.millis_since(minute.since)) {
            *minute = Minute { since: now, refused: HashMap::new() };
        }
        let refused = minute.refused.entry((route.to_owned(), status)).or_default();
        *refused += 1;
        match *refused {
            few if few <= ONE_BY_ONE => Line::Written,
            many if 10_u64.checked_pow(many.ilog10()) == Some(many) => Line::OfMany(many),
            _ => Line::Unwritten,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn a_flood_is_counted_whole_and_said_once_a_minute_with_its_count() {
        let clock = Arc::new(ManualClock::at(Timestamp(1_795_000_000_000)));
        let tally = Tally::new("starts_per_key", clock.clone());
        assert_eq!(tally.to_say(1), Some(1), "the first is said at once");
        assert_eq!((tally.to_say(2), tally.to_say(1000)), (None, None));
        clock.advance_seconds(60);
        assert_eq!(tally.to_say(1001), Some(1000));
        clock.advance_seconds(-3600);
        assert_eq!(tally.to_say(1002), Some(1), "a clock that is set back silences nothing");
        (0..5).for_each(|_| tally.count());
        assert_eq!(tally.total(), ("starts_per_key", 5));
    }

    #[test]
    fn of_three_hundred_refusals_of_a_kind_eleven_are_written_and_another_kind_is_not_hidden() {
        let clock = Arc::new(ManualClock::at(Timestamp(1_795_000_000_000)));
        let lines = RefusalLines::new(clock.clone());
        let written: Vec<Line> = (0..300).map(|_| lines.count("/psc/callback", 400)).filter(|line| *line != Line::Unwritten).collect();
        assert_eq!((written.len(), written.last()), (11, Some(&Line::OfMany(100))));
        assert_eq!(lines.count("/psc/callback", 409), Line::Written);
        assert_eq!(lines.count("/oauth/par", 400), Line::Written);
        clock.advance_seconds(60);
        assert_eq!(lines.count("/psc/callback", 400), Line::Written);
    }
}
