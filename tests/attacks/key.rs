//! Proofs of possession: a token without its key is worth nothing.

use reqwest::header::WWW_AUTHENTICATE;
use reqwest::{Method, StatusCode};
use serde_json::json;
use vestibule_tests::raw_client::{Answer, Body, Proof, RawClient, Tokens, random_text};
use vestibule_tests::stack::{Stack, now};

use super::scene::{events, http, stack};

const SESSION: &str = "/api/v1/session";

async fn signed_in() -> (Stack, RawClient, Tokens) {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let tokens = stack.sign_in(&app, "camille").await.expect("signed in");
    (stack, app, tokens)
}

async fn nonce(app: &RawClient, tokens: &Tokens) -> String {
    let answer = app.session(&tokens.access).await.expect("answers");
    assert_eq!(answer.status, StatusCode::OK, "the rightful app is still served");
    answer.headers["dpop-nonce"].to_str().expect("text").to_owned()
}

fn refused(answer: &Answer, what: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}: {answer:?}");
    let challenge = answer.headers[WWW_AUTHENTICATE].to_str().expect("text");
    assert!(challenge.starts_with("DPoP "), "{what}: {challenge}");
}

#[tokio::test]
async fn attack_18_a_proof_that_is_not_exactly_right_is_refused() {
    let (stack, app, tokens) = signed_in().await;
    let address = format!("{}{SESSION}", stack.companion_url);
    type Bend = fn(&mut Proof);
    let bends: [(&str, Bend); 17] = [
        ("another path", |proof| proof.claims["htu"] = json!(proof.claims["htu"].as_str().expect("text").replace("session", "sessions"))),
        ("another host", |proof| proof.claims["htu"] = json!("https://evil.example/api/v1/session")),
        ("another method", |proof| proof.claims["htm"] = json!("POST")),
        ("310 s old", |proof| proof.claims["iat"] = json!(now() - 310)),
        ("310 s ahead", |proof| proof.claims["iat"] = json!(now() + 310)),
        ("no nonce", |proof| proof.claims["nonce"] = json!(null)),
        ("a nonce of nobody's", |proof| proof.claims["nonce"] = json!(random_text())),
        ("no token hash", |proof| proof.claims["ath"] = json!(null)),
        ("the hash of another token", |proof| proof.claims["ath"] = json!(random_text())),
        ("no id", |proof| proof.claims["jti"] = json!("")),
        ("alg none", |proof| proof.header["alg"] = json!("none")),
        ("alg HS256", |proof| proof.header["alg"] = json!("HS256")),
        ("alg RS256", |proof| proof.header["alg"] = json!("RS256")),
        ("a private key", |proof| proof.header["jwk"]["d"] = json!(random_text())),
        ("a symmetric key", |proof| proof.header["jwk"] = json!({ "kty": "oct", "k": random_text() })),
        ("another type", |proof| proof.header["typ"] = json!("JWT")),
        ("a critical header", |proof| proof.header["crit"] = json!(["exp"])),
    ];
    for (what, bend) in bends {
        let nonce = nonce(&app, &tokens).await;
        let mut proof = app.device.proof(&Method::GET, &address, Some(&tokens.access), Some(&nonce), now());
        bend(&mut proof);
        let signed = app.device.sign(&proof);
        refused(&app.send(Method::GET, SESSION, Some(&tokens.access), &signed, Body::None).await.expect("answers"), what);
        if what == "alg none" {
            let unsigned = format!("{}.", signed.rsplit_once('.').expect("three parts").0);
            refused(&app.send(Method::GET, SESSION, Some(&tokens.access), &unsigned, Body::None).await.expect("answers"), "unsigned");
        }
    }

    let nonce = nonce(&app, &tokens).await;
    let proof = app.device.sign(&app.device.proof(&Method::GET, &address, Some(&tokens.access), Some(&nonce), now()));
    let first = app.send(Method::GET, SESSION, Some(&tokens.access), &proof, Body::None).await.expect("answers");
    assert_eq!(first.status, StatusCode::OK);
    refused(&app.send(Method::GET, SESSION, Some(&tokens.access), &proof, Body::None).await.expect("answers"), "a replay");
}

#[tokio::test]
async fn attack_18_a_stale_nonce_is_refused_with_a_fresh_one() {
    let (stack, app, tokens) = signed_in().await;
    let stale = nonce(&app, &tokens).await;
    stack.advance(301).await.expect("time passes");
    let tokens = app.refresh(&tokens.refresh).await.expect("answers").tokens().expect("refreshed");
    let address = format!("{}{SESSION}", stack.companion_url);
    let proof = app.device.sign(&app.device.proof(&Method::GET, &address, Some(&tokens.access), Some(&stale), now()));
    let answer = app.send(Method::GET, SESSION, Some(&tokens.access), &proof, Body::None).await.expect("answers");
    refused(&answer, "a stale nonce");
    assert_eq!(answer.body["error"], "use_dpop_nonce");
    nonce(&app, &tokens).await;
}

