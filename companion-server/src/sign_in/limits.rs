//! Limits over a minute. They refuse the newcomer; what is under way is never put out.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::{Clock, Timestamp};
use crate::network::{caller, site};
use crate::session::Rules;
use crate::tally::Tally;

const WINDOW_MS: i64 = 60_000;
/// Keys remembered at once, so that a flood cannot fill the memory.
const KEYS: usize = 50_000;
/// How many times what one network may do its whole IPv6 site may: a subscriber has 65,536 networks to call from.
const NETWORKS_OF_A_SITE: u32 = 10;

/// What limits sign-ins.
pub(super) struct Limits {
    clock: Arc<dyn Clock>,
    starts_by_key: PerMinute<String>,
    starts_by_address: PerMinuteAndAddress,
    callbacks_by_address: PerMinuteAndAddress,
    tallies: Tallies,
}

struct Tallies {
    starts_by_key: Tally,
    starts_by_address: Tally,
    pending_by_key: Tally,
    callbacks_by_address: Tally,
}

impl Limits {
    pub(super) fn new(rules: &Rules, clock: &Arc<dyn Clock>) -> Self {
        let tally = |limit| Tally::new(limit, Arc::clone(clock));
        Self {
            clock: Arc::clone(clock),
            starts_by_key: PerMinute::new(rules.starts_per_minute_per_key),
            starts_by_address: PerMinuteAndAddress::new(rules.starts_per_minute_per_address),
            callbacks_by_address: PerMinuteAndAddress::new(rules.callbacks_per_minute_per_address),
            tallies: Tallies {
                starts_by_key: tally("starts_per_key"),
                starts_by_address: tally("starts_per_address"),
                pending_by_key: tally("pending_per_key"),
                callbacks_by_address: tally("callbacks_per_address"),
            },
        }
    }

    /// Counts a start, whatever the exchange, or gives back the seconds after which it would be let in.
    pub(super) fn admit_start(&self, jkt: &str, address: IpAddr) -> Result<(), u32> {
        let now = self.clock.now();
        let (by_key, by_address) = (&self.tallies.starts_by_key, &self.tallies.starts_by_address);
        // One insistent app must not use up what its whole network shares, nor a flood of keys the memory.
        self.starts_by_key.check(&jkt.to_owned(), now).inspect_err(|_| by_key.count())?;
        self.starts_by_address.admit(address, now).inspect_err(|_| by_address.count())?;
        self.starts_by_key.admit(jkt.to_owned(), now).inspect_err(|_| by_key.count())
    }

    /// Counts a return from Pro Santé Connect, as [`Self::admit_start`].
    pub(super) fn admit_callback(&self, address: IpAddr) -> Result<(), u32> {
        let admitted = self.callbacks_by_address.admit(address, self.clock.now());
        admitted.inspect_err(|_| self.tallies.callbacks_by_address.count())
    }

    /// A start was refused because its key has too many pending already: the store knows, not we.
    pub(super) fn too_many_pending(&self) {
        self.tallies.pending_by_key.count();
    }

    /// What each limit refused since the start.
    pub(super) fn refused(&self) -> [(&'static str, u64); 4] {
        let Tallies { starts_by_key, starts_by_address, pending_by_key, callbacks_by_address } = &self.tallies;
        [starts_by_key, starts_by_address, pending_by_key, callbacks_by_address].map(Tally::total)
    }
}

/// So many per minute for each address, an IPv6 network counting as one, and ten times as many for an IPv6 site.
struct PerMinuteAndAddress {
    networks: PerMinute<IpAddr>,
    sites: PerMinute<IpAddr>,
}

impl PerMinuteAndAddress {
    fn new(limit: u32) -> Self {
        Self { networks: PerMinute::new(limit), sites: PerMinute::new(limit.saturating_mul(NETWORKS_OF_A_SITE)) }
    }

    fn admit(&self, address: IpAddr, now: Timestamp) -> Result<(), u32> {
        let (network, site) = (caller(address), site(address));
        // What a network is refused must not use up what its site shares, nor a flood of networks the memory.
        self.networks.check(&network, now)?;
        if let Some(site) = site {
            self.sites.admit(site, now)?;
        }
        self.networks.admit(network, now)
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
