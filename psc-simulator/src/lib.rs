//! A faithful double of Pro Santé Connect, for work without it.
//!
//! Three listeners: the *wallet* (the browser's authorization page), the *auth* host (a Keycloak realm for servers)
//! and the *administration* (clock, faults, journal). [`run`] serves them until told to stop.
//!
//! # Walking the pages from a script
//!
//! Every page is plain HTML, every form posts to `/auth/step` with the hidden fields `interaction` and `fault_shown`,
//! and every answer is a redirect (303 between steps, 302 back to the service). The steps, in order:
//!
//! | form id | button to press | other buttons |
//! |---|---|---|
//! | `means` | `means=card` or `means=mobile` | |
//! | `persona` | `persona=<id>`, for example `camille` (see `personas.json`) | `decision=back` |
//! | `approve` | `decision=approve` (on the drawn phone: the right number) | `decision=mismatch` (wrong number), `decision=cancel` |
//! | `confirm` | `decision=approve` | `decision=other` (another person) |
//!
//! In a browser already signed in, the walk is `confirm` alone; `decision=other` there starts again at `means`.
//! Every step also has a form `cancel` with `decision=cancel`: the service receives `error=access_denied`.
//! Element ids for a driven browser: `means-card`, `means-mobile`, `persona-<id>`, `approve-yes`, `approve-no`, `confirm-yes`,
//! `confirm-other`, `cancel-yes`; the side panel's radios are `fault-<slug>`. `<main data-step>` names the step:
//! `means`, `persona`, `approve`, `confirm` or `resume`.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::journal::Door;
use crate::settings::Settings;
use crate::simulator::Simulator;
use crate::tls::{Caller, Tls, TlsListener};

mod administration;
mod authorization;
pub mod clock;
pub mod command_line;
pub mod fault;
mod host;
pub mod journal;
pub mod keys;
mod page;
mod parameters;
pub mod persona;
mod random;
mod realm;
mod received;
pub mod settings;
mod simulator;
pub mod tls;
mod wallet;
pub mod words;

pub use random::NoRandomness;
pub use realm::{ACCESS_TOKEN_SECONDS, CODE_SECONDS, REFRESH_TOKEN_SECONDS, SESSION_IDLE_SECONDS, SESSION_MAXIMUM_SECONDS};
pub use simulator::{AddressSummary, Addresses};

/// The three bound listeners; the URLs of discovery follow from their addresses.
#[derive(Debug)]
pub struct Listeners {
    /// The browser's front.
    pub wallet: TcpListener,
    /// The realm.
    pub auth: TcpListener,
    /// For tests and demonstrations; bind it to the loopback interface only.
    pub administration: TcpListener,
    secured: Option<Secured>,
}

/// TLS of the auth host.
struct Secured {
    tls: Tls,
    mtls: Option<TcpListener>,
    bind_tokens: bool,
}

impl std::fmt::Debug for Secured {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Secured").field("mtls", &self.mtls).field("bind_tokens", &self.bind_tokens).finish_non_exhaustive()
    }
}

impl Listeners {
    /// Binds all three; port 0 takes a free one.
    ///
    /// # Errors
    /// When an address is taken or not of this machine.
    pub async fn bind(wallet: SocketAddr, auth: SocketAddr, administration: SocketAddr) -> Result<Self, NotListening> {
        Ok(Self { wallet: bound(wallet).await?, auth: bound(auth).await?, administration: bound(administration).await?, secured: None })
    }

    /// The auth host speaks TLS, and takes a client certificate when one comes. At `mtls`, the realm answers to no one without a certificate
    /// of a known authority: discovery names that host in `mtls_endpoint_aliases`. `bind_tokens`: tokens asked for with a certificate serve
    /// with no other (RFC 8705 section 3).
    ///
    /// # Errors
    /// When the address is taken or not of this machine.
    pub async fn secured(mut self, tls: Tls, mtls: Option<SocketAddr>, bind_tokens: bool) -> Result<Self, NotListening> {
        let mtls = match mtls {
            Some(address) => Some(bound(address).await?),
            None => None,
        };
        self.secured = Some(Secured { tls, mtls, bind_tokens });
        Ok(self)
    }

    /// Where they are bound.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn addresses(&self) -> io::Result<Addresses> {
        Ok(Addresses {
            wallet: self.wallet.local_addr()?,
            auth: self.auth.local_addr()?,
            administration: self.administration.local_addr()?,
            is_tls: self.secured.is_some(),
            mtls: self.secured.as_ref().and_then(|secured| secured.mtls.as_ref()).map(TcpListener::local_addr).transpose()?,
        })
    }
}

/// An address that cannot be listened on. In French, with what to do.
#[derive(Debug, thiserror::Error)]
#[error("l’adresse {address} ne peut pas être écoutée\u{a0}: {}", words::of_address(source))]
pub struct NotListening {
    address: SocketAddr,
    source: io::Error,
}

async fn bound(address: SocketAddr) -> Result<TcpListener, NotListening> {
    TcpListener::bind(address).await.map_err(|source| NotListening { address, source })
}

/// Serves until `shutdown` is cancelled.
///
/// # Errors
/// When a listener fails.
pub async fn run(settings: Settings, listeners: Listeners, clock: Arc<dyn Clock>, shutdown: CancellationToken) -> io::Result<()> {
    let addresses = listeners.addresses()?;
    let bind_tokens = listeners.secured.as_ref().is_some_and(|secured| secured.bind_tokens);
    let mut simulator = Simulator::new(settings, addresses, clock);
    simulator.bind_tokens = bind_tokens;
    let simulator = Arc::new(simulator);
    tracing::info!(
        wallet = %addresses.wallet,
        auth = %addresses.auth,
        administration = %addresses.administration,
        "The simulator is listening"
    );
    tokio::try_join!(
        serve(listeners.wallet, wallet::router(Arc::clone(&simulator)), &shutdown),
        serve_realm(listeners.auth, listeners.secured, &simulator, &shutdown),
        serve(listeners.administration, administration::router(Arc::clone(&simulator)), &shutdown),
    )?;
    Ok(())
}

async fn serve_realm(
    auth: TcpListener,
    secured: Option<Secured>,
    simulator: &Arc<Simulator>,
    shutdown: &CancellationToken,
) -> io::Result<()> {
    let service = |door| host::router(Arc::clone(simulator), door).into_make_service_with_connect_info::<Caller>();
    let stop = || shutdown.clone().cancelled_owned();
    let Some(Secured { tls, mtls, .. }) = secured else {
        return axum::serve(auth, service(Door::Auth)).with_graceful_shutdown(stop()).await;
    };
    let auth = TlsListener::start(auth, &tls, false)?;
    let open = axum::serve(auth, service(Door::Auth)).with_graceful_shutdown(stop());
    match mtls {
        Some(mtls) => {
            let demanding = axum::serve(TlsListener::start(mtls, &tls, true)?, service(Door::Mtls)).with_graceful_shutdown(stop());
            tokio::try_join!(open, demanding).map(drop)
        }
        None => open.await,
    }
}

async fn serve(listener: TcpListener, router: Router, shutdown: &CancellationToken) -> io::Result<()> {
    axum::serve(listener, router).with_graceful_shutdown(shutdown.clone().cancelled_owned()).await
}
