//! Calls that tell Pro Santé Connect that a session is over and that nobody waits for in front of a screen: a few at once, each session's once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};
use vestibule_model::session::SignInId;

use super::sign_out::EndAtPsc;

/// Calls at once, whatever a single order ends: Pro Santé Connect serves the whole country.
const AT_ONCE: usize = 8;

/// The calls of one companion; cheap to clone.
#[derive(Clone)]
pub(super) struct Farewells {
    turns: Arc<Semaphore>,
    under_way: Arc<Mutex<HashSet<SignInId>>>,
}

/// The one call about a session.
pub(super) struct Farewell {
    of: Farewells,
    id: SignInId,
}

/// What became of Pro Santé Connect's sessions behind those that were ended here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PscEnds {
    /// It said that they are over.
    pub ended: usize,
    /// It did not, or proved nothing.
    pub failed: usize,
    /// Not known yet.
    pub under_way: usize,
}

impl Default for Farewells {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), under_way: Arc::default() }
    }
}

impl Farewells {
    /// `None` while another call about this session is under way.
    pub(super) fn begin(&self, id: &SignInId) -> Option<Farewell> {
        let is_first = self.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
        is_first.then(|| Farewell { of: self.clone(), id: id.clone() })
    }

    /// Those that wait for their turn give up: what they owe is kept, and taken up at the next start.
    pub(super) fn close(&self) {
        self.turns.close();
    }
}

impl Farewell {
    /// Waits for a turn; `None` when the companion stops.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.of.turns).acquire_owned().await.ok()
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        self.of.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// What became of calls, waited for at most so long altogether.
pub(super) async fn told(calls: Vec<Option<oneshot::Receiver<EndAtPsc>>>, limit: Duration) -> PscEnds {
    let (mut ends, until) = (PscEnds::default(), Instant::now() + limit);
    ends.failed += calls.iter().filter(|call| call.is_none()).count();
    for call in calls.into_iter().flatten() {
        match timeout_at(until, call).await {
            Ok(Ok(EndAtPsc::Done)) => ends.ended += 1,
            Ok(Ok(EndAtPsc::NotDone | EndAtPsc::Unproven) | Err(_)) => ends.failed += 1,
            Err(_) => ends.under_way += 1,
        }
    }
    ends
}
