//! Writing key files: never over an existing key that is not in the new file.

use std::io::Write as _;
use std::path::Path;

use super::KeyRing;
use crate::random::Random;

/// Writes a new sealing key to a file that must not exist, readable by its owner only. Performs I/O.
///
/// # Errors
/// The system's, notably `AlreadyExists`: a key is never overwritten.
pub fn create_key_file(path: &Path, random: &dyn Random) -> std::io::Result<()> {
    create(path, &KeyRing::drawn(random))
}

/// Writes a ring to a file that must not exist, readable by its owner only. Performs I/O.
pub(super) fn create(path: &Path, ring: &KeyRing) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(ring.to_text().as_bytes())?;
    file.sync_all()
}
