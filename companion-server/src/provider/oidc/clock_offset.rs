//! How far this machine's clock is from a provider's, as its answers are dated: far enough, and every token seems over or not yet valid.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use http::HeaderMap;
use http::header::{AGE, DATE};
use vestibule_model::ErrorCode;

use crate::clock::{Clock, Confirmation, Timestamp};

/// Seconds from which on the offset is said: half of what the checks of a token allow.
const SAID_FROM_S: i64 = 30;
/// Milliseconds of this machine's clock that one date vouches for: a clock that jumps further has left it behind. Two rounds of what waits for it.
const VOUCHED_MS: i64 = 2 * 60 * 60 * 1000;
/// A call that seems longer than this says nothing: the clock may have jumped while it lasted.
const LONGEST_CALL_MS: i64 = 60 * 1000;

/// Watches the dates of answers.
pub struct ClockOffset {
    /// What the provider is called in logs.
    called: &'static str,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Whole seconds; positive when this machine's clock is ahead.
    ahead_s: Option<i64>,
    /// By this machine's clock, so that its jumps show.
    noted_at: Option<Timestamp>,
    is_said: bool,
}

impl ClockOffset {
    /// Knows nothing yet.
    pub fn new(called: &'static str, clock: Arc<dyn Clock>) -> Self {
        Self { called, clock, state: Mutex::default() }
    }

    /// The present moment, for the beginning of a call.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Reads the date of an answer to a call that was sent then.
    pub fn note(&self, sent_at: Timestamp, headers: &HeaderMap) {
        // What a cache kept was dated earlier.
        let Some(dated) = date(headers).filter(|_| !headers.contains_key(AGE)) else { return };
        let received_at = self.clock.now();
        let ahead_s = ahead(sent_at, received_at, dated);
        let mut state = self.state();
        state.ahead_s = Some(ahead_s);
        if (0..=LONGEST_CALL_MS).contains(&received_at.millis_since(sent_at)) {
            state.noted_at = Some(received_at);
        }
        let is_wrong = ahead_s.abs() >= SAID_FROM_S;
        if is_wrong && !state.is_said {
            tracing::error!(error.code = %ErrorCode::ClockWrong, ahead_s, "This machine's clock is not {}'s: beyond a minute, sign-ins fail", self.called);
        } else if !is_wrong && state.is_said {
            tracing::info!(ahead_s, "This machine's clock is right again");
        }
        state.is_said = is_wrong;
    }

    /// Whole seconds by which this machine's clock is ahead, negative when it is behind; `None` before the first dated answer.
    pub fn ahead_s(&self) -> Option<i64> {
        self.state().ahead_s
    }

    /// The same, when it is enough to spoil the checks of a token.
    pub fn wrong_by_s(&self) -> Option<i64> {
        self.ahead_s().filter(|ahead| ahead.abs() >= SAID_FROM_S)
    }

    /// Whether the present moment may be believed by what cannot be undone.
    pub fn confirmation(&self) -> Confirmation {
        let now = self.clock.now();
        let state = self.state();
        match (state.ahead_s, state.noted_at) {
            (Some(ahead_s), _) if ahead_s.abs() >= SAID_FROM_S => Confirmation::Wrong,
            (Some(_), Some(noted_at)) if now.millis_since(noted_at).abs() <= VOUCHED_MS => Confirmation::Right,
            (Some(_), _) => Confirmation::Stale,
            (None, _) => Confirmation::Unknown,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let moment = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    let millis = moment.duration_since(UNIX_EPOCH).ok()?.as_millis();
    Some(Timestamp(i64::try_from(millis).ok()?))
}

/// The smallest offset that explains an answer dated so, to the second, somewhere between the call and its answer.
fn ahead(sent_at: Timestamp, received_at: Timestamp, dated: Timestamp) -> i64 {
    let at_least = sent_at.millis_since(dated) - 999;
    let at_most = received_at.millis_since(dated);
    let millis = if at_least > 0 { at_least } else { at_most.min(0) };
    millis / 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    const DAY_S: i64 = 24 * 60 * 60;

    fn dated(moment: Timestamp) -> HeaderMap {
        let moment = UNIX_EPOCH + std::time::Duration::from_millis(u64::try_from(moment.0).unwrap());
        HeaderMap::from_iter([(DATE, httpdate::fmt_http_date(moment).parse().unwrap())])
    }

    #[test]
    fn a_clock_is_confirmed_by_a_recent_date_and_by_nothing_after_a_jump() {
        let clock = Arc::new(ManualClock::at(Timestamp(1_800_000_000_000)));
        let offset = ClockOffset::new("the provider", clock.clone());
        assert_eq!(offset.confirmation(), Confirmation::Unknown);
        let mut right = clock.now();
        offset.note(clock.now(), &dated(right));
        assert_eq!(offset.confirmation(), Confirmation::Right);
        clock.advance_seconds(3600);
        assert_eq!(offset.confirmation(), Confirmation::Right, "an hour later");
        clock.advance_seconds(400 * DAY_S);
        assert_eq!(offset.confirmation(), Confirmation::Stale, "it jumped");
        offset.note(clock.now(), &dated(right));
        assert_eq!(offset.confirmation(), Confirmation::Wrong);
        right = clock.now();
        offset.note(clock.now(), &dated(right));
        assert_eq!(offset.confirmation(), Confirmation::Right, "mended");
    }

    #[test]
    fn a_jump_during_a_call_confirms_nothing() {
        let clock = Arc::new(ManualClock::at(Timestamp(1_800_000_000_000)));
        let offset = ClockOffset::new("the provider", clock.clone());
        let sent_at = clock.now();
        clock.advance_seconds(400 * DAY_S);
        offset.note(sent_at, &dated(sent_at));
        assert_eq!(offset.confirmation(), Confirmation::Stale);
    }

    #[test]
    fn an_offset_is_the_smallest_that_explains_the_answer() {
        let at = |seconds: i64, millis: i64| Timestamp(1_800_000_000_000 + seconds * 1000 + millis);
        assert_eq!(ahead(at(0, 0), at(0, 300), at(0, 0)), 0);
        // A slow answer explains a few seconds on either side.
        assert_eq!(ahead(at(0, 0), at(9, 0), at(4, 0)), 0);
        assert_eq!(ahead(at(0, 900), at(1, 100), at(0, 0)), 0, "a date is to the second");
        assert_eq!(ahead(at(180, 0), at(180, 100), at(0, 0)), 179);
        assert_eq!(ahead(at(-180, 0), at(-179, 0), at(0, 0)), -179);
    }
}
