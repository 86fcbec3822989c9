//! What only looks adds nothing to the log: what it sees is its answer, and support reads the log for what happened to somebody.

use tracing::instrument::WithSubscriber as _;
use tracing::subscriber::NoSubscriber;
use tracing::{Level, dispatcher};

/// Something that only looks: what it sees is for whoever asked. Who wants to follow it step by step asks for more than what happens once.
pub(crate) async fn quietly<T>(looking: impl Future<Output = T>) -> T {
    if tracing::enabled!(Level::DEBUG) {
        return looking.await;
    }
    looking.with_subscriber(NoSubscriber::default()).await
}

/// For a thread: it writes where whoever starts it does.
pub(crate) fn carried<T>(call: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let dispatch = dispatcher::get_default(Clone::clone);
    move || dispatcher::with_default(&dispatch, call)
}
