//! Logs of the desktop: one line per event to a file a day, bounded in age and in size.
//!
//! Our own crates follow the level that was asked for; all others stay at INFO whatever was asked. At TRACE, HTTP and D-Bus libraries
//! print headers and message bodies, which hold tokens and keys; our own events never do.
//!
//! | file | what it does |
//! |---|---|
//! | `files.rs` | which files there are, in which order, and which of them are too many |
//! | `writer.rs` | writes a line, and begins another file when it is time |
//! | `reading.rs` | reads all of them as one log |

use std::path::Path;

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use vestibule_model::{ErrorCode, named};

use crate::private;
use crate::system_words::SystemFault;

pub mod files;
pub(crate) mod last_sign_in;
pub mod reading;
mod writer;

use writer::LogWriter;

/// Names the variable that sets the level: `error`, `warn`, `info` (default), `debug` or `trace`.
pub const LEVEL_VARIABLE: &str = "VESTIBULE_LOG";

/// Crates whose events we vouch for.
const OURS: [&str; 4] = ["vestibule_desktop", "vestibule_model", "vestibule_app", "vestibule"];

named! {
    /// How lines are written. The companion's setting has the same words.
    #[derive(Default)]
    pub enum LogFormat {
        /// For a person.
        #[default]
        Human = "human",
        /// For a collector.
        Json = "json",
    }
}

/// How large the log may become, in bytes; the most recent lines survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// A file that reaches it is followed by another.
    pub file: u64,
    /// All files together; the oldest go.
    pub folder: u64,
}

impl Caps {
    /// A day at INFO is some hundred kilobytes; one at TRACE may be many megabytes.
    pub const USUAL: Self = Self { file: 4 << 20, folder: 20 << 20 };
}

/// Keeps the writer of the log file alive; dropping it flushes.
#[derive(Debug)]
pub struct LogGuard {
    _worker: WorkerGuard,
}

/// Why there is no log file.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The folder cannot be made or written.
    #[error("the log folder cannot be written: {0}")]
    Folder(SystemFault),
    /// Logging was started before in this process.
    #[error("logging was started before")]
    Started,
}

impl LoggingError {
    /// The catalogue's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Folder(_) => ErrorCode::LocalStorageFailed,
            Self::Started => ErrorCode::AppFault,
        }
    }
}

/// Starts logging to `folder` for the whole process.
///
/// # Errors
/// [`LoggingError`].
pub fn start(folder: &Path, level: Level, format: LogFormat) -> Result<LogGuard, LoggingError> {
    let refused = |error: std::io::Error| LoggingError::Folder(SystemFault::from(&error));
    private::folder(folder).map_err(refused)?;
    private::narrow_all(folder);
    let file = LogWriter::begin(folder, Caps::USUAL).map_err(refused)?;
    let (writer, worker) = tracing_appender::non_blocking(file);
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    let lines = match format {
        LogFormat::Human => lines.with_filter(filter(level)).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_filter(filter(level)).boxed(),
    };
    tracing_subscriber::registry().with(lines).try_init().map_err(|_| LoggingError::Started)?;
    tracing::trace!("Everything of ours is written here");
    Ok(LogGuard { _worker: worker })
}

/// The level asked for by [`LEVEL_VARIABLE`], or INFO.
pub fn level_from_environment() -> Level {
    std::env::var(LEVEL_VARIABLE).ok().and_then(|name| name.parse().ok()).unwrap_or(Level::INFO)
}

/// Our crates at `level`, all others at INFO at most. Public for the test that reads a whole day at TRACE.
pub fn filter(level: Level) -> Targets {
    let asked = LevelFilter::from_level(level);
    Targets::new().with_default(asked.min(LevelFilter::INFO)).with_targets(OURS.map(|name| (name, asked)))
}

#[cfg(test)]
mod tests;
