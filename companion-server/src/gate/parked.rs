//! Requests that wait for an event: bounded in number, and at most one for the same thing by the same device key.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;
use vestibule_model::session::SignInId;

use crate::clock::Clock;
use crate::tally::Tally;

use super::places::{Capacity, NoPlace, Place, Places};

/// Things that one device key may wait for at once: three pending sign-ins, each for its state and its tokens, and a session.
const MOST_PER_KEY: usize = 8;

/// What a request waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Awaited {
    /// The next state of a sign-in.
    SignIn(SignInId),
    /// The tokens of a sign-in, at the token endpoint.
    Tokens(SignInId),
    /// The next state of a session.
    Session(SignInId),
}

/// Why a request may not wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParkingRefused {
    /// This device key waits for too many things already.
    #[error("this key waits for too many things")]
    Key,
    /// No place is left, at least for this address.
    #[error("too many requests wait")]
    Full,
}

impl From<NoPlace> for ParkingRefused {
    fn from(_: NoPlace) -> Self {
        Self::Full
    }
}

/// Where requests wait; cheap to clone.
#[derive(Clone)]
pub struct Parked {
    /// What waits for a sign-in: a fresh key may begin one, and must not take the places of those who are signed in.
    sign_ins: Places,
    sessions: Places,
    refused: Arc<Tally>,
    keys: Arc<Mutex<Keys>>,
}

#[derive(Debug, Default)]
struct Keys {
    next_ticket: u64,
    waiting: HashMap<String, HashMap<Awaited, Slot>>,
}

#[derive(Debug)]
struct Slot {
    ticket: u64,
    displaced: CancellationToken,
}

/// One waiting request; it holds its place as long as it lives.
#[derive(Debug)]
pub struct ParkedRequest {
    _place: Place,
    keys: Arc<Mutex<Keys>>,
    jkt: String,
    awaited: Awaited,
    ticket: u64,
    displaced: CancellationToken,
}

impl Parked {
    /// Nobody waits yet; so many may for sign-ins, and as many for sessions.
    pub fn new(capacity: Capacity, clock: Arc<dyn Clock>) -> Self {
        Self {
            sign_ins: Places::new(capacity),
            sessions: Places::new(capacity),
            refused: Arc::new(Tally::new("parked_requests", clock)),
            keys: Arc::default(),
        }
    }

    /// Lets a request of this key wait, in the place of an earlier one for the same thing, which is to be answered at once.
    ///
    /// # Errors
    /// [`ParkingRefused`]; nobody else is put out to make room.
    pub fn enter(&self, jkt: &str, address: IpAddr, awaited: Awaited) -> Result<ParkedRequest, ParkingRefused> {
        self.try_enter(jkt, address, awaited).inspect_err(|_| self.refused.count())
    }

    /// How many were not let in.
    pub fn refused(&self) -> &Tally {
        &self.refused
    }

    fn try_enter(&self, jkt: &str, address: IpAddr, awaited: Awaited) -> Result<ParkedRequest, ParkingRefused> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = keys.waiting.get(jkt);
        let is_known = waiting.is_some_and(|waiting| waiting.contains_key(&awaited));
        if !is_known && waiting.is_some_and(|waiting| waiting.len() >= MOST_PER_KEY) {
            return Err(ParkingRefused::Key);
        }
        let places = match &awaited {
            Awaited::SignIn(_) | Awaited::Tokens(_) => &self.sign_ins,
            Awaited::Session(_) => &self.sessions,
        };
        let place = places.take(address)?;
        keys.next_ticket += 1;
        let (ticket, displaced) = (keys.next_ticket, CancellationToken::new());
        let slot = Slot { ticket, displaced: displaced.clone() };
        if let Some(earlier) = keys.waiting.entry(jkt.to_owned()).or_default().insert(awaited.clone(), slot) {
            earlier.displaced.cancel();
        }
        Ok(ParkedRequest { _place: place, keys: Arc::clone(&self.keys), jkt: jkt.to_owned(), awaited, ticket, displaced })
    }

    /// How many wait now.
    pub fn count(&self) -> usize {
        self.sign_ins.held() + self.sessions.held()
    }
}

impl ParkedRequest {
    /// Comes back when a later request of the same key waits for the same thing: this one is then answered as if its time were up.
    pub async fn displaced(&self) {
        self.displaced.cancelled().await;
    }
}

impl Drop for ParkedRequest {
    fn drop(&mut self) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let Entry::Occupied(mut of_key) = keys.waiting.entry(std::mem::take(&mut self.jkt)) else { return };
        if of_key.get().get(&self.awaited).is_some_and(|slot| slot.ticket == self.ticket) {
            of_key.get_mut().remove(&self.awaited);
        }
        if of_key.get().is_empty() {
            of_key.remove();
        }
    }
}

#[cfg(test)]
mod tests;
