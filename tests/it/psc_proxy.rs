//! A companion that reaches Pro Santé Connect through the hospital's outgoing proxy.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use vestibule_installation::Installation;
use vestibule_tests::programs::Programs;
use vestibule_tests::proxy_double::ProxyDouble;

async fn login(programs: &Programs) -> vestibule_tests::programs::Outcome {
    programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends")
}

/// Restarts the companion with this section.
async fn with_proxy(programs: &mut Programs, original: &Installation, section: &str) {
    let changed = original.clone().with(&format!("[psc.proxy]\n{section}"));
    programs.reconfigure_companion(|_| changed).await.expect("it starts");
}

#[tokio::test]
async fn every_call_to_the_provider_goes_through_the_configured_proxy_and_a_proxy_that_refuses_is_named() {
    let (mut programs, _link) = Programs::start_with_psc_certificate().await.expect("the stack starts");
    let original = Installation::read(programs.folder()).expect("the configuration");
    let proxy = ProxyDouble::start(Some(("compagnon", "s3cret d’essai"))).await.expect("a proxy");
    let password = programs.folder().join("proxy-password");
    fs::write(&password, "s3cret d’essai\n").expect("written");
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).expect("private");
    let with_account = format!("url = \"{}\"\nuser = \"compagnon\"\npassword_file = \"{}\"\n", proxy.url, password.display());

    with_proxy(&mut programs, &original, &with_account).await;
    let signed_in = login(&programs).await;
    assert_eq!(signed_in.code, Some(0), "{signed_in:?}");
    let doors: Vec<String> =
        original.text().lines().filter_map(|line| line.split_once("https://")?.1.split('"').next().map(str::to_owned)).collect();
    assert!(doors.len() >= 2 && doors.iter().all(|door| proxy.asked().contains(door)), "{doors:?} {:?}", proxy.asked());
    let log = fs::read_to_string(programs.folder().join("companion.log")).expect("the log");
    assert!(log.contains("An event was recorded"), "the run was logged: {log}");
    assert!(!log.contains("s3cret"), "the password is in no log");

    // Without the account, and with a proxy that is gone.
    let nobody = format!("http://127.0.0.1:{}", vestibule_tests::programs::free_port().expect("a port"));
    for section in [format!("url = \"{}\"\n", proxy.url), format!("url = \"{nobody}\"\n")] {
        with_proxy(&mut programs, &original, &section).await;
        let refused = login(&programs).await;
        assert!(refused.stderr.contains("VST-4016"), "{section}: {refused:?}");
        let doctor = programs.companion_command(&["doctor"], "").await.expect("ends");
        assert!(doctor.code == Some(2) && doctor.stdout.contains("VST-4016"), "{}", doctor.stdout);
    }
}

#[tokio::test]
async fn the_environment_does_not_lead_the_companion_through_a_proxy() {
    let (programs, _link) = Programs::start_with_psc_certificate().await.expect("the stack starts");
    let proxy = ProxyDouble::start(None).await.expect("a proxy");
    let output = vestibule_tests::servers::ending_with_us("companion-server")
        .expect("built")
        .args(["doctor", "--config"])
        .arg(programs.folder().join("companion.toml"))
        .envs([("HTTPS_PROXY", &proxy.url), ("ALL_PROXY", &proxy.url), ("https_proxy", &proxy.url)])
        .output()
        .await
        .expect("it ends");
    let report = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.code() == Some(1) && report.contains("HTTPS_PROXY est définie, mais n’est pas lue"), "{report}");
    assert!(proxy.asked().is_empty(), "{:?}", proxy.asked());
}
