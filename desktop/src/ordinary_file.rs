//! Files at a path that somebody gave: opened without waiting for anything, and only where they are files. Opening a pipe waits for whoever
//! writes into it, and reading a device may have no end.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// Opens it so. Performs I/O.
///
/// # Errors
/// The system's; [`ErrorKind::InvalidInput`] for what is no file.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = at_once(options).open(path).map_err(|error| if is_of_no_file(&error) { ErrorKind::InvalidInput.into() } else { error })?;
    // The open file is judged, not the path: nobody can swap it in between.
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if metadata.is_file() { Ok(file) } else { Err(ErrorKind::InvalidInput.into()) }
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

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    /// Each of them without waiting: nobody ever writes into that pipe.
    #[test]
    fn what_is_no_file_is_neither_waited_for_nor_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().expect("mkfifo");
        assert!(made.success());
        let _listening = UnixListener::bind(at("socket")).expect("a socket");
        for path in [at("pipe"), at("socket"), "/dev/zero".into()] {
            for options in [OpenOptions::new().read(true), OpenOptions::new().append(true)] {
                let error = open(&path, options).expect_err("no file");
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{}", path.display());
            }
        }
        assert_eq!(read(folder.path()).expect_err("a folder").kind(), ErrorKind::IsADirectory);
        std::fs::write(at("file"), "text").expect("written");
        assert_eq!(read(&at("file")).expect("a file"), b"text");
    }
}
