//! `vestibule logout` where the companion answers and will not, or does not answer: what is owed is said until it is done.

use serde_json::{Value, json};

use crate::app::Workstation;
use crate::cli::{Done, login, run};
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
    assert!(done.err.contains("Le service ne répond pas."), "{}", done.err);
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
