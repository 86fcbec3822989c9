//! The loopback listener (RFC 8252 section 7.3): it sends the browser off and takes the answer back, from our own user only.
//!
//! Whatever is not exactly the expected request gets a bare 404 and changes nothing: a stray page or a port scan cannot end a sign-in. After
//! fifty of them the listener gives up. Connections of other users are turned away before a byte of theirs is read; they take no place
//! and count for nothing.
//!
//! The launch address answers our own user as often as it is asked: what opens addresses may look at them first. Where it leads at the
//! moment, the attempt says.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use url::Url;
use vestibule_model::ErrorCode;

use crate::peer_owner::PeerOwner;
use crate::random::{Random, RandomUnavailable, token};

mod expected;
#[doc(hidden)]
pub mod fuzzing;
mod head;
mod request;
mod wire;

pub use expected::{Awaited, Expected};
use request::{Query, parse};

/// Stray requests after which the listener gives up.
pub const STRAY_LIMIT: u32 = 50;

/// Connections served at once; a browser opens a few in advance.
const CONCURRENT: usize = 16;

/// Other users' connections that are told so at once; beyond, they are just closed.
const STRANGERS: usize = 8;

/// Bound and silent.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    port: u16,
    launch_path: String,
    callback_path: String,
}

/// Why nothing can listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The system refuses a port.
    #[error("no loopback port can be bound: {0}")]
    Refused(#[from] std::io::Error),
    /// See [`RandomUnavailable`].
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

impl BindError {
    /// The catalogue's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(_) => ErrorCode::LoopbackUnavailable,
            Self::Random(_) => ErrorCode::AppFault,
        }
    }
}

/// What the browser brought.
#[derive(Debug)]
pub enum Arrival {
    /// It came to the launch address, so that browser and app share this host: where does it go on? Without an answer, to the companion's
    /// "you may go back" page.
    Launching(oneshot::Sender<Url>),
    /// What the companion says to the request of this `state`.
    Answer { state: SecretString, answer: Answer },
    /// Too many stray requests; the listener is closed.
    Flooded,
}

/// What the companion says to a request.
#[derive(Debug)]
pub enum Answer {
    /// The code.
    Code(SecretString),
    /// Its refusal (RFC 6749 section 4.1.2.1), with our number when there is one.
    Refused { error: String, code: Option<ErrorCode> },
}

impl Listener {
    /// Binds the literal 127.0.0.1 on a free port. No other process can bind the same address and port afterwards.
    ///
    /// # Errors
    /// [`BindError`].
    pub async fn bind(random: &dyn Random) -> Result<Self, BindError> {
        // Two secrets: the first ends up in the arguments of a process, where other users may read it.
        let launch_path = format!("/{}/go", token(random)?.expose_secret());
        let callback_path = format!("/cb/{}", token(random)?.expose_secret());
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = socket.local_addr()?.port();
        Ok(Self { socket, port, launch_path, callback_path })
    }

    /// The port that the system gave.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path of the launch address.
    pub fn launch_path(&self) -> &str {
        &self.launch_path
    }

    /// Where the companion shall send the browser back.
    pub fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.callback_path)
    }

    /// Serves until the answer came, the listener was flooded, or `stop` is cancelled.
    pub async fn serve(
        self,
        expected: watch::Receiver<Expected>,
        owner: Arc<dyn PeerOwner>,
        arrivals: mpsc::UnboundedSender<Arrival>,
        stop: CancellationToken,
    ) {
        let door = Arc::new(Gate {
            host: format!("127.0.0.1:{}", self.port),
            port: self.port,
            launch_path: self.launch_path,
            callback_path: self.callback_path,
            expected,
            owner,
            arrivals,
            strays: AtomicU32::new(0),
            stop: stop.clone(),
        });
        let (places, strangers) = (Arc::new(Semaphore::new(CONCURRENT)), Arc::new(Semaphore::new(STRANGERS)));
        let mut turned_away = 0;
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = self.socket.accept() => accepted,
            };
            let Ok((stream, SocketAddr::V4(client))) = accepted else {
                // A client that left, or no file descriptor: no reason to give up, nor to spin.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            // One after the other: whoever opens many connections makes no more work than this at a time.
            if !door.is_ours(client).await {
                turned_away += 1;
                turn_away(stream, &strangers, turned_away);
                continue;
            }
            let place = tokio::select! {
                () = stop.cancelled() => return,
                place = places.clone().acquire_owned() => place,
            };
            let Ok(place) = place else { return };
            let door = door.clone();
            tokio::spawn(async move {
                door.receive(stream).await;
                drop(place);
            });
        }
    }
}

