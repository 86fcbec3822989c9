//! Where files are, by what the environment says.

use std::ffi::OsString;
use std::path::Path;

use super::{Paths, PolicyPlace};
use crate::trusted_file::PolicyOwner;

#[test]
fn the_xdg_folders_are_followed() {
    let paths = Paths::from_environment(&|name| match name {
        "HOME" => Some(OsString::from("/home/someone")),
        "XDG_CONFIG_HOME" => Some(OsString::from("/elsewhere/config")),
        _ => None,
    })
    .expect("a home");
    assert_eq!(paths.user_settings, Path::new("/elsewhere/config/vestibule/settings.toml"));
    assert_eq!(paths.logs, Path::new("/home/someone/.local/state/vestibule/logs"));
    assert_eq!(paths.machine_policy.shown(), Path::new("/etc/vestibule/policy.toml"));
}

#[test]
fn a_relative_folder_counts_for_nothing() {
    assert!(Paths::from_environment(&|_| Some(OsString::from("relative"))).is_err());
}

#[test]
fn attack_46_no_variable_leads_to_another_machine_policy() {
    let paths = Paths::from_environment(&|_| Some(OsString::from("/rogue"))).expect("a home");
    let expected = PolicyPlace::File { path: "/etc/vestibule/policy.toml".into(), owner: PolicyOwner::Root };
    assert_eq!(paths.machine_policy, expected);
}
