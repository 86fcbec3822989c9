//! What every face stands on: parameters, proofs, cookie, pages, and one mapping from refusal to answer.

pub mod answer;
pub mod cookie;
pub mod dpop;
pub mod page;
pub mod params;
mod parked;
pub mod places;
mod request;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Config;
use crate::psc::RelyingParty;
use crate::random::Random;
use crate::session::Sessions;
use crate::sign_in::SignIns;
use crate::store::Store;

pub use dpop::ProofChecker;
pub use parked::{Awaited, Parked, ParkedRequest, ParkingRefused};
pub use request::{client_address, client_of, method_and_path, to_completion};

/// Everything a face may use: built once at start-up, shared by every request.
pub struct Companion {
    /// What the administrator decided.
    pub config: Config,
    /// The attempts under way.
    pub sign_ins: SignIns,
    /// The live sessions.
    pub sessions: Sessions,
    /// The face towards Pro Santé Connect; here only to ask after its health.
    pub psc: Arc<RelyingParty>,
    /// The memory; here only to ask after its health.
    pub store: Arc<dyn Store>,
    /// Proofs of possession of device keys.
    pub proofs: ProofChecker,
    /// The present moment.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Requests that wait for an event.
    pub parked: Parked,
    /// Cancelled when the companion stops: parked requests are answered at once.
    pub shutdown: CancellationToken,
}

/// The companion as the handlers hold it.
pub type SharedCompanion = Arc<Companion>;
