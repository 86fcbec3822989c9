//! A connection, and the thread that it borrows: it moves on while its thread waits for an answer, and at no other time.

use std::future::{Ready, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::{join, join_all};
use futures::stream::BoxStream;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Runtime;
use tokio_postgres::{AsyncMessage, Client, Connection, Error, Notification};

/// How long a server is given to hear that a connection ends.
const GOODBYE: Duration = Duration::from_secs(1);

/// The client goes first, which is what ends the connection.
pub(super) struct Line {
    client: Client,
    carrier: Carrier,
}

/// What did not work: what was asked, or what was said before it.
pub(super) struct Failed {
    pub is_before: bool,
    pub error: Error,
}

impl Line {
    pub(super) fn new<S, T>(runtime: Runtime, client: Client, mut connection: Connection<S, T>) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let messages = futures::stream::poll_fn(move |context| connection.poll_message(context));
        Self { client, carrier: Carrier { runtime, words: Words { coming: Some(messages.boxed()), ended: None } } }
    }

    /// The answer to what is asked. Blocks, and performs I/O.
    pub(super) fn ask<'l, T, F>(&'l mut self, question: impl FnOnce(&'l Client) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.ask_after(|_| Vec::<Ready<Result<(), Error>>>::new(), question).map(|(_, answer)| answer).map_err(|failed| failed.error)
    }

    /// The answers to what is said first and then to what is asked, without waiting in between: one round trip. Blocks, and performs I/O.
    pub(super) fn ask_after<'l, S, T, B, F>(
        &'l mut self,
        before: impl FnOnce(&'l Client) -> Vec<B>,
        question: impl FnOnce(&'l Client) -> F,
    ) -> Result<(Vec<S>, T), Failed>
    where
        B: Future<Output = Result<S, Error>>,
        F: Future<Output = Result<T, Error>>,
    {
        let Self { client, carrier: Carrier { runtime, words } } = self;
        // Each speaks when it is first polled: what comes first here is said first.
        let mut answers = pin!(join(join_all(before(client)), question(client)));
        let (before, answer) = runtime.block_on(poll_fn(|context| {
            while let Poll::Ready(Some(_)) = words.poll_next(context) {}
            answers.as_mut().poll(context)
        }));
        let mut failed = |is_before, error: Error| {
            // The client only knows that the connection is closed.
            let ended = if error.is_closed() { words.ended.take() } else { None };
            Failed { is_before, error: ended.unwrap_or(error) }
        };
        let before = before.into_iter().collect::<Result<_, _>>().map_err(|error| failed(true, error))?;
        Ok((before, answer.map_err(|error| failed(false, error))?))
    }

    /// The next word of another companion, unless none comes in so long. Blocks, and performs I/O.
    pub(super) fn hear(&mut self, limit: Duration) -> Result<Option<Notification>, Error> {
        let Carrier { runtime, words } = &mut self.carrier;
        let next = async { tokio::time::timeout(limit, poll_fn(|context| words.poll_next(context))).await };
        match runtime.block_on(next) {
            Ok(Some(AsyncMessage::Notification(word))) => Ok(Some(word)),
            Ok(Some(_)) | Err(_) => Ok(None),
            Ok(None) => words.ended.take().map_or(Ok(None), Err),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }
}

struct Carrier {
    runtime: Runtime,
    words: Words,
}

impl Drop for Carrier {
    fn drop(&mut self) {
        let Self { runtime, words: Words { coming: Some(coming), .. } } = self else { return };
        let end = coming.by_ref().for_each(async |_| ());
        // A server that is not there any more needs not be told.
        drop(runtime.block_on(async { tokio::time::timeout(GOODBYE, end).await }));
    }
}

/// What a server says, to this client or to whoever listens.
struct Words {
    /// `None` once the connection has ended: with it goes who would have answered.
    coming: Option<BoxStream<'static, Result<AsyncMessage, Error>>>,
    ended: Option<Error>,
}

impl Words {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<AsyncMessage>> {
        let Some(coming) = &mut self.coming else { return Poll::Ready(None) };
        let over = match ready!(coming.as_mut().poll_next(context)) {
            Some(Ok(message)) => return Poll::Ready(Some(message)),
            Some(Err(error)) => Some(error),
            None => None,
        };
        (self.coming, self.ended) = (None, over);
        Poll::Ready(None)
    }
}
