//! Start-up and shutdown: what must be there before the first request, and how the last ones end.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use tokio_util::sync::CancellationToken;
use vestibule_model::ErrorCode;

use crate::admin;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::edge::places::Capacity;
use crate::edge::{Companion, Parked, ProofChecker, SharedCompanion};
use crate::http::public_router;
use crate::key_rotation::{self, RotationRefused};
use crate::psc::RelyingParty;
use crate::random::Random;
use crate::session::{Rules, Sessions, Surroundings};
use crate::sign_in::SignIns;
use crate::store::{SqliteStore, Store, StoreError, Tenancy};
use crate::vault::{Vault, VaultRefused};

/// How long requests under way may take to end when the companion stops.
const GRACE: Duration = Duration::from_secs(12);
/// How often what ran out of time is ended.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// Longest time a new connection may take to send the head of its first request.
const FIRST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The same for the next ones, the silence in between included: longer than the app keeps a silent connection, so that it closes first.
const NEXT_HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// The addresses already bound, so that a test can use port 0.
#[derive(Debug)]
pub struct Listeners {
    /// Towards apps and browsers.
    pub public: TcpListener,
    /// Towards the administrator, on loopback.
    pub administration: TcpListener,
}

/// Why the companion does not start, or stops by itself.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration names something that cannot serve.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An address cannot be listened on.
    #[error("{code} : l’adresse {address} ne peut pas être écoutée : {source}", code = ErrorCode::ListenerUnavailable)]
    Listener {
        /// As configured.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// Certificate or private key cannot be used.
    #[error("{code} : le certificat ou la clé de [listener.tls] est inutilisable : {0}", code = ErrorCode::ConfigurationInvalid)]
    Tls(std::io::Error),
    /// The sealing key.
    #[error("{code} : clé « vault.key_file » : {0}", code = ErrorCode::SealingKeyRefused)]
    Vault(#[from] VaultRefused),
    /// The keys of the vault and what lies under them do not fit, or a rotation did not reach its end.
    #[error(transparent)]
    Keys(#[from] RotationRefused),
    /// The database.
    #[error("{code} : la base de données « storage.sqlite_file » ne peut pas être ouverte : {}", cause(.0), code = ErrorCode::StorageUnavailable)]
    Store(#[from] StoreError),
    /// Another companion serves the same database.
    #[error("{code} : un autre compagnon se sert déjà de la base de données « {} » ; un seul à la fois le peut", .0.display(), code = ErrorCode::StorageUnavailable)]
    StoreTaken(PathBuf),
    /// A listener broke.
    #[error("{code} : une écoute s’est arrêtée : {0}", code = ErrorCode::ListenerUnavailable)]
    Broken(std::io::Error),
}

impl StartError {
    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Config(error) => error.code(),
            Self::Listener { .. } | Self::Broken(_) => ErrorCode::ListenerUnavailable,
            Self::Tls(_) => ErrorCode::ConfigurationInvalid,
            Self::Vault(_) => ErrorCode::SealingKeyRefused,
            Self::Keys(refused) => refused.code(),
            Self::Store(_) | Self::StoreTaken(_) => ErrorCode::StorageUnavailable,
        }
    }
}

/// The last link of a chain of causes says most.
fn cause(error: &StoreError) -> String {
    let mut error: &dyn std::error::Error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

impl Listeners {
    /// Binds the configured addresses.
    ///
    /// # Errors
    /// [`StartError::Listener`].
    pub fn bind(config: &Config) -> Result<Self, StartError> {
        let bind = |address| TcpListener::bind(address).map_err(|source| StartError::Listener { address, source });
        Ok(Self { public: bind(config.listener.address)?, administration: bind(config.administration.address)? })
    }
}

/// Runs the companion until `shutdown` is cancelled; requests under way are then ended within twelve seconds.
///
/// # Errors
/// [`StartError`]; nothing was served unless it is [`StartError::Broken`].
pub async fn run(
    config: Config,
    listeners: Listeners,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    shutdown: CancellationToken,
) -> Result<(), StartError> {
    // The only provider compiled in; an earlier installation of the same one is no error.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let tls = match &config.listener.tls {
        Some(tls) => Some(RustlsConfig::from_pem_file(tls.certificate_file.clone(), tls.key_file.clone()).await.map_err(StartError::Tls)?),
        None => None,
    };
    let _tenancy = tenancy(&config.storage.sqlite_file)?;
    let companion = build(config, clock, random, shutdown.clone()).await?;
    let public = public_router(Arc::clone(&companion));
    let administration = admin::router(Arc::clone(&companion));
    let sweeper = tokio::spawn(sweep_now_and_then(companion.sessions.clone()));
    announce(&companion, &listeners);
    let outcome = tokio::try_join!(
        serve(listeners.public, tls, public, &shutdown),
        serve(listeners.administration, None, administration, &shutdown),
    );
    shutdown.cancel();
    sweeper.abort();
    companion.sessions.settled().await;
    tracing::info!("The companion stopped.");
    outcome.map(drop).map_err(StartError::Broken)
}

fn tenancy(database: &Path) -> Result<Tenancy, StartError> {
    Tenancy::take(database)?.ok_or_else(|| StartError::StoreTaken(database.to_owned()))
}

async fn build(
    config: Config,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    shutdown: CancellationToken,
) -> Result<SharedCompanion, StartError> {
    let vault = Vault::open(&config.vault.key_file, Arc::clone(&random))?;
    let psc = Arc::new(RelyingParty::new(&config, Arc::clone(&clock), Arc::clone(&random))?);
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&config.storage.sqlite_file).await?);
    key_rotation::check(&*store, &vault).await?;
    let around = Surroundings {
        store: Arc::clone(&store),
        vault: Arc::new(vault),
        provider: Arc::<RelyingParty>::clone(&psc),
        clock: Arc::clone(&clock),
        random: Arc::clone(&random),
        rules: Rules::from(&config),
    };
    let sessions = Sessions::new(around.clone());
    sessions.recover().await?;
    Ok(Arc::new(Companion {
        sign_ins: SignIns::new(around, sessions.clone()),
        sessions,
        psc,
        store,
        proofs: ProofChecker::new(config.service.public_url.clone(), Arc::clone(&clock), random.as_ref()),
        parked: Parked::new(Capacity::of(config.limits.parked_requests, config.limits.parked_requests_per_address)),
        config,
        clock,
        random,
        shutdown,
    }))
}

