//! Start-up and shutdown: what must be there before the first request, and how the last ones end.

#[cfg(unix)]
mod ready;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vestibule_model::ErrorCode;

use crate::admin;
use crate::audit::{Audit, Retention};
use crate::clock::{Clock, Confirmation};
use crate::companion::page::shell_of;
use crate::companion::{Companion, SharedCompanion};
use crate::config::{Config, ConfigError, StoragePlace};
use crate::control::Control;
use crate::gate::places::Capacity;
use crate::gate::{Connections, Memory, Parked, ProofChecker, Rates, Requests, TrustedProxies};
use crate::http::public_router;
use crate::key_rotation;
use crate::neighbours::{CommonClock, MemoryOfProofs, Neighbours};
use crate::open_files;
use crate::own_certificate::OwnCertificate;
use crate::pages::{FixedPages, Look};
use crate::preflight::{self, StartError};
use crate::provider;
use crate::random::Random;
use crate::reload;
use crate::serve::{Guests, serve};
use crate::session::Sessions;
use crate::sign_in::SignIns;
use crate::store::{Store, Tenancy, Trials};
use crate::surroundings::{Background, Rules, Surroundings};
use crate::tally::RefusalLines;
use crate::vault::Vault;
use crate::words::in_french;

/// Requests under way at once, those that wait at the token endpoint not counted: ten seconds of the whole country, should Pro Santé Connect
/// take that long to answer.
const PROMPT: Capacity = Capacity { all: 4_000, each: 2_000, reserve: 2 };
/// Connections of the administration, which are all of this machine: those that its gate lets stay, and those that it has just put out.
const ADMINISTRATION: Capacity = Capacity { all: 512, each: 512, reserve: 0 };
/// How often what ran out of time is ended.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// Twice as long as a nonce is good.
const PROOFS_KEPT_S: i64 = 600;

/// The addresses already bound, so that a test can use port 0.
#[derive(Debug)]
pub struct Listeners {
    /// Towards apps and browsers.
    pub public: TcpListener,
    /// Towards the administrator, on loopback.
    pub administration: TcpListener,
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
    run_controlled(config, listeners, clock, random, Control { shutdown, ..Control::default() }).await
}

/// As [`run`], told what to do by more than its end.
///
/// # Errors
/// As [`run`].
pub async fn run_controlled(
    config: Config,
    listeners: Listeners,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    control: Control,
) -> Result<(), StartError> {
    // The only provider compiled in; an earlier installation of the same one is no error.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let shutdown = control.shutdown.clone();
    let _tenancy = tenancy(&config)?;
    let (companion, vault) = build(config, clock, random, shutdown.clone()).await?;
    let public = public_router(Arc::clone(&companion));
    let administration = admin::router(Arc::clone(&companion));
    let memory = Memory::new(u32::MAX, Arc::clone(&companion.clock));
    let watchers = Arc::new(Connections::new(ADMINISTRATION, memory, Vec::new(), Arc::clone(&companion.clock)));
    let tasks = [
        tokio::spawn(sweep_now_and_then(Arc::clone(&companion))),
        tokio::spawn(announce_foreign(Arc::clone(&companion.store))),
        tokio::spawn(key_rotation::announce_lacking(Arc::clone(&companion.store), Arc::clone(&vault))),
        tokio::spawn(reload::watch_own_certificate(companion.own_certificate.clone())),
        tokio::spawn(leave(Arc::clone(&companion), control.leave.clone())),
        tokio::spawn(reload::judge_sealing_keys(Arc::clone(&companion), Arc::clone(&vault))),
        tokio::spawn(reload::on_request(Arc::clone(&companion), vault, control)),
    ];
    announce(&companion, &listeners);
    let tls = companion.own_certificate.as_ref().map(|own| own.tls());
    let outcome = tokio::try_join!(
        serve(listeners.public, Guests::Public(tls), public, Arc::clone(&companion.connections), &shutdown),
        serve(listeners.administration, Guests::Administration, administration, watchers, &shutdown),
    );
    shutdown.cancel();
    tasks.iter().for_each(JoinHandle::abort);
    companion.sessions.stop();
    companion.sessions.settled().await;
    tracing::info!("The companion stopped");
    outcome.map(drop).map_err(StartError::Broken)
}

