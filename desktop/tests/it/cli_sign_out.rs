//! `vestibule logout` where the companion answers and will not, or does not answer: what is owed is said until it is done.

use std::time::Duration;

use serde_json::{Value, json};
use vestibule_desktop::clock::Clock as _;

use crate::app::Workstation;
use crate::cli::{Done, login, run};
use crate::cli_log::while_time_passes;
use crate::companion::Companion;

const SIGN_OUT: &str = "/api/v1/session/sign-out";

fn too_many() -> Value {
    json!({"error": "temporarily_unavailable", "error_description": "", "code": "VST-2007"})
}

async fn logged_in() -> (Companion, Workstation) {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    assert_eq!(login(&workstation, &companion, &["login"]).await.exit, 0);
    (companion, workstation)
}

fn told(done: &Done) -> (u8, Value) {
    (done.exit, done.json()["psc_session"].clone())
}

#[tokio::test]
async fn a_logout_that_meets_the_limit_of_rotations_is_done_all_the_same() {
    let (companion, workstation) = logged_in().await;
    companion.refuses("/oauth/token", 429, too_many());
    let done = run(&workstation, &companion, &["logout", "--json"]).await;
    assert_eq!(told(&done), (0, json!("ended")), "{}", done.err);
    assert!(!done.err.contains("ne répond pas"), "{}", done.err);
    let asked = companion.requests("POST", SIGN_OUT);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].form("refresh_token").as_deref(), Some("canary-refresh-100"), "what is limited is rotation");
    assert!(!workstation.keyring.contents().contains("owed_sign_outs"), "nothing is owed");
    assert_eq!(workstation.keyring.refresh_token(), None);
}

#[tokio::test]
async fn a_companion_that_answers_is_never_said_to_be_silent() {
    let (companion, workstation) = logged_in().await;
    companion.refuses(SIGN_OUT, 429, too_many());
    for arguments in [&["logout", "--json"][..], &["logout", "--json"], &["status"], &["situation"]] {
        let done = run(&workstation, &companion, arguments).await;
        assert!(done.err.contains("VST-2007") && !done.err.contains("ne répond pas"), "{arguments:?}: {}", done.err);
        if arguments[0] == "logout" {
            assert_eq!(told(&done), (3, json!("later")), "{}", done.err);
        }
    }
    companion.is_down(true);
    let done = run(&workstation, &companion, &["status"]).await;
    assert!(done.err.contains("Le serveur de connexion ne répond pas."), "{}", done.err);
}

#[tokio::test]
async fn a_logout_that_is_owed_is_later_until_it_is_done_and_ended_then() {
    let (companion, workstation) = logged_in().await;
    companion.is_down(true);
    for _ in 0..2 {
        assert_eq!(told(&run(&workstation, &companion, &["logout", "--json"]).await), (3, json!("later")));
    }
    companion.is_down(false);
    assert_eq!(told(&run(&workstation, &companion, &["logout", "--json"]).await), (0, json!("ended")));
    assert_eq!(told(&run(&workstation, &companion, &["logout", "--json"]).await), (0, Value::Null));
}

#[tokio::test]
async fn what_is_owed_of_an_earlier_session_is_owed_after_the_next_logout_too() {
    let (companion, workstation) = logged_in().await;
    companion.is_down(true);
    assert_eq!(told(&run(&workstation, &companion, &["logout", "--json"]).await), (3, json!("later")));
    companion.is_down(false);
    let lost = json!({"error": "invalid_token", "error_description": "", "code": "VST-2012", "ended": "idle"});
    companion.refuses(SIGN_OUT, 401, lost);
    let done = run(&workstation, &companion, &["logout", "--json"]).await;
    assert_eq!(told(&done), (0, json!("open")), "{}", done.err);
    assert!(done.err.contains("trop tard"), "{}", done.err);
}

/// What the sign-outs that are owed delay, a step of the clock included.
#[tokio::test]
async fn a_frozen_companion_that_is_owed_a_sign_out_holds_no_command_past_its_time() {
    let (companion, workstation) = logged_in().await;
    companion.is_down(true);
    assert_eq!(told(&run(&workstation, &companion, &["logout", "--json"]).await), (3, json!("later")));
    companion.is_down(false);
    companion.is_frozen(true);
    for (arguments, limit, exit) in [
        (&["login", "--timeout", "6", "--json"][..], 6, 3),
        (&["status", "--json"], 5, 1),
        (&["situation", "--json"], 5, 1),
        (&["logout", "--json"], 10, 3),
    ] {
        let start = workstation.clock.elapsed();
        let done = while_time_passes(&workstation, &companion, run(&workstation, &companion, arguments)).await;
        let took = workstation.clock.elapsed() - start;
        assert!(took <= Duration::from_secs(limit + 1), "{arguments:?} took {took:?}");
        assert_eq!(done.exit, exit, "{arguments:?}: {}", done.err);
        assert!(done.err.contains("Le serveur de connexion ne répond pas."), "{}", done.err);
        if arguments[0] == "login" {
            assert_eq!((&done.json()["error"]["code"], &done.json()["error"]["cause"]), (&json!("VST-2041"), &json!("no_answer")));
        }
    }
}

#[tokio::test]
async fn a_program_reads_that_a_sign_out_is_owed() {
    let (companion, workstation) = logged_in().await;
    let owed = |done: &Done| done.json()["owed_sign_out"].clone();
    assert_eq!(owed(&run(&workstation, &companion, &["status", "--json"]).await), json!(false));
    companion.refuses(SIGN_OUT, 429, too_many());
    assert_eq!(told(&run(&workstation, &companion, &["logout", "--json"]).await), (3, json!("later")));
    for command in ["status", "situation"] {
        let done = run(&workstation, &companion, &[command, "--json"]).await;
        assert_eq!((done.exit, done.json()["session"].clone(), owed(&done)), (1, Value::Null, json!(true)), "{command}");
    }
    let signed_in = login(&workstation, &companion, &["login", "--json"]).await;
    assert!(signed_in.exit == 0 && signed_in.json()["session"].is_object(), "{}", signed_in.err);
    assert_eq!(owed(&signed_in), json!(true));
    for command in ["status", "situation"] {
        assert_eq!(owed(&run(&workstation, &companion, &[command, "--json"]).await), json!(true), "{command}");
    }
    companion.refuses("/none", 500, Value::Null);
    for command in ["status", "situation"] {
        assert_eq!(owed(&run(&workstation, &companion, &[command, "--json"]).await), json!(false), "{command}");
    }
}

#[tokio::test]
async fn a_session_of_which_the_companion_knows_nothing_any_more_is_said_to_be_over_once() {
    let (companion, workstation) = logged_in().await;
    companion.refuses("/oauth/token", 400, json!({"error": "invalid_grant", "error_description": "", "code": "VST-2005"}));
    let done = run(&workstation, &companion, &["status", "--json"]).await;
    assert_eq!((done.exit, &done.json()["session"], &done.json()["session_end"]), (1, &Value::Null, &json!("unknown")));
    assert!(done.err.contains("La session est terminée."), "{}", done.err);
    let again = run(&workstation, &companion, &["status", "--json"]).await;
    assert!(again.exit == 1 && again.json().get("session_end").is_none() && !again.err.contains("terminée"), "{}", again.err);
}
