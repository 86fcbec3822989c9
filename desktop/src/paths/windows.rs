//! Known folders: the user's by the variables that Windows sets for every process, the machine's from the registry, since a user may set
//! variables of her own.

use std::ffi::OsString;
use std::path::PathBuf;

use super::Paths;
use crate::trusted_file::PolicyOwner;
use crate::windows_registry;

/// Where Windows keeps it unless it was told otherwise at installation.
const PROGRAM_DATA: &str = r"C:\ProgramData";

pub(super) fn paths(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<Paths> {
    let machine = PathBuf::from(program_data()).join("Vestibule");
    let roaming = PathBuf::from(variable("APPDATA")?).join("Vestibule");
    let local = PathBuf::from(variable("LOCALAPPDATA")?).join("Vestibule");
    Some(Paths {
        machine_policy: machine.join("policy.toml"),
        policy_owner: PolicyOwner::Root,
        user_settings: roaming.join("settings.toml"),
        logs: local.join("logs"),
        session_lock: local.join("session.lock"),
        unfinished_sign_ins: local.join("sign-ins"),
    })
}

fn program_data() -> String {
    const FOLDERS: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\Shell Folders";
    windows_registry::value(FOLDERS, "Common AppData").unwrap_or_else(|| PROGRAM_DATA.to_owned())
}
