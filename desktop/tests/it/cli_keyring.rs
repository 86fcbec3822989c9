//! The command line when the keyring cannot be read or written: it says so, claims nothing, and leaves no session behind.

use std::sync::atomic::Ordering;

use serde_json::Value;
use vestibule_desktop::keyring::KeyringError;

use crate::app::Workstation;
use crate::cli::{Done, login, run};
use crate::companion::Companion;
use crate::doubles::MemoryKeyring;

const OUT_OF_REACH: [(KeyringError, &str, &str); 4] = [
    (KeyringError::Unavailable, "VST-1003", "Votre session ne sera pas conservée"),
    (KeyringError::Locked, "VST-1004", "Déverrouillez le trousseau"),
    (KeyringError::Failed, "VST-1019", "Rétablissez le trousseau, avec le support"),
    (KeyringError::Unfit, "VST-1020", "Rétablissez le trousseau, avec le support"),
];

const ABOUT_THE_SESSION: [&[&str]; 6] =
    [&["status"], &["status", "--json"], &["situation"], &["situation", "s1", "--json"], &["logout"], &["logout", "--json"]];

/// That nobody can know is said with the keyring's own code, to a person and to a program.
fn says_that_it_cannot_know(done: &Done, arguments: &[&str], code: &str) {
    let told = format!("{arguments:?} {code}: exit {}, {} {}", done.exit, done.out, done.err);
    assert_eq!(done.exit, 1, "{told}");
    assert!(done.err.contains(code) && done.err.contains("on ne peut pas savoir si quelqu’un est connecté"), "{told}");
    assert!(!done.err.contains("Personne n’est connecté"), "{told}");
    assert!(done.err.contains("fermez d’abord le navigateur"), "{told}");
    assert!(!done.err.contains("fenêtre") && !done.out.contains("fenêtre"), "this is no window, and she may be leaving: {told}");
    if arguments.contains(&"--json") {
        let document = done.json();
        assert_eq!((document["error"]["code"].as_str(), document.get("session")), (Some(code), None), "{told}");
        assert!(document["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{told}");
    } else {
        assert_eq!(done.out, "", "{told}");
    }
}

#[tokio::test]
async fn a_keyring_that_cannot_be_read_is_said_and_nobody_is_called_signed_out() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    assert_eq!(login(&workstation, &companion, &["login"]).await.exit, 0);
    let before = companion.requests("POST", "/oauth/token").len();
    for (error, code, hint) in OUT_OF_REACH {
        workstation.keyring.answers_with(Some(error));
        for arguments in ABOUT_THE_SESSION {
            let done = run(&workstation, &companion, arguments).await;
            says_that_it_cannot_know(&done, arguments, code);
            assert!(done.err.contains(hint), "{hint}: {}", done.err);
        }
    }
    assert_eq!(companion.requests("POST", "/oauth/token").len(), before, "the session was left alone");
    workstation.keyring.answers_with(None);
    assert_eq!(run(&workstation, &companion, &["status"]).await.exit, 0, "she was signed in all along");
}

#[tokio::test]
async fn a_keyring_that_fails_after_it_was_opened_is_said_too() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    assert_eq!(login(&workstation, &companion, &["login"]).await.exit, 0);
    for arguments in ABOUT_THE_SESSION {
        // The key, and the sign-outs that are owed: then the session itself.
        workstation.keyring.fails_after(2);
        says_that_it_cannot_know(&run(&workstation, &companion, arguments).await, arguments, "VST-1019");
    }
}

#[tokio::test]
async fn an_unreadable_keyring_is_said_in_english_to_who_reads_english() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_keyring(MemoryKeyring::out_of_reach(KeyringError::Locked)));
    let mut settings = workstation.settings(&companion);
    settings.language = vestibule_model::language::Language::En;
    let done = crate::cli::run_with(&["logout"], Ok(settings), workstation.ports()).await;
    assert!(done.exit == 1 && done.err.contains("Your keyring is locked"), "{}", done.err);
    assert!(done.err.contains("nobody can know whether someone is signed in"), "{}", done.err);
}

/// The session was told as one that is over, and the companion was told that it is.
fn leaves_no_session(companion: &Companion, done: &Done, code: &str) {
    let revoked = companion.requests("POST", "/oauth/revoke");
    assert_eq!(revoked.len(), 1, "{}", done.err);
    assert_eq!(revoked[0].form("token").as_deref(), Some("canary-refresh-100"));
    assert_eq!(companion.requests("DELETE", "/api/v1/session").len(), 0, "Pro Santé Connect is left alone");
    assert!(done.err.contains(code) && done.err.contains("elle a été fermée"), "{}", done.err);
    assert!(!done.out.contains("Session ouverte"), "{}", done.out);
}

