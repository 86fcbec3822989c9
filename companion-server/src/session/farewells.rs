//! Calls that tell Pro Santé Connect that a session is over: of each session one at a time, and a few at once of those that nobody waits for
//! in front of a screen. Whoever asks while one is under way waits for what comes of it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::session::SignInId;

/// Calls at once, whatever a single order ends: Pro Santé Connect serves the whole country.
const AT_ONCE: usize = 8;
/// Longest time that another ask waits for a call under way: what one call may take, and less than an app waits.
pub(super) const WAIT_FOR_ANOTHER: Duration = Duration::from_secs(12);

/// What is known of Pro Santé Connect's session after it was asked to end it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndAtProvider {
    Done,
    /// Why not; `None` when it was not even asked.
    NotDone(Option<ErrorCode>),
    /// It answered, and nothing proves anything.
    Unproven,
}

/// How a call stands.
#[derive(Clone, Copy, PartialEq)]
enum CallState {
    UnderWay,
    Told(EndAtProvider),
    GivenUp,
}

/// The calls of one companion; cheap to clone.
#[derive(Clone)]
pub(super) struct Farewells {
    turns: Arc<Semaphore>,
    rounds: Arc<Semaphore>,
    under_way: Arc<Mutex<HashMap<SignInId, Arc<watch::Sender<CallState>>>>>,
}

/// The one call about a session.
pub(super) struct Farewell {
    of: Farewells,
    id: SignInId,
    state: Arc<watch::Sender<CallState>>,
}

/// Another call about the same session.
pub(super) struct UnderWay(Arc<watch::Sender<CallState>>);

/// What came of waiting for another call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaited {
    Told(EndAtProvider),
    /// It ended before Pro Santé Connect answered.
    GivenUp,
    /// Longer than anybody waits: what comes of it is not known yet.
    StillUnderWay,
}

impl Default for Farewells {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), rounds: Arc::new(Semaphore::new(1)), under_way: Arc::default() }
    }
}

impl Farewells {
    /// # Errors
    /// [`UnderWay`] while another call about this session is.
    pub(super) fn begin(&self, id: &SignInId) -> Result<Farewell, UnderWay> {
        match self.under_way.lock().unwrap_or_else(PoisonError::into_inner).entry(id.clone()) {
            Entry::Occupied(other) => Err(UnderWay(Arc::clone(other.get()))),
            Entry::Vacant(place) => {
                let state = Arc::clone(place.insert(Arc::new(watch::Sender::new(CallState::UnderWay))));
                Ok(Farewell { of: self.clone(), id: id.clone(), state })
            }
        }
    }

    /// Waits for a turn; `None` when the companion stops.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.turns).acquire_owned().await.ok()
    }

    /// The right to take up what is owed; `None` while another round does.
    pub(super) fn round(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.rounds).try_acquire_owned().ok()
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
        self.of.turn().await
    }

    /// Tells whoever waits, and lets the next call about this session begin.
    pub(super) fn over(self, end: EndAtProvider) {
        self.state.send_replace(CallState::Told(end));
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        self.of.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
        self.state.send_if_modified(|state| {
            let given_up = *state == CallState::UnderWay;
            if given_up {
                *state = CallState::GivenUp;
            }
            given_up
        });
    }
}

impl UnderWay {
    /// What came of it, waited for as long as an app waits.
    pub(super) async fn outcome(&self) -> Awaited {
        match timeout(WAIT_FOR_ANOTHER, self.end()).await {
            Ok(Some(end)) => Awaited::Told(end),
            Ok(None) => Awaited::GivenUp,
            Err(_) => Awaited::StillUnderWay,
        }
    }

    /// What came of it, however long it takes; `None` when it was given up.
    pub(super) async fn end(&self) -> Option<EndAtProvider> {
        let mut state = self.0.subscribe();
        let is_over = state.wait_for(|state| *state != CallState::UnderWay).await;
        match is_over.map(|state| *state) {
            Ok(CallState::Told(end)) => Some(end),
            Ok(CallState::UnderWay | CallState::GivenUp) | Err(_) => None,
        }
    }
}
