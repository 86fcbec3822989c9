//! A few connections, each in a thread of its own, that take commands from one queue. A command is one transaction, begun again when another
//! companion's came in between: as if there were one after the other.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::connect::Connector;
use super::session::Session;
use crate::random::{Random as _, SystemRandom};
use crate::store::visit::Visit;
use crate::store::{Lasting, StoreError};

/// Connections of one companion.
const CONNECTIONS: usize = 8;
/// Commands that wait; beyond, callers wait to be let in.
const QUEUE: usize = 1024;
/// How long a command is begun again.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a caller waits. A server that is gone is noticed by its silence on the wire, well before; one that is frozen, or a proxy that takes
/// everything and passes nothing on, is not.
const ANSWER: Duration = Duration::from_secs(12);

/// Connections that were given up and did not come back: more of them are not replaced.
const GIVEN_UP: usize = 16;

type Job = Box<dyn FnOnce(&mut Worker) -> Came + Send>;

/// Hands commands to the connections; they end with this value, after the commands that were handed over before.
pub(super) struct Pool {
    jobs: Option<mpsc::Sender<Job>>,
    crew: Arc<Crew>,
}

/// How the statements of a command hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// All of them or none, as if no other command ran meanwhile.
    Transaction(Lasting),
    /// Each by itself: what one of them keeps is kept, although the answer may be lost and the command begun again.
    OneByOne,
}

/// How a connection comes out of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    /// In time, for the next one.
    InTime,
    /// After another one took its place.
    TooLate,
}

/// Where a command is, and in whose hands.
#[derive(Debug, Default)]
struct Progress {
    state: AtomicU8,
    thread: OnceLock<ThreadId>,
}

impl Progress {
    const QUEUED: u8 = 0;
    const BEGUN: u8 = 1;
    const OVER: u8 = 2;
    const GIVEN_UP: u8 = 3;

    fn goes(&self, from: u8, to: u8) -> bool {
        self.state.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// Whether nobody gave it up before.
    fn begin(&self) -> bool {
        self.thread.get_or_init(|| std::thread::current().id());
        self.goes(Self::QUEUED, Self::BEGUN)
    }

    fn end(&self) -> Came {
        if self.goes(Self::BEGUN, Self::OVER) { Came::InTime } else { Came::TooLate }
    }

    /// It is not begun any more.
    fn is_withdrawn(&self) -> bool {
        self.goes(Self::QUEUED, Self::GIVEN_UP)
    }

    /// The thread whose connection hangs in it.
    fn give_up(&self) -> Option<ThreadId> {
        if self.goes(Self::BEGUN, Self::GIVEN_UP) { self.thread.get().copied() } else { None }
    }
}

impl Pool {
    pub(super) fn start(connector: &Connector, first: Session) -> Result<Self, StoreError> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let crew = Arc::new(Crew {
            connector: connector.clone(),
            jobs: Mutex::new(receiver),
            at_work: Mutex::default(),
            given_up: AtomicUsize::new(0),
            distrusted: Arc::default(),
        });
        let mut first = Some(first);
        for _ in 0..CONNECTIONS {
            crew.take_on(first.take())?;
        }
        Ok(Self { jobs: Some(sender), crew })
    }

    /// Runs one command and answers after its fate is known, or after so long that nobody should wait any more: the connection that hangs in it
    /// is then replaced by another. A caller that goes away does not undo it; one that still was in the queue when its caller was told is not begun.
    pub(super) async fn run<T, F>(&self, manner: Manner, command: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Visit) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let progress = Arc::new(Progress::default());
        let of_job = Arc::clone(&progress);
        let job: Job = Box::new(move |worker| {
            if !of_job.begin() {
                return Came::InTime;
            }
            let outcome = worker.run(manner, &command);
            // The caller may be gone; the change stands all the same.
            drop(answer.send(outcome));
            of_job.end()
        });
        let Some(jobs) = &self.jobs else { return Err(StoreError::Stopped) };
        let answered = async {
            jobs.send(job).await.map_err(|_| StoreError::Stopped)?;
            answered.await.unwrap_or(Err(StoreError::Stopped))
        };
        match tokio::time::timeout(ANSWER, answered).await {
            Ok(outcome) => outcome,
            Err(_) => {
                if !progress.is_withdrawn() {
                    self.crew.replace(&progress);
                }
                Err(StoreError::Silent)
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        drop(self.jobs.take());
        let threads: Vec<_> = self.crew.at_work().drain().map(|(_, thread)| thread).collect();
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("A connection to the database had stopped by itself");
            }
        }
    }
}

