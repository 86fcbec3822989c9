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
    let (store, (psc, credentials)) = tokio::join!(companion.store.audit_after(i64::MAX, 1), providers(&companion));
    let store = Part::from_code(store.err().map(|_| ErrorCode::StorageUnavailable));
    let status = match (store.status, psc.status) {
        (Status::Ok, Status::Ok) => Status::Ok,
        (Status::Ok, Status::Degraded | Status::Failed) => Status::Degraded,
        (Status::Degraded | Status::Failed, _) => Status::Failed,
    };
    let http_status = if status == Status::Failed { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let environment = companion.config.psc.environment;
    (http_status, Json(Health { status, version: env!("CARGO_PKG_VERSION").into(), environment, store, psc, credentials }))
}

/// What is wrong with whoever identifies people, and the worst that one of them said of the companion's credentials.
async fn providers(companion: &SharedCompanion) -> (Part, Credentials) {
    let (mut code, mut worst) = (None, Credentials::Accepted);
    for (_, party) in companion.parties.each() {
        let reached = party.reached_lately().await;
        let clock = party.clock_wrong_by_s().map(|_| ErrorCode::ClockWrong);
        let refused = (party.credentials() == Credentials::Refused).then_some(ErrorCode::PscClientRefused);
        code = code.or(reached.err()).or(clock).or(refused);
        worst = worst.max(party.credentials());
    }
    (Part::from_code(code), worst)
}
