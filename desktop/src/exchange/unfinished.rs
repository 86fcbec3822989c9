//! Sign-ins that this installation started and never ended, because it was killed in the middle.
//!
//! The companion counts them against the few that a device key may have pending. An empty file for each, named by its id, which is no
//! secret, lets the next sign-in withdraw them when the companion says that there are too many. The file is locked as long as its process
//! lives: the sign-in that a window is in the middle of is never sacrificed to a command, nor the other way round.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use vestibule_model::session::SignInId;

use crate::ordinary_file;
use crate::private;

/// Longest id that makes a file name.
const LONGEST: usize = 32;

/// The folder, and the locks of the sign-ins under way here.
#[derive(Debug, Clone)]
pub struct Unfinished {
    folder: PathBuf,
    held: Arc<Mutex<HashMap<SignInId, File>>>,
}

impl Unfinished {
    /// Nothing is read or written yet.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder, held: Arc::default() }
    }

    /// Notes a sign-in that starts. Performs I/O. A folder that cannot be written costs the convenience, not the sign-in.
    pub fn add(&self, id: &SignInId) {
        let Some(path) = self.file(id) else { return };
        let locked = private::lock_file(&path).and_then(|file| file.try_lock().map(|()| file).map_err(io::Error::other));
        match locked {
            Ok(file) => drop(self.held().insert(id.clone(), file)),
            Err(error) => tell(&error),
        }
    }

    /// Forgets a sign-in that ended. Performs I/O.
    pub fn remove(&self, id: &SignInId) {
        drop(self.held().remove(id));
        if let Some(path) = self.file(id)
            && let Err(error) = fs::remove_file(path)
        {
            tell(&error);
        }
    }

    /// Every sign-in noted whose process is gone. Performs I/O.
    pub fn abandoned(&self) -> Vec<SignInId> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) => {
                tell(&error);
                return Vec::new();
            }
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        names.filter_map(|name| SignInId::parse(&name).ok()).filter(|id| self.file(id).is_some_and(|path| is_free(&path))).collect()
    }

    /// `None` when the id would name anything but a file of this folder.
    fn file(&self, id: &SignInId) -> Option<PathBuf> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        ((1..=LONGEST).contains(&id.0.len()) && id.0.bytes().all(plain)).then(|| self.folder.join(&id.0))
    }

    fn held(&self) -> MutexGuard<'_, HashMap<SignInId, File>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_free(path: &Path) -> bool {
    ordinary_file::open(path, File::options().read(true)).is_ok_and(|file| file.try_lock().is_ok())
}

fn tell(error: &io::Error) {
    if error.kind() != io::ErrorKind::NotFound {
        tracing::warn!(%error, "The list of unfinished sign-ins cannot be kept");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_started_and_did_not_end_is_remembered_once_its_process_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state/sign-ins");
        let unfinished = Unfinished::in_folder(path.clone());
        let [first, second] = ["7F3K-9QXM", "AB2C-D3EF"].map(|id| SignInId(id.to_owned()));
        assert!(unfinished.abandoned().is_empty());
        unfinished.add(&first);
        unfinished.add(&second);
        let other = Unfinished::in_folder(path.clone());
        assert!(other.abandoned().is_empty(), "another process is in the middle of them");
        unfinished.remove(&first);
        drop(unfinished);
        assert_eq!(other.abandoned(), vec![second.clone()]);
        other.remove(&second);
        assert!(other.abandoned().is_empty() && path.read_dir().expect("a folder").next().is_none(), "nothing stays behind");
    }

    #[test]
    fn an_id_that_is_no_plain_name_makes_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let unfinished = Unfinished::in_folder(folder.path().join("sign-ins"));
        for id in ["", "..", "../x", "a/b", "a\0b", &"a".repeat(LONGEST + 1)] {
            unfinished.add(&SignInId(id.to_owned()));
        }
        assert!(!folder.path().join("sign-ins").exists() && !folder.path().join("x").exists());
    }
}
