//! A command that is told to stop (Ctrl-C, SIGTERM) says so, and keeps what it was ordered.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::Workstation;
use crate::cli::{Done, login, run};
use crate::companion::Companion;
use crate::paper::Paper;

/// Signed in, then stopped while the companion is asked this and says nothing.
async fn stopped_at(arguments: &[&str], path: Option<&str>) -> (Done, String, Companion, Workstation) {
    let (paper, _until_its_end) = Paper::of_this_thread(tracing::Level::INFO);
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    assert_eq!(Box::pin(login(&workstation, &companion, &["login", "--json"])).await.exit, 0);
    let heard = companion.heard().len();
    let stop = async {
        match path {
            None => companion.is_frozen(true),
            Some(path) => companion.freezes_at(path),
        }
        companion.hears_after(heard, path.unwrap_or("/oauth/token")).await;
        workstation.orders.stop();
    };
    let both = async { tokio::join!(Box::pin(run(&workstation, &companion, arguments)), stop).0 };
    let done = tokio::time::timeout(Duration::from_secs(20), both).await.expect("it ends when it is told to");
    (done, paper.text(), companion, workstation)
}

#[tokio::test]
async fn a_command_that_is_told_to_stop_says_so_and_leaves_the_session_as_it_is() {
    for arguments in [&["status", "--json"][..], &["situation", "--json"], &["doctor", "--json"]] {
        let path = (arguments[0] == "doctor").then_some("/.well-known/oauth-authorization-server");
        let (done, log, companion, workstation) = stopped_at(arguments, path).await;
        let exit = if arguments[0] == "doctor" { 2 } else { 1 };
        assert_eq!((done.exit, &done.json()["error"]["code"]), (exit, &json!("VST-1026")), "{arguments:?}: {}", done.err);
        assert!(done.err.starts_with("VST-1026"), "{}", done.err);
        assert!(log.lines().any(|line| line.contains("The command stopped") && line.contains("error.code=VST-1026")), "{log}");
        companion.thaws();
        let status = Box::pin(run(&workstation, &companion, &["status", "--json"])).await;
        assert!(status.exit == 0 && status.json()["session"].is_object(), "{arguments:?}: {}", status.err);
    }
}

#[tokio::test]
async fn a_sign_out_that_was_ordered_is_kept_when_the_command_is_told_to_stop() {
    for path in [None, Some("/api/v1/session/sign-out")] {
        let (done, log, companion, workstation) = stopped_at(&["logout", "--json"], path).await;
        assert_eq!((done.exit, &done.json()["psc_session"]), (3, &json!("later")), "{path:?}: {}", done.err);
        assert!(done.err.contains("interrompue") && done.err.contains("fermez le navigateur"), "{}", done.err);
        let told = |line: &&str| line.contains("; a sign-out is still owed") && line.contains("VST-1026");
        let line = log.lines().find(told).unwrap_or_else(|| panic!("{log}"));
        assert!(path.is_none() || line.contains("sign_in.id=7F3K-9QX"), "with its thread: {line}");
        companion.thaws();
        let next = Box::pin(run(&workstation, &companion, &["status", "--json"])).await;
        assert_eq!((next.exit, &next.json()["session"]), (1, &Value::Null), "{}", next.err);
        assert!(!workstation.keyring.contents().contains("owed_sign_outs"), "it was sent: {}", next.err);
    }
}
