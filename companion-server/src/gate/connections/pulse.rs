//! When a connection last moved.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Longest silence of a connection: longer than the app keeps a silent connection, so that it closes first, and longer than any answer lets
/// wait for its first byte, or for its next.
const SILENCE: Duration = Duration::from_secs(75);

/// The last moment at which a request came, or a part of its answer could leave. What the other end says besides keeps nothing alive.
pub(super) struct Pulse(Mutex<Instant>);

impl Pulse {
    pub(super) const fn new(now: Instant) -> Self {
        Self(Mutex::new(now))
    }

    pub(super) fn moves(&self, now: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// When the silence will have lasted too long.
    pub(super) fn deadline(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) + SILENCE
    }
}
