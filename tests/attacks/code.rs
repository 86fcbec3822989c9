//! The code on its way back: alone it is worth nothing.

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::json;
use vestibule_tests::attacks::REDEMPTION_ROUNDS;
use vestibule_tests::raw_client::{Body, random_text};
use vestibule_tests::stack::Stack;

use super::scene::{Trip, events, stack, state_of};

/// Redemptions of one code at once.
const PARALLEL: usize = 50;

async fn refused(stack: &Stack, answer: &vestibule_tests::raw_client::Answer, code: &str) {
    assert_eq!((answer.status, &answer.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")), "{answer:?}");
    assert_eq!(answer.body["code"], code, "{answer:?}");
    assert!(!answer.body.to_string().contains("token"), "{answer:?}");
    assert!(!events(&stack.database()).await.contains(&"signed_in".to_owned()));
}

#[tokio::test]
async fn attack_15_a_stolen_code_with_another_key_burns_the_sign_in() {
    let stack = stack().await;
    let (app, started, code) = Trip::until_code(&stack, "camille").await;
    let thief = stack.app().expect("an app");
    refused(&stack, &thief.redeem(&started, &code).await.expect("answers"), "VST-2004").await;
    assert_eq!(state_of(&app, &started).await, "burned");
    refused(&stack, &app.redeem(&started, &code).await.expect("answers"), "VST-2004").await;
    assert!(events(&stack.database()).await.contains(&"sign_in_burned".to_owned()));
}

#[tokio::test]
async fn attack_15_a_stolen_code_with_a_wrong_verifier_burns_the_sign_in() {
    let stack = stack().await;
    let (app, started, code) = Trip::until_code(&stack, "camille").await;
    let mut guessed = started.clone();
    guessed.verifier = random_text();
    // Even with the stolen key: the verifier never left the app's memory.
    refused(&stack, &app.clone().redeem(&guessed, &code).await.expect("answers"), "VST-2004").await;
    assert_eq!(state_of(&app, &started).await, "burned");
    refused(&stack, &app.redeem(&started, &code).await.expect("answers"), "VST-2004").await;
}

#[tokio::test]
async fn attack_15_a_code_lives_sixty_seconds() {
    let stack = stack().await;
    let (late, started, code) = Trip::until_code(&stack, "camille").await;
    stack.advance(61).await.expect("time passes");
    refused(&stack, &late.redeem(&started, &code).await.expect("answers"), "VST-2005").await;
    let (in_time, started, code) = Trip::until_code(&stack, "camille").await;
    stack.advance(59).await.expect("time passes");
    in_time.redeem(&started, &code).await.expect("answers").tokens().expect("signed in");
}

/// `VESTIBULE_ATTACK_ROUNDS=1000` is the full measure.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn attack_16_of_fifty_redemptions_at_once_exactly_one_wins() {
    let rounds = std::env::var("VESTIBULE_ATTACK_ROUNDS").map_or(REDEMPTION_ROUNDS, |text| text.parse().expect("a number of rounds"));
    let stack = stack().await;
    for round in 0..rounds {
        let (app, started, code) = Trip::until_code(&stack, "camille").await;
        // Any call brings a fresh nonce, so that no redemption waits for one.
        state_of(&app, &started).await;
        let redemptions = (0..PARALLEL).map(|_| {
            let (app, started, code) = (app.clone(), started.clone(), code.clone());
            tokio::spawn(async move { app.redeem(&started, &code).await })
        });
        let mut winners = Vec::new();
        for answer in join_all(redemptions).await {
            let answer = answer.expect("no panic").expect("answers");
            if answer.status == StatusCode::OK {
                winners.push(answer.tokens().expect("tokens"));
            } else {
                assert_eq!((answer.status, &answer.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")), "round {round}");
            }
        }
        assert_eq!(winners.len(), 1, "round {round}");
        assert_eq!(app.session(&winners[0].access).await.expect("answers").status, StatusCode::OK, "round {round}");
    }
}

#[tokio::test]
async fn attack_17_another_key_sees_no_sign_in_at_all() {
    let stack = stack().await;
    let mut trip = Trip::until(&stack, "camille", "means").await;
    let stranger = stack.app().expect("an app");
    let path = |id: &str, end: &str| format!("/api/v1/sign-ins/{id}{end}");
    for (method, end) in [(Method::GET, "/events"), (Method::GET, "/events?wait=5&after=created"), (Method::DELETE, "")] {
        let ask = async |id: &str| stranger.call(method.clone(), &path(id, end), None, Body::None).await.expect("answers");
        let (known, unknown) = (ask(&trip.started.sign_in_id).await, ask("2222-2222").await);
        assert_eq!(known.status, StatusCode::NOT_FOUND, "{method} {end}");
        assert_eq!((known.status, known.body), (unknown.status, unknown.body), "{method} {end}: no difference tells that it exists");
    }
    trip.ends_well().await;
}
