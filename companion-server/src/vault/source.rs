//! Where the keys come from, read again when the file changes: a running companion follows a rotation without a restart.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use super::{KeyRing, VaultRefused};
use crate::looked::Looked;
use crate::secret_file;

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
    /// It could not serve then. Rights that are put right, or a system short of files for a moment, show in no stamp: it is looked into
    /// until it serves.
    is_refused: bool,
}

impl Source {
    /// Keys in memory only.
    pub(super) fn fixed(ring: KeyRing) -> Self {
        Self { file: None, read: RwLock::new(Reading { ring: Arc::new(ring), stamp: None, is_refused: false }) }
    }

    /// Keys of a file.
    pub(super) fn open(file: &Path) -> Result<Self, VaultRefused> {
        // Before the content: a change in between is seen at the next look.
        let stamp = stamp(file);
        let ring = Arc::new(read(file)?);
        Ok(Self { file: Some(file.to_owned()), read: RwLock::new(Reading { ring, stamp, is_refused: false }) })
    }

    /// The keys as last read.
    pub(super) fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.read.read().unwrap_or_else(PoisonError::into_inner).ring)
    }

    /// The keys as the file holds them now; as last read when it is gone or cannot serve. Asks the system about the file.
    pub(super) fn latest(&self) -> Arc<KeyRing> {
        self.look(false).0
    }

    /// The same, and what became of the file, because someone says that it is as it should be.
    pub(super) fn look(&self, is_asked: bool) -> (Arc<KeyRing>, Looked) {
        let Some(file) = &self.file else { return (self.ring(), Looked::Same) };
        let now = stamp(file);
        let is_known = |reading: &Reading| reading.stamp == now && !reading.is_refused;
        let reading = self.read.read().unwrap_or_else(PoisonError::into_inner);
        if is_known(&reading) {
            return (Arc::clone(&reading.ring), Looked::Same);
        }
        drop(reading);
        let mut reading = self.read.write().unwrap_or_else(PoisonError::into_inner);
        let mut looked = Looked::Same;
        if !is_known(&reading) {
            let is_news = reading.stamp != now || is_asked;
            reading.stamp = now;
            let outcome = read(file);
            reading.is_refused = outcome.is_err();
            looked = if reading.is_refused { Looked::Refused } else { Looked::Taken };
            match outcome {
                Ok(ring) => {
                    tracing::info!(key.id = %ring.current(), keys = ring.ids().len(), "The sealing keys were read again");
                    reading.ring = Arc::new(ring);
                }
                Err(error) if is_news => {
                    tracing::error!(error.code = %error.code(), "The changed key file cannot serve; the keys in memory still do");
                }
                Err(_) => {}
            }
        }
        (Arc::clone(&reading.ring), looked)
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
