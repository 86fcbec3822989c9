//! Attack 18: every bent proof is refused, at the authorization server and at the session.

use http::Method;
use serde_json::{Value, json};
use vestibule_tests::raw_client::{Answer, Proof, RawClient};

use crate::companion::TestCompanion;
use crate::sign_in::{push, pushed_form};

type Bend = fn(&mut Proof);

const BENDS: &[(&str, Bend)] = &[
    ("other method", |proof| proof.claims["htm"] = json!("DELETE")),
    ("other path", |proof| proof.claims["htu"] = json!("http://127.0.0.1:1/oauth/other")),
    ("old", |proof| proof.claims["iat"] = json!(proof.claims["iat"].as_i64().unwrap() - 301)),
    ("from the future", |proof| proof.claims["iat"] = json!(proof.claims["iat"].as_i64().unwrap() + 301)),
    ("alg none", |proof| proof.header["alg"] = json!("none")),
    ("alg HS256", |proof| proof.header["alg"] = json!("HS256")),
    ("alg RS256", |proof| proof.header["alg"] = json!("RS256")),
    ("private key", |proof| proof.header["jwk"]["d"] = json!("AAAA")),
    ("no jti", |proof| proof.claims["jti"] = json!("")),
    ("other typ", |proof| proof.header["typ"] = json!("jwt")),
];

async fn push_with(app: &RawClient, proof: &str) -> Answer {
    Answer::to(app.bare(Method::POST, "/oauth/par").header("DPoP", proof).form(&pushed_form())).await.unwrap()
}

async fn show_with(app: &RawClient, token: &str, proof: &str) -> Answer {
    let request = app.bare(Method::GET, "/api/v1/session").header("DPoP", proof).header("Authorization", format!("DPoP {token}"));
    Answer::to(request).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bent_proof_starts_no_sign_in() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    app.learn_nonce().await.unwrap();
    for (name, bend) in BENDS {
        let mut proof = app.proof(&Method::POST, "/oauth/par", None);
        bend(&mut proof);
        let answer = push_with(&app, &app.device.sign(&proof)).await;
        assert_eq!(answer.refusal(), (400, "invalid_dpop_proof".into()), "{name}");
    }
    let good = app.device.sign(&app.proof(&Method::POST, "/oauth/par", None));
    assert_eq!(push_with(&app, &good).await.status, 201);
    assert_eq!(push_with(&app, &good).await.refusal(), (400, "invalid_dpop_proof".into()), "replayed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bent_proof_shows_no_session() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let tokens = companion.sign_in(&app).await;
    let token = tokens["access_token"].as_str().unwrap();
    let without_hash: (&str, Bend) = ("no ath", |proof| proof.claims["ath"] = Value::Null);
    for (name, bend) in BENDS.iter().chain([&without_hash]) {
        let mut proof = app.proof(&Method::GET, "/api/v1/session", Some(token));
        bend(&mut proof);
        let answer = show_with(&app, token, &app.device.sign(&proof)).await;
        assert_eq!(answer.refusal(), (401, "invalid_dpop_proof".into()), "{name}");
        assert_eq!(answer.headers["www-authenticate"], r#"DPoP error="invalid_dpop_proof", algs="ES256""#);
    }
    let good = app.device.sign(&app.proof(&Method::GET, "/api/v1/session", Some(token)));
    assert_eq!(show_with(&app, token, &good).await.status, 200);
    assert_eq!(show_with(&app, token, &good).await.refusal(), (401, "invalid_dpop_proof".into()), "replayed");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_current_nonce_one_is_given() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let proof = app.device.sign(&app.proof(&Method::POST, "/oauth/par", None));
    let answer = push_with(&app, &proof).await;
    assert_eq!(answer.refusal(), (400, "use_dpop_nonce".into()));
    assert!(answer.headers.contains_key("dpop-nonce"));

    app.learn_nonce().await.unwrap();
    companion.clock.advance_seconds(301);
    app.advance_seconds(301);
    let stale = app.device.sign(&app.proof(&Method::POST, "/oauth/par", None));
    assert_eq!(push_with(&app, &stale).await.refusal(), (400, "use_dpop_nonce".into()), "stale");
    app.learn_nonce().await.unwrap();
    assert_eq!(push(&app).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_access_token_is_worth_nothing() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let tokens = companion.sign_in(&app).await;
    let token = tokens["access_token"].as_str().unwrap();
    let thief = companion.app();
    assert_eq!(thief.session(token).await.unwrap().refusal(), (401, "invalid_token".into()), "other key");
    let session = app.bare(Method::GET, "/api/v1/session").bearer_auth(token);
    assert_eq!(Answer::to(session).await.unwrap().refusal(), (401, "invalid_token".into()), "bearer");
    let session = app.bare(Method::GET, "/api/v1/session").header("Authorization", format!("DPoP {token}"));
    assert_eq!(Answer::to(session).await.unwrap().status, 401, "no proof");
    assert_eq!(app.session(token).await.unwrap().status, 200, "its holder is not disturbed");
}
