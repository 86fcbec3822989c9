//! The room that is left for files.

use std::path::Path;

/// One mebibyte.
pub const MIB: u64 = 1 << 20;
/// With less room than this, what is to be recorded soon cannot be.
pub const FULL: u64 = 16 * MIB;
/// With less room than this, somebody should make some.
pub const SCARCE: u64 = 512 * MIB;

/// What a file system still takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Free {
    pub bytes: u64,
    /// `None` where it has no limit of its own.
    pub files: Option<u64>,
}

impl Free {
    /// Whether nothing more can be counted on.
    pub fn is_full(self) -> bool {
        self.bytes < FULL || self.files == Some(0)
    }
}

/// `None` where the system does not say. Performs I/O.
#[cfg(unix)]
pub fn free(folder: &Path) -> Option<Free> {
    let said = rustix::fs::statvfs(folder).ok()?;
    Some(Free { bytes: said.f_bavail.saturating_mul(said.f_frsize), files: (said.f_files > 0).then_some(said.f_favail) })
}

/// `None` where the system does not say.
#[cfg(not(unix))]
pub fn free(_: &Path) -> Option<Free> {
    None
}
