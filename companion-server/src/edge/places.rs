//! Places that many callers share: nobody may hold more than a part of what is left, so that some remain for the others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::network::caller;

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
    by: HashMap<IpAddr, usize>,
}

/// One place, given back when dropped.
#[derive(Debug)]
pub struct Place {
    shared: Arc<Shared>,
    caller: Option<IpAddr>,
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
        let caller = caller(address);
        let mut held = self.0.held();
        let mine = held.by.get(&caller).copied().unwrap_or_default();
        if !self.0.capacity.lets_in(held.all, mine) {
            return Err(NoPlace);
        }
        held.all += 1;
        held.by.insert(caller, mine + 1);
        Ok(Place { shared: Arc::clone(&self.0), caller: Some(caller) })
    }

    /// Takes one for whoever speaks for many, such as a reverse proxy: counted among all, not by address.
    ///
    /// # Errors
    /// [`NoPlace`].
    pub fn take_for_many(&self) -> Result<Place, NoPlace> {
        let mut held = self.0.held();
        if held.all >= self.0.capacity.all {
            return Err(NoPlace);
        }
        held.all += 1;
        Ok(Place { shared: Arc::clone(&self.0), caller: None })
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

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.shared.held();
        held.all = held.all.saturating_sub(1);
        if let Some(caller) = &self.caller
            && let Some(count) = held.by.get_mut(caller)
        {
            *count -= 1;
            if *count == 0 {
                held.by.remove(caller);
            }
        }
    }
}

#[cfg(test)]
mod tests;
