//! XDG base folders.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Paths, PolicyPlace};
use crate::ordinary_file;
use crate::trusted_file::PolicyOwner;

pub(super) fn of_this_user() -> Option<Paths> {
    paths(&|name| match std::env::var_os(name) {
        // A service, a bare `env -i`: the account itself names its home.
        None if name == "HOME" => std::env::home_dir().map(PathBuf::into_os_string),
        value => value,
    })
}

pub(super) fn paths(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<Paths> {
    // The specification says to ignore a relative path.
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = absolute("HOME");
    let folder = |name: &str, default: &str| absolute(name).or_else(|| home.as_ref().map(|home| home.join(default)));
    let config = folder("XDG_CONFIG_HOME", ".config")?;
    let settings = config.join("vestibule");
    let state = folder("XDG_STATE_HOME", ".local/state")?.join("vestibule");
    let downloads = home.as_deref().and_then(|home| downloads(home, &config.join("user-dirs.dirs")));
    Some(Paths {
        machine_policy: PolicyPlace::File { path: PathBuf::from("/etc/vestibule/policy.toml"), owner: PolicyOwner::Root },
        user_settings: settings.join("settings.toml"),
        logs: state.join("logs"),
        session_lock: state.join("session.lock"),
        unfinished_sign_ins: state.join("sign-ins"),
        shared_workstation: state.join("shared-workstation"),
        reports: downloads.or(home).unwrap_or(state),
    })
}

/// Where she looks for what she was given, as her desktop says it (xdg-user-dirs): a folder that is there, and not her home itself. Performs I/O.
fn downloads(home: &Path, user_dirs: &Path) -> Option<PathBuf> {
    let text = String::from_utf8(ordinary_file::read(user_dirs).ok()?).ok()?;
    let value = text.lines().find_map(|line| line.trim().strip_prefix("XDG_DOWNLOAD_DIR="))?.trim_matches('"');
    let folder = value.strip_prefix("$HOME/").map_or_else(|| PathBuf::from(value), |rest| home.join(rest));
    (folder.is_absolute() && folder.is_dir()).then_some(folder)
}
