//! The memory: one trait, SQLite behind it; every write that decides something is one conditional update.

/// The memory failed; nothing of the attempted change was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused, is full, locked or gone.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The schema cannot be brought to this version.
    #[error("the database's schema cannot be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row holds something no version of this program writes.
    #[error("a stored {0} cannot be read")]
    Unreadable(&'static str),
    /// The writer stopped: the companion is shutting down or its database thread died.
    #[error("the database's writer stopped")]
    Stopped,
}
