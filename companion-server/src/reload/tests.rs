//! Which keys changed in a configuration file since the start.

use std::path::Path;

use super::*;

fn config(extra: &str) -> Config {
    let installation = vestibule_installation::Installation::least().known_as("https://a.example").with(extra);
    Config::parse(&installation.text(), Path::new("/etc")).expect("sound")
}

#[test]
fn a_reload_names_the_keys_that_wait_for_a_restart_and_no_value() {
    let running = config("");
    assert!(changed_keys(&running, &config("")).is_empty());
    let hash = "a".repeat(64);
    let written = config(&format!(
        "[session]\nidle_limit_minutes = 5\n[groups.bloc]\nenrolment_token_hashes = [\"{hash}\"]\n[listener.tls]\ncertificate_file = \"c\"\nkey_file = \"k\"\n"
    ));
    let changed: Vec<_> = changed_keys(&running, &written).into_iter().collect();
    assert_eq!(changed, ["groups.bloc", "listener.tls", "session.idle_limit_minutes"]);
}

#[test]
fn groups_and_limits_are_taken_and_then_no_longer_differ() {
    let mut running = config("");
    let hash = "a".repeat(64);
    let written = config(&format!(
        "[session]\nidle_limit_minutes = 5\nabsolute_limit_minutes = 60\n[limits]\nstarts_per_minute_per_key = 3\nstarts_per_minute_per_address = 7\npending_per_key = 2\nconnections = 900\n[workstations]\nshared = true\nmulti_session = true\nconfirmation = \"always\"\nexchanges = [\"polling\"]\ncard_removal = \"lock\"\ncard_grace_seconds = 30\n[groups.bloc]\nenrolment_token_hashes = [\"{hash}\"]\n"
    ));
    let changed = changed_keys(&running, &written);
    let (taken, waiting): (Vec<_>, Vec<_>) = changed.iter().map(String::as_str).partition(|key| is_taken(key));
    assert_eq!(taken.len(), TAKEN.len() - 1, "all but the hint: {taken:?}");
    assert_eq!(waiting, ["limits.connections", "session.absolute_limit_minutes"]);
    follow(&mut running, &written);
    assert_eq!(changed_keys(&running, &written).into_iter().collect::<Vec<_>>(), waiting);
    assert!(!is_taken("groupsome.key") && is_taken("groups.bloc.shared"));
}
