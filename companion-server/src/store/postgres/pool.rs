//! A few connections, each in a thread of its own, that take commands from one queue. A command is one transaction, begun again when another
//! companion's came in between: as if there were one after the other.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::connect::Connector;
use super::session::Session;
use crate::random::{Random as _, SystemRandom};
use crate::store::StoreError;
use crate::store::visit::Visit;

/// Connections of one companion.
const CONNECTIONS: usize = 8;
/// Commands that wait; beyond, callers wait to be let in.
const QUEUE: usize = 1024;
/// How long a command is begun again.
const PATIENCE: Duration = Duration::from_secs(8);

type Job = Box<dyn FnOnce(&mut Worker) + Send>;

/// Hands commands to the connections; they end with this value, after the commands that were handed over before.
pub(super) struct Pool {
    jobs: Option<mpsc::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

/// How the statements of a command hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// All of them or none, as if no other command ran meanwhile.
    Transaction,
    /// Each by itself: what one of them keeps is kept, although the answer may be lost and the command begun again.
    OneByOne,
}

impl Pool {
    pub(super) fn start(connector: &Connector, first: Session) -> Result<Self, StoreError> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let receiver = Arc::new(Mutex::new(receiver));
        let mut first = Some(first);
        let mut threads = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            let (receiver, worker) = (Arc::clone(&receiver), Worker { connector: connector.clone(), session: first.take() });
            threads.push(std::thread::Builder::new().name("memory".into()).spawn(move || work(worker, &receiver))?);
        }
        Ok(Self { jobs: Some(sender), threads })
    }

    /// Runs one command and answers after its fate is known. A caller that goes away does not undo it.
    pub(super) async fn run<T, F>(&self, manner: Manner, command: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Visit) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |worker| {
            let outcome = worker.run(manner, &command);
            // The caller may be gone; the change stands all the same.
            drop(answer.send(outcome));
        });
        let Some(jobs) = &self.jobs else { return Err(StoreError::Stopped) };
        jobs.send(job).await.map_err(|_| StoreError::Stopped)?;
        answered.await.unwrap_or(Err(StoreError::Stopped))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        drop(self.jobs.take());
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("A connection to the database had stopped by itself");
            }
        }
    }
}

fn work(mut worker: Worker, jobs: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        // Whoever waits for a job keeps the others waiting for the lock: there is nothing else to take.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(job) = job else { return };
        job(&mut worker);
    }
}

pub(super) struct Worker {
    connector: Connector,
    session: Option<Session>,
}

impl Worker {
    fn run<T>(&mut self, manner: Manner, command: &impl Fn(&mut dyn Visit) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let begun = Instant::now();
        let mut tried = 0_u32;
        loop {
            let outcome = self.session().and_then(|session| match manner {
                Manner::Transaction => transaction(session, command),
                Manner::OneByOne => command(session),
            });
            let is_lost = self.session.as_ref().is_some_and(Session::is_closed);
            if is_lost {
                self.session = None;
            }
            match outcome {
                // Whatever was said of a connection that is lost: nothing of the command is kept, unless its end was asked for.
                Err(error)
                    if (error.may_be_tried_again() || is_lost && !matches!(error, StoreError::NotCommitted))
                        && begun.elapsed() < PATIENCE =>
                {
                    tried += 1;
                    tracing::debug!(tried, %error, "A command begins again");
                    pause(tried);
                }
                outcome => return outcome,
            }
        }
    }

    fn session(&mut self) -> Result<&mut Session, StoreError> {
        let session = match self.session.take() {
            Some(session) => session,
            None => Session::begin(self.connector.connect()?)?,
        };
        Ok(self.session.insert(session))
    }
}

/// Whoever met another steps aside for a moment that grows, and is never the same for two.
fn pause(tried: u32) {
    let most = 1_u64 << tried.min(6);
    let mut drawn = [0_u8; 1];
    SystemRandom.fill(&mut drawn);
    #[expect(clippy::disallowed_methods, reason = "nothing tells when the other one is done: its transaction is another process's")]
    std::thread::sleep(Duration::from_millis(u64::from(drawn[0]) * most / 255));
}

fn transaction<T>(session: &mut Session, command: &impl Fn(&mut dyn Visit) -> Result<T, StoreError>) -> Result<T, StoreError> {
    session.script("BEGIN ISOLATION LEVEL SERIALIZABLE")?;
    match command(session) {
        // What a lost connection says at this moment does not tell whether the change is kept.
        Ok(outcome) => match session.script("COMMIT") {
            Ok(()) => Ok(outcome),
            Err(error) if error.may_be_tried_again() && !session.is_closed() => Err(error),
            Err(error) => {
                tracing::error!(%error, "The database did not say whether it kept a change");
                Err(StoreError::NotCommitted)
            }
        },
        Err(error) => {
            if let Err(error) = session.script("ROLLBACK") {
                tracing::debug!(%error, "There was nothing to roll back");
            }
            Err(error)
        }
    }
}
