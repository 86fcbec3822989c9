//! Calls that tell Pro Santé Connect that a session is over: of each session one at a time, and a few at once of those that nobody waits for
//! in front of a screen. Whoever asks while one is under way waits for what comes of it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};
use vestibule_model::session::SignInId;

use super::end_at_psc::EndAtPsc;

/// Calls at once, whatever a single order ends: Pro Santé Connect serves the whole country.
const AT_ONCE: usize = 8;
/// Longest time that another ask waits for a call under way: what one call may take, and less than an app waits.
const WAIT_FOR_ANOTHER: Duration = Duration::from_secs(12);

/// Where what comes of a call will be told.
type Outcome = watch::Sender<Option<EndAtPsc>>;

/// The calls of one companion; cheap to clone.
#[derive(Clone)]
pub(super) struct Farewells {
    turns: Arc<Semaphore>,
    under_way: Arc<Mutex<HashMap<SignInId, Arc<Outcome>>>>,
}

/// The one call about a session.
pub(super) struct Farewell {
    of: Farewells,
    id: SignInId,
    outcome: Arc<Outcome>,
}

/// Another call about the same session.
pub(super) struct UnderWay(watch::Receiver<Option<EndAtPsc>>);

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
    /// # Errors
    /// [`UnderWay`] while another call about this session is.
    pub(super) fn begin(&self, id: &SignInId) -> Result<Farewell, UnderWay> {
        match self.under_way.lock().unwrap_or_else(PoisonError::into_inner).entry(id.clone()) {
            Entry::Occupied(other) => Err(UnderWay(other.get().subscribe())),
            Entry::Vacant(place) => {
                let outcome = Arc::clone(place.insert(Arc::default()));
                Ok(Farewell { of: self.clone(), id: id.clone(), outcome })
            }
        }
    }

    /// How many wait for the call about this session.
    #[cfg(test)]
    pub(super) fn waiting(&self, id: &SignInId) -> usize {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).get(id).map_or(0, |call| call.receiver_count())
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

    /// Tells whoever waits, and lets the next call about this session begin.
    pub(super) fn over(self, end: EndAtPsc) {
        self.outcome.send_replace(Some(end));
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        self.of.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

impl UnderWay {
    /// What came of it; `None` when it was given up before Pro Santé Connect answered. What takes too long proves nothing.
    pub(super) async fn outcome(mut self) -> Option<EndAtPsc> {
        match timeout(WAIT_FOR_ANOTHER, self.0.wait_for(Option::is_some)).await {
            Ok(Ok(end)) => *end,
            Ok(Err(_)) => None,
            Err(_) => Some(EndAtPsc::Unproven),
        }
    }
}

/// What became of calls, waited for at most so long altogether.
pub(super) async fn told(calls: Vec<Option<oneshot::Receiver<EndAtPsc>>>, limit: Duration) -> PscEnds {
    let (mut ends, until) = (PscEnds::default(), Instant::now() + limit);
    ends.failed += calls.iter().filter(|call| call.is_none()).count();
    for call in calls.into_iter().flatten() {
        match timeout_at(until, call).await {
            Ok(Ok(EndAtPsc::Done)) => ends.ended += 1,
            Ok(Ok(EndAtPsc::NotDone(_) | EndAtPsc::Unproven) | Err(_)) => ends.failed += 1,
            Err(_) => ends.under_way += 1,
        }
    }
    ends
}
