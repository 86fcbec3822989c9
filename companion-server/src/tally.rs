//! Refusals by limit: counted for the metrics, and said in the log at most once a minute, so that a flood does not flood the log too.

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
            tracing::warn!(limit = self.limit, refused = since_last, "A limit refuses requests.");
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
}
