//! Faults that are asked for, each where it is expected.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::bench::{Bench, Browser, fault, good_request, granted, text};

async fn id_claims(bench: &Bench) -> serde_json::Map<String, Value> {
    let tokens = bench.tokens("camille").await;
    bench.verified(text(&tokens, "id_token")).await.expect("signed").1
}

#[tokio::test]
async fn wrong_nonce_and_issuer() {
    let bench = Bench::start().await;
    bench.set_faults(fault("wrong_nonce")).await;
    assert_ne!(id_claims(&bench).await["nonce"], "the nonce");
    bench.set_faults(fault("wrong_issuer")).await;
    let claims = id_claims(&bench).await;
    assert_ne!(claims["iss"], bench.addresses.issuer());
    assert_eq!(claims["nonce"], "the nonce", "the former fault is gone");
}

#[tokio::test]
async fn bad_signature_and_unknown_key() {
    let bench = Bench::start().await;
    bench.set_faults(fault("bad_signature")).await;
    let tokens = bench.tokens("camille").await;
    assert_eq!(bench.verified(text(&tokens, "id_token")).await.err(), Some("bad signature"));
    bench.verified(text(&tokens, "access_token")).await.expect("the access token stays good");
    bench.set_faults(fault("unknown_kid")).await;
    let tokens = bench.tokens("camille").await;
    assert_eq!(bench.verified(text(&tokens, "id_token")).await.err(), Some("unknown kid"));
}

#[tokio::test]
async fn every_acr_that_was_seen_can_come_back() {
    let bench = Bench::start().await;
    for (value, expected) in [("eidas1", Some("eidas1")), ("eidas2", Some("eidas2")), ("eidas3", Some("eidas3")), ("absent", None)] {
        bench.set_faults(json!([{ "kind": "acr", "value": value }])).await;
        assert_eq!(id_claims(&bench).await.get("acr").and_then(Value::as_str), expected);
    }
}

#[tokio::test]
async fn auth_mode_can_be_absent_and_auth_level_present() {
    let bench = Bench::start().await;
    bench.set_faults(json!([{ "kind": "auth_mode_absent" }, { "kind": "auth_level", "value": "1" }])).await;
    let claims = id_claims(&bench).await;
    assert!(!claims.contains_key("authMode"));
    assert_eq!(claims["auth_level"], "1");
}

#[tokio::test]
async fn the_issuer_of_the_callback_can_be_left_out_or_wrong() {
    let bench = Bench::start().await;
    bench.set_faults(json!([{ "kind": "iss_parameter", "value": "off" }])).await;
    assert!(!Browser::new(&bench).walk("camille", "card").await.contains_key("iss"));
    bench.set_faults(json!([{ "kind": "iss_parameter", "value": "wrong" }])).await;
    assert_ne!(Browser::new(&bench).walk("camille", "card").await["iss"], bench.addresses.issuer());
}

#[tokio::test]
async fn userinfo_can_name_someone_else_or_nobody() {
    let bench = Bench::start().await;
    let userinfo = async |kind: &str| -> (Value, Value) {
        bench.set_faults(fault(kind)).await;
        let tokens = bench.tokens("camille").await;
        let (_, id) = bench.verified(text(&tokens, "id_token")).await.expect("signed");
        (Value::Object(id), bench.userinfo(text(&tokens, "access_token")).await.json().await.expect("json"))
    };
    let (id, claims) = userinfo("userinfo_sub_mismatch").await;
    assert_ne!(id["sub"], claims["sub"]);
    let (_, claims) = userinfo("userinfo_without_subject_name_id").await;
    assert_eq!(claims.get("SubjectNameID"), None);
}

