//! Proofs that were used, where several companions share a memory. One alone keeps them to itself.

use super::visit::{Visit, values};
use super::{Store, StoreError};
use crate::clock::Timestamp;

/// What the companions together know of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofSeen {
    /// Nobody noted it before.
    First,
    /// Somebody did.
    Again,
    /// What was noted under the seed that was named is forgotten; this one is in force.
    OtherSeed([u8; 32]),
}

impl Store {
    /// The seed of nonces in force, this one where there is none yet; `None` where the memory is one companion's alone.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn nonce_seed(&self, drawn: [u8; 32]) -> Result<Option<[u8; 32]>, StoreError> {
        let Some(server) = self.server() else { return Ok(None) };
        server.one_by_one(move |visit| seed_or(visit, &drawn)).await.map(Some)
    }

    /// Notes a proof, of whose nonce this is the seed; `drawn` becomes the seed where there is none any more. Where there is no other companion,
    /// nobody else saw it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn see_proof(&self, mark: &[u8], seed: [u8; 32], drawn: [u8; 32], now: Timestamp) -> Result<ProofSeen, StoreError> {
        let Some(server) = self.server() else { return Ok(ProofSeen::First) };
        let mark = mark.to_vec();
        server.one_by_one(move |visit| see(visit, &mark, &seed, &drawn, now)).await
    }

    /// Forgets proofs that cannot be used again.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn forget_proofs(&self, before: Timestamp) -> Result<(), StoreError> {
        let Some(server) = self.server() else { return Ok(()) };
        server.one_by_one(move |visit| visit.execute("DELETE FROM seen_proofs WHERE seen_at < ?1", values![before]).map(drop)).await
    }
}

fn seed_or(visit: &mut dyn Visit, drawn: &[u8; 32]) -> Result<[u8; 32], StoreError> {
    visit.note("INSERT INTO nonce_seeds (seed) VALUES (?1) ON CONFLICT DO NOTHING", values![drawn.as_slice()])?;
    let seed: Vec<u8> = visit.scalar("SELECT seed FROM nonce_seeds", &[])?;
    seed.try_into().map_err(|_| StoreError::Unreadable("seed of nonces"))
}

/// The table's key decides which of two is the first. Noted by a connection that was lost before it said so, a proof is refused: its maker makes
/// another.
fn see(visit: &mut dyn Visit, mark: &[u8], seed: &[u8; 32], drawn: &[u8; 32], now: Timestamp) -> Result<ProofSeen, StoreError> {
    let noted = visit.execute(
        "INSERT INTO seen_proofs (mark, seen_at) SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM nonce_seeds WHERE seed = ?3)
         ON CONFLICT DO NOTHING",
        values![mark, now, seed.as_slice()],
    )?;
    if noted == 1 {
        return Ok(ProofSeen::First);
    }
    let in_force = seed_or(visit, drawn)?;
    Ok(if in_force == *seed { ProofSeen::Again } else { ProofSeen::OtherSeed(in_force) })
}
