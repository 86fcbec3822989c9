//! Known folders, by the variables that Windows sets for every process.

use std::ffi::OsString;
use std::path::PathBuf;

use super::Paths;

pub(super) fn paths(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<Paths> {
    let machine = PathBuf::from(variable("ProgramData")?).join("Vestibule");
    let roaming = PathBuf::from(variable("APPDATA")?).join("Vestibule");
    let local = PathBuf::from(variable("LOCALAPPDATA")?).join("Vestibule");
    Some(Paths {
        machine_policy: machine.join("policy.toml"),
        user_settings: roaming.join("settings.toml"),
        logs: local.join("logs"),
        session_lock: local.join("session.lock"),
        unfinished_sign_ins: local.join("unfinished-sign-ins"),
    })
}
