//! Waits that the kernel ends, whatever the machine did meanwhile: nothing has to look at the time in between, so that an idle processor stays asleep.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime, timerfd_create, timerfd_settime,
};
use tokio::io::unix::AsyncFd;

/// Returns once `wait` has passed, suspensions of the machine counted.
///
/// # Errors
/// When the kernel gives no such timer.
pub(super) async fn after(wait: Duration) -> io::Result<()> {
    let due = timespec(wait)?;
    expiry(TimerfdClockId::Boottime, TimerfdTimerFlags::empty(), due).await
}

/// Returns once the wall clock was set or the machine woke up, and after `wait` at the latest.
///
/// # Errors
/// When the kernel gives no such timer.
pub(super) async fn disturbed(wait: Duration) -> io::Result<()> {
    let mut due = clock_gettime(ClockId::Realtime);
    due.tv_sec = due.tv_sec.saturating_add(timespec(wait)?.tv_sec);
    // The end must be a date, for the kernel to say that dates have changed.
    expiry(TimerfdClockId::Realtime, TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET, due).await
}

async fn expiry(clock: TimerfdClockId, flags: TimerfdTimerFlags, due: Timespec) -> io::Result<()> {
    let timer = timerfd_create(clock, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
    timerfd_settime(&timer, flags, &Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: due })?;
    #[expect(
        deprecated,
        reason = "what takes its place is unsafe, for whatever may change its descriptor: an owned one is the same as long as it lives"
    )]
    let timer = AsyncFd::new(timer)?;
    loop {
        let mut ready = timer.readable().await?;
        match ready.try_io(|timer| take(timer.get_ref())) {
            Ok(done) => return done,
            Err(_would_block) => {}
        }
    }
}

/// Takes what the timer has to say: it came due, or dates have changed.
fn take(timer: &OwnedFd) -> io::Result<()> {
    match rustix::io::read(timer, &mut [0; 8]) {
        Ok(_) | Err(rustix::io::Errno::CANCELED) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn timespec(wait: Duration) -> io::Result<Timespec> {
    let tv_sec = wait.as_secs().try_into().map_err(io::Error::other)?;
    Ok(Timespec { tv_sec, tv_nsec: wait.subsec_nanos().into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_waits_end_by_themselves_and_not_before_their_time() {
        let now = || clock_gettime(ClockId::Boottime);
        let (began, wait) = (now(), Duration::from_millis(20));
        after(wait).await.expect("a timer");
        let took = Duration::from_nanos(((now().tv_sec - began.tv_sec) * 1_000_000_000 + now().tv_nsec - began.tv_nsec).unsigned_abs());
        assert!(took >= wait, "{took:?}");
        // Less than a second is none: it is due at once.
        disturbed(wait).await.expect("a timer");
    }

    #[tokio::test]
    async fn a_wait_that_is_given_up_leaves_nothing_behind() {
        let open = || {
            std::fs::read_dir("/proc/self/fd")
                .expect("ours")
                .filter_map(Result::ok)
                .filter(|fd| std::fs::read_link(fd.path()).is_ok_and(|end| end.ends_with("anon_inode:[timerfd]")))
                .count()
        };
        let before = open();
        {
            let waits = (after(Duration::from_secs(900)), disturbed(Duration::from_secs(900)));
            let mut waits = std::pin::pin!(async { tokio::join!(waits.0, waits.1) });
            tokio::select! {
                biased;
                _ = &mut waits => panic!("both last a quarter of an hour"),
                () = tokio::task::yield_now() => {}
            }
            assert_eq!(open(), before + 2);
        }
        assert_eq!(open(), before);
    }
}
