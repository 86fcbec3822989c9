//! Provider, companion and the sessions that were opened: what every measure of the server needs.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::companion::Companion;
use crate::driver::{App, Device, SignedIn};
use crate::load::{Until, at_once};
use crate::provider::Provider;

/// A companion and who is signed in.
pub struct Scene {
    pub companion: Companion,
    pub provider: Provider,
    persons: AtomicU64,
}

impl Scene {
    /// # Errors
    /// When the companion does not start.
    pub async fn start(program: &Path) -> anyhow::Result<Self> {
        Self::begin(program, None).await
    }

    /// The same over a PostgreSQL database at this address.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_on(program: &Path, database: &str) -> anyhow::Result<Self> {
        Self::begin(program, Some(database)).await
    }

    async fn begin(program: &Path, database: Option<&str>) -> anyhow::Result<Self> {
        let provider = Provider::start().await?;
        Ok(Self { companion: Companion::start(program, &provider, database).await?, provider, persons: AtomicU64::new(1) })
    }

    /// Signs so many people in, each on a new workstation of her own, so many at once.
    ///
    /// # Errors
    /// When one of them is refused.
    pub async fn sign_in(&self, people: u64, seats: u8) -> anyhow::Result<Vec<SignedIn>> {
        let first = self.persons.fetch_add(people, Ordering::Relaxed);
        let address = self.companion.address;
        at_once(seats, Until::Done(people), |from, turns| async move {
            let mut seat = App::seat(address, from).await?;
            let mut opened = Vec::new();
            while let Some(turn) = turns.next() {
                opened.push(seat.sign_in(&Arc::new(Device::new()?), first + turn).await?);
            }
            Ok(opened)
        })
        .await
    }

    /// Makes the next tokens of each: those that there are live five minutes.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn rotate(&self, sessions: Vec<SignedIn>, seats: u8) -> anyhow::Result<Vec<SignedIn>> {
        let address = self.companion.address;
        let (count, sessions) = (u64::try_from(sessions.len())?, Arc::new(sessions));
        at_once(seats, Until::Done(count), |from, turns| {
            let sessions = Arc::clone(&sessions);
            async move {
                let mut seat = App::seat(address, from).await?;
                let mut rotated = Vec::new();
                while let Some(turn) = turns.next() {
                    rotated.push(seat.rotate(&sessions[usize::try_from(turn)?]).await?);
                }
                Ok(rotated)
            }
        })
        .await
    }
}
