//! The requests of one attempt: the one that the launch address leads to, and those before it that somebody may have opened unheard.
//!
//! What the companion's report did not say is not taken as not having happened: the report may have been out of reach.

use secrecy::SecretString;
use tokio::sync::mpsc::UnboundedSender;

use super::request::PushedRequest;
use crate::companion::Companion;
use crate::exchange::attempt::Attempt;
use crate::exchange::loopback::{Arrival, Expected};
use crate::exchange::scheme::{Open, Pending};

/// Requests kept beside the current one: together as many as a companion lets be pending for one device key, unless it is told otherwise.
const EARLIER: usize = 2;

pub(super) struct Requests {
    /// The one that the launch address leads to at the moment; in the end, the one that was answered.
    pub current: PushedRequest,
    /// Oldest first.
    earlier: Vec<PushedRequest>,
}

impl Requests {
    pub fn of(current: PushedRequest) -> Self {
        Self { current, earlier: Vec::new() }
    }

    /// Nothing can be answered but the current one.
    pub fn is_alone(&self) -> bool {
        self.earlier.is_empty()
    }

    /// Makes room for one more; what has to go is no longer awaited.
    pub fn make_room(&mut self) -> Option<PushedRequest> {
        (self.earlier.len() >= EARLIER).then(|| self.earlier.remove(0))
    }

    /// A fresh one takes the place of the current one, which can still be answered.
    pub fn renew(&mut self, fresh: PushedRequest) {
        self.earlier.push(std::mem::replace(&mut self.current, fresh));
    }

    /// The one with this state becomes the current one; `false` when it is none of them.
    pub fn answered(&mut self, state: &SecretString) -> bool {
        if self.current.has_state(state) {
            return true;
        }
        let Some(answered) = self.earlier.iter_mut().find(|request| request.has_state(state)) else { return false };
        std::mem::swap(answered, &mut self.current);
        true
    }

    /// All but the current one.
    pub fn others(&self) -> &[PushedRequest] {
        &self.earlier
    }

    /// The answers that the listener takes.
    pub fn expected(&self, companion: &Companion) -> Expected {
        let answers = self.all().filter_map(|request| request.by_loopback(companion)).collect();
        Expected { returned: self.current.page(companion), answers, issuer: companion.issuer() }
    }

    /// Lets the system bring an answer, when it comes by the scheme.
    pub fn open_door(&self, attempt: &Attempt, arrivals: &UnboundedSender<Arrival>) -> Option<Open> {
        let answers: Vec<_> = self.all().filter_map(PushedRequest::by_scheme).collect();
        let door = attempt.door.as_ref().filter(|_| !answers.is_empty())?;
        Some(door.open(Pending { answers, issuer: attempt.link.companion.issuer(), arrivals: arrivals.clone() }))
    }

    fn all(&self) -> impl Iterator<Item = &PushedRequest> {
        self.earlier.iter().chain([&self.current])
    }
}
