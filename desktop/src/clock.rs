//! Time, handed in so that tests move it.

#[cfg(target_os = "linux")]
mod timer;
mod wakes;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use wakes::Wakes;

/// Wall clock, monotonic clock and waiting.
#[async_trait]
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Milliseconds since 1970 by this workstation, which may be wrong.
    fn unix_ms(&self) -> u64;

    /// The same as a date.
    fn now(&self) -> DateTime<Utc> {
        i64::try_from(self.unix_ms()).ok().and_then(DateTime::from_timestamp_millis).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Time since an origin of its own, suspensions of the machine included; never goes back.
    fn elapsed(&self) -> Duration;

    /// The same, suspensions left out where the system leaves them out when it says how long ago the last input was.
    fn awake(&self) -> Duration {
        self.elapsed()
    }

    /// Returns once `duration` has passed.
    async fn sleep(&self, duration: Duration);

    /// Returns when the clocks are worth a look: the wall clock may have been set, or the machine may have woken up.
    async fn disturbed(&self) {
        self.sleep(LOOK).await;
    }
}

/// Between two looks at the clocks where the system does not tell that they were disturbed.
const LOOK: Duration = Duration::from_secs(5);

/// The same where it does: should it forget to.
#[cfg(target_os = "linux")]
const LOOK_ANYWAY: Duration = Duration::from_secs(300);

/// By how much the wall clock is ahead of the one that nobody sets, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct WallAhead(i64);

impl WallAhead {
    /// Slower than that, a clock is being corrected little by little, or was read in two moments.
    const LEAST_MS: u64 = 1000;

    /// Now.
    pub fn of(clock: &dyn Clock) -> Self {
        let [wall, elapsed] = [u128::from(clock.unix_ms()), clock.elapsed().as_millis()].map(|ms| i64::try_from(ms).unwrap_or(i64::MAX));
        Self(wall.saturating_sub(elapsed))
    }

    /// By how much the wall clock was set since the last such answer: forward, or back when negative; `None` when it was not.
    pub fn moved(&mut self, clock: &dyn Clock) -> Option<i64> {
        let now = Self::of(clock);
        let by_ms = now.0.saturating_sub(self.0);
        (by_ms.unsigned_abs() >= Self::LEAST_MS).then(|| {
            *self = now;
            by_ms
        })
    }
}

/// The workstation's clocks.
#[derive(Debug)]
pub struct SystemClock {
    origin: Moment,
}

/// Longest nap of a long wait: timers of the runtime stand still while the machine is suspended, so that a long one must look at the time, or be the
/// kernel's.
const NAP: Duration = Duration::from_secs(5);

/// A point in time of a clock that goes on while the machine is suspended.
#[cfg(target_os = "linux")]
#[derive(Debug, Clone, Copy)]
struct Moment(Duration);

#[cfg(target_os = "linux")]
impl Moment {
    fn now() -> Self {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Self(Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0)))
    }

    fn elapsed(self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }
}

/// A point in time. On Windows, `Instant` goes on while the machine is suspended.
#[cfg(not(target_os = "linux"))]
#[derive(Debug, Clone, Copy)]
struct Moment(std::time::Instant);

#[cfg(not(target_os = "linux"))]
impl Moment {
    fn now() -> Self {
        Self(std::time::Instant::now())
    }

    fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

impl SystemClock {
    /// Starts counting [`Clock::elapsed`] now.
    pub fn new() -> Self {
        Self { origin: Moment::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn unix_ms(&self) -> u64 {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
        let now = std::time::SystemTime::now();
        now.duration_since(std::time::UNIX_EPOCH).map_or(0, |elapsed| u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
    }

    fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    /// X11 and GNOME count on a clock that stands still while the machine is suspended.
    #[cfg(target_os = "linux")]
    fn awake(&self) -> Duration {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
    }

    async fn sleep(&self, duration: Duration) {
        let end = self.elapsed().saturating_add(duration);
        #[cfg(target_os = "linux")]
        if duration > NAP
            && let Err(error) = timer::after(duration).await
        {
            tracing::debug!(%error, "The kernel ends no long wait: it is slept through in naps");
        }
        // At once, after a wait that the kernel ended.
        wait(end.saturating_sub(self.elapsed()), || self.elapsed(), tokio::time::sleep).await;
    }

    #[cfg(target_os = "linux")]
    async fn disturbed(&self) {
        if let Err(error) = timer::disturbed(LOOK_ANYWAY).await {
            tracing::debug!(%error, "The kernel does not tell when the clocks are disturbed");
            self.sleep(LOOK).await;
        }
    }
}

/// Naps until `duration` has passed by the clock that `now` reads.
async fn wait<F: Future<Output = ()>>(duration: Duration, now: impl Fn() -> Duration, nap: impl Fn(Duration) -> F) {
    let end = now().saturating_add(duration);
    loop {
        let left = end.saturating_sub(now());
        if left.is_zero() {
            return;
        }
        nap(left.min(NAP)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::{Clock as _, NAP, SystemClock, wait};

    #[tokio::test]
    async fn a_wait_ends_right_after_a_suspension_and_not_a_whole_wait_later() {
        let (now, naps) = (Cell::new(Duration::from_secs(100)), Cell::new(0));
        wait(
            Duration::from_secs(900),
            || now.get(),
            |nap| {
                assert!(nap <= NAP);
                naps.set(naps.get() + 1);
                // The lid is shut for an hour during the third nap; the nap itself takes its own time.
                now.set(now.get() + nap + if naps.get() == 3 { Duration::from_secs(3600) } else { Duration::ZERO });
                std::future::ready(())
            },
        )
        .await;
        assert_eq!(naps.get(), 3);
    }

    #[tokio::test]
    async fn a_short_wait_is_one_nap_of_its_own_length() {
        let (now, naps) = (Cell::new(Duration::ZERO), Cell::new(0));
        let nap = |nap| {
            naps.set(naps.get() + 1);
            now.set(now.get() + nap);
            std::future::ready(())
        };
        wait(Duration::from_millis(250), || now.get(), nap).await;
        assert_eq!((naps.get(), now.get()), (1, Duration::from_millis(250)));
    }

    #[test]
    fn the_clock_that_counts_suspensions_never_goes_back() {
        let clock = SystemClock::new();
        let first = clock.elapsed();
        assert!(clock.elapsed() >= first);
    }
}
