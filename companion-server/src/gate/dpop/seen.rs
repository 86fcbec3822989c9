//! Memory of the proofs already used, bounded in time and in number. Nothing that could still be replayed is forgotten to make room:
//! who fills the memory is refused, and the others go on. Keys of sessions have a memory of their own: fresh keys cost their maker nothing.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};

use crate::clock::Timestamp;
use crate::gate::places::{Capacity, Shares};
use crate::network::caller;

use super::ProofRefused;
use super::nonce::LIFE_S;
use super::shared::Mark;

/// How long a proof is remembered, in seconds.
const KEPT_S: i64 = 600;
/// After this long its nonce is stale and refuses it: it may be forgotten early when memory runs short.
const NEEDED_S: i64 = LIFE_S + 1;
/// Most proofs of strangers remembered at once, about 130 bytes each. One address alone may have a ninth, 180 a second for as
/// long as they are needed, which is more than two thousand apps make; ninety such floods together still leave room. An IPv6 site may have a fifth.
const STRANGERS: Capacity = Capacity { all: 500_000, each: 100_000, reserve: 8 };
/// The same for keys of sessions, each of which may make 240 a minute and no more: a hospital of ten thousand workstations behind one address is
/// nobody's flood. It may have half, 830 a second.
const VOUCHED: Capacity = Capacity { all: 500_000, each: 250_000, reserve: 1 };
/// Keys of sessions known at once, about 16 bytes each; those that come later share with strangers.
const KEYS: usize = 1_000_000;

struct Memory {
    capacity: Capacity,
    marks: HashSet<Mark>,
    order: VecDeque<(Timestamp, Mark, IpAddr)>,
    by_caller: Shares,
}

struct Memories {
    strangers: Memory,
    vouched: Memory,
    /// Keyed hashes of the keys that are no strangers: of two that nobody can choose to collide, one passes for the other, and gains room.
    keys: HashSet<u64>,
}

pub(super) struct SeenProofs {
    hasher: RandomState,
    memories: Mutex<Memories>,
}

impl Default for SeenProofs {
    fn default() -> Self {
        Self::with(STRANGERS, VOUCHED)
    }
}

impl SeenProofs {
    pub(super) fn with(strangers: Capacity, vouched: Capacity) -> Self {
        let memories = Memories { strangers: Memory::of(strangers), vouched: Memory::of(vouched), keys: HashSet::new() };
        Self { hasher: RandomState::new(), memories: Mutex::new(memories) }
    }

    /// Whether a proof of this key from this address could be remembered: asked before its signature is checked, which costs more than to make it.
    pub(super) fn check_room(&self, from: IpAddr, jkt: &str, now: Timestamp) -> Result<(), ProofRefused> {
        self.memories().of(self.hasher.hash_one(jkt)).check_room(caller(from), now)
    }

    /// From now on, strangers take no room from this key: a session was opened with it.
    pub(super) fn vouch(&self, jkt: &str) {
        let mut memories = self.memories();
        if memories.keys.len() < KEYS {
            memories.keys.insert(self.hasher.hash_one(jkt));
        }
    }

    /// Remembers a proof of this key; refuses the second of the same `jti`.
    pub(super) fn remember(&self, from: IpAddr, jkt: &str, jti: &str, now: Timestamp) -> Result<Mark, ProofRefused> {
        let (mark, caller) = (mark(jkt, jti), caller(from));
        let mut guard = self.memories();
        let memories = &mut *guard;
        for memory in [&mut memories.strangers, &mut memories.vouched] {
            memory.forget_older_than(KEPT_S, now);
            // In the other one too: the key may have opened its session since.
            if memory.marks.contains(&mark) {
                return Err(ProofRefused::Replayed);
            }
        }
        let memory = memories.of(self.hasher.hash_one(jkt));
        memory.check_room(caller, now)?;
        memory.marks.insert(mark);
        memory.order.push_back((now, mark, caller));
        memory.by_caller.add(caller, 1);
        Ok(mark)
    }

    fn memories(&self) -> MutexGuard<'_, Memories> {
        self.memories.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memories {
    fn of(&mut self, key: u64) -> &mut Memory {
        if self.keys.contains(&key) { &mut self.vouched } else { &mut self.strangers }
    }
}

impl Memory {
    fn of(capacity: Capacity) -> Self {
        Self { capacity, marks: HashSet::new(), order: VecDeque::new(), by_caller: Shares::default() }
    }

    fn check_room(&mut self, caller: IpAddr, now: Timestamp) -> Result<(), ProofRefused> {
        if self.lets_in(caller) {
            return Ok(());
        }
        self.forget_older_than(NEEDED_S, now);
        if self.lets_in(caller) {
            return Ok(());
        }
        Err(if self.marks.len() >= self.capacity.all { ProofRefused::Saturated } else { ProofRefused::Crowding })
    }

    fn lets_in(&self, caller: IpAddr) -> bool {
        self.by_caller.let_in(self.capacity, self.marks.len(), caller, 1)
    }

