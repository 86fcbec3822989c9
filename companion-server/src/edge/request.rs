//! What handlers ask of a request, and of the runtime that carries it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::Method;
use http::request::Parts;

use super::answer::Refusal;
use crate::gate::memory;

/// Where the client is, as [`crate::gate::proxy`] made it out: the other end of the connection, or whom a trusted proxy speaks for.
pub fn client_address(connection: ConnectInfo<SocketAddr>) -> IpAddr {
    connection.0.ip().to_canonical()
}

/// The same, of a request already taken apart. Without a connection nobody is known: all such requests count as one caller.
pub fn client_of(parts: &Parts) -> IpAddr {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |connection| client_address(*connection))
}

/// Method and path as received: what a proof of possession must name.
pub fn method_and_path(parts: &Parts) -> (&Method, &str) {
    (&parts.method, parts.uri.path())
}

/// Runs to its end even when the client goes away: what was begun at Pro Santé Connect or in the memory is not left half done. What the
/// request holds is held until then, so that those who go away at once cannot begin more than those who wait.
///
/// # Errors
/// A 500 [`Refusal`] when the work panicked.
pub fn to_completion<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> impl Future<Output = Result<T, Refusal>> {
    use tracing::Instrument as _;
    let held = memory::held_here();
    let work = async move {
        let _held = held;
        work.await
    };
    // Begun here and not where it is waited for: whoever waits has no room for it.
    let begun = tokio::spawn(work.in_current_span());
    async {
        begun.await.map_err(|error| {
            tracing::error!(panicked = error.is_panic(), "A piece of work did not reach its end");
            Refusal::fault()
        })
    }
}
