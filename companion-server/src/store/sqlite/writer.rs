//! The one writer. Commands that wait while a commit goes to disk share the next one: a durable commit costs
//! milliseconds, a command inside it tens of microseconds.
//!
//! A command that fails takes nobody else's changes with it. That is rare, and to be ready for it costs every command (a savepoint copies each
//! page that it sees changed): a group is tried without, and run again with savepoints when one of it failed.

use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::connection::Connection;
use crate::store::visit::Visit;
use crate::store::{Lasting, StoreError};

/// Commands in one commit.
const GROUP: usize = 64;
/// Commands that wait; beyond, callers wait to be let in.
const QUEUE: usize = 1024;

/// A command and its caller.
trait Run: Send {
    /// Runs it, whatever became of it before; whether its changes are to be kept. Only the last run counts.
    fn run(&mut self, visit: &mut dyn Visit) -> bool;

    /// Answers the caller, once the commit's fate is known.
    fn settle(self: Box<Self>, committed: bool);
}

/// A command that was handed over, and what came of it.
struct Handed<T, F, S> {
    command: F,
    settle: S,
    outcome: Option<Result<T, StoreError>>,
}

impl<T, F, S> Run for Handed<T, F, S>
where
    T: Send,
    F: Fn(&mut dyn Visit) -> Result<T, StoreError> + Send,
    S: FnOnce(Result<T, StoreError>) + Send,
{
    fn run(&mut self, visit: &mut dyn Visit) -> bool {
        self.outcome.insert((self.command)(visit)).is_ok()
    }

    fn settle(self: Box<Self>, committed: bool) {
        let outcome = self.outcome.unwrap_or(Err(StoreError::NotCommitted));
        (self.settle)(if committed { outcome } else { outcome.and(Err(StoreError::NotCommitted)) });
    }
}

struct Command {
    run: Box<dyn Run>,
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
        F: Fn(&mut dyn Visit) -> Result<T, StoreError> + Send + 'static,
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
        F: Fn(&mut dyn Visit) -> Result<T, StoreError> + Send + 'static,
    {
        let Some(commands) = &self.commands else { return Err(StoreError::Stopped) };
        let run = Box::new(Handed { command, settle, outcome: None });
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
        let committed = match commit(&mut connection, &mut flushing, &mut group) {
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
        // Commands that did not even run are told that nothing was kept.
        for command in group.drain(..) {
            command.run.settle(committed);
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

fn commit(connection: &mut Connection, flushing: &mut Flushing, group: &mut [Command]) -> Result<(), StoreError> {
    let wanted = if group.iter().any(|command| command.lasting == Lasting::AtOnce) { Flushing::EveryCommit } else { Flushing::Later };
    if *flushing != wanted {
        connection.script(wanted.pragma())?;
        *flushing = wanted;
    }
    connection.execute("BEGIN IMMEDIATE", &[])?;
    if !group.iter_mut().all(|command| command.run.run(connection)) {
        connection.execute("ROLLBACK", &[])?;
        connection.execute("BEGIN IMMEDIATE", &[])?;
        // One that failed alone has changed nothing by now, and would fail again.
        if group.len() > 1 {
            each_by_itself(connection, group)?;
        }
    }
    connection.execute("COMMIT", &[])?;
    Ok(())
}

/// What a command that fails changed is undone, and nothing else is.
fn each_by_itself(connection: &mut Connection, group: &mut [Command]) -> Result<(), StoreError> {
    for command in group {
        connection.execute("SAVEPOINT command", &[])?;
        if !command.run.run(connection) {
            connection.execute("ROLLBACK TO command", &[])?;
        }
        connection.execute("RELEASE command", &[])?;
    }
    Ok(())
}