/// The threads that have a connection each.
struct Crew {
    connector: Connector,
    jobs: Mutex<mpsc::Receiver<Job>>,
    /// Those that are waited for at the end.
    at_work: Mutex<HashMap<ThreadId, JoinHandle<()>>>,
    /// Those that hang in a command, and that nobody waits for.
    given_up: AtomicUsize,
    /// Counts those that were given up so far: what was connected before is not trusted, and made anew before its next command.
    distrusted: Arc<AtomicUsize>,
}

impl Crew {
    fn at_work(&self) -> MutexGuard<'_, HashMap<ThreadId, JoinHandle<()>>> {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_on(self: &Arc<Self>, session: Option<Session>) -> Result<(), StoreError> {
        let (crew, worker) =
            (Arc::clone(self), Worker { connector: self.connector.clone(), session, made: 0, distrusted: Arc::clone(&self.distrusted) });
        let thread = std::thread::Builder::new().name("memory".into()).spawn(move || crew.work(worker))?;
        self.at_work().insert(thread.thread().id(), thread);
        Ok(())
    }

    fn work(&self, mut worker: Worker) {
        loop {
            // Whoever waits for a job keeps the others waiting for the lock: there is nothing else to take.
            let job = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
            let Some(job) = job else { return };
            if job(&mut worker) == Came::TooLate {
                self.given_up.fetch_sub(1, Ordering::SeqCst);
                return;
            }
        }
    }

    /// Another connection in place of the one that hangs: a proxy took everything and passes nothing on, for one. The system notices only what is
    /// lost on the wire. Nobody waits for its thread any more, at the end either.
    fn replace(self: &Arc<Self>, progress: &Progress) {
        let may_be_one_more = |given_up: usize| (given_up < GIVEN_UP).then_some(given_up + 1);
        if self.given_up.fetch_update(Ordering::SeqCst, Ordering::SeqCst, may_be_one_more).is_err() {
            tracing::error!(given_up = GIVEN_UP, "The database does not answer, and no more connections are tried");
            return;
        }
        let Some(thread) = progress.give_up() else {
            self.given_up.fetch_sub(1, Ordering::SeqCst);
            return;
        };
        drop(self.at_work().remove(&thread));
        self.distrusted.fetch_add(1, Ordering::SeqCst);
        tracing::warn!("The database does not answer: another connection takes the place of the one that hangs");
        if let Err(error) = self.take_on(None) {
            tracing::error!(%error, "There is no thread for another connection to the database");
        }
    }
}

pub(super) struct Worker {
    connector: Connector,
    session: Option<Session>,
    /// How many connections had been given up when this one was made.
    made: usize,
    distrusted: Arc<AtomicUsize>,
}

impl Worker {
    fn run<T>(&mut self, manner: Manner, command: &impl Fn(&mut dyn Visit) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let begun = Instant::now();
        let mut tried = 0_u32;
        loop {
            let outcome = self.session().and_then(|session| match manner {
                Manner::Transaction(lasting) => transaction(session, lasting, command),
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
        let distrusted = self.distrusted.load(Ordering::SeqCst);
        let session = match self.session.take().filter(|_| self.made == distrusted) {
            Some(session) => session,
            None => Session::begin(self.connector.connect()?)?,
        };
        self.made = distrusted;
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

fn transaction<T>(
    session: &mut Session,
    lasting: Lasting,
    command: &impl Fn(&mut dyn Visit) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    session.begin_transaction(lasting)?;
    match command(session) {
        Ok(outcome) => session.commit().map(|()| outcome),
        Err(error) => {
            if let Err(error) = session.roll_back() {
                tracing::debug!(%error, "There was nothing to roll back");
            }
            Err(error)
        }
    }
}
