//! The listener that moves the clock and breaks things.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::bench::{Bench, Browser, SECRET, VERIFIER, granted, refused, text};

#[tokio::test]
async fn health_tells_the_addresses() {
    let bench = Bench::start().await;
    let address = format!("http://{}/health", bench.addresses.administration);
    let health: Value = bench.http.get(address).send().await.expect("answer").json().await.expect("json");
    assert_eq!(health["status"], "ok");
    assert_eq!(health["addresses"]["issuer"], bench.addresses.issuer());
}

#[tokio::test]
async fn the_clock_advances_on_demand() {
    let bench = Bench::start().await;
    let tokens = bench.tokens("camille").await;
    let before: Value = bench.http.get(bench.administration("clock")).send().await.expect("answer").json().await.expect("json");
    let request = bench.http.post(bench.administration("clock/advance")).json(&json!({ "seconds": 120 }));
    let after: Value = request.send().await.expect("answer").json().await.expect("json");
    assert_eq!(after["now"].as_u64().expect("now") - before["now"].as_u64().expect("now"), 120);
    assert_eq!(bench.userinfo(text(&tokens, "access_token")).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_journal_counts_what_was_received_and_holds_no_value() {
    let bench = Bench::start().await;
    let code = Browser::new(&bench).code("camille", "card").await;
    let tokens = granted(bench.redeem(&code).await).await;
    let renewed = granted(bench.refresh(text(&tokens, "refresh_token")).await).await;
    bench.userinfo(text(&renewed, "access_token")).await;
    let journal = bench.journal().await;
    let grants: Vec<&str> = journal.iter().filter_map(|entry| entry["grant_type"].as_str()).collect();
    assert_eq!(grants, ["authorization_code", "refresh_token"]);
    let exchange = journal.iter().find(|entry| entry["grant_type"] == "authorization_code").expect("exchange");
    assert_eq!(exchange["parameters"], json!(["grant_type", "code", "redirect_uri", "code_verifier"]));
    assert_eq!((&exchange["client_id"], &exchange["status"]), (&json!("vestibule-demo"), &json!(200)));
    assert_eq!((&exchange["listener"], &exchange["method"]), (&json!("auth"), &json!("POST")));
    let userinfo = journal.last().expect("userinfo");
    assert_eq!(userinfo["client_id"], "vestibule-demo", "found through its token");
    let written = serde_json::to_string(&journal).expect("json");
    for secret in [&code, VERIFIER, SECRET, text(&tokens, "refresh_token"), text(&tokens, "id_token"), "FICTIF", "899700999016"] {
        assert!(!written.contains(secret));
    }
    let cleared = bench.http.delete(bench.administration("journal")).send().await.expect("answer");
    assert_eq!(cleared.status(), StatusCode::NO_CONTENT);
    assert!(bench.journal().await.is_empty());
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let bench = Bench::start().await;
    let tokens = bench.tokens("camille").await;
    let sessions: Vec<Value> = bench.http.get(bench.administration("sessions")).send().await.expect("answer").json().await.expect("json");
    assert_eq!(sessions.len(), 1);
    assert_eq!((&sessions[0]["session"], &sessions[0]["persona"]), (&tokens["session_state"], &json!("camille")));
    let ended: Value = bench.http.delete(bench.administration("sessions")).send().await.expect("answer").json().await.expect("json");
    assert_eq!(ended["ended"], 1);
    assert_eq!(refused(bench.refresh(text(&tokens, "refresh_token")).await).await, (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn personas_are_listed_without_their_names() {
    let bench = Bench::start().await;
    let personas: Vec<Value> = bench.http.get(bench.administration("personas")).send().await.expect("answer").json().await.expect("json");
    assert_eq!(personas.len(), 14);
    assert_eq!(personas[0], json!({ "id": "camille", "profession": "Médecin", "situations": 2 }));
}
