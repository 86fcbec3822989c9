//! Calls to the system that nobody can cancel: a launcher, a register, a lock on a folder that hangs.
//!
//! Each runs on a thread of its own. The caller waits as long as it likes and leaves; unlike the threads of a runtime's pool, this one
//! is waited for by nobody, not even by the end of the program.

use std::io;

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// The call panicked, or there was no thread for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a call to the system was lost")]
pub struct Lost;

/// What the call gave. Dropping the future leaves the call to itself.
///
/// # Errors
/// [`Lost`].
pub async fn outside<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> Result<T, Lost> {
    let (given_in, given) = oneshot::channel();
    let thread = std::thread::Builder::new().name("outside".to_owned()).spawn(move || {
        // Nobody waits any more: what it gave is dropped, and a lock with it.
        let _ = given_in.send(call());
    });
    thread.map_err(|_| Lost)?;
    given.await.map_err(|_| Lost)
}

/// Starts a program: the system looks for it in folders that may hang. A caller that leaves before it has started does not prevent it.
///
/// # Errors
/// Of the system.
pub async fn spawn(mut command: Command) -> io::Result<Child> {
    let runtime = Handle::current();
    let spawning = outside(move || {
        let _entered = runtime.enter();
        command.spawn()
    });
    spawning.await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use super::{Lost, outside};

    #[tokio::test]
    async fn what_the_call_gives_is_given_and_a_panic_is_no_hang() {
        assert_eq!(outside(|| 7).await, Ok(7));
        assert_eq!(outside(|| -> u8 { panic!("as planned") }).await, Err(Lost));
    }

    #[test]
    fn attack_47_a_call_that_never_ends_holds_up_nobody() {
        let (release, held) = mpsc::channel::<()>();
        let began = Instant::now();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let waited = runtime.block_on(async {
            let call = outside(move || held.recv().is_ok());
            tokio::time::timeout(Duration::from_millis(50), call).await.is_err()
        });
        // The end of a runtime waits for its own pool, but not for this.
        drop(runtime);
        assert!(waited && began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        drop(release);
    }
}
