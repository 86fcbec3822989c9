//! A file that is being written under a name of its own, and goes unless it is kept.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::with_ending;
use crate::ordinary_file;

/// What SQLite lays beside a file.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// An empty file readable by its owner only, locked for as long as this value is there.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    file: File,
}

impl Draft {
    /// What a killed command left under this name goes first.
    pub fn begin(path: PathBuf) -> io::Result<Self> {
        let file = match ordinary_file::create_private(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let left = ordinary_file::open(&path, OpenOptions::new().append(true))?;
                lock(&left)?;
                remove(&path);
                ordinary_file::create_private(&path)
            }
            made => made,
        }?;
        lock(&file)?;
        Ok(Self { path, file })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes what was written outlast a power cut, then gives it away.
    pub fn keep(self, give: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
        self.file.sync_all()?;
        give(&self.path)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(ErrorKind::ResourceBusy.into()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Nothing is left to tell of what cannot be removed: the next one tries again.
fn remove(path: &Path) {
    for ending in BESIDE {
        let _ = fs::remove_file(with_ending(path, ending));
    }
    let _ = fs::remove_file(path);
}
