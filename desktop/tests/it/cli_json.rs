//! What a program reads of the command line: one JSON object whatever happens, as the publishers' guide has it.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use vestibule_desktop::settings::SettingsError;

use crate::app::Workstation;
use crate::cli::{login, login_that_nobody_ends, run, run_with};
use crate::companion::Companion;
use crate::doubles::visit;

#[tokio::test]
async fn every_command_that_fails_tells_it_as_one_json_object() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    login(&workstation, &companion, &["login"]).await;
    companion.is_down(true);
    for (arguments, exit, code) in [
        (&["status", "--json"][..], 3, "VST-2041"),
        (&["situation", "--json"], 3, "VST-2041"),
        (&["login", "--json"], 3, "VST-2041"),
        (&["nimporte", "--json"], 2, "VST-1029"),
        (&["login", "--timeout", "0", "--json"], 2, "VST-1029"),
        (&["status", "--json=true"], 2, "VST-1029"),
        (&["login", "--exchange", "scheme", "--json"], 2, "VST-1029"),
    ] {
        let done = run(&workstation, &companion, arguments).await;
        let error = done.json()["error"].clone();
        assert_eq!((done.exit, error["code"].as_str()), (exit, Some(code)), "{arguments:?}: {}", done.err);
        for member in ["title", "message", "remedy"] {
            assert!(error[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {}", done.out);
        }
        assert!(done.err.starts_with(code), "and a person reads it too: {}", done.err);
        assert_eq!(error["cause"].as_str(), (code == "VST-2041").then_some("cut_off"), "{arguments:?}");
    }
    companion.is_down(false);
    let refused = SettingsError::NoPolicy("/etc/vestibule/policy.toml".into());
    let done = run_with(&["status", "--json"], Err(refused), workstation.ports()).await;
    assert_eq!((done.exit, done.json()["error"]["code"].as_str()), (2, Some("VST-1005")));
    companion.refuses("/oauth/par", 400, json!({"error": "invalid_request", "code": "VST-2004", "sign_in_id": "7F3K-9QXM"}));
    let done = run(&workstation, &companion, &["login", "--json"]).await;
    assert_eq!(done.json()["error"]["sign_in_id"], "7F3K-9QXM", "{}", done.out);
}

/// What a proxy in front of a companion that is away sends.
#[tokio::test]
async fn a_companion_behind_a_proxy_that_answers_for_it_is_told_as_not_available_wherever_it_is_met() {
    const METADATA: &str = "/.well-known/oauth-authorization-server";
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    login(&workstation, &companion, &["login"]).await;
    for (status, cause) in [(502, "bad_gateway"), (503, "service_unavailable"), (504, "gateway_timed_out")] {
        for (path, arguments) in [
            ("/oauth/par", &["login", "--json"][..]),
            ("/oauth/device_authorization", &["login", "--exchange", "polling", "--json"]),
            ("/oauth/token", &["status", "--json"]),
            ("/api/v1/sessions", &["sessions", "--json"]),
        ] {
            companion.refuses(path, status, json!("<html>"));
            let done = run(&workstation, &companion, arguments).await;
            let error = done.json()["error"].clone();
            assert_eq!(
                (done.exit, &error["code"], &error["cause"]),
                (3, &json!("VST-2052"), &json!(cause)),
                "{path} {status}: {}",
                done.err
            );
            assert!(done.err.contains("n’est pas disponible") && done.err.contains(&status.to_string()), "{path}: {}", done.err);
        }
        companion.refuses(METADATA, status, json!("<html>"));
        let done = run(&workstation, &companion, &["doctor"]).await;
        assert!(done.exit == 2 && done.out.contains("VST-2052") && done.out.contains(&format!("(HTTP {status})")), "{}", done.out);
        assert!(!done.out.contains("ne répond pas\u{a0}:"), "it answers: {}", done.out);
    }
    companion.refuses("/api/v1/session/sign-out", 502, json!("<html>"));
    let done = run(&workstation, &companion, &["logout"]).await;
    assert!(done.exit == 3 && done.err.contains("VST-2052"), "{}", done.err);
}

#[tokio::test]
async fn a_session_that_the_command_failed_over_does_not_stay_open() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let done = login(&workstation, &companion, &["login", "--json", "--situation", "nulle-part"]).await;
    let error = done.json()["error"].clone();
    assert_eq!((done.exit, error["code"].as_str(), error["ended"].as_bool()), (1, Some("VST-2014"), Some(true)), "{}", done.out);
    assert_eq!(error["sign_in_id"], "7F3K-9QX1");
    assert!(done.err.contains("venait de s’ouvrir a été fermée"), "{}", done.err);
    assert_eq!(companion.requests("POST", "/oauth/revoke").len(), 1);
    assert_eq!(run(&workstation, &companion, &["status", "--json"]).await.json()["session"], Value::Null);

    companion.refuses("/oauth/revoke", 503, json!({"error": "temporarily_unavailable", "code": "VST-3002"}));
    let done = login(&workstation, &companion, &["login", "--json", "--situation", "nulle-part"]).await;
    assert_eq!(done.json()["error"]["ended"], false, "{}", done.out);
    assert!(done.err.contains("n’a pas pu être fermée"), "{}", done.err);
}

