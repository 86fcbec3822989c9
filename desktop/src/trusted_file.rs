//! Whether a file that decides whom to trust can have been written by somebody else.
//!
//! The file and each folder above it must belong to the system, or to the person herself where the file is a developer's, and must not be
//! writable for group or others. A folder with the sticky bit lets nobody replace what is not theirs; a folder that only its owner may enter
//! shields what is in it. Symbolic links are followed, and each place they lead through is looked at.

use std::fmt;
use std::path::PathBuf;

/// Who may own such a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyOwner {
    /// The system only.
    Root,
    /// The system, or whoever runs this process.
    RunningUser,
}

/// What is wrong with a file or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// The file or the folder.
    pub at: PathBuf,
    pub kind: ExposureKind,
    /// Who may own it.
    pub allowed: PolicyOwner,
}

/// By what it may have been changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExposureKind {
    /// It belongs to this user.
    Owner(u32),
    /// Group or others may write it; permission bits.
    Writable(u32),
    /// Windows: it is not below this folder, where administrators alone write.
    Outside(PathBuf),
}

impl fmt::Display for Exposure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at.display();
        match &self.kind {
            ExposureKind::Outside(folder) => write!(formatter, "{at} is not below {}", folder.display()),
            ExposureKind::Owner(user) => write!(formatter, "{at} belongs to user {user}"),
            ExposureKind::Writable(mode) => write!(formatter, "{at} is writable for group or others (mode {mode:o})"),
        }
    }
}

#[cfg(windows)]
pub(crate) use windows::look;

#[cfg(unix)]
pub(crate) use unix::look;

/// Owners and rights are in access control lists, which no safe call reads. What Windows itself keeps for administrators is enough: the folder
/// of installed programs.
#[cfg(windows)]
mod windows {
    use std::io;
    use std::path::Path;

    use known_folders::{KnownFolder, get_known_folder_path};

    use super::{Exposure, ExposureKind, PolicyOwner};