/// Once asked to: everything goes on until the balancer has noticed, then it ends.
async fn leave(companion: SharedCompanion, asked: CancellationToken) {
    asked.cancelled().await;
    companion.leaving.cancel();
    let drain = companion.config.drain();
    if !drain.is_zero() {
        tracing::info!(seconds = drain.as_secs(), "The companion is about to stop: the balancer has this long to notice");
        tokio::time::sleep(drain).await;
    }
    companion.shutdown.cancel();
}

/// One companion to a file; as many as there are to a server.
fn tenancy(config: &Config) -> Result<Option<Tenancy>, StartError> {
    let StoragePlace::File(database) = config.storage.place() else { return Ok(None) };
    preflight::memory_folder(database)?;
    let taken = Tenancy::take(database).map_err(|error| StartError::store(config, error))?;
    taken.ok_or_else(|| StartError::StoreTaken(database.to_owned())).map(Some)
}

async fn build(
    config: Config,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    shutdown: CancellationToken,
) -> Result<(SharedCompanion, Arc<Vault>), StartError> {
    prepare_token(&config, &*random)?;
    let common = CommonClock::new(clock);
    let clock: Arc<dyn Clock> = common.clone();
    let own_certificate = OwnCertificate::open(&config, Arc::clone(&clock))?.map(Arc::new);
    let vault = Arc::new(Vault::open(&config.vault.key_file, Arc::clone(&random))?);
    let opened = provider::open(&config, Arc::clone(&clock), Arc::clone(&random))?;
    let store = Arc::new(preflight::open(&config).await?);
    key_rotation::check(&store, &vault).await?;
    let failed = |error| StartError::store(&config, error);
    if let Some(other) = store.belong_to(config.psc.environment).await.map_err(failed)? {
        return Err(StartError::other_environment(&config, &other));
    }
    common.follow(&store).await.map_err(failed)?;
    let (wakeups, neighbours) = Neighbours::join(&store).map_err(failed)?;
    let around = Surroundings {
        wakeups,
        audit: Audit::new(Arc::clone(&store), Arc::clone(&clock)),
        store: Arc::clone(&store),
        vault: Arc::clone(&vault),
        providers: opened.providers,
        clock: Arc::clone(&clock),
        random: Arc::clone(&random),
        background: Background::default(),
        rules: Rules::from(&config),
    };
    let audit = around.audit.clone();
    let sessions = Sessions::new(around.clone());
    sessions.recover().await.map_err(failed)?;
    let limits = &config.limits;
    let parked = Capacity::of(limits.parked_requests, limits.parked_requests_per_address);
    let connections = Capacity::of(open_files::for_connections(limits.connections), limits.connections_per_address);
    let memory = Memory::new(limits.bytes_per_address, Arc::clone(&clock));
    let proxies = config.listener.trusted_proxies.clone();
    let service = &config.service;
    let look = Look::new(&config.branding.brand()?);
    let shell = shell_of(&config, &look, random.as_ref());
    let pages = FixedPages::new(shell, service.terms_url.as_ref(), service.privacy_url.as_ref(), config.audit.keep_days);
    let proofs = ProofChecker::new(config.service.public_url.clone(), Arc::clone(&clock), random.as_ref());
    let proofs = match MemoryOfProofs::among(&store, &random).await.map_err(failed)? {
        Some((witness, seed)) => proofs.among(witness, seed),
        None => proofs,
    };
    let companion = Arc::new(Companion {
        sign_ins: SignIns::new(around, sessions.clone()),
        sessions,
        parties: opened.parties,
        store,
        trials: Trials::default(),
        audit,
        own_certificate,
        proofs,
        neighbours,
        parked: Parked::new(parked, Arc::clone(&clock)),
        rates: Rates::new(limits, &clock),
        refusals: RefusalLines::new(Arc::clone(&clock)),
        requests: Requests::new(Capacity { all: parked.all + PROMPT.all, each: parked.each + PROMPT.each, ..PROMPT }, &clock),
        proxies: TrustedProxies::new(&config.listener, Arc::clone(&clock)),
        connections: Arc::new(Connections::new(connections, memory.clone(), proxies, Arc::clone(&clock))),
        memory,
        look,
        pages,
        config,
        clock,
        random,
        leaving: CancellationToken::new(),
        shutdown,
    });
    Ok((companion, vault))
}

