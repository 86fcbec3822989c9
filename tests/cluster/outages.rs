//! The memory itself goes away and comes back: nobody restarts a companion for it.

use reqwest::{Method, StatusCode};
use serde_json::json;
use vestibule_tests::browser_double::ScriptedBrowser;
use vestibule_tests::cluster::{Cluster, Which, now, server};
use vestibule_tests::raw_client::Body;

use super::scene::{Trip, at_both, session, until};

#[tokio::test]
async fn while_the_database_is_stopped_everybody_is_told_why_and_afterwards_all_goes_on() {
    let _alone = server::alone().await;
    let mut cluster = Cluster::start().await.expect("the cluster starts");
    let mut signed_in = Trip::until(cluster.app().expect("an app"), "camille", "").await;
    let tokens = signed_in.ends_well().await;
    let mut on_the_way = Trip::until(cluster.app().expect("an app"), "alix", "approve").await;

    server::stop().await.expect("stopped");
    for app in at_both(&cluster, &signed_in.app).into_iter().chain([signed_in.app.clone()]) {
        let answer = session(&app, &tokens.access).await;
        assert_eq!((answer.status, &answer.body["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("VST-3002")), "{answer:?}");
        let answer = app.refresh(&tokens.refresh).await.expect("answers");
        assert_eq!((answer.status, &answer.body["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("VST-3002")), "{answer:?}");
    }
    let address = signed_in.app.authorize_address(&on_the_way.started);
    let page = ScriptedBrowser::new().expect("a browser").open(&address).await.expect("a page");
    assert!(page.status == StatusCode::SERVICE_UNAVAILABLE && page.text().expect("a page").contains("VST-3002"), "{}", page.status);
    assert!(cluster.run().expect("known"), "both go on");
    let logs: String = Which::BOTH.map(|which| cluster.log(which).expect("a log")).concat();
    for refused in ["A session could not be read or changed", "common memory of proofs did not answer", "A sign-in could not be opened"] {
        let mut lines = logs.lines().filter(|line| line.contains(refused)).peekable();
        assert!(lines.peek().is_some() && lines.all(|line| line.contains("error=the database")), "{refused}, and why: {logs}");
    }

    server::start().await.expect("started");
    until("the session is there again at both", async || {
        let mut all = true;
        for app in at_both(&cluster, &signed_in.app) {
            all &= session(&app, &tokens.access).await.status == StatusCode::OK;
        }
        all
    })
    .await;
    on_the_way.ends_well().await;
    // Ears that lost their connection hear again.
    for which in Which::BOTH {
        until("it says so", async || cluster.log(which).expect("a log").contains("Other companions are heard again")).await;
    }
    for which in Which::BOTH {
        let mut trip = Trip::until(cluster.app().expect("an app"), "camille", "means").await;
        let path = format!("/api/v1/sign-ins/{}", trip.started.sign_in_id);
        trip.app = trip.app.through(&cluster.door(which));
        let withdrawn = trip.app.call(Method::DELETE, &path, None, Body::None).await.expect("answers");
        assert!(withdrawn.status.is_success(), "{withdrawn:?}");
        let other = which.other();
        until("the other hears of it", async || {
            let log = cluster.log(other).expect("a log");
            log.lines().any(|line| line.contains("Another companion changed") && line.contains(&trip.started.sign_in_id))
        })
        .await;
    }
    assert!(cluster.run().expect("known"), "nobody restarted anything");
}

#[tokio::test]
async fn a_crash_of_the_database_makes_no_used_proof_good_again() {
    let _alone = server::alone().await;
    let cluster = Cluster::start().await.expect("the cluster starts");
    let mut trip = Trip::until(cluster.app().expect("an app"), "camille", "").await;
    let tokens = trip.ends_well().await;
    let address = format!("{}/api/v1/session", cluster.url);
    let nonce = trip.app.nonce().expect("a nonce");
    let proof = trip.app.device.proof(&Method::GET, &address, Some(&tokens.access), Some(&nonce), now());
    let proof = trip.app.device.sign(&proof);
    let [first, second] = at_both(&cluster, &trip.app);
    let taken = first.send(Method::GET, "/api/v1/session", Some(&tokens.access), &proof, Body::None).await.expect("answers");
    assert_eq!(taken.status, StatusCode::OK);
    let noted = cluster.database.number("SELECT count(*) FROM seen_proofs").await.expect("a number");
    assert!(noted > 0, "what was used is noted");

    server::crash(&cluster.database).await.expect("killed");
    server::start().await.expect("started");
    assert_eq!(cluster.database.number("SELECT count(*) FROM seen_proofs").await.expect("a number"), 0, "forgotten, as after any crash");
    for app in [&second, &first] {
        until("the companion answers again", async || {
            let answer = app.send(Method::GET, "/api/v1/session", Some(&tokens.access), &proof, Body::None).await.expect("answers");
            assert_ne!(answer.status, StatusCode::OK, "never again");
            answer.status == StatusCode::UNAUTHORIZED
        })
        .await;
    }
    // Whoever makes a new proof goes on.
    assert_eq!(session(&trip.app, &tokens.access).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_database_that_is_frozen_keeps_nobody_waiting_for_an_unforeseen_problem() {
    let _alone = server::alone().await;
    let cluster = Cluster::start().await.expect("the cluster starts");
    let mut trip = Trip::until(cluster.app().expect("an app"), "camille", "").await;
    let tokens = trip.ends_well().await;
    let frozen = server::freeze(&cluster.database).await.expect("frozen");
    for app in at_both(&cluster, &trip.app) {
        let answer = session(&app, &tokens.access).await;
        assert_eq!((answer.status, &answer.body["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("VST-3002")), "{answer:?}");
    }
    drop(frozen);
    for app in at_both(&cluster, &trip.app) {
        until("it is served again", async || session(&app, &tokens.access).await.status == StatusCode::OK).await;
    }
}

#[tokio::test]
async fn connections_that_nothing_answers_any_more_are_replaced_and_hold_up_no_end() {
    let _alone = server::alone().await;
    let mut cluster = Cluster::start().await.expect("the cluster starts");
    let mut trip = Trip::until(cluster.app().expect("an app"), "camille", "").await;
    let tokens = trip.ends_well().await;
    let _frozen = server::freeze_connections(&cluster.database).await.expect("frozen");
    for app in at_both(&cluster, &trip.app) {
        until("it is served again", async || session(&app, &tokens.access).await.status == StatusCode::OK).await;
    }
    for which in Which::BOTH {
        assert!(cluster.log(which).expect("a log").contains("another connection takes the place of the one that hangs"), "{which:?}");
        cluster.end(which).await.expect("it ends");
    }
}
