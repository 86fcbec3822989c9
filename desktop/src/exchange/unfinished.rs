//! Sign-ins that this installation started and never ended, because it was killed in the middle.
//!
//! The companion counts them against the few that a device key may have pending. A small file of their ids, which are no secret, lets
//! the next sign-in withdraw them when the companion says that there are too many.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use vestibule_model::session::SignInId;

/// The file, one id a line. Window and command line both append to it; each removes its own.
#[derive(Debug, Clone)]
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// Nothing is read or written yet.
    pub const fn in_file(path: PathBuf) -> Self {
        Self(path)
    }

    /// Notes a sign-in that starts. Performs I/O. A folder that cannot be written costs the convenience, not the sign-in.
    pub fn add(&self, id: &SignInId) {
        let added = self
            .0
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::OpenOptions::new().create(true).append(true).open(&self.0))
            .and_then(|mut file| writeln!(file, "{id}"));
        self.tell(added);
    }

    /// Forgets a sign-in that ended. Performs I/O.
    pub fn remove(&self, id: &SignInId) {
        let left: Vec<SignInId> = self.all().into_iter().filter(|other| other != id).collect();
        let removed = if left.is_empty() {
            fs::remove_file(&self.0)
        } else {
            fs::write(&self.0, left.iter().map(|other| format!("{other}\n")).collect::<String>())
        };
        self.tell(removed);
    }

    /// Every sign-in noted and not forgotten. Performs I/O.
    pub fn all(&self) -> Vec<SignInId> {
        match fs::read_to_string(&self.0) {
            Ok(text) => text.lines().filter(|line| !line.is_empty()).map(|line| SignInId(line.to_owned())).collect(),
            Err(error) => {
                self.tell(Err(error));
                Vec::new()
            }
        }
    }

    fn tell(&self, outcome: io::Result<()>) {
        if let Err(error) = outcome
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the list of unfinished sign-ins cannot be kept");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_started_and_did_not_end_is_remembered() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state/unfinished");
        let unfinished = Unfinished::in_file(path.clone());
        let [first, second] = ["7F3K-9QXM", "AB2C-D3EF"].map(|id| SignInId(id.to_owned()));
        assert!(unfinished.all().is_empty());
        unfinished.add(&first);
        unfinished.add(&second);
        assert_eq!(Unfinished::in_file(path.clone()).all(), vec![first.clone(), second.clone()]);
        unfinished.remove(&first);
        assert_eq!(unfinished.all(), vec![second.clone()]);
        unfinished.remove(&second);
        assert!(!path.exists(), "nothing stays behind");
    }
}
