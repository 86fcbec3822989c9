//! Proofs that were used, where several companions share a memory. One alone keeps them to itself.

use std::cell::Cell;

use super::visit::{Before, Row, Value, Visit, values};
use super::{Store, StoreError};
use crate::clock::Timestamp;

/// A proof that is to be noted.
#[derive(Debug, Clone, Copy)]
pub struct ProofNote {
    /// Of its key and its `jti`.
    pub mark: [u8; 16],
    /// What its nonce was drawn from.
    pub seed: [u8; 32],
    pub seen_at: Timestamp,
}

impl ProofNote {
    const fn values(&self) -> [Value<'_>; 3] {
        [Value::Bytes(&self.mark), Value::Integer(self.seen_at.0), Value::Bytes(&self.seed)]
    }
}

/// What was asked together with a proof.
#[derive(Debug)]
pub struct WithProof<T> {
    /// Nobody noted the proof before.
    pub is_first: bool,
    pub found: T,
}

impl<T> WithProof<T> {
    /// The same of what is made of what was found.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> WithProof<U> {
        WithProof { is_first: self.is_first, found: make(self.found) }
    }
}

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

    /// Notes a proof; `drawn` becomes the seed where there is none any more. Where there is no other companion, nobody else saw it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn see_proof(&self, note: ProofNote, drawn: [u8; 32]) -> Result<ProofSeen, StoreError> {
        let Some(server) = self.server() else { return Ok(ProofSeen::First) };
        server.one_by_one(move |visit| see(visit, &note, &drawn)).await
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
const NOTE: &str = "INSERT INTO seen_proofs (mark, seen_at) SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM nonce_seeds WHERE seed = ?3)
    ON CONFLICT DO NOTHING";

fn see(visit: &mut dyn Visit, note: &ProofNote, drawn: &[u8; 32]) -> Result<ProofSeen, StoreError> {
    if visit.execute(NOTE, &note.values())? == 1 {
        return Ok(ProofSeen::First);
    }
    let in_force = seed_or(visit, drawn)?;
    Ok(if in_force == note.seed { ProofSeen::Again } else { ProofSeen::OtherSeed(in_force) })
}

/// A proof on its way to the memory, with the question that it comes with.
pub(super) struct Noting {
    note: ProofNote,
    /// Of the table's rows, once the memory has told: it is not told of the proof a second time.
    changed: Cell<Option<u64>>,
}

impl Noting {
    pub(super) const fn new(note: ProofNote) -> Self {
        Self { note, changed: Cell::new(None) }
    }

    /// The first row of a question, and what there is to know of the proof.
    pub(super) fn ask(&self, visit: &mut dyn Visit, statement: &str, values: &[Value<'_>]) -> Result<WithProof<Option<Row>>, StoreError> {
        let rows = if self.changed.get().is_some() {
            visit.rows(statement, values)?
        } else {
            visit.rows_after(&Before { statement: NOTE, values: &self.note.values(), changed: &self.changed }, statement, values)?
        };
        Ok(WithProof { is_first: self.changed.get() == Some(1), found: rows.into_iter().next() })
    }
}
