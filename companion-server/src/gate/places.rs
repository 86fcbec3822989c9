//! Places that many callers share: nobody may hold more than a part of what is left, so that some remain for the others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::network::{caller, site};

/// How many places there are, and how many of them one address may hold at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// For everybody together.
    pub all: usize,
    /// For one address, or one IPv6 network.
    pub each: usize,
    /// So many times what an address holds must still be free for it to take one more.
    pub reserve: usize,
}

impl Capacity {
    /// As configured. An address alone may hold a third of all places, the next a third of what it left, and so on: twenty of them
    /// do not take ten thousand places. A whole hospital behind one address is served; a network of thousands of machines is
    /// for those who guard the way to us.
    pub fn of(all: u32, each: u32) -> Self {
        let count = |number| usize::try_from(number).unwrap_or(usize::MAX);
        Self { all: count(all), each: count(each), reserve: 2 }
    }

    /// The rule.
    pub const fn lets_in(self, held_by_all: usize, held_by_caller: usize) -> bool {
        let left = self.all.saturating_sub(held_by_all);
        left > 0 && held_by_caller < self.each && held_by_caller.saturating_mul(self.reserve) < left
    }

    /// The same for a whole IPv6 site, which a single subscriber may be given: it must leave half as many times what it holds.
    const fn lets_site_in(self, held_by_all: usize, held_by_site: usize) -> bool {
        held_by_site.saturating_mul(self.reserve.div_ceil(2)) < self.all.saturating_sub(held_by_all)
    }
}

/// How much each caller holds, and each IPv6 site, which has thousands of networks to call from.
#[derive(Debug, Default)]
pub(super) struct Shares {
    callers: HashMap<IpAddr, usize>,
    sites: HashMap<IpAddr, usize>,
}

impl Shares {
    /// Whether the caller may hold so many more.
    pub(super) fn let_in(&self, capacity: Capacity, held_by_all: usize, caller: IpAddr, count: usize) -> bool {
        // The last of them is let in under the rule for one.
        let others = count.saturating_sub(1);
        let held_by_all = held_by_all.saturating_add(others);
        let held = |by: &HashMap<IpAddr, usize>, who: &IpAddr| by.get(who).copied().unwrap_or_default().saturating_add(others);
        capacity.lets_in(held_by_all, held(&self.callers, &caller))
            && site(caller).is_none_or(|site| capacity.lets_site_in(held_by_all, held(&self.sites, &site)))
    }

    pub(super) fn add(&mut self, caller: IpAddr, count: usize) {
        *self.callers.entry(caller).or_default() += count;
        if let Some(site) = site(caller) {
            *self.sites.entry(site).or_default() += count;
        }
    }

    pub(super) fn take_back(&mut self, caller: IpAddr, count: usize) {
        release(&mut self.callers, caller, count);
        if let Some(site) = site(caller) {
            release(&mut self.sites, site, count);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.callers.len() + self.sites.len()
    }
}

fn release(held: &mut HashMap<IpAddr, usize>, who: IpAddr, count: usize) {
    if let Some(left) = held.get_mut(&who) {
        *left = left.saturating_sub(count);
        if *left == 0 {
            held.remove(&who);
        }
    }
}

/// No place for this caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no place is left for this caller")]
pub struct NoPlace;

/// The places and who holds them; cheap to clone.
#[derive(Debug, Clone)]
pub struct Places(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    capacity: Capacity,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    by: Shares,
}

/// One place or several, given back when dropped.
#[derive(Debug)]
pub struct Place {
    shared: Arc<Shared>,
    caller: Option<IpAddr>,
    count: usize,
}

impl Places {
    /// All of them free.
    pub fn new(capacity: Capacity) -> Self {
        Self(Arc::new(Shared { capacity, held: Mutex::default() }))
    }

    /// Takes one for this address.
    ///
    /// # Errors
    /// [`NoPlace`]; nobody is put out to make room.
    pub fn take(&self, address: IpAddr) -> Result<Place, NoPlace> {
        self.take_several(address, 1)
    }

    /// Takes so many at once: for places that are bytes.
    ///
    /// # Errors
    /// [`NoPlace`] when all of them together are not to be had.
    pub fn take_several(&self, address: IpAddr, count: usize) -> Result<Place, NoPlace> {
        let caller = caller(address);
        let mut held = self.0.held();
        if !held.by.let_in(self.0.capacity, held.all, caller, count) {
            return Err(NoPlace);
        }
        held.change(Some(caller), 0, count);
        Ok(Place { shared: Arc::clone(&self.0), caller: Some(caller), count })
    }

    /// Takes one for whoever speaks for many, such as a reverse proxy: counted among all, not by address.
    ///
    /// # Errors
    /// [`NoPlace`].
    pub fn take_for_many(&self, count: usize) -> Result<Place, NoPlace> {
        let mut held = self.0.held();
        if held.all.saturating_add(count) > self.0.capacity.all {
            return Err(NoPlace);
        }
        held.change(None, 0, count);
        Ok(Place { shared: Arc::clone(&self.0), caller: None, count })
    }

    /// How many are held now.
    pub fn held(&self) -> usize {
        self.0.held().all
    }
}

impl Shared {
    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn change(&mut self, caller: Option<IpAddr>, from: usize, to: usize) {
        self.all = self.all.saturating_sub(from).saturating_add(to);
        if let Some(caller) = caller {
            self.by.add(caller, to);
            self.by.take_back(caller, from);
        }
    }
}

impl Place {
    /// Turns it into so many: what is known to be held counts, even beyond the capacity.
    pub fn resize(&mut self, count: usize) {
        self.shared.held().change(self.caller, self.count, count);
        self.count = count;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.held().change(self.caller, self.count, 0);
    }
}

#[cfg(test)]
mod tests;
