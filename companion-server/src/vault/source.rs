//! Where the keys come from, read again when the file changes: a running companion follows a rotation without a restart.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use super::{KeyRing, VaultRefused};
use crate::config::secret_file;

/// What tells one version of a file from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    changed: Option<SystemTime>,
    length: u64,
    /// A replaced file is another one, however fast it was replaced.
    number: u64,
}

/// The keys in use, and where they come from.
pub(super) struct Source {
    file: Option<PathBuf>,
    read: RwLock<Reading>,
}

#[derive(Clone)]
struct Reading {
    ring: Arc<KeyRing>,
    /// The file's state when it was last looked into, well or not; `None` when it was not there.
    stamp: Option<Stamp>,
}

impl Source {
    /// Keys in memory only.
    pub(super) fn fixed(ring: KeyRing) -> Self {
        Self { file: None, read: RwLock::new(Reading { ring: Arc::new(ring), stamp: None }) }
    }

    /// Keys of a file.
    pub(super) fn open(file: &Path) -> Result<Self, VaultRefused> {
        // Before the content: a change in between is seen at the next look.
        let stamp = stamp(file);
        let ring = Arc::new(read(file)?);
        Ok(Self { file: Some(file.to_owned()), read: RwLock::new(Reading { ring, stamp }) })
    }

    /// The keys as last read.
    pub(super) fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.read.read().unwrap_or_else(PoisonError::into_inner).ring)
    }

    /// The keys as the file holds them now; as last read when it is gone or cannot serve. Asks the system about the file.
    pub(super) fn latest(&self) -> Arc<KeyRing> {
        let Some(file) = &self.file else { return self.ring() };
        let now = stamp(file);
        if self.read.read().unwrap_or_else(PoisonError::into_inner).stamp == now {
            return self.ring();
        }
        let mut reading = self.read.write().unwrap_or_else(PoisonError::into_inner);
        if reading.stamp != now {
            reading.stamp = now;
            match read(file) {
                Ok(ring) => {
                    tracing::info!(key.id = %ring.current(), keys = ring.ids().len(), "The sealing keys were read again");
                    reading.ring = Arc::new(ring);
                }
                Err(error) => {
                    tracing::error!(error.code = %error.code(), "The changed key file cannot serve; the keys in memory still do");
                }
            }
        }
        Arc::clone(&reading.ring)
    }
}

/// Reads a key file. Performs I/O.
///
/// # Errors
/// [`VaultRefused`]
pub fn read(file: &Path) -> Result<KeyRing, VaultRefused> {
    KeyRing::parse(&secret_file::read(file)?)
}

fn stamp(file: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(file).ok()?;
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let number = 0;
    Some(Stamp { changed: metadata.modified().ok(), length: metadata.len(), number })
}