/// Closes another user's connection. He does not fill our log either: it tells of the first, the tenth, the hundredth…
fn turn_away(mut stream: TcpStream, strangers: &Arc<Semaphore>, turned_away: u32) {
    if turned_away.checked_ilog10().is_some_and(|power| turned_away == 10_u32.pow(power)) {
        tracing::warn!(turned_away, "Another user's connections to the loopback listener are closed; they count for nothing");
    }
    if let Ok(place) = strangers.clone().try_acquire_owned() {
        tokio::spawn(async move {
            wire::turn_away(&mut stream).await;
            drop(place);
        });
    }
}

/// One attempt's door, shared by its connections.
struct Gate {
    host: String,
    port: u16,
    launch_path: String,
    callback_path: String,
    expected: watch::Receiver<Expected>,
    owner: Arc<dyn PeerOwner>,
    arrivals: mpsc::UnboundedSender<Arrival>,
    strays: AtomicU32,
    stop: CancellationToken,
}

/// What a request amounts to.
enum Ruling {
    /// Send the browser there.
    Launch,
    /// An expected answer, and where its browser goes.
    Return { state: SecretString, answer: Answer, returned: Url },
    /// Anything else.
    Stray(&'static str),
}

impl Gate {
    async fn receive(&self, mut stream: TcpStream) {
        let verdict = match wire::read_head(&mut stream).await {
            Some(Ok(head)) => self.judge(head.kept()),
            Some(Err(reason)) => Ruling::Stray(reason),
            // Browsers open connections in advance and leave them unused.
            None => return,
        };
        match verdict {
            Ruling::Launch => {
                let onward = self.onward().await;
                wire::redirect(&mut stream, onward.as_str()).await;
            }
            Ruling::Return { state, answer, returned } => {
                // Before the browser: the session must not wait for it.
                let _ = self.arrivals.send(Arrival::Answer { state, answer });
                wire::redirect(&mut stream, returned.as_str()).await;
                self.stop.cancel();
            }
            Ruling::Stray(reason) => {
                tracing::warn!(reason, "A stray request reached the loopback listener");
                wire::not_found(&mut stream).await;
                if self.strays.fetch_add(1, Ordering::Relaxed) >= STRAY_LIMIT {
                    let _ = self.arrivals.send(Arrival::Flooded);
                    self.stop.cancel();
                }
            }
        }
    }

    /// Where the launch address leads at the moment.
    async fn onward(&self) -> Url {
        let (told_in, told) = oneshot::channel();
        // Nobody is there to tell when the attempt is over.
        let _ = self.arrivals.send(Arrival::Launching(told_in));
        told.await.unwrap_or_else(|_| self.expected.borrow().returned.clone())
    }

    async fn is_ours(&self, client: SocketAddrV4) -> bool {
        let (owner, server) = (self.owner.clone(), SocketAddrV4::new(Ipv4Addr::LOCALHOST, self.port));
        tokio::task::spawn_blocking(move || owner.owner(client, server).is_let_in()).await.unwrap_or(false)
    }

    fn judge(&self, head: &[u8]) -> Ruling {
        let request = match parse(head) {
            Ok(request) => request,
            Err(reason) => return Ruling::Stray(reason),
        };
        if request.host != self.host {
            return Ruling::Stray("for another host");
        }
        if same(&request.path, &self.launch_path) && request.query.is_none() {
            return Ruling::Launch;
        }
        if same(&request.path, &self.callback_path) {
            return match request.query.as_deref().map(Query::parse) {
                Some(Ok(query)) => self.answer(query),
                Some(Err(reason)) => Ruling::Stray(reason),
                None => Ruling::Stray("an answer without parameters"),
            };
        }
        Ruling::Stray("for another path")
    }

    fn answer(&self, query: Query) -> Ruling {
        let expected = self.expected.borrow();
        let ours = query.state.and_then(|state| expected.awaited(&state).map(|awaited| (state, awaited.returned.clone())));
        let Some((state, returned)) = ours.filter(|_| query.iss.as_deref() == Some(expected.issuer.as_str())) else {
            tracing::warn!(error.code = %ErrorCode::ReturnRefused, "An answer for another sign-in was ignored");
            return Ruling::Stray("an answer for another sign-in");
        };
        let answer = match (query.code, query.error) {
            (Some(code), None) => Answer::Code(code),
            (None, Some(error)) => {
                let code = query.error_code.and_then(|code| ErrorCode::try_from(code).ok());
                Answer::Refused { error, code }
            }
            _ => return Ruling::Stray("an answer with neither code nor error, or both"),
        };
        Ruling::Return { state, answer, returned }
    }
}

/// Compares secrets without telling where they differ.
fn same(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}
