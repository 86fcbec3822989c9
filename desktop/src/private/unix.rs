//! Modes of folders and files.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use crate::ordinary_file;

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;

pub(super) fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER).create(path)?;
    if mode(&path.metadata()?) == FOLDER {
        return Ok(());
    }
    std::fs::set_permissions(path, Permissions::from_mode(FOLDER))
}

pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = ordinary_file::open(path, options.mode(FILE))?;
    if mode(&file.metadata()?) != FILE {
        file.set_permissions(Permissions::from_mode(FILE))?;
    }
    Ok(file)
}

/// Modes are not looked at again: a disk that has none refuses to set them.
pub(super) fn make(path: &Path) -> io::Result<File> {
    ordinary_file::open(path, OpenOptions::new().create_new(true).write(true).mode(FILE))
}

/// Open to others, or made by one while the folder was.
pub(super) fn forsake_if_open_to_others(path: &Path) -> io::Result<()> {
    let file = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    let owner = path.parent().unwrap_or(path).metadata()?.uid();
    if file.is_file() && mode(&file) == FILE && file.uid() == owner {
        return Ok(());
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

pub(super) fn narrow_file(path: &Path) -> io::Result<()> {
    let file = path.symlink_metadata()?;
    if !file.is_file() || mode(&file) == FILE {
        return Ok(());
    }
    std::fs::set_permissions(path, Permissions::from_mode(FILE))
}

fn mode(metadata: &Metadata) -> u32 {
    metadata.mode() & 0o7777
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions, Permissions};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::path::Path;

    use crate::private;

    fn mode(path: &Path) -> u32 {
        super::mode(&path.metadata().expect("there"))
    }

    #[test]
    fn attack_47_what_we_make_is_closed_to_others_and_what_was_open_gets_closed() {
        let dir = tempfile::tempdir().expect("a folder");
        let (folder, file) = (dir.path().join("state/vestibule"), dir.path().join("state/vestibule/file"));
        let open = || private::open(&file, OpenOptions::new().create(true).append(true)).expect("opened");
        open();
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        fs::set_permissions(&folder, Permissions::from_mode(0o777)).expect("set");
        fs::set_permissions(&file, Permissions::from_mode(0o666)).expect("set");
        open();
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        private::write(&file, "text").expect("written");
        assert_eq!((mode(&file), fs::read_to_string(&file).expect("read").as_str()), (0o600, "text"));
        fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("set");
        private::narrow_all(&folder);
        assert_eq!(mode(&file), 0o600);
    }

    #[test]
    fn attack_47_a_lock_that_others_could_hold_is_put_aside() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("lock");
        let held = fs::File::create(&path).expect("made");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("set");
        held.lock_shared().expect("as another user does");
        let first = private::lock_file(&path).expect("opened");
        first.try_lock().expect("nobody can hold the new one");
        // One that was always ours stays: somebody of ours may hold it.
        let again = private::lock_file(&path).expect("opened");
        assert_eq!(again.metadata().expect("there").ino(), first.metadata().expect("there").ino());
        assert!(again.try_lock().is_err());
    }
}
