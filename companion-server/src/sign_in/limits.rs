//! Limits over time. They refuse the newcomer; what is under way is never put out, and what proved nothing spends no part of what others need.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::{Clock, Timestamp};
use crate::network::{caller, site};
use crate::surroundings::Rules;
use crate::tally::Tally;

const WINDOW_US: i64 = 60_000_000;
/// Keys remembered at once, so that a flood cannot fill the memory.
const KEYS: usize = 50_000;
/// How many times what one network may do its whole IPv6 site may: a subscriber has 65,536 networks to call from.
const NETWORKS_OF_A_SITE: u32 = 10;

/// What the key behind a start has shown so far. A fresh key shows nothing: whoever wants a thousand makes a thousand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Somebody signed in with it before: it answers for itself alone.
    Known,
    /// Its workstation belongs to this group: it shares with those of the group behind its address.
    Enrolled(String),
    /// It shares with every stranger behind its address.
    Stranger,
}

/// What limits sign-ins.
pub(super) struct Limits {
    clock: Arc<dyn Clock>,
    starts_by_key: PerMinute<String>,
    starts_by_address: PerMinuteAndAddress,
    pending_per_key: AtomicU32,
    tallies: Tallies,
}

struct Tallies {
    starts_by_key: Tally,
    starts_by_address: Tally,
    pending_by_key: Tally,
    stray_callbacks: Tally,
}

impl Limits {
    pub(super) fn new(rules: &Rules, clock: &Arc<dyn Clock>) -> Self {
        let tally = |limit| Tally::new(limit, Arc::clone(clock));
        Self {
            clock: Arc::clone(clock),
            starts_by_key: PerMinute::new(rules.starts_per_minute_per_key, WhenFull::LetsIn),
            starts_by_address: PerMinuteAndAddress::new(rules.starts_per_minute_per_address),
            pending_per_key: AtomicU32::new(rules.pending_per_key),
            tallies: Tallies {
                starts_by_key: tally("starts_per_key"),
                starts_by_address: tally("starts_per_address"),
                pending_by_key: tally("pending_per_key"),
                stray_callbacks: tally("stray_callbacks"),
            },
        }
    }

    /// Others take their place; what was counted stays counted.
    pub(super) fn change(&self, rules: &Rules) {
        self.starts_by_key.change(rules.starts_per_minute_per_key);
        self.starts_by_address.networks.change(rules.starts_per_minute_per_address);
        self.starts_by_address.sites.change(rules.starts_per_minute_per_address.saturating_mul(NETWORKS_OF_A_SITE));
        self.pending_per_key.store(rules.pending_per_key, Ordering::Relaxed);
    }

    /// How many attempts of one key may be under way.
    pub(super) fn pending_per_key(&self) -> u32 {
        self.pending_per_key.load(Ordering::Relaxed)
    }

    /// Counts a start, whatever the exchange, or gives back the seconds after which it would be let in.
    pub(super) fn admit_start(&self, jkt: &str, standing: Standing, address: IpAddr) -> Result<(), u32> {
        let now = self.clock.now();
        let (by_key, by_address) = (&self.tallies.starts_by_key, &self.tallies.starts_by_address);
        let group = match standing {
            Standing::Known => return self.starts_by_key.admit(jkt.to_owned(), now).inspect_err(|_| by_key.count()),
            Standing::Enrolled(group) => Some(group),
            Standing::Stranger => None,
        };
        // One insistent app must not use up what its whole network shares, nor a flood of keys the memory.
        self.starts_by_key.check(&jkt.to_owned(), now).inspect_err(|_| by_key.count())?;
        self.starts_by_address.admit(address, group, now).inspect_err(|_| by_address.count())?;
        self.starts_by_key.admit(jkt.to_owned(), now).inspect_err(|_| by_key.count())
    }

    /// A start was refused because its key has too many pending already: the store knows, not we.
    pub(super) fn too_many_pending(&self) {
        self.tallies.pending_by_key.count();
    }

    /// A return named no sign-in of its browser. There is no allowance that it could spend: those that do name one come once for each start.
    pub(super) fn stray_callback(&self) {
        self.tallies.stray_callbacks.count();
    }

