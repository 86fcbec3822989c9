//! One person in front of the sign-in page, step by step.

use std::collections::HashMap;

use crate::random::{self, NoRandomness};

use super::{Asked, Means};

/// A page left open longer than this many seconds may be forgotten when the next one opens.
const INTERACTION_SECONDS: u64 = 1_800;

/// Where the person stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Card or e-CPS.
    Means,
    /// Who.
    Persona { means: Means },
    /// The card, or the number on the drawn phone.
    Approve { means: Means, persona: String, number: u8 },
    /// A last look before going back to the service.
    Confirm { means: Means, persona: String },
    /// Already signed in in this browser: continue, or be someone else.
    Resume { session: String },
}

/// A request and its step.
#[derive(Debug, Clone)]
pub(crate) struct Interaction {
    pub asked: Asked,
    pub step: Step,
    opened_at: u64,
}

/// Every page that is open.
#[derive(Debug, Default)]
pub(crate) struct Interactions {
    open: HashMap<String, Interaction>,
}

impl Interactions {
    /// Opens one and names it.
    pub fn open(&mut self, asked: Asked, step: Step, now: u64) -> Result<String, NoRandomness> {
        self.prune(now);
        let id = random::token()?;
        self.open.insert(id.clone(), Interaction { asked, step, opened_at: now });
        Ok(id)
    }

    /// The one with this name.
    pub fn get(&self, id: &str) -> Option<&Interaction> {
        self.open.get(id)
    }

    /// Moves on.
    pub fn advance(&mut self, id: &str, step: Step) {
        if let Some(interaction) = self.open.get_mut(id) {
            interaction.step = step;
        }
    }

    /// It led somewhere.
    pub fn close(&mut self, id: &str) {
        self.open.remove(id);
    }

    pub(super) fn prune(&mut self, now: u64) {
        self.open.retain(|_, interaction| now < interaction.opened_at + INTERACTION_SECONDS);
    }
}
