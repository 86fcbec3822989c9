//! The one writer. Commands that wait while a commit goes to disk share the next one: a durable commit costs
//! milliseconds, a command inside it tens of microseconds.

use futures::future::BoxFuture;
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::store::StoreError;

/// Commands in one commit.
const GROUP: usize = 64;
/// Commands that wait; beyond, callers wait to be let in.
const QUEUE: usize = 1024;

/// Answers the caller, once the commit's fate is known.
type Settle = Box<dyn FnOnce(bool) + Send>;

struct Done {
    keep: bool,
    settle: Settle,
}

type Command = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Done> + Send>;

/// Hands commands to the writer's task.
#[derive(Clone)]
pub(super) struct Writer(mpsc::Sender<Command>);

impl Writer {
    /// Starts the task; it stops when the last handle is gone.
    pub(super) fn start(connection: SqliteConnection) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(run(connection, receiver));
        Self(sender)
    }

    /// Runs one command atomically and answers after it is durable. A caller that goes away does not undo it.
    pub(super) async fn write<T, F>(&self, command: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let command: Command = Box::new(move |connection| {
            Box::pin(async move {
                let outcome = command(connection).await;
                Done {
                    keep: outcome.is_ok(),
                    settle: Box::new(move |committed| {
                        let told = if committed { outcome } else { outcome.and(Err(StoreError::NotCommitted)) };
                        // The caller may be gone; the change stands all the same.
                        drop(answer.send(told));
                    }),
                }
            })
        });
        self.0.send(command).await.map_err(|_| StoreError::Stopped)?;
        answered.await.unwrap_or_else(|_| Err(if self.0.is_closed() { StoreError::Stopped } else { StoreError::NotCommitted }))
    }
}

async fn run(mut connection: SqliteConnection, mut commands: mpsc::Receiver<Command>) {
    let mut group = Vec::with_capacity(GROUP);
    while commands.recv_many(&mut group, GROUP).await > 0 {
        let mut settled = Vec::with_capacity(group.len());
        let committed = match commit(&mut connection, &mut group, &mut settled).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(error = %error, "The database could not keep a group of changes");
                // Without this the connection would stay inside the broken transaction.
                if let Err(error) = sqlx::query("ROLLBACK").execute(&mut connection).await {
                    tracing::debug!(error = %error, "There was nothing to roll back");
                }
                false
            }
        };
        // Commands that did not even run are dropped here, which tells their callers that nothing was kept.
        group.clear();
        for settle in settled {
            settle(committed);
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(error = %error, "The database did not close cleanly");
    }
}

async fn commit(connection: &mut SqliteConnection, group: &mut Vec<Command>, settled: &mut Vec<Settle>) -> Result<(), sqlx::Error> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    for command in group.drain(..) {
        sqlx::query("SAVEPOINT command").execute(&mut *connection).await?;
        let done = command(connection).await;
        settled.push(done.settle);
        if !done.keep {
            sqlx::query("ROLLBACK TO command").execute(&mut *connection).await?;
        }
        sqlx::query("RELEASE command").execute(&mut *connection).await?;
    }
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    Ok(())
}
