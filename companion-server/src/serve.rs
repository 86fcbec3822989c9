//! How a listener serves: what a connection may cost before, between and after its requests.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use tokio_util::sync::CancellationToken;

use crate::admin::gate::GuardedGate;
use crate::gate::connections::{ClearGate, Gate};
use crate::gate::requests::{LARGEST_COOKIES, LARGEST_HEAD};
use crate::gate::{Connections, take_what_is_left};

/// How long requests under way may take to end when the companion stops.
const GRACE: Duration = Duration::from_secs(12);
/// Longest time a new connection may take to agree on TLS.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest time a new connection may take to send the head of its first request.
const FIRST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The same at the administration, where whoever connects is on this machine.
const LOCAL_HEAD_TIMEOUT: Duration = Duration::from_secs(2);
/// The same for the next ones, the silence in between included: longer than the app keeps a silent connection, so that it closes first.
const NEXT_HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// HTTP/1: most bytes of a head before it is refused unread. More than is accepted, so that most of what is too large is told so in our words.
const HEAD_BUFFER: usize = 2 * LARGEST_HEAD;
/// HTTP/2: the same, each line counting 32 bytes more (RFC 9113 section 6.5.2). Cookies, and what a browser sends besides.
const HEAD_LIST: usize = LARGEST_COOKIES + LARGEST_HEAD / 2;
/// HTTP/1: most header lines. A browser behind two proxies sends about thirty.
const MOST_HEADERS: usize = 100;
/// HTTP/2: most requests at once on one connection. An app has three: two that wait and one that asks.
const MOST_STREAMS: u32 = 32;
/// HTTP/2: bytes that may come unasked, on a stream and on all of a connection: the largest body, once or twice.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 2 * STREAM_WINDOW;
/// HTTP/2: most requests taken back that we did not look at yet, and most that we had to break off, before the connection ends (rapid reset).
const MOST_RESETS: usize = 20;
/// HTTP/2: how often a connection with requests under way is asked whether it still lives, and how long it may take to say so.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Whom a listener serves.
pub(crate) enum Guests {
    /// Apps and browsers, over TLS unless something in front of us terminates it.
    Public(Option<RustlsConfig>),
    /// This machine: whoever shows nothing makes room for whoever bears the token.
    Administration,
}

/// Serves until `shutdown` is cancelled; requests under way are then ended within twelve seconds.
///
/// # Errors
/// What broke the listener.
pub(crate) async fn serve(
    listener: TcpListener,
    guests: Guests,
    router: Router,
    connections: Arc<Connections>,
    shutdown: &CancellationToken,
) -> std::io::Result<()> {
    let handle = Handle::new();
    // Around everything that may refuse: towards the public, one layer does this with all the rest.
    let router = match guests {
        Guests::Public(_) => router,
        Guests::Administration => router.layer(from_fn(take_what_is_left)),
    };
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let gate = Gate(connections);
    let serving = async {
        match guests {
            Guests::Public(Some(tls)) => {
                let acceptor = RustlsAcceptor::new(tls).handshake_timeout(HANDSHAKE_TIMEOUT).acceptor(gate);
                bounded(listener, acceptor, &handle, FIRST_HEAD_TIMEOUT)?.serve(service).await
            }
            Guests::Public(None) => bounded(listener, ClearGate(gate), &handle, FIRST_HEAD_TIMEOUT)?.serve(service).await,
            Guests::Administration => bounded(listener, GuardedGate::new(gate), &handle, LOCAL_HEAD_TIMEOUT)?.serve(service).await,
        }
    };
    let stopping = async {
        shutdown.cancelled().await;
        handle.graceful_shutdown(Some(GRACE));
        std::future::pending::<()>().await;
    };
    tokio::select! {
        outcome = serving => outcome,
        () = stopping => Ok(()),
    }
}

type Server<A> = axum_server::Server<SocketAddr, A>;

fn bounded<A>(listener: TcpListener, acceptor: A, handle: &Handle<SocketAddr>, first_head: Duration) -> std::io::Result<Server<A>> {
    let mut server = axum_server::from_tcp(listener)?.acceptor(acceptor).first_request_timeout(first_head).handle(handle.clone());
    let builder = server.http_builder();
    builder.http1().header_read_timeout(NEXT_HEAD_TIMEOUT).max_buf_size(HEAD_BUFFER).max_headers(MOST_HEADERS);
    builder
        .http2()
        .max_concurrent_streams(MOST_STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_pending_accept_reset_streams(MOST_RESETS)
        .max_local_error_reset_streams(MOST_RESETS)
        .max_header_list_size(u32::try_from(HEAD_LIST).unwrap_or(u32::MAX))
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIMEOUT);
    Ok(server)
}
