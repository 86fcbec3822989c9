use std::path::Path;

use tempfile::TempDir;
use url::{Host, Url};
use vestibule_desktop::Settings;
use vestibule_desktop::paths::{Paths, PolicyPlace};
use vestibule_desktop::settings::{SettingsError, Source};
use vestibule_desktop::trusted_file::PolicyOwner;

thread_local! {
    static DESK: TempDir = tempfile::tempdir().expect("a folder");
}

/// The app's two files. The first byte says whether the policy is a developer's; a line `---` separates policy and user's file.
pub fn accepts(input: &[u8]) -> bool {
    DESK.with(|desk| accepts_at(desk.path(), input))
}

fn accepts_at(desk: &Path, input: &[u8]) -> bool {
    let Some((mode, rest)) = input.split_first() else { return false };
    let at = rest.windows(5).position(|window| window == b"\n---\n");
    let (policy, user) = at.map_or((rest, None), |at| (&rest[..at], Some(&rest[at + 5..])));
    let is_development = mode & 1 == 1;
    let (policy_file, user_file) = (desk.join("policy.toml"), desk.join("user.toml"));
    std::fs::write(&policy_file, policy).expect("written");
    // An empty file decides nothing, as no file would.
    std::fs::write(&user_file, user.unwrap_or_default()).expect("written");
    let Ok(settings) = load(desk, &policy_file, is_development) else { return false };
    std::fs::write(&user_file, "").expect("written");
    let alone = load(desk, &policy_file, is_development);

    let alone = alone.expect("the user’s file cannot mend a policy");
    let Settings { device_label, language, sources, shown, .. } = alone.clone();
    assert!(Settings { device_label, language, sources, shown, ..settings.clone() } == alone, "the user's file decided more than she may");
    let others = settings.shown.iter().zip(&alone.shown).filter(|(with, without)| with != without).map(|(with, _)| with.key);
    assert!(
        others.clone().all(|key| matches!(key, "device_label" | "language")),
        "told as decided by the user: {:?}",
        others.collect::<Vec<_>>()
    );
    let url = &settings.companion_url;
    let is_local = url.host() == Some(Host::Ipv4(std::net::Ipv4Addr::LOCALHOST));
    assert!(url.scheme() == "https" || (url.scheme() == "http" && is_local), "{url}");
    assert!(is_local || !is_development, "a developer's policy names another machine");
    assert!(url.path() == "/" && url.query().is_none() && url.fragment().is_none());
    assert!(url.username().is_empty() && url.password().is_none());
    assert_eq!(settings.sources.companion_url, if is_development { Source::DevelopmentPolicy } else { Source::MachinePolicy });
    assert!(settings.companion_ca_file.is_none_or(|file| file.is_absolute()), "an authority from wherever the app was started");
    let scheme = &settings.return_scheme;
    assert!(scheme.contains('.') && Url::parse(&format!("{scheme}:/cb/x")).is_ok_and(|url| url.scheme() == scheme && !url.has_host()));
    assert!(settings.device_label.chars().count() <= 64 && !settings.device_label.chars().any(char::is_control));
    true
}

fn load(desk: &Path, policy: &Path, is_development: bool) -> Result<Settings, SettingsError> {
    let absent = desk.join("absent.toml");
    let paths = Paths {
        machine_policy: PolicyPlace::File {
            path: if is_development { absent } else { policy.to_owned() },
            owner: PolicyOwner::RunningUser,
        },
        user_settings: desk.join("user.toml"),
        logs: desk.join("logs"),
        session_lock: desk.join("lock"),
        unfinished_sign_ins: desk.join("unfinished"),
        shared_workstation: desk.join("shared"),
        reports: desk.join("reports"),
    };
    Settings::load_from(paths, is_development.then_some(policy), "poste-12")
}
