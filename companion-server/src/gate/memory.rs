//! Bytes held for each address: what its connections, its requests and their answers cost, until the last byte of an answer left or its
//! stream died. Counted before anything is kept, and by what is kept: an announced body, a page that nobody takes.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::{Frame, SizeHint};

use crate::clock::Clock;
use crate::tally::Tally;

use super::places::{Capacity, NoPlace, Place, Places};

const KIB: usize = 1024;
/// A connection with nothing under way: TLS, the tables and buffers of HTTP/2, the head that is being read.
const CONNECTION: usize = 64 * KIB;
/// A request under way: its task and stream, and the page or the few words that will answer it.
const REQUEST: usize = 16 * KIB;
/// The same once answered, the body of the answer not counted.
const ANSWERED: usize = 6 * KIB;
/// A header line, besides its signs.
const HEADER: usize = 128;
/// How many times what one address may hold all of them may together.
const ADDRESSES: usize = 4;

/// The bytes and who holds them; cheap to clone.
#[derive(Clone)]
pub struct Memory {
    places: Places,
    refused: Arc<Tally>,
}

impl Memory {
    /// None held yet, so many for one address.
    pub fn new(bytes_per_address: u32, clock: Arc<dyn Clock>) -> Self {
        let each = usize::try_from(bytes_per_address).unwrap_or(usize::MAX);
        let capacity = Capacity { all: each.saturating_mul(ADDRESSES), each, reserve: 2 };
        Self { places: Places::new(capacity), refused: Arc::new(Tally::new("bytes_held", clock)) }
    }

    /// For a connection of this address, or of a proxy that speaks for many.
    ///
    /// # Errors
    /// [`NoPlace`].
    pub(super) fn connection(&self, peer: Option<IpAddr>) -> Result<Place, NoPlace> {
        let place = match peer {
            Some(peer) => self.places.take_several(peer, CONNECTION),
            None => self.places.take_for_many(CONNECTION),
        };
        place.inspect_err(|_| self.refused.count())
    }

    /// For a request of this address that brings a body of this length.
    ///
    /// # Errors
    /// [`NoPlace`].
    pub fn request(&self, address: IpAddr, headers: &HeaderMap, body: usize) -> Result<Held, NoPlace> {
        let head: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + HEADER).sum();
        let bytes = self.places.take_several(address, REQUEST + head + body).inspect_err(|_| self.refused.count())?;
        Ok(Held(Arc::new(Guard { bytes: Mutex::new(bytes), under_way: OnceLock::new() })))
    }

    /// How often a connection or a request was refused for want of them.
    pub fn refused(&self) -> &Tally {
        &self.refused
    }
}

/// What one request holds, for as long as anything of it lives: it, the work it began, its answer. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Held(Arc<Guard>);

#[derive(Debug)]
struct Guard {
    bytes: Mutex<Place>,
    under_way: OnceLock<Place>,
}

tokio::task_local! {
    /// What the request that is being answered holds.
    static HELD: Held;
}

/// Answers a request with what it holds within reach of the work that it begins.
pub fn holding<T>(held: Held, answer: impl Future<Output = T>) -> impl Future<Output = T> {
    HELD.scope(held, answer)
}

/// What the request holds that is being answered here, for work that goes on without it; `None` where there is no request.
pub fn held_here() -> Option<Held> {
    HELD.try_with(Clone::clone).ok()
}

impl Held {
    /// Keeps the place of a request under way as long.
    pub fn keep(&self, place: Place) {
        // A request has one such place; a second would be given back at once.
        drop(self.0.under_way.set(place));
    }

    /// The answer to the request, which holds it until its last part left.
    pub fn by(self, answer: Response<Body>) -> Response<Body> {
        self.answered(answer.body());
        answer.map(|body| Body::new(HeldBody::new(body, self)))
    }

    /// The request has its answer; what that weighs is known, unless it is a stream of small messages.
    fn answered<B: HttpBody>(&self, answer: &B) {
        let length = answer.size_hint().exact().and_then(|length| usize::try_from(length).ok()).unwrap_or(REQUEST);
        self.0.bytes.lock().unwrap_or_else(PoisonError::into_inner).resize(ANSWERED + length);
    }
}

/// The body of an answer. Each part of it holds on to what the request holds until the connection has let go of it.
struct HeldBody {
    body: Body,
    held: Held,
}

impl HeldBody {
    /// Of this request.
    const fn new(body: Body, held: Held) -> Self {
        Self { body, held }
    }
}

struct Part {
    bytes: Bytes,
    _held: Held,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl HttpBody for HeldBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        frame.map_ok(|frame| frame.map_data(|bytes| Bytes::from_owner(Part { bytes, _held: self.held.clone() })))
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
