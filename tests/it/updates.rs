//! What an app of another version than its administrator wants says, and what it does not do.

use vestibule_tests::programs::Programs;

const OURS: &str = env!("CARGO_PKG_VERSION");

async fn with_versions(programs: &mut Programs, lines: &str) {
    let lines = lines.to_owned();
    programs.reconfigure_companion(move |kept| kept.with(&lines)).await.expect("it starts again");
}

#[tokio::test]
async fn an_app_below_the_companions_minimum_starts_no_sign_in_and_an_open_session_goes_on() {
    let mut programs = Programs::start().await.expect("the stack starts");
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "{login:?}");
    with_versions(&mut programs, "client.minimum_app_version = \"99.1.0\"").await;

    let status = programs.run("camille", &["status", "--json"]).await.expect("ends");
    assert_eq!(status.code, Some(0), "the session goes on: {status:?}");
    assert_eq!(programs.run("camille", &["logout"]).await.expect("ends").code, Some(0));

    let starts = || async { programs.journal().await.expect("the journal").len() };
    let before = starts().await;
    let refused = programs.run("camille", &["login", "--json"]).await.expect("ends");
    assert!(refused.code != Some(0) && refused.stdout.contains("VST-1032") && refused.stdout.contains("support"), "{refused:?}");
    assert_eq!(starts().await, before, "nobody was sent to the provider");
    let doctor = programs.run("camille", &["doctor"]).await.expect("ends");
    let told = format!("version {OURS}, alors que le serveur de connexion demande la 99.1.0");
    assert!(doctor.code == Some(2) && doctor.stdout.contains(&told) && doctor.stdout.contains("VST-1032"), "{doctor:?}");
}

#[tokio::test]
async fn an_app_below_the_current_version_says_so_and_signs_in() {
    let mut programs = Programs::start().await.expect("the stack starts");
    let doctor = programs.run("camille", &["doctor"]).await.expect("ends");
    assert!(doctor.stdout.contains(&format!("version {OURS}\n")) && !doctor.stdout.contains("VST-1032"), "{doctor:?}");
    let versions = format!("client.minimum_app_version = \"{OURS}\"\nclient.current_app_version = \"99.1.0\"");
    with_versions(&mut programs, &versions).await;
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "{login:?}");
    let doctor = programs.run("camille", &["doctor"]).await.expect("ends");
    assert!(doctor.code == Some(1) && doctor.stdout.contains("99.1.0") && doctor.stdout.contains("reste possible"), "{doctor:?}");
}
