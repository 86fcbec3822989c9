//! Where several companions serve one origin, a proof that one of them took is known to the others, and a nonce of one is good at all.

use async_trait::async_trait;

use crate::clock::Timestamp;

/// What nonces are drawn from.
pub type Seed = [u8; 32];

/// What the companions together know of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sighting {
    /// Nobody saw it before; from now on all did.
    First,
    /// Somebody took it already.
    Again,
    /// The others draw their nonces from something else by now: what was seen before is forgotten, and so are the nonces that went with it.
    OtherSeed(Seed),
}

/// The common memory could not be asked: without it, no proof is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the companions' common memory of proofs did not answer")]
pub struct Silent;

/// The memory of proofs that companions have in common.
#[async_trait]
pub trait Witness: Send + Sync {
    /// Notes a proof, under the seed that its nonce was drawn from.
    async fn see(&self, mark: &[u8], seed: &Seed, now: Timestamp) -> Result<Sighting, Silent>;
}
