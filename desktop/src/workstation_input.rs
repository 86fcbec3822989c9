//! Real input on this workstation, whatever window it went to.
//!
//! Only how long ago, in this person's own session of the machine: never what was typed, nor where.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Clock;
use crate::outside::outside;

#[cfg(target_os = "linux")]
#[path = "workstation_input/linux.rs"]
mod system;

#[cfg(windows)]
#[path = "workstation_input/windows.rs"]
mod system;

#[cfg(not(any(target_os = "linux", windows)))]
#[path = "workstation_input/elsewhere.rs"]
mod system;

/// What the system knows of the person's keyboard and pointer.
#[async_trait]
pub trait WorkstationInput: Send + Sync + std::fmt::Debug {
    /// How long ago the last input was, by [`Clock::awake`]; `None` where the system does not say.
    async fn since_last(&self) -> Option<Duration>;
}

/// A display or a bus that takes longer does not say.
const ANSWER: Duration = Duration::from_secs(2);

/// Of the operating system.
#[derive(Debug, Default)]
pub struct SystemWorkstationInput {
    /// A question that was not answered is not asked again until it is: each holds a thread.
    is_asked: Arc<AtomicBool>,
}

#[async_trait]
impl WorkstationInput for SystemWorkstationInput {
    async fn since_last(&self) -> Option<Duration> {
        if self.is_asked.swap(true, Ordering::SeqCst) {
            return None;
        }
        let is_asked = self.is_asked.clone();
        let asked = outside(move || {
            let since = system::since_last();
            is_asked.store(false, Ordering::SeqCst);
            since
        });
        tokio::time::timeout(ANSWER, asked).await.ok()?.ok().flatten()
    }
}

/// Says each input once.
#[derive(Debug)]
pub(crate) struct News {
    input: Arc<dyn WorkstationInput>,
    clock: Arc<dyn Clock>,
    said: Mutex<Said>,
}

/// By [`Clock::awake`].
#[derive(Debug, Clone, Copy)]
struct Said {
    /// Up to when inputs were said.
    until: Duration,
    /// The last input that was.
    newest: Option<Duration>,
}

impl News {
    /// Inputs from now on.
    pub fn new(input: Arc<dyn WorkstationInput>, clock: Arc<dyn Clock>) -> Self {
        let said = Mutex::new(Said { until: clock.awake(), newest: None });
        Self { input, clock, said }
    }

    /// How long ago the last input was, if there was one since the last question.
    ///
    /// Time during which the machine slept counts on neither side: an input before a suspension is not taken for one after it.
    pub async fn last(&self) -> Option<Duration> {
        let since = self.input.since_last().await?;
        let now = self.clock.awake();
        let mut said = self.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let is_new = since < now.saturating_sub(said.until);
        said.until = now;
        if is_new {
            said.newest = Some(now.saturating_sub(since));
        }
        is_new.then_some(since)
    }

    /// Whether an input was said of so short a time ago, to whoever asked.
    pub fn is_newer_than(&self, age: Duration) -> bool {
        let said = *self.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        said.newest.is_some_and(|newest| self.clock.awake().saturating_sub(newest) < age)
    }
}

#[cfg(test)]
mod tests;