#[tokio::test]
async fn attack_19_a_stolen_access_token_is_worth_nothing_without_its_key() {
    let (stack, app, tokens) = signed_in().await;
    let address = format!("{}{SESSION}", stack.companion_url);
    let nonce = nonce(&app, &tokens).await;
    let right = || app.device.sign(&app.device.proof(&Method::GET, &address, Some(&tokens.access), Some(&nonce), now()));
    let (bearer, bound) = (format!("Bearer {}", tokens.access), format!("DPoP {}", tokens.access));
    for (what, authorization, proof) in [
        ("as Bearer", &bearer, None),
        ("as Bearer, with the proof", &bearer, Some(right())),
        ("without a proof", &bound, None),
        ("with an empty proof", &bound, Some(String::new())),
    ] {
        let mut request = http().get(&address).header("Authorization", authorization);
        if let Some(proof) = proof {
            request = request.header("DPoP", proof);
        }
        assert_eq!(request.send().await.expect("answers").status(), StatusCode::UNAUTHORIZED, "{what}");
    }
    let thief = stack.app().expect("an app");
    for (method, path) in
        [(Method::GET, SESSION), (Method::POST, "/api/v1/session/sign-out"), (Method::GET, "/api/v1/session/events?wait=0")]
    {
        let answer = thief.call(method.clone(), path, Some(&tokens.access), Body::None).await.expect("answers");
        refused(&answer, path);
    }
    assert!(events(&stack.database()).await.contains(&"token_of_other_key".to_owned()));
    assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::OK, "a thief ends nobody's session");
}

#[tokio::test]
async fn attack_20_a_copied_keyring_betrays_itself_and_a_lost_answer_does_not() {
    let (stack, app, first) = signed_in().await;
    let copy = app.clone();
    // An answer was lost: the old token serves again, with the same key.
    app.refresh(&first.refresh).await.expect("answers").tokens().expect("its answer is lost");
    let second = app.refresh(&first.refresh).await.expect("answers").tokens().expect("survived");
    assert_eq!(app.session(&second.access).await.expect("answers").status, StatusCode::OK);
    assert!(!events(&stack.database()).await.contains(&"session_revoked".to_owned()));

    // Key and token were copied before: the successor is in use, so this is a copy.
    let answer = copy.refresh(&first.refresh).await.expect("answers");
    assert_eq!((answer.status, &answer.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")), "{answer:?}");
    assert_eq!(app.session(&second.access).await.expect("answers").status, StatusCode::UNAUTHORIZED, "the family is dead");
    assert_eq!(app.refresh(&second.refresh).await.expect("answers").status, StatusCode::BAD_REQUEST);
    assert!(events(&stack.database()).await.contains(&"session_revoked".to_owned()));
}

#[tokio::test]
async fn attack_20_a_refresh_token_without_its_key_ends_nothing() {
    let (stack, app, tokens) = signed_in().await;
    let answer = stack.app().expect("an app").refresh(&tokens.refresh).await.expect("answers");
    assert_eq!((answer.status, &answer.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")), "{answer:?}");
    app.refresh(&tokens.refresh).await.expect("answers").tokens().expect("the rightful app goes on");
}

#[tokio::test]
async fn attack_32_a_signed_out_session_is_dead_before_the_provider_has_answered() {
    let (stack, app, tokens) = signed_in().await;
    stack.set_faults(json!([{ "kind": "slow", "endpoint": "logout", "ms": 3_000 }])).await.expect("set");
    let leaving = app.clone();
    let access = tokens.access.clone();
    let signing_out = tokio::spawn(async move { leaving.call(Method::POST, "/api/v1/session/sign-out", Some(&access), Body::None).await });
    // The end of the session has reached the provider, which takes its time.
    while stack.provider_saw("/logout", None).await.expect("the journal answers") == 0 {
        assert!(!signing_out.is_finished(), "the sign-out ended without the provider");
    }
    assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::UNAUTHORIZED);
    assert!(!signing_out.is_finished(), "the provider was still being waited for");
    let answer = signing_out.await.expect("no panic").expect("answers");
    assert_eq!((answer.status, &answer.body["psc_session"]), (StatusCode::OK, &json!("ended")), "{answer:?}");
    assert_eq!(stack.provider_saw("/logout", None).await.expect("the journal answers"), 1);
}
