//! Taking turns with the other processes of this user: window and command line rotate one refresh token.
//!
//! A lock is tried, never waited for: a thread that waits in the system cannot be called back, and the program would end with it only.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::clock::Clock;
use crate::outside::outside;
use crate::private;

/// How long another process of this user may hold its turn: a refresh takes ten seconds at most.
pub const PATIENCE: Duration = Duration::from_secs(12);

/// Whoever held it past that is no refresh: the next turn does not wait as long again.
const PATIENCE_ONCE_LOST: Duration = Duration::from_millis(500);

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(25);

/// Held while the refresh token is read, rotated and written back.
#[derive(Debug)]
pub struct Turn {
    /// `None` when there was none to be had.
    held: Option<(File, OwnedMutexGuard<()>)>,
}

impl Drop for Turn {
    /// On a thread of its own: a folder that hangs keeps whoever closes a locked file of it, too.
    fn drop(&mut self) {
        let Some(held) = self.held.take() else { return };
        // Where there is no thread for it, it is let go here.
        let _ = std::thread::Builder::new().name("outside".to_owned()).spawn(move || drop(held));
    }
}

/// The turns of one process.
#[derive(Debug, Default)]
pub(super) struct Turns {
    here: Arc<Mutex<()>>,
    lost: AtomicBool,
}

impl Turns {
    pub async fn take(&self, path: &Path, clock: &dyn Clock) -> Turn {
        let patience = if self.lost.load(Ordering::Relaxed) { PATIENCE_ONCE_LOST } else { PATIENCE };
        let held = tokio::select! {
            biased;
            held = self.held(path) => held,
            () = clock.sleep(patience) => Err("another process holds it"),
        };
        self.lost.store(held.is_err(), Ordering::Relaxed);
        if let Err(reason) = held {
            tracing::warn!(reason, "No turn could be taken; another process may rotate the session at the same time");
        }
        Turn { held: held.ok() }
    }

    async fn held(&self, path: &Path) -> Result<(File, OwnedMutexGuard<()>), &'static str> {
        // Two locks of one process on one file exclude each other as those of two processes do, but not in the order of asking.
        let here = self.here.clone().lock_owned().await;
        loop {
            let path = path.to_owned();
            let tried = outside(move || {
                let file = private::lock_file(&path).map_err(TryLockError::Error)?;
                file.try_lock().map(|()| file)
            });
            match tried.await {
                Ok(Ok(file)) => return Ok((file, here)),
                Ok(Err(TryLockError::WouldBlock)) => tokio::time::sleep(PAUSE).await,
                Ok(Err(TryLockError::Error(error))) => {
                    tracing::warn!(%error, "The lock is out of reach");
                    return Err("the lock is out of reach");
                }
                Err(_) => return Err("the lock cannot be asked for"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{PATIENCE, PATIENCE_ONCE_LOST, Turns};
    use crate::clock::Clock;
    use crate::private;

    /// Every wait is over as soon as the other branches had their chance; the lengths are kept.
    #[derive(Debug, Default)]
    struct Impatient(std::sync::Mutex<Vec<Duration>>);

    #[async_trait::async_trait]
    impl Clock for Impatient {
        fn unix_ms(&self) -> u64 {
            0
        }

        fn elapsed(&self) -> Duration {
            Duration::ZERO
        }

        async fn sleep(&self, duration: Duration) {
            self.0.lock().expect("unpoisoned").push(duration);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    #[tokio::test]
    async fn attack_47_a_lock_that_is_held_for_ever_costs_its_patience_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("session.lock");
        let foreign = private::lock_file(&path).expect("made");
        foreign.lock_shared().expect("held");
        let (turns, clock) = (Turns::default(), Impatient::default());
        for _ in 0..2 {
            assert!(turns.take(&path, &clock).await.held.is_none());
        }
        assert_eq!(*clock.0.lock().expect("unpoisoned"), [PATIENCE, PATIENCE_ONCE_LOST]);
        drop(foreign);
        assert!(turns.take(&path, &clock).await.held.is_some());
    }

    #[tokio::test]
    async fn turns_of_one_process_follow_each_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("session.lock");
        let (turns, clock) = (Arc::new(Turns::default()), Arc::new(crate::clock::SystemClock::new()));
        let first = turns.take(&path, clock.as_ref()).await;
        let second = tokio::spawn({
            let (turns, path, clock) = (turns.clone(), path.clone(), clock.clone());
            async move { turns.take(&path, clock.as_ref()).await.held.is_some() }
        });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        drop(first);
        assert!(second.await.expect("taken"));
    }
}
