//! Other companions over the same memory: what changed at one is heard at the others, and a proof that one took is taken by no other.

mod common_clock;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use vestibule_model::session::SignInId;

pub use self::common_clock::CommonClock;
use crate::gate::dpop::{Seed, Sighting, Silent, ToWitness, Witness};
use crate::random::Random;
use crate::store::{Change, Ear, ProofNote, ProofSeen, Store, StoreError};
use crate::surroundings::Wakeups;

/// Between this companion and the others; it ends with this value.
pub struct Neighbours {
    tasks: [JoinHandle<()>; 2],
    _ear: Ear,
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Neighbours {
    /// Bells that ring for what changes at any companion, and what keeps them so; alone, what changes here.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn join(store: &Arc<Store>) -> Result<(Wakeups, Option<Self>), StoreError> {
        let (tell, heard) = mpsc::unbounded_channel();
        let Some(ear) = store.listen(tell)? else { return Ok((Wakeups::default(), None)) };
        let (say, said) = mpsc::unbounded_channel();
        let wakeups = Wakeups::among(say);
        let tasks = [tokio::spawn(pass_on(Arc::clone(store), said)), tokio::spawn(ring(wakeups.clone(), heard))];
        Ok((wakeups, Some(Self { tasks, _ear: ear })))
    }
}

async fn pass_on(store: Arc<Store>, mut said: mpsc::UnboundedReceiver<SignInId>) {
    while let Some(id) = said.recv().await {
        if let Err(error) = store.announce(&Change::Of(id)).await {
            tracing::warn!(%error, "A change was not told to the other companions: they look for themselves");
        }
    }
}

async fn ring(wakeups: Wakeups, mut heard: mpsc::UnboundedReceiver<Change>) {
    while let Some(change) = heard.recv().await {
        match change {
            Change::Of(id) => {
                tracing::trace!(sign_in.id = %id, "Another companion changed a sign-in or its session");
                wakeups.heard(&id);
            }
            Change::Any => wakeups.heard_of_any(),
        }
    }
}

/// The memory as witness of proofs.
pub struct MemoryOfProofs {
    store: Arc<Store>,
    random: Arc<dyn Random>,
}

impl MemoryOfProofs {
    /// With the seed of nonces in force; `None` where there are no other companions.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn among(store: &Arc<Store>, random: &Arc<dyn Random>) -> Result<Option<(Arc<Self>, Seed)>, StoreError> {
        let witness = Self { store: Arc::clone(store), random: Arc::clone(random) };
        let seed = store.nonce_seed(witness.draw()).await?;
        Ok(seed.map(|seed| (Arc::new(witness), seed)))
    }

    fn draw(&self) -> Seed {
        let mut seed = Seed::default();
        self.random.fill(&mut seed);
        seed
    }
}

/// How the memory is told of a proof.
pub const fn note(ToWitness { mark, seed, now }: ToWitness) -> ProofNote {
    ProofNote { mark, seed, seen_at: now }
}

#[async_trait]
impl Witness for MemoryOfProofs {
    async fn see(&self, proof: ToWitness) -> Result<Sighting, Silent> {
        let seen = self.store.see_proof(note(proof), self.draw()).await;
        match seen {
            Ok(ProofSeen::First) => Ok(Sighting::First),
            Ok(ProofSeen::Again) => Ok(Sighting::Again),
            Ok(ProofSeen::OtherSeed(seed)) => Ok(Sighting::OtherSeed(seed)),
            Err(error) => {
                tracing::error!(%error, "The companions' common memory of proofs did not answer");
                Err(Silent)
            }
        }
    }
}

#[cfg(test)]
mod tests;
