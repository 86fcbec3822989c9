//! Memory of the proofs already used, bounded in time and in number.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};

use crate::clock::Timestamp;

use super::{IAT_WINDOW_S, ProofRefused};

/// How long a proof is remembered, in seconds.
const KEPT_S: i64 = 600;
/// After this long `iat` alone refuses it: it may be forgotten early when memory runs short.
const NEEDED_S: i64 = 2 * IAT_WINDOW_S + 1;
/// Most proofs remembered at once; about 100 bytes each.
const MOST: usize = 500_000;

type Mark = [u8; 16];

#[derive(Default)]
struct Memory {
    marks: HashSet<Mark>,
    order: VecDeque<(Timestamp, Mark)>,
}

impl Memory {
    fn forget_older_than(&mut self, seconds: i64, now: Timestamp) {
        while let Some((at, mark)) = self.order.front().copied() {
            if now.millis_since(at) <= seconds * 1000 {
                break;
            }
            self.order.pop_front();
            self.marks.remove(&mark);
        }
    }
}

#[derive(Default)]
pub(super) struct SeenProofs(Mutex<Memory>);

impl SeenProofs {
    /// Remembers a proof of this key; refuses the second of the same `jti`.
    pub(super) fn remember(&self, jkt: &str, jti: &str, now: Timestamp) -> Result<(), ProofRefused> {
        let mark = mark(jkt, jti);
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.forget_older_than(KEPT_S, now);
        if memory.marks.contains(&mark) {
            return Err(ProofRefused::Replayed);
        }
        if memory.marks.len() >= MOST {
            memory.forget_older_than(NEEDED_S, now);
            if memory.marks.len() >= MOST {
                return Err(ProofRefused::Saturated);
            }
        }
        memory.marks.insert(mark);
        memory.order.push_back((now, mark));
        Ok(())
    }
}

/// A thumbprint has a fixed length, so that plain concatenation is unambiguous.
fn mark(jkt: &str, jti: &str) -> Mark {
    let mut context = Context::new(&SHA256);
    context.update(jkt.as_bytes());
    context.update(jti.as_bytes());
    let mut mark = Mark::default();
    mark.copy_from_slice(&context.finish().as_ref()[..16]);
    mark
}
