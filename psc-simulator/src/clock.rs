//! Time, handed in so that tests move it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, and a way to make them pass at once.
pub trait Clock: Send + Sync {
    /// The present, in seconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> u64;
    /// Makes `seconds` pass at once.
    fn advance(&self, seconds: u64);
}

/// The machine's clock plus whatever it was advanced by.
#[derive(Debug, Default)]
pub struct SystemClock {
    ahead: AtomicU64,
}

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        #[expect(clippy::disallowed_methods, reason = "the one place where the simulator reads the machine's clock")]
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        since_epoch.as_secs().saturating_add(self.ahead.load(Ordering::Relaxed))
    }

    fn advance(&self, seconds: u64) {
        self.ahead.fetch_add(seconds, Ordering::Relaxed);
    }
}

/// A clock that stands still until it is advanced.
#[derive(Debug)]
pub struct ManualClock {
    seconds: AtomicU64,
}

impl ManualClock {
    /// Stands at `seconds` since 1970.
    pub fn at(seconds: u64) -> Self {
        Self { seconds: AtomicU64::new(seconds) }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> u64 {
        self.seconds.load(Ordering::Relaxed)
    }

    fn advance(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }
}
