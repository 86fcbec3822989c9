//! Limits over a minute on what a proven device key may ask, whatever it asks: an app that runs in circles stops here.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::LimitsSection;
use crate::sign_in::limits::PerMinute;
use crate::tally::Tally;

use super::answer::Refusal;

/// Calls per device key.
pub struct Rates {
    clock: Arc<dyn Clock>,
    calls: PerMinute<String>,
    refreshes: PerMinute<String>,
    calls_refused: Tally,
    refreshes_refused: Tally,
}

impl Rates {
    /// As configured.
    pub fn new(limits: &LimitsSection, clock: &Arc<dyn Clock>) -> Self {
        Self {
            calls: PerMinute::new(limits.calls_per_minute_per_key),
            refreshes: PerMinute::new(limits.refreshes_per_minute_per_key),
            calls_refused: Tally::new("calls_per_key", Arc::clone(clock)),
            refreshes_refused: Tally::new("refreshes_per_key", Arc::clone(clock)),
            clock: Arc::clone(clock),
        }
    }

    /// Counts a call of this key.
    ///
    /// # Errors
    /// 429.
    pub fn admit_call(&self, jkt: &str) -> Result<(), Refusal> {
        admit(&self.calls, &self.calls_refused, jkt, self.clock.as_ref())
    }

    /// Counts a rotation of the tokens of this key, before it costs a write.
    ///
    /// # Errors
    /// 429.
    pub fn admit_refresh(&self, jkt: &str) -> Result<(), Refusal> {
        admit(&self.refreshes, &self.refreshes_refused, jkt, self.clock.as_ref())
    }

    /// What each of these limits refused since the start, by name.
    pub fn refused(&self) -> [(&'static str, u64); 2] {
        [self.calls_refused.total(), self.refreshes_refused.total()]
    }
}

fn admit(limit: &PerMinute<String>, tally: &Tally, jkt: &str, clock: &dyn Clock) -> Result<(), Refusal> {
    limit.admit(jkt.to_owned(), clock.now()).map_err(|retry_after_s| {
        tally.count();
        Refusal::too_many(retry_after_s)
    })
}
