//! The room that is left for files.

use std::path::Path;

use vestibule_model::room::Free;

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
