//! Logs of the desktop: one line per event to a file that rolls daily, fourteen files kept.
//!
//! Our own crates follow the level that was asked for; all others stay at INFO whatever was asked. At TRACE, HTTP and D-Bus libraries
//! print headers and message bodies, which hold tokens and keys; our own events never do.

use std::path::{Path, PathBuf};

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use vestibule_model::ErrorCode;

use crate::private;

/// Names the variable that sets the level: `error`, `warn`, `info` (default), `debug` or `trace`.
pub const LEVEL_VARIABLE: &str = "VESTIBULE_LOG";

/// Daily files kept.
const KEPT: usize = 14;

/// Crates whose events we vouch for.
const OURS: [&str; 4] = ["vestibule_desktop", "vestibule_model", "vestibule_app", "vestibule"];

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
    Folder(String),
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
pub fn start(folder: &Path, level: Level) -> Result<LogGuard, LoggingError> {
    private::folder(folder).map_err(|error| LoggingError::Folder(error.to_string()))?;
    private::narrow_all(folder);
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("vestibule")
        .filename_suffix("log")
        .max_log_files(KEPT)
        .build(folder)
        .map_err(|error| LoggingError::Folder(error.to_string()))?;
    let (writer, worker) = tracing_appender::non_blocking(PrivateFile { file, folder: folder.to_owned(), narrowed: None });
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false).with_filter(filter(level));
    tracing_subscriber::registry().with(lines).try_init().map_err(|_| LoggingError::Started)?;
    tracing::trace!("Everything of ours is written here");
    Ok(LogGuard { _worker: worker })
}

/// A rolling file that is closed to others from its first line on.
struct PrivateFile {
    file: RollingFileAppender,
    folder: PathBuf,
    /// The day, since 1970, whose file was narrowed.
    narrowed: Option<u64>,
}

impl std::io::Write for PrivateFile {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(line)?;
        // The appender makes a file a day, with the mode that the umask leaves.
        let day = today();
        if self.narrowed.replace(day) != Some(day) {
            private::narrow_all(&self.folder);
        }
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Days since 1970, as the appender counts them.
fn today() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "names of log files follow the workstation's own day, whatever clock was handed in")]
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs() / 86_400)
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
