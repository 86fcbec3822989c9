//! Whether a connection is at work, and since when it is not.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Longest silence of a connection on which no request is under way: longer than the app keeps a silent connection, so that it closes first.
const SILENCE: Duration = Duration::from_secs(75);

/// Requests under way on one connection.
pub(super) struct Pulse(Mutex<Beat>);

struct Beat {
    under_way: usize,
    quiet_since: Instant,
}

impl Pulse {
    pub(super) const fn new(now: Instant) -> Self {
        Self(Mutex::new(Beat { under_way: 0, quiet_since: now }))
    }

    pub(super) fn request_begins(&self) {
        self.beat().under_way += 1;
    }

    pub(super) fn request_ends(&self, now: Instant) {
        let mut beat = self.beat();
        beat.under_way = beat.under_way.saturating_sub(1);
        beat.quiet_since = now;
    }

    /// When the silence will have lasted too long; while a request is under way, when to look again.
    pub(super) fn deadline(&self, now: Instant) -> Instant {
        let beat = self.beat();
        if beat.under_way > 0 { now + SILENCE } else { beat.quiet_since + SILENCE }
    }

    fn beat(&self) -> std::sync::MutexGuard<'_, Beat> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