#[tokio::test]
async fn every_endpoint_can_be_down_or_answer_in_html() {
    let bench = Bench::start().await;
    let tokens = bench.tokens("camille").await;
    let hint = text(&tokens, "id_token").to_owned();
    for (kind, status) in [("unavailable", StatusCode::SERVICE_UNAVAILABLE), ("html", StatusCode::OK)] {
        for (name, address) in [
            ("discovery", bench.addresses.discovery()),
            ("certs", bench.addresses.endpoint("certs")),
            ("authorization", format!("{}?client_id=vestibule-demo", bench.addresses.authorization_endpoint())),
            ("userinfo", bench.addresses.endpoint("userinfo")),
            ("token", bench.addresses.endpoint("token")),
            ("introspection", bench.addresses.endpoint("token/introspect")),
            ("revocation", bench.addresses.endpoint("revoke")),
            ("logout", bench.addresses.endpoint("logout")),
        ] {
            bench.set_faults(json!([{ "kind": kind, "endpoint": name }])).await;
            let request = match name {
                "discovery" | "certs" | "authorization" => bench.http.get(address),
                "userinfo" => bench.http.get(address).bearer_auth(text(&tokens, "access_token")),
                "logout" => bench.http.post(address).form(&[("id_token_hint", &hint)]),
                _ => bench.http.post(address).basic_auth("vestibule-demo", Some("any")),
            };
            let answer = request.send().await.expect("answer");
            assert_eq!(answer.status(), status, "{kind} {name}");
            let html = answer.text().await.expect("text").contains("maintenance");
            assert_eq!(html, kind == "html", "{kind} {name}");
        }
    }
}

#[tokio::test]
async fn a_fault_strikes_its_client_and_endpoint_only() {
    let bench = Bench::start().await;
    bench.set_faults(json!([{ "kind": "unavailable", "endpoint": "token" }])).await;
    let code = Browser::new(&bench).code("camille", "card").await;
    assert_eq!(bench.redeem(&code).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    let other = bench.http.post(bench.addresses.endpoint("token")).basic_auth("another-service", Some("wrong")).send().await;
    assert_eq!(other.expect("answer").status(), StatusCode::UNAUTHORIZED);
    bench.set_faults(json!([])).await;
    granted(bench.redeem(&code).await).await;
}

#[tokio::test]
async fn a_slow_endpoint_takes_its_time() {
    let bench = Bench::start().await;
    bench.set_faults(json!([{ "kind": "slow", "endpoint": "certs", "ms": 200 }])).await;
    let started = Instant::now();
    let answer = bench.http.get(bench.addresses.endpoint("certs")).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::OK);
    // A lower bound only: no machine is too slow for it.
    assert!(started.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn unknown_faults_and_clients_are_refused() {
    let bench = Bench::start().await;
    let put = async |client: &str, faults: Value| {
        let address = bench.administration(&format!("clients/{client}/faults"));
        bench.http.put(address).json(&faults).send().await.expect("answer").status()
    };
    assert_eq!(put("vestibule-demo", fault("made_up")).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(put("nobody", json!([])).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_page_chooses_a_fault_and_an_untouched_panel_changes_nothing() {
    let bench = Bench::start().await;
    let current = async || -> Value {
        let address = bench.administration("clients/vestibule-demo/faults");
        bench.http.get(address).send().await.expect("answer").json().await.expect("json")
    };
    let mut browser = Browser::new(&bench);
    let page = browser.open(&good_request()).await.page();
    assert_eq!(page.hidden("fault_shown"), "none");
    let interaction = page.hidden("interaction");
    let chosen = [("interaction", interaction.as_str()), ("fault_shown", "none"), ("fault", "bad-signature"), ("means", "card")];
    let page = browser.send(&chosen).await.page();
    assert_eq!((page.step(), page.hidden("fault_shown").as_str()), ("persona", "bad-signature"));
    assert_eq!(current().await, fault("bad_signature"));
    bench.set_faults(fault("refresh_reusable")).await;
    let untouched =
        [("interaction", interaction.as_str()), ("fault_shown", "bad-signature"), ("fault", "bad-signature"), ("persona", "lou")];
    let page = browser.send(&untouched).await.page();
    assert_eq!(current().await, fault("refresh_reusable"));
    assert_eq!(page.hidden("fault_shown"), "current", "shown as set by the administration");
    let cleared = [("interaction", interaction.as_str()), ("fault_shown", "current"), ("fault", "none"), ("decision", "approve")];
    browser.send(&cleared).await.page();
    assert_eq!(current().await, json!([]));
}
