//! The only place that builds a path.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::trusted_file::PolicyOwner;

#[cfg(unix)]
#[path = "paths/unix.rs"]
mod system;
#[cfg(windows)]
#[path = "paths/windows.rs"]
mod system;

/// Where this app's files are for this user. Nothing secret is ever in any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// What the administrator decides.
    pub machine_policy: PathBuf,
    /// Who may own that file.
    pub policy_owner: PolicyOwner,
    /// What the user decides.
    pub user_settings: PathBuf,
    /// Daily log files.
    pub logs: PathBuf,
    /// Held while the refresh token rotates, so that window and command line take turns.
    pub session_lock: PathBuf,
    /// A file for each sign-in that was started and not ended.
    pub unfinished_sign_ins: PathBuf,
}

/// The system names no home for this user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system names no home folder for this user")]
pub struct NoHome;

impl Paths {
    /// From the environment of this process.
    ///
    /// # Errors
    /// [`NoHome`].
    pub fn of_this_user() -> Result<Self, NoHome> {
        Self::from_environment(&|name| match std::env::var_os(name) {
            // A service, a bare `env -i`: the account itself names its home.
            None if name == "HOME" => std::env::home_dir().map(PathBuf::into_os_string),
            value => value,
        })
    }

    /// From the given variables: XDG base folders on Linux, known folders on Windows. They decide where this user's own files are, and never
    /// where the administrator's is.
    ///
    /// # Errors
    /// [`NoHome`].
    pub fn from_environment(variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, NoHome> {
        system::paths(variable).ok_or(NoHome)
    }
}

#[cfg(test)]
mod tests;
