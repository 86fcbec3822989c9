//! Files and folders of this user alone, whatever the umask: made so, and narrowed when they were made wider.
//!
//! Nothing secret stands in any of them. But a log says who came when, and whoever may open a lock may hold it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

#[cfg(unix)]
#[path = "private/unix.rs"]
mod system;
/// Elsewhere, what is below the user's own folders belongs to the user already.
#[cfg(not(unix))]
#[path = "private/elsewhere.rs"]
mod system;

/// Makes the folder, and closes it to others.
///
/// # Errors
/// Of the system; also when the folder is another user's.
pub fn folder(path: &Path) -> io::Result<()> {
    system::folder(path)
}

/// Opens or makes a file in a folder of ours.
///
/// # Errors
/// As [`folder`].
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    path.parent().map_or(Ok(()), folder)?;
    system::open(path, options)
}

/// Opens or makes a file that is only ever locked. One that others could open is replaced: somebody may be holding it still.
///
/// # Errors
/// As [`folder`].
pub fn lock_file(path: &Path) -> io::Result<File> {
    path.parent().map_or(Ok(()), folder)?;
    system::forsake_if_open_to_others(path)?;
    system::open(path, OpenOptions::new().create(true).truncate(false).write(true))
}

/// Writes the whole file, or leaves the old one.
///
/// # Errors
/// As [`folder`].
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let draft = Path::new(&draft);
    let mut file = open(draft, OpenOptions::new().create(true).truncate(true).write(true))?;
    file.write_all(text.as_bytes())?;
    std::fs::rename(draft, path)
}

/// Writes a new file in a folder that need not be ours, through to the disk. One that is there already stays.
///
/// # Errors
/// Of the system.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = system::make(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Closes every file of the folder to others; those that cannot be are left.
pub fn narrow_all(path: &Path) {
    let Ok(entries) = std::fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        if let Err(error) = system::narrow_file(&entry.path()) {
            tracing::debug!(%error, "A file of ours stays as it is");
        }
    }
}
