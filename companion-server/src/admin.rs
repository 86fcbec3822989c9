//! The administrator's face, on a listener of its own that only this machine reaches. It answers with no name, no national id, no token, but for what a person
//! has written down about herself; all but health and metrics demands the token of a file.

pub mod client;
pub mod commands;
pub(crate) mod gate;
pub mod health;
mod metrics;
pub mod token;
pub mod wire;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::StatusCode;
use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;
use vestibule_model::ErrorCode;

use crate::companion::SharedCompanion;
use crate::edge::answer::Refusal;
use crate::gate::requests::check_host;

/// Paths of the administration.
pub fn router(companion: SharedCompanion) -> Router {
    let commands = Router::new()
        .route(wire::SESSIONS, get(commands::sessions))
        .route(wire::END_SESSIONS, post(commands::end_sessions))
        .route(wire::DEVICES, get(commands::devices))
        .route(wire::FORGET_DEVICE, post(commands::forget_device))
        .route(wire::EXPORT_PERSON, post(commands::export_person))
        .route(wire::EXPORT_FAILED, post(commands::export_failed))
        .route(wire::ERASE_PERSON, post(commands::erase_person))
        .route_layer(from_fn_with_state(Arc::clone(&companion), commands::guard));
    Router::new()
        .merge(commands)
        .route("/health", get(health::show))
        .route("/metrics", get(metrics::show))
        .layer(Extension(Arc::<health::Watch>::default()))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(from_fn(one_host))
        .with_state(companion)
}

async fn one_host(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match check_host(&parts) {
        Ok(()) if !is_of_this_machine(&parts) => {
            Refusal::new(StatusCode::MISDIRECTED_REQUEST, "invalid_request", ErrorCode::RequestMalformed).into_response()
        }
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refused) => Refusal::from(refused).into_response(),
    }
}

/// Whether a request names this machine: a browser that was led here by a name of elsewhere (DNS rebinding) says that name.
fn is_of_this_machine(parts: &Parts) -> bool {
    let header = || parts.headers.get(HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    // HTTP/1.0 may name none; no browser speaks it.
    let Some(authority) = parts.uri.authority().cloned().or_else(header) else { return !parts.headers.contains_key(HOST) };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

async fn unknown() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "not_found", ErrorCode::PathUnknown)
}
