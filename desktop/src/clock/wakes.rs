//! When the machine last woke up. No system tells it later: whoever wants to know has to look at the clocks each time they may have been disturbed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Clock;

/// A sleep of the machine is longer than what its two clocks may differ by.
const SLEPT: Duration = Duration::from_secs(2);

/// Looks at the clocks.
#[derive(Debug)]
pub struct Wakes {
    clock: Arc<dyn Clock>,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    /// How long the machine had slept at the last look.
    asleep: Duration,
    woke: Option<Duration>,
}

impl Wakes {
    /// By these clocks, from now on.
    pub fn by(clock: Arc<dyn Clock>) -> Arc<Self> {
        let seen = Mutex::new(Seen { asleep: asleep(clock.as_ref()), woke: None });
        Arc::new(Self { clock, seen })
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The moment of the first look after the last sleep, by [`Clock::elapsed`]: this one, if the machine slept since the one before.
    pub fn look(&self) -> Option<Duration> {
        let (now, asleep) = (self.clock.elapsed(), asleep(self.clock.as_ref()));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if asleep.saturating_sub(std::mem::replace(&mut seen.asleep, asleep)) >= SLEPT {
            seen.woke = Some(now);
        }
        seen.woke
    }

    /// Again and again: a later look takes no earlier sleep for one that has just ended.
    pub async fn keep_looking(&self) {
        loop {
            self.clock.disturbed().await;
            self.look();
        }
    }
}

fn asleep(clock: &dyn Clock) -> Duration {
    clock.elapsed().saturating_sub(clock.awake())
}
