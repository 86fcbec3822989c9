//! Parked requests wait here for a change, instead of asking at every tick.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;
use vestibule_model::session::SignInId;

/// Who waits for a change of which sign-in or session.
#[derive(Clone, Default)]
pub(crate) struct Wakeups(Arc<Mutex<HashMap<String, Weak<Notify>>>>);

impl Wakeups {
    /// A place for one request that is parked for `wait` at most.
    pub(crate) fn watch(&self, id: &SignInId, wait: Duration) -> Waiting {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bell = map.get(&id.0).and_then(Weak::upgrade).unwrap_or_else(|| {
            let bell = Arc::new(Notify::new());
            map.insert(id.0.clone(), Arc::downgrade(&bell));
            bell
        });
        Waiting { bell, id: id.0.clone(), wakeups: self.clone(), deadline: Instant::now() + wait }
    }

    /// Something changed.
    pub(crate) fn wake(&self, id: &SignInId) {
        // Rung and let go before the map is free: whoever leaves meanwhile must see that he is the last.
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = map.get(&id.0).and_then(Weak::upgrade) {
            bell.notify_waiters();
        }
        drop(map);
    }

    #[cfg(test)]
    pub(crate) fn parked(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// One parked request's place.
pub(crate) struct Waiting {
    bell: Arc<Notify>,
    id: String,
    wakeups: Wakeups,
    deadline: Instant,
}

impl Waiting {
    /// Must be taken before each reading: a change between the reading and the sleep still wakes.
    pub(crate) fn listen(&self) -> Pin<Box<Notified<'_>>> {
        let mut changed = Box::pin(self.bell.notified());
        changed.as_mut().enable();
        changed
    }

    /// Whether the next reading is the last one.
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Sleeps until a change, the end of the wait, or what is due after `at_most`.
    pub(crate) async fn sleep(&self, changed: Pin<Box<Notified<'_>>>, at_most: Duration) {
        tokio::select! {
            () = changed => {}
            () = tokio::time::sleep_until(self.deadline.min(Instant::now() + at_most)) => {}
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut map = self.wakeups.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Let go while the map is held: of two that leave at the same time, one is the last.
        self.bell = Arc::default();
        if map.get(&self.id).is_some_and(|bell| bell.strong_count() == 0) {
            map.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests;
