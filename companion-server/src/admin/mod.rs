//! The administrator's face, on a listener of its own that only this machine reaches. No name, no national id, no token.

mod health;
mod metrics;

use axum::Router;
use axum::routing::get;

use crate::edge::SharedCompanion;
use crate::edge::answer::Refusal;

/// Paths of the administration.
pub fn router(companion: SharedCompanion) -> Router {
    Router::new()
        .route("/health", get(health::show))
        .route("/metrics", get(metrics::show))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .with_state(companion)
}

async fn unknown() -> Refusal {
    Refusal::new(http::StatusCode::NOT_FOUND, "not_found", vestibule_model::ErrorCode::PathUnknown)
}