    fn forget_older_than(&mut self, seconds: i64, now: Timestamp) {
        while let Some((at, mark, caller)) = self.order.front().copied() {
            if now.millis_since(at) <= seconds * 1000 {
                break;
            }
            self.order.pop_front();
            self.marks.remove(&mark);
            self.by_caller.take_back(caller, 1);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_000_000_000);
    const FLOODER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 1));
    const HONEST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7));

    /// Remembers proofs of ever new keys until one is refused.
    fn flood(seen: &SeenProofs, from: IpAddr, now: Timestamp) -> (usize, ProofRefused) {
        for count in 0.. {
            if let Err(refused) = seen.remember(from, &format!("key {count} of {from}"), "jti", now) {
                return (count, refused);
            }
        }
        unreachable!("a flood ends in a refusal")
    }

    #[test]
    fn attack_27_one_flooder_is_refused_while_others_are_served_and_no_proof_works_twice() {
        let seen = SeenProofs::with(Capacity { all: 10_000, each: 10_000, reserve: 8 }, VOUCHED);
        seen.remember(HONEST, "honest", "first", NOW).expect("remembered");
        assert_eq!(flood(&seen, FLOODER, NOW), (1111, ProofRefused::Crowding));
        assert_eq!(seen.check_room(FLOODER, "a key", NOW), Err(ProofRefused::Crowding), "before any signature is checked");
        seen.remember(HONEST, "honest", "second", NOW).expect("served");
        for last in 2..=40 {
            flood(&seen, IpAddr::from([203, 0, 113, last]), NOW);
        }
        seen.remember(HONEST, "honest", "third", NOW).expect("served even when forty flood together");
        for jti in ["first", "second", "third"] {
            assert_eq!(seen.remember(HONEST, "honest", jti, NOW), Err(ProofRefused::Replayed), "{jti}");
        }
        let still_needed = NOW.plus_seconds(NEEDED_S);
        assert_eq!(seen.check_room(FLOODER, "a key", still_needed), Err(ProofRefused::Crowding));
        assert_eq!(seen.remember(HONEST, "honest", "first", still_needed), Err(ProofRefused::Replayed), "never put out early");
        assert_eq!(
            seen.check_room(FLOODER, "a key", NOW.plus_seconds(NEEDED_S + 1)),
            Ok(()),
            "what a stale nonce refuses by itself makes room"
        );
    }

    #[test]
    fn attack_27_fresh_keys_behind_an_address_take_no_room_from_the_sessions_there() {
        let seen = SeenProofs::with(Capacity { all: 10_000, each: 10_000, reserve: 8 }, VOUCHED);
        seen.remember(FLOODER, "session", "first", NOW).expect("remembered");
        assert_eq!(flood(&seen, FLOODER, NOW), (1111, ProofRefused::Crowding));
        assert_eq!(seen.check_room(FLOODER, "session", NOW), Err(ProofRefused::Crowding), "nobody knows it yet");
        seen.vouch("session");
        assert_eq!(seen.remember(FLOODER, "session", "first", NOW), Err(ProofRefused::Replayed), "wherever it was remembered");
        assert_eq!(seen.check_room(FLOODER, "session", NOW), Ok(()));
        seen.remember(FLOODER, "session", "second", NOW).expect("remembered");
        assert_eq!(seen.remember(FLOODER, "session", "second", NOW), Err(ProofRefused::Replayed));
        assert_eq!(seen.check_room(FLOODER, "a key", NOW), Err(ProofRefused::Crowding));
    }

    #[test]
    fn ten_thousand_sessions_behind_one_address_are_no_flood() {
        // Two held requests and two reports a minute, for as long as they are needed.
        let morning = |seen: &SeenProofs| {
            (0..10_000).try_for_each(|app| {
                let key = format!("session {app:04}");
                seen.vouch(&key);
                (0..20).try_for_each(|proof| seen.remember(FLOODER, &key, &format!("{proof}"), NOW).map(drop))
            })
        };
        let seen = SeenProofs::default();
        assert_eq!(morning(&seen), Ok(()));
        seen.remember(HONEST, "a stranger", "first", NOW).expect("served");
        assert_eq!(morning(&SeenProofs::with(STRANGERS, STRANGERS)), Err(ProofRefused::Crowding), "with the share of strangers");
    }

    #[test]
    fn attack_27_one_ipv6_site_with_all_its_networks_leaves_room_for_others() {
        let seen = SeenProofs::with(Capacity { all: 10_000, each: 10_000, reserve: 8 }, VOUCHED);
        for network in 0..256 {
            flood(&seen, format!("2001:db8:1:{network:x}::1").parse().expect("an address"), NOW);
        }
        assert_eq!(seen.memories().strangers.marks.len(), 2_000, "a fifth");
        assert_eq!(seen.check_room("2001:db8:1:fff::1".parse().expect("an address"), "a key", NOW), Err(ProofRefused::Crowding));
        seen.remember("2001:db8:2::1".parse().expect("an address"), "honest", "first", NOW).expect("served");
    }

    #[test]
    fn nothing_is_kept_of_those_who_left() {
        let seen = SeenProofs::default();
        seen.remember(FLOODER, "key", "jti", NOW).expect("remembered");
        seen.remember(HONEST, "key", "other", NOW.plus_seconds(KEPT_S + 1)).expect("remembered");
        let memories = seen.memories();
        let memory = &memories.strangers;
        assert_eq!((memory.marks.len(), memory.order.len(), memory.by_caller.len()), (1, 1, 1));
    }
}
