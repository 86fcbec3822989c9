//! Logs of the desktop: one line per event to a file that rolls daily.

use vestibule_model::ErrorCode;

/// Keeps the log file's writer alive; dropping it flushes.
#[derive(Debug)]
pub struct LogGuard {
    _worker: tracing_appender::non_blocking::WorkerGuard,
}

/// Why there is no log file.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The folder cannot be made or written.
    #[error("the log folder cannot be written: {0}")]
    Folder(String),
}

impl LoggingError {
    /// The catalogue's code.
    pub fn code(&self) -> ErrorCode {
        ErrorCode::LocalStorageFailed
    }
}
