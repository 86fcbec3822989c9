//! Who may stay connected to the administration. Any account of this machine can connect, the token is known to few: a full house puts out
//! whoever shows nothing, the longest-standing first, and never a command that bore the token.

use std::collections::BTreeMap;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum_server::accept::Accept;
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tower::Service;

use crate::gate::connections::Gate;

/// Connections at once.
const MOST: usize = 128;

/// Where connections to the administration come in.
#[derive(Clone)]
pub(crate) struct GuardedGate {
    gate: Gate,
    seats: Arc<Seats>,
}

#[derive(Default)]
struct Seats(Mutex<Seated>);

#[derive(Default)]
struct Seated {
    next: u64,
    /// The longest-standing first.
    here: BTreeMap<u64, Arc<Occupant>>,
}

/// What a connection has shown.
#[derive(Default)]
pub(super) struct Occupant {
    under_way: AtomicUsize,
    bore_the_token: AtomicBool,
    leave: CancellationToken,
}

impl Occupant {
    /// A request on it bore the token.
    pub(super) fn prove(&self) {
        self.bore_the_token.store(true, Ordering::Release);
    }

    fn is_idle(&self) -> bool {
        self.under_way.load(Ordering::Acquire) == 0
    }

    fn may_be_put_out(&self) -> bool {
        self.is_idle() || !self.bore_the_token.load(Ordering::Acquire)
    }
}

impl Seats {
    fn seated(&self) -> MutexGuard<'_, Seated> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(self: &Arc<Self>) -> Option<Seat> {
        let mut seated = self.seated();
        if seated.here.len() >= MOST {
            let idle = seated.here.iter().find(|(_, occupant)| occupant.is_idle());
            let leaving = idle.or_else(|| seated.here.iter().find(|(_, occupant)| occupant.may_be_put_out())).map(|(number, _)| *number);
            // Its socket closes a moment later; what counts is that it cannot keep anyone out.
            seated.here.remove(&leaving?)?.leave.cancel();
        }
        let (number, occupant) = (seated.next, Arc::<Occupant>::default());
        seated.next += 1;
        seated.here.insert(number, Arc::clone(&occupant));
        drop(seated);
        Some(Seat { seats: Arc::clone(self), number, occupant })
    }
}

/// One connection's, given back when dropped.
struct Seat {
    seats: Arc<Seats>,
    number: u64,
    occupant: Arc<Occupant>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.seated().here.remove(&self.number);
    }
}

impl GuardedGate {
    pub(crate) fn new(gate: Gate) -> Self {
        Self { gate, seats: Arc::default() }
    }
}

impl<S> Accept<TcpStream, S> for GuardedGate {
    type Stream = SeatedStream<<Gate as Accept<TcpStream, SeatedService<S>>>::Stream>;
    type Service = <Gate as Accept<TcpStream, SeatedService<S>>>::Service;
    type Future = Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Some(seat) = self.seats.take() else { return ready(Err(io::Error::other("every connection bears the token"))) };
        let service = SeatedService { service, occupant: Arc::clone(&seat.occupant) };
        let let_in = self.gate.accept(stream, service).into_inner();
        ready(let_in.map(|(stream, service)| (SeatedStream::new(stream, seat), service)))
    }
}

/// The stream of one connection: it breaks when its place is taken.
pub(crate) struct SeatedStream<S> {
    stream: S,
    put_out: Pin<Box<WaitForCancellationFutureOwned>>,
    _seat: Seat,
}

impl<S> SeatedStream<S> {
    fn new(stream: S, seat: Seat) -> Self {
        Self { stream, put_out: Box::pin(seat.occupant.leave.clone().cancelled_owned()), _seat: seat }
    }

    fn stays(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.put_out.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for SeatedStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stays(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for SeatedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stays(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.stays(context)?;
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The service of one connection: it knows what is under way, and hands on where to say that the token was there.
#[derive(Clone)]
pub(crate) struct SeatedService<S> {
    service: S,
    occupant: Arc<Occupant>,
}

struct UnderWay(Arc<Occupant>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}

impl<S, B> Service<Request<B>> for SeatedService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        self.occupant.under_way.fetch_add(1, Ordering::AcqRel);
        let under_way = UnderWay(Arc::clone(&self.occupant));
        request.extensions_mut().insert(Arc::clone(&self.occupant));
        let answer = self.service.call(request);
        Box::pin(async move { Ok(answer.await?.map(|body| Body::new(HeldBody { body, _under_way: under_way }))) })
    }
}

/// An answer that is under way until its last byte was handed on.
struct HeldBody {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for HeldBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
