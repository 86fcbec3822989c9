//! Parked requests wait here for a change, instead of asking at every tick.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;
use vestibule_model::session::SignInId;

/// How often a change that another companion made is looked for, in case it was not heard of.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Who waits for a change of which sign-in or session.
#[derive(Clone, Default)]
pub struct Wakeups {
    bells: Arc<Mutex<HashMap<String, Weak<Notify>>>>,
    /// To the other companions, where there can be some.
    others: Option<UnboundedSender<SignInId>>,
}

impl Wakeups {
    /// Among several companions: what changes here is told through this channel.
    pub fn among(others: UnboundedSender<SignInId>) -> Self {
        Self { others: Some(others), ..Self::default() }
    }

    /// A place for one request that is parked for `wait` at most.
    pub(crate) fn watch(&self, id: &SignInId, wait: Duration) -> Waiting {
        let mut map = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        let bell = map.get(&id.0).and_then(Weak::upgrade).unwrap_or_else(|| {
            let bell = Arc::new(Notify::new());
            map.insert(id.0.clone(), Arc::downgrade(&bell));
            bell
        });
        Waiting { bell, id: id.0.clone(), wakeups: self.clone(), deadline: Instant::now() + wait }
    }

    /// Something changed, here.
    pub(crate) fn wake(&self, id: &SignInId) {
        self.heard(id);
        if let Some(others) = &self.others {
            // Nobody passes it on any more when the companion stops.
            drop(others.send(id.clone()));
        }
    }

    /// Something changed, here or at another companion.
    pub fn heard(&self, id: &SignInId) {
        // Rung and let go before the map is free: whoever leaves meanwhile must see that he is the last.
        let map = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = map.get(&id.0).and_then(Weak::upgrade) {
            bell.notify_waiters();
        }
        drop(map);
    }

    /// Nobody knows what changed: whoever waits looks again.
    pub fn heard_of_any(&self) {
        let bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        bells.values().filter_map(Weak::upgrade).for_each(|bell| bell.notify_waiters());
    }

    #[cfg(test)]
    pub(crate) fn parked(&self) -> usize {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner).len()
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
        let at_most = if self.wakeups.others.is_some() { at_most.min(LOOK_AGAIN) } else { at_most };
        tokio::select! {
            () = changed => {}
            () = tokio::time::sleep_until(self.deadline.min(Instant::now() + at_most)) => {}
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut map = self.wakeups.bells.lock().unwrap_or_else(PoisonError::into_inner);
        // Let go while the map is held: of two that leave at the same time, one is the last.
        self.bell = Arc::default();
        if map.get(&self.id).is_some_and(|bell| bell.strong_count() == 0) {
            map.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests;
