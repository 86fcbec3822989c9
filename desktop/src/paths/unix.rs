//! XDG base folders.

use std::ffi::OsString;
use std::path::PathBuf;

use super::Paths;
use crate::trusted_file::PolicyOwner;

pub(super) fn paths(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<Paths> {
    // The specification says to ignore a relative path.
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = absolute("HOME");
    let folder = |name: &str, default: &str| absolute(name).or_else(|| home.as_ref().map(|home| home.join(default)));
    let settings = folder("XDG_CONFIG_HOME", ".config")?.join("vestibule");
    let state = folder("XDG_STATE_HOME", ".local/state")?.join("vestibule");
    Some(Paths {
        machine_policy: PathBuf::from("/etc/vestibule/policy.toml"),
        policy_owner: PolicyOwner::Root,
        user_settings: settings.join("settings.toml"),
        logs: state.join("logs"),
        session_lock: state.join("session.lock"),
        unfinished_sign_ins: state.join("sign-ins"),
    })
}
