//! Pushed requests: what is refused before any sign-in exists.

use http::Method;
use vestibule_tests::raw_client::{Answer, CLIENT_ID};

use crate::companion::TestCompanion;
use crate::sign_in::{REDIRECT_URI, device_form, push, pushed_form};

const FREE: &str = "starts_per_minute_per_key = 1000\nstarts_per_minute_per_address = 1000\npending_per_key = 1000";

fn with<'a>(name: &str, value: &'a str) -> Vec<(&'static str, &'a str)> {
    let replace = |(known, old): (&'static str, &'static str)| if known == name { (known, value) } else { (known, old) };
    pushed_form().into_iter().map(replace).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_says_what_the_app_must_know() {
    let companion = TestCompanion::start().await;
    let answer = push(&companion.app()).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let body = answer.json();
    assert!(body["request_uri"].as_str().unwrap().starts_with("urn:ietf:params:oauth:request_uri:"), "{body}");
    assert_eq!(body["expires_in"], 120);
    assert_eq!(body["sign_in_expires_in"], 600);
    let number = body["match_number"].as_str().unwrap();
    assert!(number.len() == 2 && number.chars().all(|digit| digit.is_ascii_digit()), "{number}");
    let id = body["sign_in_id"].as_str().unwrap();
    assert_eq!(body["events_uri"], format!("{}/api/v1/sign-ins/{id}/events", companion.url));
}

/// Attack 14.
#[tokio::test(flavor = "multi_thread")]
async fn only_a_clean_loopback_address_may_be_returned_to() {
    let companion = TestCompanion::with_limits(FREE).await;
    let app = companion.app();
    let path = "/cb/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let abuses = [
        format!("http://127.0.0.1:22{path}"),
        format!("http://127.0.0.1:1023{path}"),
        format!("http://127.0.0.1:65536{path}"),
        format!("http://127.0.0.1{path}"),
        format!("https://127.0.0.1:49152{path}"),
        format!("http://localhost:49152{path}"),
        format!("http://[::1]:49152{path}"),
        format!("http://127.0.0.2:49152{path}"),
        format!("http://127.1:49152{path}"),
        format!("http://0x7f000001:49152{path}"),
        format!("http://2130706433:49152{path}"),
        format!("http://127.0.0.1:49152@ailleurs.example{path}"),
        format!("http://user@127.0.0.1:49152{path}"),
        format!("http://ailleurs.example:49152{path}"),
        format!("http://127.0.0.1.ailleurs.example:49152{path}"),
        format!("http://127.0.0.1:49152{path}?next=1"),
        format!("http://127.0.0.1:49152{path}#fragment"),
        format!("http://127.0.0.1:49152{path}/../x"),
        format!("http://127.0.0.1:49152/cb/%2e%2e/{}", &path[4..]),
        format!("http://127.0.0.1:49152\\@ailleurs.example{path}"),
        format!(" http://127.0.0.1:49152{path}"),
        format!("http://127.0.0.1:49152{path}\n"),
        "http://127.0.0.1:49152/".to_owned(),
        "vestibule://cb".to_owned(),
        "javascript:alert(1)".to_owned(),
    ];
    for abuse in &abuses {
        let answer = app.post_form("/oauth/par", &with("redirect_uri", abuse)).await.unwrap();
        assert_eq!(answer.refusal(), (400, "invalid_request".into()), "{abuse:?}");
    }
    assert_eq!(app.post_form("/oauth/par", &with("redirect_uri", REDIRECT_URI)).await.unwrap().status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_request_is_refused() {
    let companion = TestCompanion::with_limits(FREE).await;
    let app = companion.app();
    let cases = [
        (with("client_id", "someone-else"), 401, "invalid_client"),
        (with("client_id", ""), 400, "invalid_request"),
        (with("response_type", "token"), 400, "unsupported_response_type"),
        (with("code_challenge_method", "plain"), 400, "invalid_request"),
        (with("code_challenge", "short"), 400, "invalid_request"),
        (with("state", ""), 400, "invalid_request"),
        ([pushed_form(), vec![("state", "again")]].concat(), 400, "invalid_request"),
        ([pushed_form(), vec![("request_uri", "urn:x")]].concat(), 400, "invalid_request"),
        ([pushed_form(), vec![("request", "e30.e30.")]].concat(), 400, "invalid_request"),
        ([pushed_form(), vec![("dpop_jkt", "another-key")]].concat(), 400, "invalid_dpop_proof"),
        ([pushed_form(), vec![("client_secret", "x")]].concat(), 401, "invalid_client"),
    ];
    for (form, status, error) in cases {
        let answer = app.post_form("/oauth/par", &form).await.unwrap();
        assert_eq!(answer.refusal(), (status, error.into()), "{form:?}");
    }
}

/// RFC 9449 section 10.1.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_announced_must_be_the_one_that_signs() {
    let companion = TestCompanion::with_limits(FREE).await;
    let app = companion.app();
    let (own, strangers) = (app.device.thumbprint(), companion.app().device.thumbprint());
    for (path, form, accepted) in [("/oauth/par", pushed_form(), 201), ("/oauth/device_authorization", device_form(), 200)] {
        let announced = |key| [form.clone(), vec![("dpop_jkt", key)]].concat();
        assert_eq!(app.post_form(path, &announced(&own)).await.unwrap().status, accepted, "{path}");
        assert_eq!(app.post_form(path, &announced(&strangers)).await.unwrap().refusal(), (400, "invalid_dpop_proof".into()), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_must_be_a_form_of_reasonable_size() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let json = app.proven(Method::POST, "/oauth/par", None).await.unwrap().json(&[("client_id", CLIENT_ID)]);
    assert_eq!(Answer::to(json).await.unwrap().refusal(), (415, "invalid_request".into()));
    let label = "x".repeat(70_000);
    let answer = app.post_form("/oauth/par", &with("device_label", &label)).await.unwrap();
    assert_eq!(answer.refusal(), (413, "invalid_request".into()));
}

/// Attack 27: the limit refuses the newcomer, and evicts nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_starts_is_refused_with_a_time_to_come_back() {
    let companion = TestCompanion::with_limits("starts_per_minute_per_key = 2\npending_per_key = 10").await;
    let app = companion.app();
    let first = push(&app).await.json();
    assert_eq!(push(&app).await.status, 201);
    let refused = push(&app).await;
    assert_eq!(refused.refusal(), (429, "temporarily_unavailable".into()));
    let wait_s: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait_s), "{wait_s}");
    assert_eq!(push(&companion.app()).await.status, 201, "another workstation is not concerned");
    assert_eq!(
        companion.browser().open_request(first["request_uri"].as_str().unwrap()).await.unwrap().status,
        200,
        "the first one goes on"
    );
    companion.clock.advance_seconds(wait_s);
    app.advance_seconds(wait_s);
    assert_eq!(push(&app).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_is_that_of_the_configuration_and_not_of_the_request() {
    let companion = TestCompanion::start().await;
    let request = companion.app().bare(Method::GET, "/.well-known/oauth-authorization-server");
    let forged =
        request.header("Host", "ailleurs.example").header("X-Forwarded-Host", "ailleurs.example").header("X-Forwarded-Proto", "https");
    let answer = Answer::to(forged).await.unwrap();
    assert_eq!(answer.headers["content-type"], "application/json");
    let body = answer.json();
    assert_eq!(body["issuer"], companion.url);
    for endpoint in
        ["authorization_endpoint", "token_endpoint", "pushed_authorization_request_endpoint", "revocation_endpoint", "op_tos_uri"]
    {
        assert!(body[endpoint].as_str().unwrap().starts_with(&format!("{}/", companion.url)), "{endpoint}: {body}");
    }
    assert_eq!(body["require_pushed_authorization_requests"], true);
    assert_eq!(body["authorization_response_iss_parameter_supported"], true);
    assert_eq!(body["dpop_signing_alg_values_supported"], serde_json::json!(["ES256"]));
    assert_eq!(body["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    assert_eq!(body["psc_environment"], "simulator");
}