/// Ends what ran out of time even when nobody asks, so that no sealed token outlives its session (EXI 32). Asks nothing of Pro Santé Connect.
async fn sweep_now_and_then(sessions: Sessions) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if sessions.sweep().await.is_err() {
            tracing::error!(error.code = %ErrorCode::StorageUnavailable, "What ran out of time could not be ended.");
        }
    }
}

fn announce(companion: &Companion, listeners: &Listeners) {
    let address = |listener: &TcpListener| listener.local_addr().map(|address| address.to_string()).unwrap_or_default();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        environment = ?companion.config.psc.environment,
        public_url = %companion.config.service.public_url,
        listener = address(&listeners.public),
        administration = address(&listeners.administration),
        "The companion is ready."
    );
}

async fn serve(listener: TcpListener, tls: Option<RustlsConfig>, router: Router, shutdown: &CancellationToken) -> std::io::Result<()> {
    let handle = Handle::new();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = async {
        match tls {
            Some(tls) => {
                let mut server =
                    axum_server::from_tcp_rustls(listener, tls)?.first_request_timeout(FIRST_HEAD_TIMEOUT).handle(handle.clone());
                server.http_builder().http1().header_read_timeout(NEXT_HEAD_TIMEOUT);
                server.serve(service).await
            }
            None => {
                let mut server = axum_server::from_tcp(listener)?.first_request_timeout(FIRST_HEAD_TIMEOUT).handle(handle.clone());
                server.http_builder().http1().header_read_timeout(NEXT_HEAD_TIMEOUT);
                server.serve(service).await
            }
        }
    };
    let stopping = async {
        shutdown.cancelled().await;
        handle.graceful_shutdown(Some(GRACE));
        std::future::pending::<()>().await;
    };
    tokio::select! {
        outcome = serving => outcome,
        () = stopping => Ok(()),
    }
}
