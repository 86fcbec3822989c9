//! Limits over a minute on what a proven device key may ask, whatever it asks: an app that runs in circles stops here.
//!
//! They hold a fault down, not an attacker, who has as many keys as he likes: those meet the limits by address.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use vestibule_model::session::SignInId;

use crate::clock::{Clock, Timestamp};
use crate::config::LimitsSection;
use crate::tally::Tally;

const WINDOW_MS: i64 = 60_000;
/// Keys counted at once, about 30 bytes each; beyond, newcomers go uncounted rather than unserved.
const KEYS: usize = 1_000_000;
/// Reports of activity that count in a minute. An app sends one; two of them may fall into the same minute of ours.
const REPORTS: u32 = 2;

/// A key called more often than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this key calls too often")]
pub struct TooMany {
    /// Seconds after which it may again.
    pub retry_after_s: u32,
}

/// Calls per device key.
pub struct Rates {
    clock: Arc<dyn Clock>,
    calls: Window,
    refreshes: Window,
    reports: Window,
    calls_refused: Tally,
    refreshes_refused: Tally,
}

impl Rates {
    /// As configured.
    pub fn new(limits: &LimitsSection, clock: &Arc<dyn Clock>) -> Self {
        Self {
            calls: Window::new(limits.calls_per_minute_per_key),
            refreshes: Window::new(limits.refreshes_per_minute_per_key),
            reports: Window::new(REPORTS),
            calls_refused: Tally::new("calls_per_key", Arc::clone(clock)),
            refreshes_refused: Tally::new("refreshes_per_key", Arc::clone(clock)),
            clock: Arc::clone(clock),
        }
    }

    /// Counts a call of this key.
    ///
    /// # Errors
    /// [`TooMany`]
    pub fn admit_call(&self, jkt: &str) -> Result<(), TooMany> {
        self.calls.admit(jkt, self.clock.now()).map_err(|retry_after_s| too_many(&self.calls_refused, retry_after_s))
    }

    /// Counts a rotation of the tokens of this key, before it costs a write.
    ///
    /// # Errors
    /// [`TooMany`]
    pub fn admit_refresh(&self, jkt: &str) -> Result<(), TooMany> {
        self.refreshes.admit(jkt, self.clock.now()).map_err(|retry_after_s| too_many(&self.refreshes_refused, retry_after_s))
    }

    /// Whether a report of activity in this session still counts: further ones are answered and change nothing.
    pub fn is_report_due(&self, session: &SignInId) -> bool {
        self.reports.admit(&session.0, self.clock.now()).is_ok()
    }

    /// What each of these limits refused since the start, by name.
    pub fn refused(&self) -> [(&'static str, u64); 2] {
        [self.calls_refused.total(), self.refreshes_refused.total()]
    }
}

fn too_many(tally: &Tally, retry_after_s: u32) -> TooMany {
    tally.count();
    TooMany { retry_after_s }
}

/// So many in each minute for each key.
struct Window {
    limit: u32,
    hasher: RandomState,
    counted: Mutex<Counted>,
}

struct Counted {
    since: Timestamp,
    /// By a keyed hash: of two keys that nobody can choose to collide, one is counted with the other.
    by_key: HashMap<u64, u32>,
}

impl Window {
    fn new(limit: u32) -> Self {
        Self { limit, hasher: RandomState::new(), counted: Mutex::new(Counted { since: Timestamp(0), by_key: HashMap::new() }) }
    }

    /// Counts one, or gives back the seconds until the next minute begins.
    fn admit(&self, key: &str, now: Timestamp) -> Result<(), u32> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if !(0..WINDOW_MS).contains(&now.millis_since(counted.since)) {
            // A new map: what a flood made it grow to is given back.
            *counted = Counted { since: now, by_key: HashMap::new() };
        }
        let left_ms = WINDOW_MS - now.millis_since(counted.since);
        let key = self.hasher.hash_one(key);
        if counted.by_key.len() >= KEYS && !counted.by_key.contains_key(&key) {
            return Ok(());
        }
        let count = counted.by_key.entry(key).or_default();
        if *count >= self.limit {
            return Err(u32::try_from(left_ms.div_euclid(1000) + 1).unwrap_or(60).clamp(1, 60));
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_000_000_000);

    #[test]
    fn a_key_in_a_loop_waits_for_the_next_minute_and_the_others_do_not() {
        let window = Window::new(3);
        for _ in 0..3 {
            window.admit("loop", NOW).expect("let in");
        }
        let later = NOW.plus_seconds(20);
        assert_eq!(window.admit("loop", later), Err(41));
        window.admit("another", later).expect("let in");
        window.admit("loop", NOW.plus_seconds(60)).expect("let in again");
        window.admit("loop", NOW.plus_seconds(-3600)).expect("a clock that is set back does not prolong a refusal");
    }

    #[test]
    fn a_flood_of_keys_keeps_the_memory_bounded_and_nobody_waiting() {
        let window = Window::new(1);
        for key in 0..=KEYS {
            window.admit(&key.to_string(), NOW).expect("let in");
        }
        assert_eq!(window.counted.lock().expect("free").by_key.len(), KEYS);
        assert!(window.admit("0", NOW).is_err(), "those counted still are");
    }
}
