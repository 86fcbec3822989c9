//! The only place that builds a path.

#[cfg(unix)]
use std::ffi::OsString;
use std::path::PathBuf;

use crate::trusted_file::PolicyOwner;

#[cfg(unix)]
#[path = "paths/unix.rs"]
mod system;
#[cfg(windows)]
#[path = "paths/windows.rs"]
mod system;

/// The administrator's key of the registry of Windows, below `HKLM`.
pub const POLICY_KEY: &str = r"Software\Policies\Vestibule";

/// Where the administrator's word is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyPlace {
    /// A file, and who may own it.
    File { path: PathBuf, owner: PolicyOwner },
    /// Values of this key below `HKLM`.
    #[cfg(windows)]
    Registry(String),
}

impl PolicyPlace {
    /// As an administrator is told of it.
    pub fn shown(&self) -> PathBuf {
        match self {
            Self::File { path, .. } => path.clone(),
            #[cfg(windows)]
            Self::Registry(key) => PathBuf::from(format!(r"HKLM\{key}")),
        }
    }
}

/// Where this app's files are for this user. Nothing secret is ever in any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// What the administrator decides.
    pub machine_policy: PolicyPlace,
    /// What the user decides.
    pub user_settings: PathBuf,
    /// Daily log files.
    pub logs: PathBuf,
    /// Held while the refresh token rotates, so that window and command line take turns.
    pub session_lock: PathBuf,
    /// A file for each sign-in that was started and not ended.
    pub unfinished_sign_ins: PathBuf,
    /// There where the last sign-in said that this workstation is shared.
    pub shared_workstation: PathBuf,
    /// Where a support report is written that she makes in the window.
    pub reports: PathBuf,
}

/// The system names no home for this user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system names no home folder for this user")]
pub struct NoHome;

impl Paths {
    /// From the environment of this process on Linux, from the system on Windows.
    ///
    /// # Errors
    /// [`NoHome`].
    pub fn of_this_user() -> Result<Self, NoHome> {
        system::of_this_user().ok_or(NoHome)
    }

    /// From the given variables, which name the XDG base folders. They decide where this user's own files are, and never where the
    /// administrator's is.
    ///
    /// # Errors
    /// [`NoHome`].
    #[cfg(unix)]
    pub fn from_environment(variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, NoHome> {
        system::paths(variable).ok_or(NoHome)
    }
}

#[cfg(all(test, unix))]
mod tests;
