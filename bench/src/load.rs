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

/// What one seat does, turn after turn.
pub trait Seat: Sized + Send + 'static {
    /// # Errors
    /// When anything is answered that was not expected.
    fn turn(&mut self) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// Has seats take turns for so long; how many turns they took.
///
/// # Errors
/// The first of any seat's.
pub async fn turns<S, Sitting>(seats: u8, spell: Duration, sit: impl Fn(Ipv4Addr) -> Sitting) -> anyhow::Result<u64>
where
    S: Seat,
    Sitting: Future<Output = anyhow::Result<S>> + Send + 'static,
{
    let each = at_once(seats, Until::Elapsed(spell), |from, turns| {
        let sitting = sit(from);
        async move {
            let mut seat = sitting.await?;
            let mut done = 0_u64;
            while turns.next().is_some() {
                seat.turn().await?;
                done += 1;
            }
            Ok(vec![done])
        }
    });
    Ok(each.await?.iter().sum())
}

/// Where the workstation of this number is: each in a part of the loopback network that is its own.
pub fn workstation(number: usize) -> Ipv4Addr {
    let [.., high, low] = number.to_be_bytes();
    Ipv4Addr::new(127, 2, high, low.max(1))
}

/// A number below this one, by chance.
///
/// # Errors
/// When there is none, or the machine gives no randomness.
pub fn below(count: usize) -> anyhow::Result<usize> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)?;
    let count = u64::try_from(count)?;
    anyhow::ensure!(count > 0, "nothing to draw from");
    Ok(usize::try_from(u64::from_le_bytes(bytes) % count)?)
}

/// One of them, by chance: as good as a person's turn to come.
///
/// # Errors
/// As [`below`].
pub fn one_of<T>(all: &[T]) -> anyhow::Result<&T> {
    Ok(&all[below(all.len())?])
}
