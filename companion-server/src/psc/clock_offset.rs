//! How far this machine's clock is from Pro Santé Connect's, as its answers are dated: far enough, and every token seems over or not yet valid.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use http::HeaderMap;
use http::header::{AGE, DATE};
use vestibule_model::ErrorCode;

use crate::clock::{Clock, Timestamp};

/// Seconds from which on the offset is said: half of what the checks of a token allow.
const SAID_FROM_S: i64 = 30;

/// Watches the dates of answers.
pub struct ClockOffset {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Whole seconds; positive when this machine's clock is ahead.
    ahead_s: Option<i64>,
    is_said: bool,
}

impl ClockOffset {
    /// Knows nothing yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// The present moment, for the beginning of a call.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Reads the date of an answer to a call that was sent then.
    pub fn note(&self, sent_at: Timestamp, headers: &HeaderMap) {
        // What a cache kept was dated earlier.
        let Some(dated) = date(headers).filter(|_| !headers.contains_key(AGE)) else { return };
        let ahead_s = ahead(sent_at, self.clock.now(), dated);
        let mut state = self.state();
        state.ahead_s = Some(ahead_s);
        let is_wrong = ahead_s.abs() >= SAID_FROM_S;
        if is_wrong && !state.is_said {
            tracing::error!(error.code = %ErrorCode::ClockWrong, ahead_s, "This machine's clock is not Pro Santé Connect's: beyond a minute, sign-ins fail.");
        } else if !is_wrong && state.is_said {
            tracing::info!(ahead_s, "This machine's clock is right again.");
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
