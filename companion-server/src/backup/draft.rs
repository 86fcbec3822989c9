//! A file that is being written under a name of its own, and goes unless it is kept.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::ordinary_file::{self, UNFINISHED};
use crate::store::{BESIDE, beside};

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

/// Removes what killed commands left in the folder of a file, whatever name they were to give it. What is being written is locked and stays;
/// what cannot be looked at hinders nobody.
pub fn sweep_beside(file: &Path) {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = fs::read_dir(folder) else { return };
    let left = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().ends_with(UNFINISHED)).map(|entry| entry.path());
    for path in left {
        let opened = ordinary_file::open(&path, OpenOptions::new().append(true));
        if opened.is_ok_and(|opened| lock(&opened).is_ok()) {
            tracing::info!(file = %path.display(), "What a killed command left is removed");
            remove(&path);
        }
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
        let _ = fs::remove_file(beside(path, ending));
    }
    let _ = fs::remove_file(path);
}