/// Once, beside the first requests: a start waits for nothing that it does not need.
///
/// What somebody else changed in the database is no reason to keep a service from those whom it lets sign in; it is one for somebody to look at it
/// at once, before the check of the configuration, a restoration or a copy refuses it.
async fn announce_foreign(store: Arc<Store>) {
    match store.foreign().await {
        Ok(names) if names.is_empty() => {}
        Ok(names) => tracing::error!(
            error.code = %ErrorCode::StorageUnavailable,
            count = names.len(),
            first = names.iter().take(FOREIGN_SHOWN).map(String::as_str).collect::<Vec<_>>().join(", "),
            "The database is not made as this version makes it: what is kept may be hidden, altered or refused. companion-server check-config says how"
        ),
        Err(error) => {
            tracing::error!(error.code = %error.code(), %error, "Whether the database is made as this version makes it could not be looked at");
        }
    }
}

/// Names that one line tells.
const FOREIGN_SHOWN: usize = 5;

/// Draws the token where there is none, then judges it as the check of the configuration does.
fn prepare_token(config: &Config, random: &dyn Random) -> Result<(), ConfigError> {
    let Some(file) = &config.administration.token_file else { return Ok(()) };
    let database = config.storage.of_the_service();
    config.administration.check_folder(database)?;
    admin::token::prepare(file, random).map_err(|source| {
        let reason = format!("«\u{a0}{}\u{a0}» ne peut pas être écrit\u{a0}: {}", file.display(), in_french(&source));
        ConfigError::refused(ErrorCode::AdministrationTokenWeak, "administration.token_file", reason)
    })?;
    config.administration.check_files(database)
}

/// Ends what ran out of time even when nobody asks, so that no sealed token outlives its session (EXI 32), and without asking anything of
/// Pro Santé Connect; asks it again for the ends that it owes.
async fn sweep_now_and_then(companion: SharedCompanion) {
    let retention = Retention::new(companion.audit.clone(), companion.config.audit.keep_days);
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // The end of a certificate is announced even where nobody signs in.
        for (_, party) in companion.parties.each() {
            party.watch_link();
        }
        keep_the_trail(&companion, &retention).await;
        // A round's calls are bounded, and a session that is being told of is not told of twice.
        if let Err(error) = companion.sessions.take_up_sign_outs().await {
            tracing::error!(error.code = %ErrorCode::StorageUnavailable, %error, "The sign-outs that are owed could not be taken up");
        }
        if let Err(error) = companion.store.forget_proofs(companion.clock.now().plus_seconds(-PROOFS_KEPT_S)).await {
            tracing::error!(error.code = %ErrorCode::StorageUnavailable, %error, "Proofs that cannot be used again could not be forgotten");
        }
        if companion.sign_ins.sweep().await.is_err() {
            tracing::error!(error.code = %ErrorCode::StorageUnavailable, "What ran out of time could not be ended");
        }
    }
}

/// What is removed is removed by a clock that a provider's answers confirm.
async fn keep_the_trail(companion: &Companion, retention: &Retention) {
    let said = companion.parties.each().map(|(_, party)| party.clock_confirmation());
    let confirmation = said.max_by_key(|said| *said == Confirmation::Right).unwrap_or(Confirmation::Unknown);
    if let Err(error) = retention.upkeep(confirmation).await {
        tracing::error!(error.code = %ErrorCode::StorageUnavailable, %error, "The audit trail could not be sealed");
    }
}

fn announce(companion: &Companion, listeners: &Listeners) {
    let address = |listener: &TcpListener| listener.local_addr().map(|address| address.to_string()).unwrap_or_default();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        environment = companion.config.psc.environment.name(),
        public_url = %companion.config.service.public_url,
        listener = address(&listeners.public),
        administration = address(&listeners.administration),
        "The companion is ready"
    );
    // The listeners hold whoever comes before the first answer.
    #[cfg(unix)]
    ready::tell();
}

#[cfg(test)]
mod tests;