    /// A file that does not exist exposes nothing. Performs I/O.
    pub fn look(path: &Path, allowed: PolicyOwner) -> io::Result<Option<Exposure>> {
        if allowed == PolicyOwner::RunningUser {
            return Ok(None);
        }
        let programs = get_known_folder_path(KnownFolder::ProgramFiles).ok_or(io::ErrorKind::NotFound)?;
        // Those of 32 bits have their own, some browsers among them.
        let others = get_known_folder_path(KnownFolder::ProgramFilesX86);
        let folders: Vec<_> = [Some(&programs), others.as_ref()].into_iter().flatten().flat_map(|folder| folder.canonicalize()).collect();
        match path.canonicalize() {
            Ok(real) if folders.iter().any(|folder| real.starts_with(folder)) => Ok(None),
            Ok(_) => Ok(Some(Exposure { at: path.to_owned(), kind: ExposureKind::Outside(programs), allowed })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::{Path, PathBuf};

    use super::{Exposure, ExposureKind, PolicyOwner};

    const ROOT: u32 = 0;
    const WRITABLE_FOR_OTHERS: u32 = 0o022;
    const ENTERED_BY_OTHERS: u32 = 0o011;
    const STICKY: u32 = 0o1000;
    /// More links than any system follows.
    const LINKS: usize = 40;

    /// Looks at the file and at every folder above it. A file that does not exist exposes nothing. Performs I/O.
    pub fn look(path: &Path, allowed: PolicyOwner) -> io::Result<Option<Exposure>> {
        let own = match allowed {
            PolicyOwner::Root => None,
            // The directory of a process belongs to its effective user.
            PolicyOwner::RunningUser => std::fs::metadata("/proc/self").ok().map(|own| own.uid()),
        };
        let mut at = std::path::absolute(path)?;
        for _ in 0..LINKS {
            if let Some(exposure) = chain(&at, allowed, own)? {
                return Ok(Some(exposure));
            }
            match std::fs::symlink_metadata(&at) {
                Ok(metadata) if metadata.is_symlink() => {
                    let folder = at.parent().unwrap_or(Path::new("/")).to_owned();
                    at = folder.join(std::fs::read_link(&at)?);
                }
                Ok(_) => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::InvalidInput.into())
    }

    /// One place: the path as it is written, then as it is without links.
    fn chain(path: &Path, allowed: PolicyOwner, own: Option<u32>) -> io::Result<Option<Exposure>> {
        if let Some(exposure) = ancestors(path, allowed, own)? {
            return Ok(Some(exposure));
        }
        match path.canonicalize() {
            Ok(real) if real != path => ancestors(&real, allowed, own),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn ancestors(path: &Path, allowed: PolicyOwner, own: Option<u32>) -> io::Result<Option<Exposure>> {
        let mut writable: Option<(PathBuf, u32)> = None;
        for at in path.ancestors().filter(|at| !at.as_os_str().is_empty()) {
            let metadata = match std::fs::metadata(at) {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let (user, mode) = (metadata.uid(), metadata.mode() & 0o7777);
            if user != ROOT && own != Some(user) {
                return Ok(Some(Exposure { at: at.to_owned(), kind: ExposureKind::Owner(user), allowed }));
            }
            if metadata.is_dir() && mode & ENTERED_BY_OTHERS == 0 {
                writable = None;
            }
            let is_sticky = metadata.is_dir() && mode & STICKY != 0;
            if mode & WRITABLE_FOR_OTHERS != 0 && !is_sticky && writable.is_none() {
                writable = Some((at.to_owned(), mode));
            }
        }
        Ok(writable.map(|(at, mode)| Exposure { at, kind: ExposureKind::Writable(mode), allowed }))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::{ExposureKind, PolicyOwner, look};

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("changed");
    }

    fn exposed(path: &Path) -> Option<(String, ExposureKind)> {
        let exposure = look(path, PolicyOwner::RunningUser).expect("readable")?;
        Some((exposure.at.file_name().expect("a name").to_string_lossy().into_owned(), exposure.kind))
    }

    #[test]
    fn attack_46_a_file_or_a_folder_that_others_may_write_is_named() {
        let place = tempfile::tempdir().expect("a folder");
        let (folder, file) = (place.path().join("vestibule"), place.path().join("vestibule/policy.toml"));
        fs::create_dir(&folder).expect("a folder");
        fs::write(&file, "").expect("written");
        mode(place.path(), 0o755);
        for (folder_mode, file_mode, at) in [
            (0o755, 0o644, None),
            (0o755, 0o664, Some("policy.toml")),
            (0o755, 0o646, Some("policy.toml")),
            (0o775, 0o644, Some("vestibule")),
            (0o757, 0o644, Some("vestibule")),
            (0o1777, 0o644, None),
            (0o700, 0o666, None),
        ] {
            mode(&folder, folder_mode);
            mode(&file, file_mode);
            assert_eq!(exposed(&file).map(|(at, _)| at).as_deref(), at, "{folder_mode:o} {file_mode:o}");
        }
        assert_eq!(exposed(&folder.join("absent.toml")), None);
    }

    #[test]
    fn attack_46_a_link_shows_the_place_it_leads_through() {
        let place = tempfile::tempdir().expect("a folder");
        mode(place.path(), 0o755);
        let (open, sure) = (place.path().join("open"), place.path().join("sure"));
        for folder in [&open, &sure] {
            fs::create_dir(folder).expect("a folder");
        }
        fs::write(sure.join("policy.toml"), "").expect("written");
        mode(&open, 0o777);
        std::os::unix::fs::symlink(sure.join("policy.toml"), open.join("hop.toml")).expect("a link");
        std::os::unix::fs::symlink(open.join("hop.toml"), sure.join("link.toml")).expect("a link");
        assert_eq!(exposed(&sure.join("policy.toml")), None);
        assert_eq!(exposed(&sure.join("link.toml")), Some(("open".to_owned(), ExposureKind::Writable(0o777))));
    }

    #[test]
    fn attack_46_only_the_system_may_own_a_machine_policy() {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("policy.toml");
        fs::write(&file, "").expect("written");
        let own = std::os::unix::fs::MetadataExt::uid(&fs::metadata(&file).expect("there"));
        if own == 0 {
            std::os::unix::fs::chown(&file, Some(65_534), None).expect("changed");
        }
        let exposure = look(&file, PolicyOwner::Root).expect("readable").expect("exposed");
        assert!(matches!(exposure.kind, ExposureKind::Owner(user) if user != 0), "{exposure}");
    }
}
