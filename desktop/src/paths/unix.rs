//! XDG base folders.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Paths, PolicyPlace};
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
    let settings = folder("XDG_CONFIG_HOME", ".config")?.join("vestibule");
    let state = folder("XDG_STATE_HOME", ".local/state")?.join("vestibule");
    Some(Paths {
        machine_policy: PolicyPlace::File { path: PathBuf::from("/etc/vestibule/policy.toml"), owner: PolicyOwner::Root },
        user_settings: settings.join("settings.toml"),
        logs: state.join("logs"),
        session_lock: state.join("session.lock"),
        unfinished_sign_ins: state.join("sign-ins"),
    })
}
