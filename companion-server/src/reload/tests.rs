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
