//! Secrets come from files, and from files that not everyone can read.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// Longest accepted secret file, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// Why a secret file cannot serve. In French: the administrator reads it.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileRefused {
    /// The file is missing or unreadable.
    #[error("« {} » est illisible : {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Any local account could read it.
    #[error("« {} » est lisible par tous ; retirez ce droit (chmod o-rwx)", path.display())]
    ReadableByEveryone {
        /// The file.
        path: PathBuf,
    },
    /// Not a regular file, empty, or far too long.
    #[error("« {} » est vide, trop long ou n’est pas un fichier", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
    },
}

/// Reads a secret file once. Performs I/O.
///
/// # Errors
/// [`SecretFileRefused`] when it cannot be read, is readable by everyone, or is empty or longer than 64 KiB.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, SecretFileRefused> {
    let unreadable = |source| SecretFileRefused::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    // The open file is judged, not the path: nobody can swap it in between.
    let metadata = file.metadata().map_err(unreadable)?;
    if is_readable_by_everyone(&metadata) {
        return Err(SecretFileRefused::ReadableByEveryone { path: path.to_owned() });
    }
    if !metadata.is_file() || metadata.len() == 0 || metadata.len() > MAX_BYTES {
        return Err(SecretFileRefused::Unusable { path: path.to_owned() });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_BYTES).unwrap_or(0) + 1));
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

#[cfg(unix)]
fn is_readable_by_everyone(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o004 != 0
}

#[cfg(not(unix))]
fn is_readable_by_everyone(_: &Metadata) -> bool {
    false
}
