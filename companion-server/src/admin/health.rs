//! `GET /health`: whether this companion can serve, for whoever watches over it.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use vestibule_model::{ErrorCode, PscEnvironment};

use crate::companion::SharedCompanion;
use crate::provider::Credentials;

/// What is said of the whole and of each part.
#[derive(Debug, Serialize, Deserialize)]
pub struct Health {
    status: Status,
    /// Of the program that serves.
    pub version: String,
    /// That it serves.
    pub environment: PscEnvironment,
    /// Its memory.
    pub store: Part,
    /// Pro Santé Connect.
    pub psc: Part,
    /// What Pro Santé Connect said of the companion's own credentials.
    #[serde(default)]
    pub credentials: Credentials,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    /// All is well.
    Ok,
    /// Live sessions go on, new sign-ins fail.
    Degraded,
    Failed,
}

/// One part.
#[derive(Debug, Serialize, Deserialize)]
pub struct Part {
    status: Status,
    /// What is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
}

impl Part {
    fn from_code(code: Option<ErrorCode>) -> Self {
        Self { status: if code.is_some() { Status::Failed } else { Status::Ok }, code }
    }
}

/// 200 while sessions can be served, even when Pro Santé Connect cannot be reached: restarting the companion would not bring it back.
pub(super) async fn show(State(companion): State<SharedCompanion>) -> (StatusCode, Json<Health>) {
    let party = companion.parties.sole();
    let (store, psc) = tokio::join!(companion.store.audit_after(i64::MAX, 1), party.reached_lately());
    let store = Part::from_code(store.err().map(|_| ErrorCode::StorageUnavailable));
    let clock = party.clock_wrong_by_s().map(|_| ErrorCode::ClockWrong);
    let credentials = party.credentials();
    let refused = (credentials == Credentials::Refused).then_some(ErrorCode::PscClientRefused);
    let psc = Part::from_code(psc.err().or(clock).or(refused));
    let status = match (store.status, psc.status) {
        (Status::Ok, Status::Ok) => Status::Ok,
        (Status::Ok, Status::Degraded | Status::Failed) => Status::Degraded,
        (Status::Degraded | Status::Failed, _) => Status::Failed,
    };
    let http_status = if status == Status::Failed { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let environment = companion.config.psc.environment;
    (http_status, Json(Health { status, version: env!("CARGO_PKG_VERSION").into(), environment, store, psc, credentials }))
}
