//! A connection, and the thread that it borrows: it moves on while its thread waits for an answer, and at no other time.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::{join, join_all, ready};
use futures::stream::BoxStream;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Runtime;
use tokio_postgres::{AsyncMessage, Client, Connection, Error, Notification, Statement};

use super::encoding::parameters;
use crate::store::visit::{Bind as _, Column};

/// What may be said before a question: of more than thirty, the library that polls them does not keep the order.
pub(super) const MOST: usize = 30;
/// How long a server is given to hear that a connection ends.
const GOODBYE: Duration = Duration::from_secs(1);

/// The client goes first, which is what ends the connection.
pub(super) struct Line {
    client: Client,
    carrier: Carrier,
}

/// What is sent with what is asked next: nobody looks at its answer before.
pub(super) enum Held {
    Script(&'static str),
    Statement(Statement, Vec<Column>),
}

impl Held {
    /// How many rows it changed.
    async fn send(&self, client: &Client) -> Result<u64, Error> {
        match self {
            Self::Script(statements) => client.batch_execute(statements).await.map(|()| 0),
            Self::Statement(statement, columns) => {
                let values: Vec<_> = columns.iter().map(Column::value).collect();
                client.execute(statement, &parameters(&values)).await
            }
        }
    }
}

/// What did not work: what was asked, or what was said before it.
pub(super) struct Failed {
    /// Which of what was said before.
    pub before: Option<usize>,
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
    pub(super) fn ask<T>(&mut self, question: impl AsyncFnOnce(&Client) -> Result<T, Error>) -> Result<T, Error> {
        self.ask_after(&[], question).1.map_err(|failed| failed.error)
    }

    /// How many rows each of these changed, [`MOST`] of them, as far as the server said so, and the answer to what is asked after them. All is
    /// sent in this order, without waiting in between: one round trip. Blocks, and performs I/O.
    pub(super) fn ask_after<T>(
        &mut self,
        held: &[Held],
        question: impl AsyncFnOnce(&Client) -> Result<T, Error>,
    ) -> (Vec<u64>, Result<T, Failed>) {
        let Self { client, carrier: Carrier { runtime, words } } = self;
        // Each speaks when it is first polled: what comes first here is said first.
        let mut answers = pin!(join(join_all(held.iter().map(|held| held.send(client))), question(client)));
        let (before, answer) = runtime.block_on(poll_fn(|context| {
            while let Poll::Ready(Some(_)) = words.poll_next(context) {}
            answers.as_mut().poll(context)
        }));
        let mut failed = |before, error: Error| {
            // The client only knows that the connection is closed.
            let ended = if error.is_closed() { words.ended.take() } else { None };
            Failed { before, error: ended.unwrap_or(error) }
        };
        let mut told = Vec::with_capacity(before.len());
        for changed in before {
            match changed {
                Ok(changed) => told.push(changed),
                Err(error) => {
                    let place = told.len();
                    return (told, Err(failed(Some(place), error)));
                }
            }
        }
        (told, answer.map_err(|error| failed(None, error)))
    }

    /// Finds out what became of the connection while nobody waited for an answer.
    pub(super) fn look(&mut self) {
        let Carrier { runtime, words } = &mut self.carrier;
        runtime.block_on(async {
            // The second time it sees what the system has told meanwhile.
            for _ in 0..2 {
                poll_fn(|context| {
                    while let Poll::Ready(Some(_)) = words.poll_next(context) {}
                    Poll::Ready(())
                })
                .await;
                tokio::task::yield_now().await;
            }
        });
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
        let end = coming.by_ref().take_while(|word| ready(word.is_ok())).for_each(async |_| ());
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
        let over = match coming.as_mut().poll_next(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Some(Ok(message))) => {
                if let AsyncMessage::Notice(notice) = &message {
                    tracing::debug!(state = notice.code().code(), "The database remarks something");
                }
                return Poll::Ready(Some(message));
            }
            Poll::Ready(Some(Err(error))) => Some(error),
            Poll::Ready(None) => None,
        };
        (self.coming, self.ended) = (None, over);
        Poll::Ready(None)
    }
}
