//! Watches the readers: one thread that blocks in the service, and a task's end of it.
//!
//! Nothing is asked while nothing changes. A service that is not there is asked for at growing pauses; one that comes back at once without
//! any news (readers of other sessions, a count that is not taken) is asked less and less often, or it would take a processor.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::aggregate::Aggregate;
use super::{CardService, Happening, Presence, ReaderView, Sight, Waker};
use crate::clock::{Clock, Wakes};
use crate::quiet::carried;

/// Readers are listed anew so often even if the service never says that one came.
const LONGEST: Duration = Duration::from_secs(300);

/// Between two tries to find a service that is not there: the first pause, and the longest.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// The same after a call that came back at once without news.
const EMPTY_HANDED: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(2));

/// A call that took so long did wait.
const WAITED: Duration = Duration::from_secs(1);

/// A task's end of a watch. Dropped, the watch ends.
#[derive(Debug)]
pub struct CardWatch {
    sights: UnboundedReceiver<Sight>,
    aggregate: Aggregate,
    wakes: Arc<Wakes>,
    told: Option<(Presence, Vec<ReaderView>)>,
    _stop: Stop,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watching {
    pub presence: Presence,
    pub readers: Vec<ReaderView>,
    /// Readers with a card of the family, in this order.
    pub cps: Vec<String>,
    pub happened: Vec<Happening>,
}

impl CardWatch {
    /// Starts one; the first [`Self::next`] says what is there.
    pub fn start(service: Arc<dyn CardService>, wakes: Arc<Wakes>) -> Self {
        let (sights_in, sights) = unbounded_channel();
        let (stop_in, stop) = mpsc::channel();
        let waker = SharedWaker::default();
        let watcher = Watcher { service, sights: sights_in, stop, waker: waker.clone(), last: None };
        let thread = std::thread::Builder::new().name("cards".to_owned()).spawn(carried(move || watcher.run()));
        if let Err(error) = thread {
            tracing::warn!(%error, "No card is watched");
        }
        Self { sights, aggregate: Aggregate::default(), wakes, told: None, _stop: Stop { waker, _told: stop_in } }
    }

    /// The next change; never, where nothing can be watched. Lost by nobody who stops waiting.
    pub async fn next(&mut self) -> Watching {
        loop {
            let clock = self.wakes.clock();
            let due = self.aggregate.next_due().map(|at| at.saturating_sub(clock.elapsed()));
            let happened = tokio::select! {
                biased;
                sight = self.sights.recv() => match sight {
                    Some(sight) => self.looked(sight),
                    None => std::future::pending().await,
                },
                () = sleep(clock.as_ref(), due) => self.aggregate.due(clock.elapsed()),
            };
            let now = Some((self.aggregate.presence(), self.aggregate.readers()));
            if self.told != now || !happened.is_empty() {
                self.told = now;
                return self.watching(happened);
            }
        }
    }

    fn watching(&self, happened: Vec<Happening>) -> Watching {
        let cps = self.aggregate.cps().into_iter().map(str::to_owned).collect();
        Watching { presence: self.aggregate.presence(), readers: self.aggregate.readers(), cps, happened }
    }

    fn looked(&mut self, sight: Sight) -> Vec<Happening> {
        if let Some(woke) = self.wakes.look() {
            self.aggregate.woke(woke);
        }
        self.aggregate.look(sight, self.wakes.clock().elapsed())
    }
}

async fn sleep(clock: &dyn Clock, duration: Option<Duration>) {
    match duration {
        Some(duration) => clock.sleep(duration).await,
        None => std::future::pending().await,
    }
}

#[derive(Clone, Default)]
struct SharedWaker(Arc<Mutex<Option<Waker>>>);

impl SharedWaker {
    fn set(&self, waker: Option<Waker>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = waker;
    }
}

impl std::fmt::Debug for SharedWaker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SharedWaker")
    }
}

/// Ends the thread: at its next look, and that look at once.
#[derive(Debug)]
struct Stop {
    waker: SharedWaker,
    _told: Sender<()>,
}

impl Drop for Stop {
    fn drop(&mut self) {
        if let Some(wake) = self.waker.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            wake();
        }
    }
}

struct Watcher {
    service: Arc<dyn CardService>,
    sights: UnboundedSender<Sight>,
    stop: Receiver<()>,
    waker: SharedWaker,
    last: Option<Sight>,
}

/// Nobody watches any more.
struct Over;

impl Watcher {
    fn run(mut self) {
        let mut pause = RETRY.0;
        while let Ok(was_there) = self.connected() {
            pause = if was_there { RETRY.0 } else { (pause * 2).min(RETRY.1) };
            if self.rest(pause).is_err() {
                return;
            }
        }
    }

    /// One connection until it fails; whether there was one.
    fn connected(&mut self) -> Result<bool, Over> {
        let mut connection = match self.service.connect() {
            Ok(connection) => connection,
            Err(fault) => return self.tell(Err(fault)).map(|()| false),
        };
        self.waker.set(Some(connection.waker()));
        let mut empty_handed = EMPTY_HANDED.0;
        let fault = loop {
            self.rest(Duration::ZERO)?;
            let began = Instant::now();
            let readers = match connection.next(LONGEST) {
                Ok(readers) => readers,
                Err(fault) => break fault,
            };
            let has_news = self.last.as_ref() != Some(&Ok(readers.clone()));
            if has_news || began.elapsed() >= WAITED {
                empty_handed = EMPTY_HANDED.0;
            } else {
                self.rest(empty_handed)?;
                empty_handed = (empty_handed * 2).min(EMPTY_HANDED.1);
            }
            self.tell(Ok(readers))?;
        };
        self.waker.set(None);
        self.tell(Err(fault))?;
        Ok(true)
    }

    /// What is new.
    fn tell(&mut self, sight: Sight) -> Result<(), Over> {
        if self.last.as_ref() == Some(&sight) {
            return Ok(());
        }
        match &sight {
            Ok(readers) if !matches!(self.last, Some(Ok(_))) => tracing::info!(readers = readers.len(), "Card readers are watched"),
            Ok(_) => {}
            Err(error) => tracing::info!(%error, "No card reader can be watched"),
        }
        self.last = Some(sight.clone());
        self.sights.send(sight).map_err(|_| Over)
    }

    /// A pause that the end of the watch ends.
    fn rest(&self, pause: Duration) -> Result<(), Over> {
        match self.stop.recv_timeout(pause) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => Err(Over),
        }
    }
}
