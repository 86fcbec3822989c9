//! Limits over a minute. They refuse the newcomer; what is under way is never put out.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use crate::clock::Timestamp;

const WINDOW_MS: i64 = 60_000;
/// Keys remembered at once, so that a flood cannot fill the memory.
const KEYS: usize = 50_000;

/// What is counted for an address: one machine has a whole IPv6 /64 to call from, and would be a new caller each time.
pub(super) fn caller(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address @ IpAddr::V4(_) => address,
    }
}

/// So many per minute for each key.
pub(super) struct PerMinute<K> {
    limit: usize,
    recent: Mutex<HashMap<K, VecDeque<Timestamp>>>,
}

impl<K: Eq + Hash> PerMinute<K> {
    pub(super) fn new(limit: u32) -> Self {
        Self { limit: usize::try_from(limit).unwrap_or(usize::MAX), recent: Mutex::default() }
    }

    /// Counts one, or gives back the seconds after which it would be let in.
    pub(super) fn admit(&self, key: K, now: Timestamp) -> Result<(), u32> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        self.room(&mut recent, &key, now)?;
        if recent.len() >= KEYS && !recent.contains_key(&key) {
            recent.retain(|_, times| times.back().is_some_and(|last| is_recent(*last, now)));
            if recent.len() >= KEYS {
                return Err(60);
            }
        }
        recent.entry(key).or_default().push_back(now);
        Ok(())
    }

    /// Whether one more would be let in, without counting it.
    pub(super) fn check(&self, key: &K, now: Timestamp) -> Result<(), u32> {
        self.room(&mut self.recent.lock().unwrap_or_else(PoisonError::into_inner), key, now)
    }

    fn room(&self, recent: &mut HashMap<K, VecDeque<Timestamp>>, key: &K, now: Timestamp) -> Result<(), u32> {
        let Some(times) = recent.get_mut(key) else { return Ok(()) };
        while times.front().is_some_and(|first| !is_recent(*first, now)) {
            times.pop_front();
        }
        match times.front() {
            Some(first) if times.len() >= self.limit => {
                let left = WINDOW_MS - now.millis_since(*first);
                Err(u32::try_from(left.div_euclid(1000) + 1).unwrap_or(60).clamp(1, 60))
            }
            _ => Ok(()),
        }
    }
}

/// Not so when the clock was set back since: a full window would then stay full until the time is caught up with.
const fn is_recent(moment: Timestamp, now: Timestamp) -> bool {
    let age = now.millis_since(moment);
    0 <= age && age < WINDOW_MS
}
