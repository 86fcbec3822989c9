//! Writing key files. At every moment, also after a power cut, the file is whole: the former one or the new one.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::{KeyRing, VaultRefused};
use crate::ordinary_file::{create_private, sync_folder_of, write_private};
use crate::random::Random;

/// Writes a new sealing key to a file that must not exist, readable by its owner only. Performs I/O.
///
/// # Errors
/// The system's, notably `AlreadyExists`: a key is never overwritten.
pub fn create_key_file(path: &Path, random: &dyn Random) -> io::Result<()> {
    write_key_file(path, &KeyRing::drawn(random))
}

/// Writes keys to a file that must not exist, readable by its owner only. Performs I/O.
///
/// # Errors
/// The system's, notably `AlreadyExists`.
pub fn write_key_file(path: &Path, ring: &KeyRing) -> io::Result<()> {
    write_private(path, ring.to_text().as_bytes())
}

/// Puts other keys into an existing file, which keeps its owner, group and mode; links are followed. Performs I/O.
///
/// # Errors
/// The system's; the file is then what it was.
pub fn replace_key_file(path: &Path, ring: &KeyRing) -> io::Result<()> {
    let target = path.canonicalize()?;
    let beside = beside(&target);
    match std::fs::remove_file(&beside) {
        // Left by a run that was killed here: nothing was ever sealed under a key that no key file holds.
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut file = create_private(&beside)?;
    let written = file.write_all(ring.to_text().as_bytes()).and_then(|()| resemble(&file, &target)).and_then(|()| file.sync_all());
    if let Err(error) = written.and_then(|()| std::fs::rename(&beside, &target)) {
        // The first reason counts; what could not be removed goes at the next run.
        let _ = std::fs::remove_file(&beside);
        return Err(error);
    }
    // Otherwise a power cut could bring the former name back after rows were wrapped with the new key.
    sync_folder_of(&target)
}

/// Refuses a key file in the database's folder or below it, links followed: a copy of the one would take the other along. Performs I/O.
///
/// # Errors
/// [`VaultRefused::BesideDatabase`]
pub fn refuse_beside(file: &Path, database: &Path) -> Result<(), VaultRefused> {
    let folder = folder_of(database);
    // A file that is still to be written is where its folder is. What has no folder holds nothing, and is refused for that where it is used.
    let to_write = || Some(folder_of(file).canonicalize().ok()?.join(file.file_name()?));
    let (Some(file), Ok(folder)) = (file.canonicalize().ok().or_else(to_write), folder.canonicalize()) else { return Ok(()) };
    let database = database.canonicalize().ok();
    let really = database.as_deref().and_then(Path::parent);
    match std::iter::once(folder.as_path()).chain(really).find(|folder| file.starts_with(folder)) {
        Some(folder) => Err(VaultRefused::BesideDatabase { folder: folder.to_owned(), file }),
        None => Ok(()),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn beside(target: &Path) -> PathBuf {
    let mut name = target.file_name().map(OsString::from).unwrap_or_default();
    name.push(".new");
    target.with_file_name(name)
}

/// The service's account must still be able to read what an administrator replaced.
#[cfg(unix)]
fn resemble(file: &File, model: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    let (wanted, own) = (std::fs::metadata(model)?, file.metadata()?);
    if (wanted.uid(), wanted.gid()) != (own.uid(), own.gid()) {
        std::os::unix::fs::fchown(file, Some(wanted.uid()), Some(wanted.gid()))?;
    }
    file.set_permissions(wanted.permissions())
}

#[cfg(not(unix))]
fn resemble(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}
