//! Files at a path that somebody gave: opened without waiting for anything, and only where they are files. Opening a pipe waits for whoever
//! writes into it, and reading a device may have no end.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;

/// How the name ends of a file that a command is writing, until it is whole. No other program gives this one: what is left under it may go.
pub const UNFINISHED: &str = ".vestibule-partial";

/// Whether a file of this name is one that a command was writing.
pub fn is_unfinished(name: &str) -> bool {
    name.contains(UNFINISHED)
}

/// A pipe, a socket or a device. In French: the administrator reads it.
#[derive(Debug, thiserror::Error)]
#[error("ce n’est pas un fichier ordinaire")]
pub struct NotOrdinary;

/// Opens it so. Performs I/O.
///
/// # Errors
/// The system's; [`NotOrdinary`] within one.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = at_once(options).open(path).map_err(|error| if is_of_no_file(&error) { not_ordinary() } else { error })?;
    // The open file is judged, not the path: nobody can swap it in between.
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if metadata.is_file() { Ok(file) } else { Err(not_ordinary()) }
}

/// Reads all of it. Performs I/O.
///
/// # Errors
/// As [`open`].
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path, OpenOptions::new().read(true))?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file that must not exist, readable by its owner only from its first moment. Performs I/O.
///
/// # Errors
/// The system's, notably `AlreadyExists`.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A file as [`create_private`] makes it, whole and lasting or not there: an empty one would be taken for what it was to hold. Performs I/O.
///
/// # Errors
/// The system's, notably `AlreadyExists`.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    whole(path, |file| file.write_all(content))
}

fn whole(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let mut file = create_private(path)?;
    if let Err(error) = write(&mut file).and_then(|()| file.sync_all()) {
        // The first reason is the one that is told.
        let _ = std::fs::remove_file(path);
        return Err(error);
    }
    sync_folder_of(path)
}

/// Makes a file's name in its folder outlast a power cut. Performs I/O.
///
/// # Errors
/// The system's.
#[cfg(unix)]
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    OpenOptions::new().read(true).open(folder)?.sync_all()
}

/// Makes a file's name in its folder outlast a power cut.
///
/// # Errors
/// None here.
#[cfg(not(unix))]
pub fn sync_folder_of(_: &Path) -> io::Result<()> {
    Ok(())
}

fn not_ordinary() -> io::Error {
    io::Error::other(NotOrdinary)
}

/// Nor does a terminal become ours by being opened.
#[cfg(unix)]
fn at_once(options: &mut OpenOptions) -> &mut OpenOptions {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt as _;
    options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed())
}

#[cfg(not(unix))]
fn at_once(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// What the system says of a socket, of a pipe that nobody reads, and of a device that is not there.
#[cfg(unix)]
fn is_of_no_file(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::NXIO, Errno::NODEV].iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

#[cfg(not(unix))]
fn is_of_no_file(_: &io::Error) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;
    use crate::words::in_french;

    #[test]
    fn what_could_not_be_written_whole_is_not_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        let full = whole(&file, |file| file.write_all(b"half").and(Err(ErrorKind::StorageFull.into())));
        assert_eq!(full.expect_err("no room").kind(), ErrorKind::StorageFull);
        assert!(!file.exists());
        write_private(&file, b"whole").expect("written");
        assert_eq!(write_private(&file, b"other").expect_err("there").kind(), ErrorKind::AlreadyExists);
        assert_eq!(read(&file).expect("read"), b"whole");
    }

    /// Each of them without waiting: nobody ever writes into that pipe.
    #[test]
    fn what_is_no_file_is_neither_waited_for_nor_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
        let _listening = UnixListener::bind(at("socket")).expect("a socket");
        std::os::unix::fs::symlink(at("pipe"), at("link")).expect("a link");
        for path in [at("pipe"), at("socket"), at("link"), "/dev/zero".into()] {
            for options in [OpenOptions::new().read(true), OpenOptions::new().append(true)] {
                let error = open(&path, options).expect_err("no file");
                assert_eq!(in_french(&error), "ce n’est pas un fichier ordinaire", "{}", path.display());
            }
        }
        assert_eq!(in_french(&read(folder.path()).expect_err("a folder")), "c’est un dossier");
        std::fs::write(at("file"), "text").expect("written");
        assert_eq!(read(&at("file")).expect("a file"), b"text");
    }
}
