//! Seats that work at once, for a time or for a number of times.

use std::future::Future;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

/// When seats stop.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    Elapsed(Duration),
    Done(u64),
}

/// Runs one task for each seat; each is given the numbers of its turns, which no other has. What each collected.
///
/// # Errors
/// The first of any seat's.
pub async fn at_once<T, F, Work>(seats: u8, until: Until, work: F) -> anyhow::Result<Vec<T>>
where
    T: Send + 'static,
    F: Fn(Ipv4Addr, Turns) -> Work,
    Work: Future<Output = anyhow::Result<Vec<T>>> + Send + 'static,
{
    let turns = Turns { began: Instant::now(), until, next: Arc::default() };
    let mut tasks = JoinSet::new();
    for seat in 0..seats {
        // Each from an address of its own, as workstations have.
        tasks.spawn(work(Ipv4Addr::new(127, 0, 1, seat + 1), turns.clone()));
    }
    let mut collected = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        collected.extend(ended??);
    }
    Ok(collected)
}

/// The turns that are left.
#[derive(Debug, Clone)]
pub struct Turns {
    began: Instant,
    until: Until,
    next: Arc<AtomicU64>,
}

impl Turns {
    /// Number of the next turn; `None` at the end.
    pub fn next(&self) -> Option<u64> {
        if let Until::Elapsed(limit) = self.until
            && self.began.elapsed() >= limit
        {
            return None;
        }
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        match self.until {
            Until::Done(limit) if turn >= limit => None,
            Until::Done(_) | Until::Elapsed(_) => Some(turn),
        }
    }
}

/// One of them, by chance: as good as a person's turn to come.
pub fn one_of<T>(all: &[T]) -> anyhow::Result<&T> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)?;
    let place = usize::try_from(u64::from_le_bytes(bytes) % u64::try_from(all.len())?)?;
    Ok(&all[place])
}
