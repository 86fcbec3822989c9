//! Killing the app, the companion or the browser at any moment leaves a state from which the next sign-in simply works.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::programs::Programs;

/// Every place where a person's next gesture is awaited, in order.
const STAGES: [&str; 6] = ["continue", "means", "persona", "approve", "confirm", "confirmation"];

/// Whose gesture it is: between two stages Camille signs in, and only another person is asked for a confirmation then.
fn person() -> Person {
    Person::named("alix")
}

async fn next_sign_in_works(programs: &Programs, after: &str) {
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "after {after}: {login:?}");
}

#[tokio::test]
async fn the_app_killed_at_any_stage_leaves_the_next_sign_in_working() {
    let programs = Programs::start().await.expect("the stack starts");
    for stage in STAGES {
        let (mut command, address) = programs.command_line_for_test_browser(&["login", "--json"]).await.expect("ready");
        let mut app = command.spawn().expect("the app starts");
        let mut browser = ScriptedBrowser::new().expect("a browser");
        browser.walk_until(&address.wait().await.expect("an address"), &person(), stage).await.expect("walks so far");
        app.kill().await.expect("killed");
        next_sign_in_works(&programs, stage).await;
    }
}

#[tokio::test]
async fn the_companion_killed_at_any_stage_leaves_the_next_sign_in_working() {
    let mut programs = Programs::start().await.expect("the stack starts");
    for stage in STAGES {
        let (mut command, address) = programs.command_line_for_test_browser(&["login", "--json"]).await.expect("ready");
        let mut app = command.spawn().expect("the app starts");
        let mut browser = ScriptedBrowser::new().expect("a browser");
        let page = browser.walk_until(&address.wait().await.expect("an address"), &person(), stage).await.expect("walks so far");
        programs.kill_companion().await.expect("killed");
        programs.restart_companion().await.expect("restarted");
        // The person goes on where she was: either it works, or a page says what to do; never a blank end.
        let last = browser.go_on(page, &person(), "").await.expect("a page answers");
        let (came_back, text) = (last.status.is_success() && last.url.path() == "/sign-in/return", last.text().expect("text"));
        assert!(
            came_back || text.contains("VST-") && text.contains("Ce que vous pouvez faire"),
            "after {stage}: {} {text}",
            last.url.path()
        );
        app.kill().await.expect("killed");
        next_sign_in_works(&programs, stage).await;
    }
}

#[tokio::test]
async fn the_browser_closed_at_any_stage_ends_in_a_quiet_timeout_and_the_next_sign_in_works() {
    let programs = Programs::start().await.expect("the stack starts");
    for stage in STAGES {
        let (mut command, address) = programs.command_line_for_test_browser(&["login", "--json", "--timeout", "3"]).await.expect("ready");
        let app = command.spawn().expect("the app starts");
        let mut browser = ScriptedBrowser::new().expect("a browser");
        browser.walk_until(&address.wait().await.expect("an address"), &person(), stage).await.expect("walks so far");
        drop(browser);
        let output = app.wait_with_output().await.expect("the app ends");
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("not one document: {output:?}"));
        assert_eq!((output.status.code(), document["outcome"].as_str()), (Some(1), Some("timed_out")), "after {stage}: {output:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("VST-"), "after {stage}: {output:?}");
        next_sign_in_works(&programs, stage).await;
    }
}

#[tokio::test]
async fn the_companion_out_of_reach_is_said_in_french_with_its_code() {
    let mut programs = Programs::start().await.expect("the stack starts");
    programs.kill_companion().await.expect("killed");
    let login = programs.run("camille", &["login", "--json"]).await.expect("login ends");
    assert_eq!(login.code, Some(3), "{login:?}");
    assert!(login.stderr.contains("VST-2041"), "{login:?}");
    programs.restart_companion().await.expect("restarted");
    next_sign_in_works(&programs, "the outage").await;
}

#[tokio::test]
async fn a_server_that_is_not_the_companion_is_told_as_such() {
    let programs = Programs::start().await.expect("the stack starts");
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let portal = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // Whoever asked may be gone.
            let _ = stream.read(&mut [0; 4096]).await;
            let page = "<!doctype html><title>Portail</title>";
            let answer = format!("HTTP/1.1 404 Not Found\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}", page.len());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let policy = format!("companion_url = \"http://127.0.0.1:{port}\"\n");
    std::fs::write(programs.folder().join("policy.toml"), policy).expect("written");
    let login = programs.run("camille", &["login", "--json"]).await.expect("login ends");
    assert!(login.stderr.contains("VST-1011") && !login.stderr.contains("dans une minute"), "{login:?}");
    portal.abort();
}

#[tokio::test]
async fn the_provider_out_of_reach_is_told_apart_from_the_companion() {
    let mut programs = Programs::start().await.expect("the stack starts");
    programs.kill_simulator().await.expect("killed");
    // A companion that still remembers the provider's addresses would send the browser there: only a fresh one must ask for them.
    programs.kill_companion().await.expect("killed");
    programs.restart_companion().await.expect("restarted");
    let login = programs.run("camille", &["login", "--json"]).await.expect("login ends");
    assert_ne!(login.code, Some(0), "{login:?}");
    assert!(login.stderr.contains("VST-4001"), "{login:?}");
}
