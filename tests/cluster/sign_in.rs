//! Whole sign-ins, of which no two requests need meet the same companion.

use reqwest::{Method, StatusCode};
use vestibule_tests::cluster::Which;
use vestibule_tests::raw_client::{Body, random_text};
use vestibule_tests::stack::Doorstep;

use super::scene::{Asked, Trip, at_both, cluster, session, until};

#[tokio::test]
async fn sign_ins_by_loopback_and_by_polling_go_through_both_companions() {
    let (cluster, _held) = cluster().await;
    let before = cluster.handed().await.expect("measures");
    for round in 0..4 {
        let mut trip = Trip::until(cluster.app().expect("an app"), "camille", "").await;
        let tokens = trip.ends_well().await;
        for app in at_both(&cluster, &trip.app) {
            assert_eq!(session(&app, &tokens.access).await.status, StatusCode::OK, "round {round}");
        }
    }
    let app = cluster.app().expect("an app");
    let mut tokens = Vec::new();
    for round in 0..4 {
        let mut asked = Asked::by(app.clone(), "camille").await;
        let letters = asked.letters().await;
        assert_eq!(letters.is_empty(), round > 0, "the pair is known from the first on, whoever met it");
        let answer = asked.app.poll(&asked.polling, Some(letters.as_str()).filter(|letters| !letters.is_empty())).await.expect("answers");
        tokens.push(answer.tokens().expect("signed in"));
        for app in at_both(&cluster, &app) {
            assert_eq!(session(&app, &tokens[round].access).await.status, StatusCode::OK, "round {round}");
        }
    }
    let after = cluster.handed().await.expect("measures");
    let handed = [after[0] - before[0], after[1] - before[1]];
    assert!(handed[0].abs_diff(handed[1]) <= 1 && handed[0] > 20, "each request in turn: {handed:?}");
}

#[tokio::test]
async fn a_nonce_of_one_companion_is_good_at_the_other() {
    let (cluster, _held) = cluster().await;
    for which in Which::BOTH {
        let [here, there] = [which, which.other()].map(|which| cluster.app().expect("an app").through(&cluster.door(which)));
        let there = there;
        let answer = here.call(Method::GET, "/api/v1/session", Some(&random_text()), Body::None).await.expect("answers");
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        let (nonce, token) = (here.nonce().expect("a nonce"), random_text());
        let now = vestibule_tests::cluster::now();
        let address = format!("{}/api/v1/session", cluster.url);
        let proof = there.device.proof(&Method::GET, &address, Some(&token), Some(&nonce), now);
        let proof = there.device.sign(&proof);
        let answer = there.send(Method::GET, "/api/v1/session", Some(&token), &proof, Body::None).await.expect("answers");
        assert_eq!(answer.body["error"], "invalid_token", "the proof is taken, only the token is nobody's: {answer:?}");
    }
}

#[tokio::test]
async fn whoever_waits_at_one_companion_is_woken_by_what_happens_at_the_other() {
    let (cluster, _held) = cluster().await;
    for which in Which::BOTH {
        let app = cluster.app().expect("an app");
        let doorstep = Doorstep::open().expect("a loopback address");
        let started = app.start(&doorstep.redirect_uri).await.expect("started");
        let path = format!("/api/v1/sign-ins/{}", started.sign_in_id);
        let (waiting, acting) = (app.through(&cluster.door(which)), app.through(&cluster.door(which.other())));
        let events = format!("{path}/events?wait=25&after=created");
        let parked = tokio::spawn(async move { waiting.call(Method::GET, &events, None, Body::None).await });
        let heard = |log: String| log.lines().any(|line| line.contains("Another companion changed") && line.contains(&started.sign_in_id));
        until("it waits", async || cluster.parked(which).await.expect("measures") == 1).await;
        assert!(!heard(cluster.log(which).expect("a log")));
        let withdrawn = acting.call(Method::DELETE, &path, None, Body::None).await.expect("answers");
        assert_eq!(withdrawn.status, StatusCode::NO_CONTENT);
        let answer = parked.await.expect("no panic").expect("answers");
        assert_eq!((answer.status, &answer.body["state"]), (StatusCode::OK, &"cancelled".into()), "{answer:?}");
        until("the change was heard of", async || heard(cluster.log(which).expect("a log"))).await;
    }
}
