//! Known folders, asked of the system. No variable is looked at.

use std::path::PathBuf;

use known_folders::{KnownFolder, get_known_folder_path};

use super::{POLICY_KEY, Paths, PolicyPlace};

pub(super) fn of_this_user() -> Option<Paths> {
    let folder = |which: KnownFolder| get_known_folder_path(which).map(|folder| folder.join("Vestibule"));
    let reports = [KnownFolder::Downloads, KnownFolder::Profile].into_iter().find_map(get_known_folder_path)?;
    Some(paths(folder(KnownFolder::RoamingAppData)?, folder(KnownFolder::LocalAppData)?, reports))
}

/// What follows the person from one machine to another, and what does not.
fn paths(roaming: PathBuf, local: PathBuf, reports: PathBuf) -> Paths {
    Paths {
        machine_policy: PolicyPlace::Registry(POLICY_KEY.to_owned()),
        user_settings: roaming.join("settings.toml"),
        logs: local.join("logs"),
        session_lock: local.join("session.lock"),
        unfinished_sign_ins: local.join("sign-ins"),
        shared_workstation: local.join("shared-workstation"),
        reports,
    }
}
