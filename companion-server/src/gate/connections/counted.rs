//! A service that tells its connection when something moves: a request that comes, each part of its answer that can leave, its end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use tokio::time::Instant;
use tower::Service;

use super::Pulse;

/// The service of one connection.
#[derive(Clone)]
pub struct Counted<S> {
    service: S,
    pulse: Arc<Pulse>,
}

impl<S> Counted<S> {
    pub(super) const fn new(service: S, pulse: Arc<Pulse>) -> Self {
        Self { service, pulse }
    }
}

/// One request under way.
pub(super) struct UnderWay(Arc<Pulse>);

impl UnderWay {
    pub(super) fn begin(pulse: Arc<Pulse>) -> Self {
        pulse.moves(Instant::now());
        Self(pulse)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.moves(Instant::now());
    }
}

/// An answer that is not over before its last byte was handed on.
pub struct CountedBody {
    body: Body,
    under_way: UnderWay,
}

impl<S, B> Service<Request<B>> for Counted<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<CountedBody>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let under_way = UnderWay::begin(Arc::clone(&self.pulse));
        let answer = self.service.call(request);
        Box::pin(async move { Ok(answer.await?.map(|body| CountedBody { body, under_way })) })
    }
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_ready() {
            self.under_way.0.moves(Instant::now());
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
