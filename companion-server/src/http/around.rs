//! A layer that is a function, for what every request meets.
//!
//! What `axum::middleware` makes of a function copies the whole stack below it several times for each request, and keeps as many futures while it
//! waits: a few kilobytes each, held as often as requests wait. Here a stack is copied one layer deep, once.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::Response;
use axum::routing::Route;
use futures::FutureExt as _;
use futures::future::Map;
use tower::{Layer, Service};

use crate::companion::SharedCompanion;

/// The function, and what it is handed with each request.
#[derive(Clone)]
pub(super) struct Around<F> {
    companion: SharedCompanion,
    function: F,
}

/// What `function` makes of each request and of what answers it.
pub(super) fn around<F>(companion: &SharedCompanion, function: F) -> Around<F> {
    Around { companion: companion.clone(), function }
}

/// What lies below: answers one request.
pub(super) struct Below(Arc<Route>);

impl Below {
    /// Boxed: with room for the request itself, which nobody above it needs.
    pub(super) fn answer(self, request: Request) -> impl Future<Output = Response> + Send + 'static {
        let answering = Route::clone(&self.0).call(request);
        Box::pin(answering.map(|answer: Result<Response, Infallible>| match answer {
            Ok(answer) => answer,
        }))
    }
}

/// One layer of the stack.
#[derive(Clone)]
pub(super) struct Surrounded<F> {
    around: Around<F>,
    below: Arc<Route>,
}

impl<F: Clone> Layer<Route> for Around<F> {
    type Service = Surrounded<F>;

    fn layer(&self, below: Route) -> Surrounded<F> {
        Surrounded { around: self.clone(), below: Arc::new(below) }
    }
}

impl<F, Answering> Service<Request> for Surrounded<F>
where
    F: Fn(SharedCompanion, Request, Below) -> Answering,
    Answering: Future<Output = Response>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Map<Answering, fn(Response) -> Result<Response, Infallible>>;

    /// A route always is.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Around { companion, function } = &self.around;
        function(companion.clone(), request, Below(Arc::clone(&self.below))).map(Ok)
    }
}
