/// The memory failed; nothing of the attempted change was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused, is full, locked or gone.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The schema cannot be brought to this version.
    #[error("the database's schema cannot be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The file cannot be made, or not readable by its owner only.
    #[error("the database's file cannot be prepared")]
    File(#[from] std::io::Error),
    /// A row holds something no version of this program writes, or that was sealed for another place.
    #[error("a stored {0} cannot be read")]
    Unreadable(&'static str),
    /// The changes were made but could not be made durable.
    #[error("the database could not keep the change")]
    NotCommitted,
    /// The writer stopped: the companion is shutting down or its database thread died.
    #[error("the database's writer stopped")]
    Stopped,
}
