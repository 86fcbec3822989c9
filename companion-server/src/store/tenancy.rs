//! One companion to a database: two would each count limits, guard refreshes and wake waiters on their own.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::StoreError;
use crate::ordinary_file;

/// The sole right to serve a database; it ends with this value, or with the process however it dies.
#[derive(Debug)]
pub struct Tenancy(#[expect(dead_code, reason = "the open file is the lock")] File);

impl Tenancy {
    /// Takes the right, or `None` when another companion has it. The lock is a file beside the database: opening and closing the database
    /// file itself would end SQLite's own locks on it. Performs I/O.
    ///
    /// # Errors
    /// [`StoreError::File`] when the file beside the database cannot be made or locked.
    pub fn take(database: &Path) -> Result<Option<Self>, StoreError> {
        let mut beside = database.as_os_str().to_owned();
        beside.push(".lock");
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = ordinary_file::open(std::path::Path::new(&beside), &mut options)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}
