//! Three companions: what two do, and one of them is killed.

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::json;
use vestibule_tests::cluster::{Cluster, Which, now, server};
use vestibule_tests::raw_client::Body;
use vestibule_tests::stack::Doorstep;

use super::scene::{Asked, Trip, session, until};

#[tokio::test]
async fn three_companions_serve_as_one_and_two_go_on_when_one_is_killed() {
    let _held = server::shared().await;
    let mut cluster = Cluster::start_three().await.expect("the cluster starts");
    let before = cluster.handed().await.expect("measures");
    let mut trip = Trip::until(cluster.app().expect("an app"), "camille", "").await;
    let tokens = trip.ends_well().await;
    let mut asked = Asked::by(cluster.app().expect("an app"), "alix").await;
    let letters = asked.letters().await;
    asked.app.poll(&asked.polling, Some(&letters)).await.expect("answers").tokens().expect("signed in");
    let handed: Vec<u64> = cluster.handed().await.expect("measures").iter().zip(before).map(|(after, before)| after - before).collect();
    assert!(handed.len() == 3 && handed.iter().all(|one| one.abs_diff(handed[0]) <= 1 && *one > 3), "each in turn: {handed:?}");
    let at = |which: Which| trip.app.through(&cluster.door(which));

    // A proof that one took is refused by both others.
    let nonce = trip.app.nonce().expect("a nonce");
    let proof = trip.app.device.proof(&Method::GET, &format!("{}/api/v1/session", cluster.url), Some(&tokens.access), Some(&nonce), now());
    let proof = trip.app.device.sign(&proof);
    let sent = Which::THREE.map(|which| {
        let (app, proof, access) = (at(which), &proof, &tokens.access);
        async move { app.send(Method::GET, "/api/v1/session", Some(access), proof, Body::None).await.expect("answers").status }
    });
    let taken = join_all(sent).await.into_iter().filter(|status| *status == StatusCode::OK).count();
    assert_eq!(taken, 1, "one of three takes it");

    // Who waits at two of them is woken by what happens at the third.
    let app = cluster.app().expect("an app");
    let doorstep = Doorstep::open().expect("a loopback address");
    let started = app.start(&doorstep.redirect_uri).await.expect("started");
    let path = format!("/api/v1/sign-ins/{}", started.sign_in_id);
    let events = format!("{path}/events?wait=25&after=created");
    let parked = [Which::First, Which::Second].map(|which| {
        let (app, events) = (app.through(&cluster.door(which)), events.clone());
        tokio::spawn(async move { app.call(Method::GET, &events, None, Body::None).await })
    });
    for which in [Which::First, Which::Second] {
        until("it waits", async || cluster.parked(which).await.expect("measures") == 1).await;
    }
    let withdrawn = app.through(&cluster.door(Which::Third)).call(Method::DELETE, &path, None, Body::None).await.expect("answers");
    assert_eq!(withdrawn.status, StatusCode::NO_CONTENT);
    for parked in parked {
        let answer = parked.await.expect("no panic").expect("answers");
        assert_eq!((answer.status, &answer.body["state"]), (StatusCode::OK, &json!("cancelled")), "{answer:?}");
    }
    for which in [Which::First, Which::Second] {
        until("the change was heard of", async || {
            let log = cluster.log(which).expect("a log");
            log.lines().any(|line| line.contains("Another companion changed") && line.contains(&started.sign_in_id))
        })
        .await;
    }

    // One is killed: who is on the way goes on, and what ends at one of the others is over at both.
    let mut on_the_way = Trip::until(cluster.app().expect("an app"), "camille", "means").await;
    cluster.kill(Which::Second).await.expect("killed");
    on_the_way.ends_well().await;
    let [first, third] = [Which::First, Which::Third].map(|which| trip.app.through(&cluster.door(which)));
    for app in [&first, &third] {
        assert_eq!(session(app, &tokens.access).await.status, StatusCode::OK);
    }
    let out = first.call(Method::POST, "/api/v1/session/sign-out", Some(&tokens.access), Body::None).await.expect("answers");
    assert_eq!((out.status, &out.body["psc_session"]), (StatusCode::OK, &json!("ended")), "{out:?}");
    assert_eq!(session(&third, &tokens.access).await.status, StatusCode::UNAUTHORIZED);
    cluster.restart(Which::Second).await.expect("restarted");
    let second = trip.app.through(&cluster.door(Which::Second));
    assert_eq!(session(&second, &tokens.access).await.status, StatusCode::UNAUTHORIZED, "it is back, and knows");
    let signed_in = cluster.database.number("SELECT count(*) FROM audit WHERE event = 'signed_in'").await.expect("a number");
    assert_eq!(signed_in, 3, "nothing is lost or doubled");
}
