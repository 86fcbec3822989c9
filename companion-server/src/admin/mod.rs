//! The administrator's face, on a listener of its own that only this machine reaches. No name, no national id, no token.

mod health;
mod metrics;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};

use crate::certificate::Validity;
use crate::edge::SharedCompanion;
use crate::edge::answer::Refusal;
use crate::edge::requests::check_host;

/// The dates of the companion's own certificate as it was when the companion started: what it serves does not change before the next start.
#[derive(Debug, Clone, Copy)]
struct ListenerCertificate(Option<Validity>);

/// Paths of the administration. Reads the companion's own certificate, for its dates.
pub fn router(companion: SharedCompanion) -> Router {
    let own = companion.config.listener.tls.as_ref().and_then(|tls| std::fs::read(&tls.certificate_file).ok());
    let own = ListenerCertificate(own.and_then(|pem| Validity::of_pem(&pem).ok()));
    Router::new()
        .route("/health", get(health::show))
        .route("/metrics", get(metrics::show))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(Extension(own))
        .layer(from_fn(one_host))
        .with_state(companion)
}

async fn one_host(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match check_host(&parts) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refusal) => refusal.into_response(),
    }
}

async fn unknown() -> Refusal {
    Refusal::new(http::StatusCode::NOT_FOUND, "not_found", vestibule_model::ErrorCode::PathUnknown)
}
