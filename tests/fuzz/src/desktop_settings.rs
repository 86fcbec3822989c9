use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use tempfile::TempDir;
use url::Host;
use vestibule_desktop::Settings;
use vestibule_desktop::paths::Paths;
use vestibule_desktop::settings::{SettingsError, Source};

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

/// The app's two files. The first byte says whether the policy is a developer's; a line `---` separates policy and user's file.
pub fn accepts(input: &[u8]) -> bool {
    let Some((mode, rest)) = input.split_first() else { return false };
    let at = rest.windows(5).position(|window| window == b"\n---\n");
    let (policy, user) = at.map_or((rest, None), |at| (&rest[..at], Some(&rest[at + 5..])));
    let is_development = mode & 1 == 1;

    let desk = tempfile::tempdir_in(FOLDER.path()).expect("a folder");
    let file = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = desk.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    };
    let policy_file = file("policy.toml", policy);
    let alone = load(desk.path(), &policy_file, is_development);
    if let Some(user) = user {
        file("user.toml", user);
    }
    let Ok(settings) = load(desk.path(), &policy_file, is_development) else { return false };

    let alone = alone.expect("the user's file cannot mend a policy");
    let decided = |settings: &Settings| {
        let Settings { companion_url, companion_ca_file, client_id, service_name, .. } = settings.clone();
        (companion_url, companion_ca_file, client_id, service_name)
    };
    assert_eq!(decided(&settings), decided(&alone), "the user's file decided what only the administrator may");
    let url = &settings.companion_url;
    let is_local = url.host() == Some(Host::Ipv4(std::net::Ipv4Addr::LOCALHOST));
    assert!(url.scheme() == "https" || (url.scheme() == "http" && is_local), "{url}");
    assert!(is_local || !is_development, "a developer's policy names another machine");
    assert!(url.path() == "/" && url.query().is_none() && url.fragment().is_none());
    assert!(url.username().is_empty() && url.password().is_none());
    assert_eq!(settings.sources.companion_url, if is_development { Source::DevelopmentPolicy } else { Source::MachinePolicy });
    assert!(settings.companion_ca_file.is_none_or(|file| file.is_absolute()), "an authority from wherever the app was started");
    assert!(settings.device_label.chars().count() <= 64 && !settings.device_label.chars().any(char::is_control));
    true
}

fn load(desk: &Path, policy: &Path, is_development: bool) -> Result<Settings, SettingsError> {
    let absent = desk.join("absent.toml");
    let paths = Paths {
        machine_policy: if is_development { absent } else { policy.to_owned() },
        user_settings: desk.join("user.toml"),
        logs: desk.join("logs"),
        session_lock: desk.join("lock"),
        unfinished_sign_ins: desk.join("unfinished"),
    };
    Settings::load_from(paths, is_development.then_some(policy), "poste-12")
}
