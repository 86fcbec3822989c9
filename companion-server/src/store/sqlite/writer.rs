//! The one writer. Commands that wait while a commit goes to disk share the next one: a durable commit costs
//! milliseconds, a command inside it tens of microseconds.

use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::connection::Connection;
use crate::store::visit::Visit;
use crate::store::{Lasting, StoreError};

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

type Run = Box<dyn FnOnce(&mut dyn Visit) -> Done + Send>;

struct Command {
    run: Run,
    lasting: Lasting,
}

/// What a commit waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flushing {
    /// The disk.
    EveryCommit,
    /// Nothing: the next one that does brings it along. A kill of the process loses nothing of it.
    Later,
}

impl Flushing {
    const fn pragma(self) -> &'static str {
        match self {
            Self::EveryCommit => "PRAGMA synchronous = FULL",
            Self::Later => "PRAGMA synchronous = NORMAL",
        }
    }
}

/// Hands commands to the writer's thread; it ends with this value, after the commands that were handed over before.
pub(super) struct Writer {
    commands: Option<mpsc::Sender<Command>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new().name("memory".into()).spawn(move || run(connection, receiver))?;
        Ok(Self { commands: Some(sender), thread: Some(thread) })
    }

    /// Runs one command atomically and answers once it is kept. A caller that goes away does not undo it.
    pub(super) async fn write<T, F>(&self, lasting: Lasting, command: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Visit) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        // The caller may be gone; the change stands all the same.
        self.hand_over(lasting, command, move |told| drop(answer.send(told))).await?;
        let is_stopped = || self.commands.as_ref().is_none_or(mpsc::Sender::is_closed);
        answered.await.unwrap_or_else(|_| Err(if is_stopped() { StoreError::Stopped } else { StoreError::NotCommitted }))
    }

    /// Hands one command over and answers at once: every command that comes later finds it done. What becomes of it is told to `settle`.
    pub(super) async fn hand_over<T, F>(
        &self,
        lasting: Lasting,
        command: F,
        settle: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) -> Result<(), StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Visit) -> Result<T, StoreError> + Send + 'static,
    {
        let run: Run = Box::new(move |visit| {
            let outcome = command(visit);
            Done {
                keep: outcome.is_ok(),
                settle: Box::new(move |committed| settle(if committed { outcome } else { outcome.and(Err(StoreError::NotCommitted)) })),
            }
        });
        let Some(commands) = &self.commands else { return Err(StoreError::Stopped) };
        commands.send(Command { run, lasting }).await.map_err(|_| StoreError::Stopped)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.commands.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("The database's writer had stopped by itself");
        }
    }
}

fn run(mut connection: Connection, mut commands: mpsc::Receiver<Command>) {
    let mut group = Vec::with_capacity(GROUP);
    let mut flushing = Flushing::EveryCommit;
    while commands.blocking_recv_many(&mut group, GROUP) > 0 {
        let mut settled = Vec::with_capacity(group.len());
        let committed = match commit(&mut connection, &mut flushing, &mut group, &mut settled) {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(error = %error, "The database could not keep a group of changes");
                // Without this the connection would stay inside the broken transaction.
                if let Err(error) = connection.execute("ROLLBACK", &[]) {
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
    // What this connection wrote goes into the file by its own hand: a reader that came after the journal was removed has another one.
    if let Err(error) = connection.rows("PRAGMA wal_checkpoint(PASSIVE)", &[]) {
        tracing::warn!(error = %error, "What lies beside the database could not be brought into it");
    }
    if let Err(error) = connection.close() {
        tracing::warn!(error = %error, "The database did not close cleanly");
    }
}

fn commit(
    connection: &mut Connection,
    flushing: &mut Flushing,
    group: &mut Vec<Command>,
    settled: &mut Vec<Settle>,
) -> Result<(), StoreError> {
    let wanted = if group.iter().any(|command| command.lasting == Lasting::AtOnce) { Flushing::EveryCommit } else { Flushing::Later };
    if *flushing != wanted {
        connection.script(wanted.pragma())?;
        *flushing = wanted;
    }
    connection.execute("BEGIN IMMEDIATE", &[])?;
    for (place, command) in group.drain(..).enumerate() {
        // Before the first one there is nothing to be kept apart from it, and it is alone most of the time: a savepoint copies every page that
        // it sees changed.
        let is_first = place == 0;
        if !is_first {
            connection.execute("SAVEPOINT command", &[])?;
        }
        let done = (command.run)(connection);
        settled.push(done.settle);
        match (done.keep, is_first) {
            (true, true) => {}
            (false, true) => {
                connection.execute("ROLLBACK", &[])?;
                connection.execute("BEGIN IMMEDIATE", &[])?;
            }
            (keep, false) => {
                if !keep {
                    connection.execute("ROLLBACK TO command", &[])?;
                }
                connection.execute("RELEASE command", &[])?;
            }
        }
    }
    connection.execute("COMMIT", &[])?;
    Ok(())
}