#[tokio::test]
async fn an_outcome_without_a_session_names_its_sign_in() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let walk = async {
        visit(&workstation.browser.address(0).await).await;
        visit(&companion.refusal_address("access_denied", None)).await;
    };
    let (done, ()) = tokio::join!(run(&workstation, &companion, &["login", "--json"]), walk);
    assert_eq!(done.json(), json!({"session": null, "outcome": "declined", "sign_in_id": "7F3K-9QXM", "owed_sign_out": false}));
    // In steps: told of the sign-in, and only then of the end.
    let done = login_that_nobody_ends(&workstation, &companion, &["login", "--json", "--timeout", "30"], Duration::from_secs(30)).await;
    assert_eq!((done.json()["outcome"].as_str(), done.json()["sign_in_id"].as_str()), (Some("timed_out"), Some("7F3K-9QXM")));
}

/// Names of members, inside objects and lists too.
fn members(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| {
            found.insert(name.clone());
            members(value, found);
        }),
        Value::Array(items) => items.iter().for_each(|item| members(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn the_publishers_guide_names_every_member_of_every_document_and_no_other() {
    let guide = include_str!("../../../docs/fr/editeur.md");
    let (_, section) = guide.split_once("## La ligne de commande, pour un programme").expect("the section");
    let section = section.split("\n## ").next().expect("its text");
    let first_cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next().map(|cell| format!("`{cell}")));
    let named: BTreeSet<String> =
        first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect();

    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut found = BTreeSet::new();
    companion.facts.two_situations.store(true, Ordering::SeqCst);
    *companion.facts.situation.lock().expect("unpoisoned") = None;
    members(&login(&workstation, &companion, &["login", "--json"]).await.json(), &mut found);
    for arguments in [
        &["situation", "s2", "--json"][..],
        &["status", "--json"],
        &["sessions", "--json"],
        &["logout", "--json"],
        &["doctor", "--json"],
        &["x", "--json"],
    ] {
        members(&run(&workstation, &companion, arguments).await.json(), &mut found);
    }
    members(&login(&workstation, &companion, &["login", "--json", "--situation", "nulle-part"]).await.json(), &mut found);
    companion.is_down(true);
    members(&run(&workstation, &companion, &["doctor", "--json"]).await.json(), &mut found);
    companion.is_down(false);
    let locked = crate::doubles::MemoryKeyring::out_of_reach(vestibule_desktop::keyring::KeyringError::Locked);
    members(&login(&Workstation::with_keyring(locked), &companion, &["login", "--json"]).await.json(), &mut found);
    login(&workstation, &companion, &["login"]).await;
    companion.refuses("/oauth/token", 400, json!({"error": "invalid_grant", "code": "VST-2012", "ended": "idle"}));
    let over = run(&workstation, &companion, &["status", "--json"]).await.json();
    assert_eq!(over["session_end"], "idle", "{over}");
    members(&over, &mut found);
    companion.refuses("/oauth/token", 400, json!({"error": "access_denied", "code": "VST-2027"}));
    members(&login(&workstation, &companion, &["login", "--json"]).await.json(), &mut found);

    assert_eq!(found.difference(&named).collect::<Vec<_>>(), Vec::<&String>::new(), "not in the guide");
    assert_eq!(named.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new(), "only in the guide");
    for outcome in ["declined", "timed_out", "cancelled"] {
        assert!(section.contains(&format!("`{outcome}`")), "{outcome}");
    }
    // What the program that runs `login` has to leave open for the person.
    let login_help = run(&workstation, &companion, &["login", "--help"]).await.out;
    for told in ["interrogation", "entrée standard"] {
        assert!(section.contains(told) && login_help.contains(told), "{told}");
    }
    assert!(section.contains("VST-1025"));
    let help = run(&workstation, &companion, &["--help"]).await.out;
    for line in help.lines().skip_while(|line| !line.starts_with("Codes de sortie")).filter_map(|line| line.trim().split_once("  ")) {
        assert!(section.contains(&format!("| {} | {} |", line.0, line.1)), "{line:?}");
    }
}
