//! Where the keys come from, read again when the file changes: a running companion follows a rotation without a restart.
//!
//! A look sees the file alone, and not whether it goes with the memory: another file may have been put there, or a former one put back. What a look
//! finds seals at once, because a rotation may have come to its end meanwhile, after which the memory keeps nothing under the former keys; and
//! those go on opening until whoever knows the memory has judged the new ones. Of a file that is found not to go with it, the keys only open
//! what they sealed meanwhile.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::SystemTime;

use tokio::sync::Notify;

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

/// Keys that a look found, and that seal since.
struct Newcomer {
    /// As the file holds them.
    ring: Arc<KeyRing>,
    /// Those that were in use before.
    former: Arc<KeyRing>,
}

/// The keys in use, and where they come from.
pub(super) struct Source {
    file: Option<PathBuf>,
    read: RwLock<Reading>,
    /// Keys came that nobody has judged.
    came: Notify,
}

struct Reading {
    ring: Arc<KeyRing>,
    /// What is still to be judged of `ring`.
    newcomer: Option<Newcomer>,
    /// The file's state when it was last looked into, well or not; `None` when it was not there.
    stamp: Option<Stamp>,
    /// It could not serve then. Rights that are put right, or a system short of files for a moment, show in no stamp: it is looked into
    /// until it serves.
    is_refused: bool,
    /// It was read and judged, and does not go with the memory. It is looked into again when it changes, or when somebody asks.
    is_strange: bool,
}

impl Source {
    /// Keys in memory only.
    pub(super) fn fixed(ring: KeyRing) -> Self {
        Self::of(None, Arc::new(ring), None)
    }

    /// Keys of a file.
    pub(super) fn open(file: &Path) -> Result<Self, VaultRefused> {
        // Before the content: a change in between is seen at the next look.
        let stamp = stamp(file);
        let ring = Arc::new(read(file)?);
        Ok(Self::of(Some(file.to_owned()), ring, stamp))
    }

    fn of(file: Option<PathBuf>, ring: Arc<KeyRing>, stamp: Option<Stamp>) -> Self {
        Self { file, read: RwLock::new(Reading { ring, newcomer: None, stamp, is_refused: false, is_strange: false }), came: Notify::new() }
    }

    fn reading(&self) -> RwLockReadGuard<'_, Reading> {
        self.read.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> RwLockWriteGuard<'_, Reading> {
        self.read.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys as last read.
    pub(super) fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.reading().ring)
    }

    /// The keys as the file holds them now; as last read when it is gone or cannot serve. Asks the system about the file.
    pub(super) fn latest(&self) -> Arc<KeyRing> {
        self.look(false).0
    }

    /// The same, and what became of the file, because someone says that it is as it should be.
    pub(super) fn look(&self, is_asked: bool) -> (Arc<KeyRing>, Looked) {
        let Some(file) = &self.file else { return (self.ring(), Looked::Same) };
        let now = stamp(file);
        let is_known = |reading: &Reading| reading.stamp == now && !reading.is_refused && !(is_asked && reading.is_strange);
        let reading = self.reading();
        if is_known(&reading) {
            return (Arc::clone(&reading.ring), Looked::Same);
        }
        drop(reading);
        let mut reading = self.writing();
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
                    reading.take(ring);
                    self.came.notify_one();
                }
                Err(error) if is_news => {
                    tracing::error!(error.code = %error.code(), "The changed key file cannot serve; the keys in memory still do");
                }
                Err(_) => {}
            }
        }
        (Arc::clone(&reading.ring), looked)
    }

    /// The keys that are still to be judged, as the file holds them.
    pub(super) fn newcomer(&self) -> Option<Arc<KeyRing>> {
        self.reading().newcomer.as_ref().map(|newcomer| Arc::clone(&newcomer.ring))
    }

    /// Until keys come that nobody has judged.
    pub(super) async fn newcomers(&self) {
        self.came.notified().await;
    }

    /// Settles whether these keys go with the memory; `false` where that was settled already. Others that came meanwhile wait for their own
    /// judgement.
    pub(super) fn settle(&self, judged: &Arc<KeyRing>, suits: bool) -> bool {
        let mut reading = self.writing();
        let Some(newcomer) = reading.newcomer.take_if(|newcomer| Arc::ptr_eq(&newcomer.ring, judged)) else { return false };
        reading.ring = if suits { newcomer.ring } else { Arc::new(newcomer.former.opening_too(&reading.ring)) };
        reading.is_strange = !suits;
        true
    }

    /// Whether the file that is there cannot serve.
    pub(super) fn is_refused(&self) -> bool {
        let reading = self.reading();
        reading.is_refused || reading.is_strange
    }
}

impl Reading {
    fn take(&mut self, ring: KeyRing) {
        let former = match self.newcomer.take() {
            Some(newcomer) => newcomer.former,
            None => Arc::clone(&self.ring),
        };
        let in_use = ring.opening_too(&self.ring);
        self.newcomer = Some(Newcomer { ring: Arc::new(ring), former });
        self.ring = Arc::new(in_use);
        self.is_strange = false;
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
