//! A companion of its own for each case.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use companion_server::clock::{ManualClock, Timestamp};
use companion_server::config::Config;
use companion_server::random::SystemRandom;
use companion_server::{Listeners, StartError};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vestibule_installation::Installation;
use vestibule_installation::place::write_private;
use vestibule_lying_provider::{CLIENT_ID, CLIENT_SECRET, LyingProvider};
use vestibule_tests::browser_double::ScriptedBrowser;
use vestibule_tests::raw_client::RawClient;

use crate::case::Case;

pub const NOW_S: i64 = 1_795_000_000;

/// A running companion and the provider that it trusts; both stop when dropped.
pub struct TestCompanion {
    pub url: String,
    pub provider: LyingProvider,
    pub clock: Arc<ManualClock>,
    shutdown: CancellationToken,
    running: Option<JoinHandle<Result<(), StartError>>>,
    memory: PathBuf,
    _folder: TempDir,
}

/// What the companion's memory holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub accounts: i64,
    pub grants: i64,
    pub sessions: i64,
    pub live_sessions: i64,
    /// Sessions that Pro Santé Connect is still to end.
    pub sign_outs: i64,
}

/// The one grant.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Grant {
    pub tokens_sealed: Vec<u8>,
    pub provider_over: i64,
}

impl TestCompanion {
    pub async fn start(case: Case) -> Self {
        let psc = case.psc;
        let provider = LyingProvider::start(case.behaviour, NOW_S).await;
        let folder = tempfile::tempdir().unwrap();
        let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
        let listeners = Listeners { public: bind(), administration: bind() };
        let (public, administration) = (listeners.public.local_addr().unwrap(), listeners.administration.local_addr().unwrap());
        write_private(&folder.path().join("client-secret"), CLIENT_SECRET).unwrap();
        let installation = Installation::at(public)
            .administered_at(administration)
            .towards(&provider.origin(), &provider.origin())
            .with(&format!("[psc]\nclient_id = \"{CLIENT_ID}\"\n{psc}"));
        let config = Config::load(&installation.write(folder.path()).unwrap()).unwrap();
        let memory = config.storage.sqlite_file.clone().expect("a file");
        let clock = Arc::new(ManualClock::at(Timestamp(NOW_S * 1000)));
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(companion_server::run(config, listeners, clock.clone(), Arc::new(SystemRandom), shutdown.clone()));
        Self { url: format!("http://{public}"), provider, clock, shutdown, running: Some(running), memory, _folder: folder }
    }

    pub fn app(&self) -> RawClient {
        RawClient::new(&self.url, || NOW_S.unsigned_abs()).unwrap().without_repeating()
    }

    pub fn browser(&self) -> ScriptedBrowser {
        ScriptedBrowser::at(&self.url).unwrap()
    }

    /// Stops once everything under way is done.
    pub async fn stop(&mut self) {
        self.shutdown.cancel();
        if let Some(running) = self.running.take() {
            running.await.unwrap().unwrap();
        }
    }

    pub async fn kept(&self) -> Kept {
        let mut memory = self.memory().await;
        let mut counts = Vec::new();
        for query in [
            "SELECT COUNT(*) FROM accounts",
            "SELECT COUNT(*) FROM grants",
            "SELECT COUNT(*) FROM sessions",
            "SELECT COUNT(*) FROM sessions WHERE ended IS NULL",
            "SELECT COUNT(*) FROM sign_outs WHERE finished_at IS NULL",
        ] {
            counts.push(sqlx::query_scalar(query).fetch_one(&mut memory).await.unwrap());
        }
        Kept { accounts: counts[0], grants: counts[1], sessions: counts[2], live_sessions: counts[3], sign_outs: counts[4] }
    }

    pub async fn grant(&self) -> Grant {
        let query = "SELECT tokens_sealed, provider_over FROM grants";
        sqlx::query_as(query).fetch_one(&mut self.memory().await).await.unwrap()
    }

    async fn memory(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(&self.memory).read_only(true).connect().await.unwrap()
    }
}

impl Drop for TestCompanion {
    fn drop(&mut self) {
        self.shutdown.cancel();
        if let Some(running) = &self.running {
            running.abort();
        }
    }
}
