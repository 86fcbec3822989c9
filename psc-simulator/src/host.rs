//! The auth host: a Keycloak realm named `esante-wallet`, reached by servers.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router, middleware};
use serde_json::json;

use crate::journal::Door;
use crate::parameters::Parameters;
use crate::received::receive;
use crate::simulator::Simulator;
use crate::tls::Caller;

mod claims;
pub(crate) mod credentials;
mod discovery;
mod logout;
mod token;
mod userinfo;

/// A protocol error in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub status: StatusCode,
    pub error: &'static str,
    pub description: String,
}

impl Refused {
    pub fn bad_request(error: &'static str, description: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description: description.into() }
    }

    pub fn server_error(reason: &dyn std::error::Error) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, error: "server_error", description: reason.to_string() }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        tracing::info!(error.code = self.error, reason = self.description, "A request of a relying party was refused");
        let body = Json(json!({ "error": self.error, "error_description": self.description }));
        let mut response = (self.status, [(header::CACHE_CONTROL, "no-store")], body).into_response();
        if self.error == "invalid_client" {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Basic realm=\"esante-wallet\""));
        }
        response
    }
}

/// The routes of the realm, behind one of its doors.
pub(crate) fn router(simulator: Arc<Simulator>, door: Door) -> Router {
    let protocol = Router::new()
        .route("/certs", get(certs))
        .route("/token", post(token::token))
        .route("/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
        .route("/token/introspect", post(introspect))
        .route("/revoke", post(revoke))
        .route("/logout", get(logout::logout).post(logout::logout))
        .route("/login-status-iframe.html", any(not_simulated))
        .route("/auth/device", any(not_simulated))
        .route("/ext/ciba/auth", any(not_simulated))
        .route("/ext/par/request", any(not_simulated));
    let realm = Router::new()
        .route("/.well-known/wallet-openid-configuration", get(discovery::discovery))
        .route("/clients-registrations/openid-connect", any(not_simulated))
        .nest("/protocol/openid-connect", protocol);
    Router::new()
        .nest("/auth/realms/esante-wallet", realm)
        .layer(middleware::from_fn_with_state((Arc::clone(&simulator), door), receive))
        .with_state(simulator)
}

async fn certs(State(simulator): State<Arc<Simulator>>) -> Response {
    Json(simulator.keys.published()).into_response()
}

/// Advertised by the real discovery document, absent from this double.
async fn not_simulated() -> Response {
    Refused {
        status: StatusCode::NOT_IMPLEMENTED,
        error: "not_simulated",
        description: "the simulator advertises this endpoint as Pro Santé Connect does, but does not play it".to_owned(),
    }
    .into_response()
}

async fn introspect(
    State(simulator): State<Arc<Simulator>>,
    Extension(parameters): Extension<Parameters>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    credentials::authenticate(&simulator, &headers, &parameters, &caller)?;
    let token = parameters.get("token").ok_or_else(|| Refused::bad_request("invalid_request", "Token not provided"))?;
    Ok((([(header::CACHE_CONTROL, "no-store")]), Json(claims::introspected(&simulator, token))).into_response())
}

async fn revoke(
    State(simulator): State<Arc<Simulator>>,
    Extension(parameters): Extension<Parameters>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let client = credentials::authenticate(&simulator, &headers, &parameters, &caller)?;
    let token = parameters.get("token").ok_or_else(|| Refused::bad_request("invalid_request", "Token not provided"))?;
    simulator.realm().revoke(token, &client.id);
    Ok(StatusCode::OK.into_response())
}
