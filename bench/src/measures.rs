//! The measures, one file each; a figure says in its `id` which goal it is about.

pub mod burst;
pub mod check;
pub mod id_token;
pub mod parked;
pub mod postgres;
pub mod sign_in;
pub mod start;

use std::path::PathBuf;
use std::time::Duration;

use crate::peer::Peer;
use crate::provider::Provider;

/// What is measured, and how.
#[derive(Debug)]
pub struct Plan {
    /// The companion: a release build.
    pub program: PathBuf,
    pub size: Size,
    /// Whether peers are measured in the same rounds.
    pub with_peers: bool,
}

impl Plan {
    async fn peers(&self, provider: &Provider) -> anyhow::Result<Vec<Peer>> {
        if self.with_peers { Peer::start_all(provider).await } else { Ok(Vec::new()) }
    }
}

/// How much of everything: enough to be published, enough to be looked at, or only enough to see that all is answered.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub name: &'static str,
    pub rounds: u32,
    /// How long one thing is asked in one round.
    pub spell: Duration,
    /// Sessions of a country's morning.
    pub sessions: u64,
    /// Sign-ins counted in a round.
    pub sign_ins: u64,
    pub parked: u64,
    /// How long sign-ins come at the rate of a national morning.
    pub burst: Duration,
}

impl Size {
    pub const FULL: Self = Self {
        name: "full",
        rounds: 3,
        spell: Duration::from_secs(3),
        sessions: 100_000,
        sign_ins: 1_000,
        parked: 10_000,
        burst: Duration::from_secs(60),
    };
    pub const QUICK: Self = Self {
        name: "quick",
        rounds: 3,
        spell: Duration::from_secs(2),
        sessions: 10_000,
        sign_ins: 1_000,
        parked: 3_000,
        burst: Duration::from_secs(15),
    };
    pub const SMOKE: Self = Self {
        name: "smoke",
        rounds: 1,
        spell: Duration::from_millis(200),
        sessions: 20,
        sign_ins: 20,
        parked: 40,
        burst: Duration::from_secs(1),
    };
}

/// Microseconds of one of so many.
#[expect(clippy::cast_precision_loss, reason = "no count here is near the limit")]
fn micros_each(all: Duration, count: u64) -> f64 {
    all.as_secs_f64() * 1e6 / count as f64
}
