//! What every face is handed, and the pages that need it.

pub mod page;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::audit::Audit;
use crate::clock::Clock;
use crate::config::Config;
use crate::gate::{Connections, Memory, Parked, ProofChecker, Rates, Requests, TrustedProxies};
use crate::neighbours::Neighbours;
use crate::own_certificate::OwnCertificate;
use crate::pages::{FixedPages, Look};
use crate::provider::RelyingParties;
use crate::random::Random;
use crate::session::Sessions;
use crate::sign_in::SignIns;
use crate::store::{Store, Trials};
use crate::tally::{RefusalLines, Tally};

/// Everything a face may use: built once at start-up, shared by every request.
pub struct Companion {
    /// What the administrator decided.
    pub config: Config,
    /// The attempts under way.
    pub sign_ins: SignIns,
    /// The live sessions.
    pub sessions: Sessions,
    /// The companion as a client of who identifies people; here only to ask after their health.
    pub parties: RelyingParties,
    /// The memory; here only to ask after its health.
    pub store: Arc<Store>,
    /// Whether it takes what is written.
    pub trials: Trials,
    /// The audit trail; here only for its upkeep.
    pub audit: Audit,
    /// What the listener is served with, when the companion terminates TLS; here only to ask after it.
    pub own_certificate: Option<Arc<OwnCertificate>>,
    /// Proofs of possession of device keys.
    pub proofs: ProofChecker,
    /// Other companions over the same memory; `None` where there can be none.
    pub neighbours: Option<Neighbours>,
    /// The present moment.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Requests that wait for an event.
    pub parked: Parked,
    /// Calls per device key.
    pub rates: Rates,
    /// Requests under way.
    pub requests: Requests,
    /// What pages wear.
    pub look: Look,
    /// The pages that are the same for everybody.
    pub pages: FixedPages,
    /// Which refusals are written into the log.
    pub refusals: RefusalLines,
    /// Bytes held for connections and requests.
    pub memory: Memory,
    /// Who may say for whom it speaks.
    pub proxies: TrustedProxies,
    /// Connections of the public listener.
    pub connections: Arc<Connections>,
    /// Cancelled when the companion is about to stop: balancers are told to pass by.
    pub leaving: CancellationToken,
    /// Cancelled when the companion stops: parked requests are answered at once.
    pub shutdown: CancellationToken,
}

impl Companion {
    /// What each limit refused since the start, by name.
    pub fn refused_by_limit(&self) -> Vec<(&'static str, u64)> {
        let others =
            [self.parked.refused(), self.proofs.crowding(), self.proxies.unreadable(), self.connections.refused(), self.memory.refused()];
        let mut all = Vec::from(self.sign_ins.refused_by_limit());
        all.extend(self.rates.refused());
        all.extend(self.requests.refused());
        all.extend(others.map(Tally::total));
        all
    }
}

/// The companion as the handlers hold it.
pub type SharedCompanion = Arc<Companion>;
