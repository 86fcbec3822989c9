//! A Pro Santé Connect that misbehaves, or that is not well.

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::Row as _;
use vestibule_tests::raw_client::RawClient;
use vestibule_tests::stack::Stack;

use super::scene::{Trip, events, memory, parameter, stack};

/// How many rows of what Pro Santé Connect granted are kept.
async fn kept(stack: &Stack) -> i64 {
    let counted =
        sqlx::query("SELECT (SELECT count(*) FROM grants) + (SELECT count(*) FROM sessions) + (SELECT count(*) FROM accounts) AS n");
    counted.fetch_one(&mut memory(&stack.database()).await).await.expect("counted").get("n")
}

/// Signs in under a fault: the refusal that the app reads.
async fn refusal(stack: &Stack, faults: Value) -> String {
    stack.set_faults(faults.clone()).await.expect("set");
    let mut trip = Trip::until(stack, "camille", "confirm").await;
    let back = trip.comes_back().await;
    assert!(parameter(&back, "code").is_none(), "{faults}: a code came back");
    parameter(&back, "error_code").expect("our number")
}

#[tokio::test]
async fn attack_21_a_misbehaving_provider_is_refused_and_nothing_is_stored() {
    let stack = stack().await;
    let cases = [
        (json!([{ "kind": "wrong_issuer" }]), "VST-4007"),
        (json!([{ "kind": "wrong_nonce" }]), "VST-4007"),
        (json!([{ "kind": "bad_signature" }]), "VST-4007"),
        (json!([{ "kind": "unknown_kid" }]), "VST-4007"),
        (json!([{ "kind": "userinfo_sub_mismatch" }]), "VST-4008"),
        (json!([{ "kind": "userinfo_without_subject_name_id" }]), "VST-4009"),
        (json!([{ "kind": "iss_parameter", "value": "wrong" }]), "VST-4012"),
    ];
    let count = cases.len();
    for (faults, code) in cases {
        assert_eq!(refusal(&stack, faults.clone()).await, code, "{faults}");
        assert_eq!(kept(&stack).await, 0, "{faults}");
    }
    let events = events(&stack.database()).await;
    assert_eq!(events, vec!["sign_in_failed"; count], "nothing else happened");
    stack.set_faults(json!([])).await.expect("set");
    Trip::until(&stack, "camille", "continue").await.ends_well().await;
}

#[tokio::test]
async fn attack_38_a_provider_that_is_down_or_answers_with_a_web_page_is_told_clearly_and_the_next_try_works() {
    let stack = stack().await;
    for endpoint in ["token", "userinfo"] {
        for kind in ["unavailable", "html"] {
            let code = refusal(&stack, json!([{ "kind": kind, "endpoint": endpoint }])).await;
            assert!(matches!(code.as_str(), "VST-4002" | "VST-4003"), "{kind} {endpoint}: {code}");
            stack.set_faults(json!([])).await.expect("set");
            Trip::until(&stack, "camille", "continue").await.ends_well().await;
        }
    }
}

#[tokio::test]
async fn attack_38_a_provider_slower_than_ten_seconds_is_not_waited_for() {
    let stack = stack().await;
    // Without a limit of ours this answer would be good: the simulator gives it after eleven seconds.
    assert_eq!(refusal(&stack, json!([{ "kind": "slow", "endpoint": "token", "ms": 11_000 }])).await, "VST-4001");
    stack.set_faults(json!([])).await.expect("set");
    Trip::until(&stack, "camille", "continue").await.ends_well().await;
}

#[tokio::test]
async fn attack_38_a_change_of_keys_is_followed_and_an_unknown_key_is_asked_for_once() {
    let stack = stack().await;
    let app: RawClient = stack.app().expect("an app");
    stack.sign_in(&app, "camille").await.expect("signed in");
    stack.rotate_provider_keys().await.expect("rotated");
    let tokens = stack.sign_in(&app, "camille").await.expect("signed in under the other key");
    assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::OK);

    let before = stack.provider_saw("/certs", None).await.expect("the journal answers");
    for _ in 0..5 {
        assert_eq!(refusal(&stack, json!([{ "kind": "unknown_kid" }])).await, "VST-4007");
    }
    assert_eq!(stack.provider_saw("/certs", None).await.expect("the journal answers"), before + 1, "within a minute, whoever insists");
    stack.set_faults(json!([])).await.expect("set");
    Trip::until(&stack, "camille", "continue").await.ends_well().await;
}