#[tokio::test]
async fn a_session_that_no_keyring_can_keep_ends_with_the_command() {
    for (error, code, _) in OUT_OF_REACH {
        let (companion, workstation) = (Companion::start().await, Workstation::with_keyring(MemoryKeyring::out_of_reach(error)));
        let done = login(&workstation, &companion, &["login"]).await;
        assert!(done.exit == 0 && done.out.contains("FICTIF-EXEMPLE"), "{}", done.err);
        assert!(done.err.starts_with(code) && done.err.contains("sera fermée"), "said before she signs in: {}", done.err);
        leaves_no_session(&companion, &done, code);
    }
}

#[tokio::test]
async fn a_program_reads_that_the_session_is_not_kept() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let document = login(&workstation, &companion, &["login", "--json"]).await.json();
    assert_eq!((&document["kept"], document.get("keyring")), (&Value::Bool(true), None));
    assert_eq!(companion.requests("POST", "/oauth/revoke").len(), 0);

    let (companion, workstation) = (Companion::start().await, Workstation::with_keyring(MemoryKeyring::out_of_reach(KeyringError::Locked)));
    let done = login(&workstation, &companion, &["login", "--json"]).await;
    let document = done.json();
    assert_eq!((done.exit, document["session"]["national_id"].as_str()), (0, Some("899700000001")), "who she is, is known");
    assert_eq!((&document["kept"], &document["ended"]), (&Value::Bool(false), &Value::Bool(true)));
    assert_eq!(document["keyring"]["code"], "VST-1004");
    leaves_no_session(&companion, &done, "VST-1004");
}

#[tokio::test]
async fn a_keyring_that_takes_no_session_after_it_was_opened_leaves_none_either() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    assert_eq!(run(&workstation, &companion, &["status"]).await.exit, 1);
    // The key, and the sign-outs that are owed: then the session is to be written.
    workstation.keyring.fails_after(2);
    let done = login(&workstation, &companion, &["login"]).await;
    assert_eq!(done.exit, 0, "{}", done.err);
    leaves_no_session(&companion, &done, "VST-1019");
}

#[tokio::test]
async fn an_unknown_situation_leaves_no_session_that_nothing_could_close() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_keyring(MemoryKeyring::out_of_reach(KeyringError::Locked)));
    let done = login(&workstation, &companion, &["login", "--situation", "nulle-part"]).await;
    assert!(done.exit == 1 && done.err.contains("VST-2014"), "{}", done.err);
    leaves_no_session(&companion, &done, "VST-1004");
}

#[tokio::test]
async fn a_choice_that_no_later_command_can_make_is_sent_to_the_next_sign_in() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_keyring(MemoryKeyring::out_of_reach(KeyringError::Locked)));
    companion.facts.two_situations.store(true, Ordering::SeqCst);
    *companion.facts.situation.lock().expect("unpoisoned") = None;
    let done = login(&workstation, &companion, &["login"]).await;
    assert!(done.out.contains("vestibule login --situation ID") && !done.out.contains("vestibule situation ID"), "{}", done.out);
}

#[tokio::test]
async fn a_session_that_could_be_neither_kept_nor_ended_is_said() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_keyring(MemoryKeyring::out_of_reach(KeyringError::Locked)));
    companion.refuses(
        "/oauth/revoke",
        503,
        serde_json::json!({"error": "temporarily_unavailable", "error_description": "", "code": "VST-4001"}),
    );
    let done = login(&workstation, &companion, &["login", "--json"]).await;
    assert!(done.err.contains("n’a pas pu être fermée") && done.err.contains("15\u{a0}minutes"), "{}", done.err);
    assert_eq!(done.json()["ended"], Value::Bool(false));
}

#[tokio::test]
async fn on_a_shared_workstation_the_command_line_keeps_its_session_until_logout_its_end_or_a_window() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.facts.shared.store(true, Ordering::SeqCst);
    for ends_by_logout in [true, false] {
        assert_eq!(login(&workstation, &companion, &["login"]).await.exit, 0);
        assert!(workstation.keyring.refresh_token().is_some(), "each command is a process of its own");
        assert_eq!(run(&workstation, &companion, &["status"]).await.exit, 0);
        if ends_by_logout {
            assert_eq!(run(&workstation, &companion, &["logout"]).await.exit, 0);
        } else {
            // As the companion does when it is over.
            companion.facts.refresh_token.lock().expect("unpoisoned").clear();
            assert_eq!(run(&workstation, &companion, &["status"]).await.exit, 1);
        }
        assert_eq!(workstation.keyring.refresh_token(), None);
    }

    assert_eq!(login(&workstation, &companion, &["login"]).await.exit, 0);
    let left = workstation.keyring.refresh_token();
    assert!(left.is_some());
    let mut app = workstation.start(&companion);
    assert_eq!(app.rests().await, None, "nobody is signed in there");
    let revoked = companion.has_seen("POST", "/oauth/revoke", 1).await;
    assert!(revoked[0].form("token").is_some_and(|token| token.starts_with("canary-refresh-")), "what was left is closed");
    assert_eq!(workstation.keyring.refresh_token(), None);
    // What the window opens, it does not keep.
    app.signs_in(&companion).await;
    assert_eq!(workstation.keyring.refresh_token(), None);
}
