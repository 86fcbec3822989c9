//! A companion that is not the service's: the app refuses before anything is sent.

use std::fs;

use tokio::process::Command;
use vestibule_tests::programs::Programs;

use super::rogue::{Rogue, RogueCompanion};

async fn refused(programs: &Programs, code: &str, what: &str) {
    for command in [&["login", "--json"][..], &["status", "--json"], &["logout", "--json"]] {
        let outcome = programs.run("camille", command).await.expect("the command line ends");
        assert_ne!(outcome.code, Some(0), "{what}: {outcome:?}");
        assert!(outcome.stderr.contains(code), "{what} should end in {code}: {outcome:?}");
    }
}

#[tokio::test]
async fn attack_40_a_companion_named_in_the_users_settings_is_refused() {
    let programs = Programs::start().await.expect("the stack starts");
    let rogue = Rogue::new();
    let settings = programs.folder().join("home/config/vestibule");
    fs::create_dir_all(&settings).expect("a folder");
    let line = format!("companion_url = \"http://{}\"\n", rogue.address());
    fs::write(settings.join("settings.toml"), line).expect("written");
    refused(&programs, "VST-1027", "a user's setting").await;
    assert!(rogue.was_left_alone());
    fs::remove_file(settings.join("settings.toml")).expect("removed");
    assert_eq!(programs.run("camille", &["login", "--json"]).await.expect("ends").code, Some(0));
}

#[tokio::test]
async fn attack_40_a_companion_in_clear_is_refused() {
    let programs = Programs::start().await.expect("the stack starts");
    let rogue = Rogue::new();
    let port = rogue.address().port();
    for address in [
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1.nip.example:{port}"),
        format!("http://2130706433:{port}"),
        format!("http://someone@127.0.0.1:{port}"),
        format!("http://[::ffff:127.0.0.1]:{port}"),
        "http://companion.example".to_owned(),
    ] {
        let policy = format!("companion_url = \"{address}\"\n");
        fs::write(programs.folder().join("policy.toml"), policy).expect("written");
        refused(&programs, "VST-1006", &address).await;
    }
    assert!(rogue.was_left_alone());
}

#[tokio::test]
async fn attack_40_a_companion_with_a_certificate_of_its_own_making_receives_nothing() {
    let programs = Programs::start().await.expect("the stack starts");
    let (key, certificate) = (programs.folder().join("rogue.key"), programs.folder().join("rogue.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .await
        .expect("openssl is installed");
    assert!(made.status.success(), "{made:?}");
    let rogue = RogueCompanion::start(programs.folder(), "rogue.pem", "rogue.key").await;
    fs::write(programs.folder().join("policy.toml"), format!("companion_url = \"{}\"\n", rogue.url())).expect("written");
    let login = programs.run("camille", &["login", "--json"]).await.expect("the command line ends");
    assert!(login.code != Some(0) && login.stderr.contains("VST-2042"), "{login:?}");
    let heard = rogue.heard().await;
    assert!(!heard.contains("HTTP/") && !heard.contains("DPoP"), "the rogue heard: {heard}");
}
