//! What a handler left unread of a request's body. An answer given before the body came would leave the connection in a lie: the client
//! believes that it can be used again, and its next request finds it closed (RFC 9112 section 9.3). So the rest is taken and thrown
//! away; where that would take too much or too long, the answer says that the connection ends.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT};
use http::{HeaderMap, HeaderValue, Version};
use http_body::{Frame, SizeHint};

use super::requests::LARGEST_BODY;

/// Longest time an answer waits for the rest of a body that nobody reads. A form has one segment or two: a slow line brings them in time.
const PATIENCE: Duration = Duration::from_secs(3);

/// As a layer: lends the body to whatever answers, and takes what was left of it before the answer leaves.
pub(crate) async fn take_what_is_left(request: Request, next: Next) -> Response {
    let (request, lender) = lend(request);
    lender.take_what_is_left(next.run(request).await).await
}

/// Lends the body of a request to whatever answers it.
pub(crate) fn lend(request: Request) -> (Request, Lender) {
    if request.body().is_end_stream() {
        return (request, Lender(None));
    }
    let (parts, body) = request.into_parts();
    let returned = Returned::default();
    let lender = Lender(Some((Arc::clone(&returned), parts.version, may_be_taken(&parts.headers))));
    (Request::from_parts(parts, Body::new(Lent { body: Some(body), taken: 0, to: returned })), lender)
}

/// Who lent a body, if there was one: where it comes back to, over which version of HTTP it came, and whether what is left of it may be taken.
pub(crate) struct Lender(Option<(Returned, Version, bool)>);

impl Lender {
    /// Before the answer leaves.
    pub(crate) async fn take_what_is_left(self, mut response: Response) -> Response {
        let Some((returned, version, may_be_taken)) = self.0 else { return response };
        let left = returned.lock().unwrap_or_else(PoisonError::into_inner).take();
        let ends_well = match left {
            None => true,
            // Boxed: it hardly ever happens.
            Some(left) => may_be_taken && Box::pin(throw_away(left)).await,
        };
        // A stream of HTTP/2 ends by itself, the connection goes on.
        if !ends_well && version < Version::HTTP_2 {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Whoever asks first whether to send (`Expect: 100-continue`) is told by the answer; and what announces too much is not waited for.
fn may_be_taken(headers: &HeaderMap) -> bool {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    !headers.contains_key(EXPECT) && announced.is_none_or(|length| length <= LARGEST_BODY)
}

/// Whether the body came to its end within the limits.
async fn throw_away(mut left: Left) -> bool {
    let reading = async {
        while let Some(frame) = poll_fn(|context| Pin::new(&mut left.body).poll_frame(context)).await {
            let Ok(frame) = frame else { return false };
            left.taken += frame.data_ref().map_or(0, Bytes::len);
            if left.taken > LARGEST_BODY {
                return false;
            }
        }
        true
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap_or(false)
}

/// A body that was not read to its end, and how much of it was.
struct Left {
    body: Body,
    taken: usize,
}

type Returned = Arc<Mutex<Option<Left>>>;

/// Comes back when it is dropped before its end.
struct Lent {
    body: Option<Body>,
    taken: usize,
    to: Returned,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = std::task::ready!(Pin::new(body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => self.taken += frame.data_ref().map_or(0, Bytes::len),
            Some(Err(_)) | None => self.body = None,
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            *self.to.lock().unwrap_or_else(PoisonError::into_inner) = Some(Left { body, taken: self.taken });
        }
    }
}
