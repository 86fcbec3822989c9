//! Where several companions serve one origin, a proof that one of them took is known to the others, and a nonce of one is good at all.

use async_trait::async_trait;

use crate::clock::Timestamp;

/// What nonces are drawn from.
pub type Seed = [u8; 32];

/// Of a key and the `jti` of its proof.
pub type Mark = [u8; 16];

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

/// A proof that another companion may have taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToWitness {
    /// Of its key and its `jti`.
    pub mark: Mark,
    /// What its nonce was drawn from.
    pub seed: Seed,
    /// When it came.
    pub now: Timestamp,
}

/// The memory of proofs that companions have in common.
#[async_trait]
pub trait Witness: Send + Sync {
    /// Notes a proof.
    async fn see(&self, proof: ToWitness) -> Result<Sighting, Silent>;
}
