//! One time for all companions over a memory: its server's. Each of their machines may be wrong, and by its own clock would end the sessions of
//! all, or take what another one just gave for old.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::clock::{Clock, Timestamp};
use crate::store::{Store, StoreError};

/// How often it is read again.
const EVERY: Duration = Duration::from_secs(10);
/// An answer that took longer says too little.
const ANSWER: Duration = Duration::from_secs(2);
/// Seconds from which an administrator is told.
const TOLD_S: i64 = 30;
/// Nothing was read.
const UNREAD: i64 = i64::MIN;

/// The machine's clock, until the server's was read. In between two readings this process counts by itself: a machine whose clock is set
/// moves nothing.
pub struct CommonClock {
    own: Arc<dyn Clock>,
    began: Instant,
    /// The moment at which this process began, by the server, in milliseconds since 1970.
    began_at: AtomicI64,
    was_told: AtomicBool,
}

impl Clock for CommonClock {
    fn now(&self) -> Timestamp {
        match self.began_at.load(Ordering::Relaxed) {
            UNREAD => self.own.now(),
            began_at => Timestamp(began_at + millis(self.began.elapsed())),
        }
    }
}

impl CommonClock {
    /// The machine's own, as long as nothing else is [followed](Self::follow).
    pub fn new(own: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { own, began: Instant::now(), began_at: AtomicI64::new(UNREAD), was_told: AtomicBool::default() })
    }

    /// Goes by the memory's server from here on, where it has one; ends with the clock or the memory.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn follow(self: &Arc<Self>, store: &Arc<Store>) -> Result<(), StoreError> {
        if self.read(store).await? {
            tokio::spawn(read_now_and_then(Arc::downgrade(self), Arc::downgrade(store)));
        }
        Ok(())
    }

    /// Whether there is a server.
    async fn read(&self, store: &Store) -> Result<bool, StoreError> {
        let asked = Instant::now();
        let Some(moment) = store.server_time().await? else { return Ok(false) };
        let took = asked.elapsed();
        if took < ANSWER || self.began_at.load(Ordering::Relaxed) == UNREAD {
            // It looked at its clock somewhere between.
            let answered = self.began.elapsed().saturating_sub(took / 2);
            self.began_at.store(moment.0 - millis(answered), Ordering::Relaxed);
            self.compare();
        }
        Ok(true)
    }

    /// Says once what an administrator can put right.
    fn compare(&self) {
        let ahead_s = self.own.now().millis_since(self.now()) / 1000;
        let is_off = ahead_s.abs() >= TOLD_S;
        if is_off != self.was_told.swap(is_off, Ordering::Relaxed) {
            if is_off {
                tracing::warn!(ahead_s, "The clock of this machine is not the database's, by which all companions go");
            } else {
                tracing::info!("The clock of this machine is the database's again");
            }
        }
    }
}

async fn read_now_and_then(clock: Weak<CommonClock>, store: Weak<Store>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let (Some(clock), Some(store)) = (clock.upgrade(), store.upgrade()) else { return };
        if let Err(error) = clock.read(&store).await {
            tracing::debug!(%error, "The database's clock could not be read: time goes on from the last reading");
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, SystemClock};
    use crate::store::fixture;

    #[tokio::test]
    async fn companions_over_a_server_go_by_its_clock_and_one_alone_by_its_machine() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(fixture::open(folder.path()).await);
        let wrong = Arc::new(ManualClock::at(Timestamp(1_000_000)));
        let clock = CommonClock::new(wrong.clone());
        assert_eq!(clock.now(), Timestamp(1_000_000));
        clock.follow(&store).await.expect("read");
        if store.server_time().await.expect("read").is_none() {
            assert_eq!(clock.now(), Timestamp(1_000_000));
            return;
        }
        let apart = clock.now().millis_since(SystemClock.now());
        assert!(apart.abs() < 5_000, "the server is on this machine: {apart}");
        let before = clock.now();
        wrong.advance_seconds(10_000_000);
        assert!(clock.now().millis_since(before) < 60_000, "the machine's clock was set");
    }
}
