//! What a test's own thread logs, while others run beside it.
//!
//! A subscriber that is set for one thread can miss an event for good: while another thread meets the event for the first time, neither learns of the
//! other. So one subscriber hears the whole process from the first event on, and each test reads what its thread said.

use std::cell::RefCell;
use std::io::Write;
use std::sync::{Arc, Mutex, Once, PoisonError};

use tracing::{Level, Metadata};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// What was logged.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

thread_local! {
    static HERE: RefCell<Option<(Level, Log)>> = const { RefCell::new(None) };
}
static EVERYWHERE: Mutex<Option<Log>> = Mutex::new(None);
static LISTENING: Once = Once::new();

/// To be called before anything logs, by whatever every test of a process makes first. The first filter counts.
pub fn listen(filter: Targets) {
    LISTENING.call_once(|| {
        let paper = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(Router);
        // Refused where a subscriber is there already: then nothing is heard, and the tests that read fail.
        drop(tracing_subscriber::registry().with(filter).with(paper).try_init());
    });
}

/// What this thread logs from now on, up to this level, until the guard goes.
pub fn here(level: Level) -> (Log, Until) {
    let log = Log::default();
    HERE.set(Some((level, log.clone())));
    (log, Until(()))
}

/// What every thread logs from now on, with all that the filter lets through.
pub fn everywhere() -> Log {
    let log = Log::default();
    *EVERYWHERE.lock().unwrap_or_else(PoisonError::into_inner) = Some(log.clone());
    log
}

/// The thread is listened to until this goes.
#[derive(Debug)]
#[must_use]
pub struct Until(());

impl Drop for Until {
    fn drop(&mut self) {
        HERE.set(None);
    }
}

struct Router;

/// Those that hear an event.
struct Hearers([Option<Log>; 2]);

impl<'a> MakeWriter<'a> for Router {
    type Writer = Hearers;

    fn make_writer(&'a self) -> Hearers {
        Hearers([None, EVERYWHERE.lock().unwrap_or_else(PoisonError::into_inner).clone()])
    }

    fn make_writer_for(&'a self, event: &Metadata<'_>) -> Hearers {
        let Hearers([_, everywhere]) = self.make_writer();
        let here = HERE.with_borrow(|here| here.as_ref().filter(|(level, _)| event.level() <= level).map(|(_, log)| log.clone()));
        Hearers([here, everywhere])
    }
}

impl Write for Hearers {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for Log(hearer) in self.0.iter().flatten() {
            hearer.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
