//! When a session ends by itself, as this workstation counts.

use vestibule_model::session::{SessionClocks, SessionEnd};

/// The companion counts in whole seconds, and an answer is on its way for a while.
const REASON_MARGIN_MS: u64 = 2000;

/// When the session ends, by this workstation's wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ends {
    pub idle_at_ms: u64,
    pub at_ms: u64,
    pub idle_limit_s: u32,
}

impl Ends {
    /// Relative seconds become local time at once: workstation clocks are often wrong, but they advance.
    pub fn of(clocks: &SessionClocks, now_ms: u64) -> Self {
        let after = |seconds: u32| now_ms + u64::from(seconds) * 1000;
        Self { idle_at_ms: after(clocks.idle_in_s), at_ms: after(clocks.absolute_in_s), idle_limit_s: clocks.idle_limit_s }
    }

    /// Why a session that is over ended, as far as the clocks tell; `None` when it ended before either of them.
    pub fn reason(&self, now_ms: u64) -> Option<SessionEnd> {
        let over = |at_ms: u64| now_ms + REASON_MARGIN_MS >= at_ms;
        if self.idle_at_ms < self.at_ms && over(self.idle_at_ms) {
            return Some(SessionEnd::Idle);
        }
        over(self.at_ms).then_some(SessionEnd::Expired)
    }
}