    /// What each limit refused since the start.
    pub(super) fn refused(&self) -> [(&'static str, u64); 4] {
        let Tallies { starts_by_key, starts_by_address, pending_by_key, stray_callbacks } = &self.tallies;
        [starts_by_key, starts_by_address, pending_by_key, stray_callbacks].map(Tally::total)
    }
}

/// So many per minute for each address and group, an IPv6 network counting as one, and ten times as many for an IPv6 site.
struct PerMinuteAndAddress {
    networks: PerMinute<(IpAddr, Option<String>)>,
    sites: PerMinute<(IpAddr, Option<String>)>,
}

impl PerMinuteAndAddress {
    fn new(limit: u32) -> Self {
        let per_minute = |limit| PerMinute::new(limit, WhenFull::Refuses);
        Self { networks: per_minute(limit), sites: per_minute(limit.saturating_mul(NETWORKS_OF_A_SITE)) }
    }

    fn admit(&self, address: IpAddr, group: Option<String>, now: Timestamp) -> Result<(), u32> {
        let network = (caller(address), group);
        // What a network is refused must not use up what its site shares, nor a flood of networks the memory.
        self.networks.check(&network, now)?;
        if let Some(site) = site(address) {
            self.sites.admit((site, network.1.clone()), now)?;
        }
        self.networks.admit(network, now)
    }
}

/// What becomes of a newcomer when as many keys as can be are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenFull {
    Refuses,
    /// Uncounted rather than unserved: for limits that hold down a fault, not a flood.
    LetsIn,
}

/// So many at once for each key, and as many again in each minute: one every so often.
pub(super) struct PerMinute<K> {
    /// Microseconds that one takes.
    share_us: AtomicI64,
    when_full: WhenFull,
    /// Until when each key is busy with what it did, in microseconds of the clock.
    busy_until: Mutex<HashMap<K, i64>>,
}

impl<K: Eq + Hash> PerMinute<K> {
    pub(super) fn new(limit: u32, when_full: WhenFull) -> Self {
        Self { share_us: AtomicI64::new(share_us(limit)), when_full, busy_until: Mutex::default() }
    }

    fn change(&self, limit: u32) {
        self.share_us.store(share_us(limit), Ordering::Relaxed);
    }

    /// Counts one, or gives back the seconds after which it would be let in.
    pub(super) fn admit(&self, key: K, now: Timestamp) -> Result<(), u32> {
        let mut busy = self.busy_until.lock().unwrap_or_else(PoisonError::into_inner);
        let until = self.after_one_more(&busy, &key, now)?;
        if busy.len() >= KEYS && !busy.contains_key(&key) {
            busy.retain(|_, until| is_ahead(*until, now));
            if busy.len() >= KEYS {
                return if self.when_full == WhenFull::LetsIn { Ok(()) } else { Err(60) };
            }
        }
        busy.insert(key, until);
        Ok(())
    }

    /// Whether one more would be let in, without counting it.
    pub(super) fn check(&self, key: &K, now: Timestamp) -> Result<(), u32> {
        self.after_one_more(&self.busy_until.lock().unwrap_or_else(PoisonError::into_inner), key, now).map(drop)
    }

    fn after_one_more(&self, busy: &HashMap<K, i64>, key: &K, now: Timestamp) -> Result<i64, u32> {
        let from = busy.get(key).copied().filter(|until| is_ahead(*until, now)).unwrap_or_else(|| micros(now));
        let until = from + self.share_us.load(Ordering::Relaxed);
        match until - micros(now) - WINDOW_US {
            over if over > 0 => Err(u32::try_from((over - 1).div_euclid(1_000_000) + 1).unwrap_or(60).clamp(1, 60)),
            _ => Ok(until),
        }
    }
}

fn share_us(limit: u32) -> i64 {
    WINDOW_US / i64::from(limit.max(1))
}

const fn micros(moment: Timestamp) -> i64 {
    moment.0.saturating_mul(1000)
}

/// Not so when it lies further ahead than anything counted can: the clock was set back since, and is not waited for.
const fn is_ahead(until: i64, now: Timestamp) -> bool {
    let left = until - micros(now);
    0 < left && left <= WINDOW_US
}
