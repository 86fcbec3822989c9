//! What handlers ask of a request, and of the runtime that carries it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::Method;
use http::request::Parts;

use super::answer::Refusal;

/// Where the other end of the connection is. Forwarded headers are not read: nobody is trusted to write them yet.
pub fn client_address(connection: ConnectInfo<SocketAddr>) -> IpAddr {
    connection.0.ip().to_canonical()
}

/// Method and path as received: what a proof of possession must name.
pub fn method_and_path(parts: &Parts) -> (&Method, &str) {
    (&parts.method, parts.uri.path())
}

/// Runs to its end even when the client goes away: what was begun at Pro Santé Connect or in the memory is not left half done.
///
/// # Errors
/// A 500 [`Refusal`] when the work panicked.
pub async fn to_completion<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, Refusal> {
    use tracing::Instrument as _;
    tokio::spawn(work.in_current_span()).await.map_err(|error| {
        tracing::error!(panicked = error.is_panic(), "A piece of work did not reach its end.");
        Refusal::fault()
    })
}
