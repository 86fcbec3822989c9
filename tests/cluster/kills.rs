//! One companion is killed in the middle of something: the other goes on, and nothing is lost or doubled.

use reqwest::{Method, StatusCode};
use serde_json::json;
use vestibule_tests::cluster::{Cluster, Which};
use vestibule_tests::raw_client::{Body, RawClient, Tokens};

use super::scene::{Asked, Trip, cluster, session, until};

async fn sessions(cluster: &Cluster) -> u64 {
    cluster.database.number("SELECT count(*) FROM sessions WHERE ended IS NULL").await.expect("a number")
}

async fn traced(cluster: &Cluster, event: &str) -> u64 {
    cluster.database.number(&format!("SELECT count(*) FROM audit WHERE event = '{event}'")).await.expect("a number")
}

async fn signed_in(cluster: &Cluster) -> (RawClient, Tokens) {
    let mut trip = Trip::until(cluster.app().expect("an app"), "camille", "").await;
    let tokens = trip.ends_well().await;
    (trip.app.clone(), tokens)
}

#[tokio::test]
async fn killed_while_somebody_is_at_the_provider_or_confirms() {
    let (mut cluster, _held) = cluster().await;
    for (done, which) in Which::BOTH.into_iter().enumerate() {
        let mut at_provider = Trip::until(cluster.app().expect("an app"), "camille", "means").await;
        let mut confirming = Asked::by(cluster.app().expect("an app"), "alix").await;
        cluster.kill(which).await.expect("killed");
        at_provider.ends_well().await;
        let letters = confirming.letters().await;
        confirming.app.poll(&confirming.polling, Some(&letters)).await.expect("answers").tokens().expect("signed in");
        assert_eq!(sessions(&cluster).await, 2 * (done as u64 + 1));
        cluster.restart(which).await.expect("restarted");
    }
    assert_eq!(traced(&cluster, "signed_in").await, 4);
}

#[tokio::test]
async fn killed_in_the_middle_of_a_redemption_and_after_it() {
    let (mut cluster, _held) = cluster().await;
    // Before it was kept.
    let mut trip = Trip::until(cluster.app().expect("an app"), "camille", "").await;
    let code = trip.code().await;
    let hold = cluster.database.hold("sessions").await.expect("held");
    let cut = {
        let (app, started, code) = (trip.app.through(&cluster.door(Which::First)), trip.started.clone(), code.clone());
        tokio::spawn(async move { app.redeem(&started, &code).await })
    };
    until("the redemption is under way", async || cluster.database.waits().await.expect("known")).await;
    cluster.kill(Which::First).await.expect("killed");
    hold.release().await.expect("released");
    assert!(cut.await.expect("no panic").is_err(), "nobody answered");
    let tokens = trip.app.redeem(&trip.started, &code).await.expect("answers").tokens().expect("the other serves it");
    assert_eq!((sessions(&cluster).await, session(&trip.app, &tokens.access).await.status), (1, StatusCode::OK));
    cluster.restart(Which::First).await.expect("restarted");
    // After it was kept: the code is worth nothing any more, and the session stands.
    let mut trip = Trip::until(cluster.app().expect("an app"), "camille", "").await;
    let code = trip.code().await;
    let answer = trip.app.through(&cluster.door(Which::First)).redeem(&trip.started, &code).await.expect("answers");
    let tokens = answer.tokens().expect("signed in");
    cluster.kill(Which::First).await.expect("killed");
    let again = trip.app.redeem(&trip.started, &code).await.expect("answers");
    assert_eq!(again.body["error"], "invalid_grant", "{again:?}");
    assert_eq!((sessions(&cluster).await, session(&trip.app, &tokens.access).await.status), (2, StatusCode::OK));
    assert_eq!(traced(&cluster, "signed_in").await, 2);
}

#[tokio::test]
async fn killed_in_the_middle_of_a_rotation_and_of_a_refresh_at_the_provider() {
    let (mut cluster, _held) = cluster().await;
    let (app, tokens) = signed_in(&cluster).await;
    let hold = cluster.database.hold("session_tokens").await.expect("held");
    let cut = {
        let (app, refresh) = (app.through(&cluster.door(Which::First)), tokens.refresh.clone());
        tokio::spawn(async move { app.refresh(&refresh).await })
    };
    until("the rotation is under way", async || cluster.database.waits().await.expect("known")).await;
    cluster.kill(Which::First).await.expect("killed");
    hold.release().await.expect("released");
    assert!(cut.await.expect("no panic").is_err(), "nobody answered");
    let rotated = app.refresh(&tokens.refresh).await.expect("answers").tokens().expect("the other serves it");
    assert_eq!(session(&app, &rotated.access).await.status, StatusCode::OK);
    assert_eq!((sessions(&cluster).await, traced(&cluster, "session_revoked").await), (1, 0));
    cluster.restart(Which::First).await.expect("restarted");

    cluster.database.ask("UPDATE grants SET last_exchange_at = last_exchange_at - 700000").await.expect("aged");
    cluster.set_faults(json!([{ "kind": "slow", "endpoint": "token", "ms": 600000 }])).await.expect("slow");
    let report = json!({ "idle_ms": 0 });
    let here = app.through(&cluster.door(Which::First));
    let told = here.call(Method::POST, "/api/v1/session/activity", Some(&rotated.access), Body::Json(&report)).await.expect("answers");
    assert_eq!(told.status, StatusCode::OK, "{told:?}");
    until("the first companion asks", async || refreshes(&cluster).await == 1).await;
    cluster.kill(Which::First).await.expect("killed");
    cluster.set_faults(json!([])).await.expect("well again");
    let told = app.call(Method::POST, "/api/v1/session/activity", Some(&rotated.access), Body::Json(&report)).await.expect("answers");
    assert_eq!(told.status, StatusCode::OK, "the session goes on: {told:?}");
    cluster.end(Which::Second).await.expect("ends");
    assert_eq!(refreshes(&cluster).await, 1, "within the same window nobody asks a second time");
}

async fn refreshes(cluster: &Cluster) -> usize {
    cluster.provider_saw("/token", Some("refresh_token")).await.expect("a journal")
}

#[tokio::test]
async fn killed_in_the_middle_of_a_sign_out() {
    let (mut cluster, _held) = cluster().await;
    // Somebody asks again, and somebody does not.
    let (asks_again, asked) = signed_in(&cluster).await;
    let (leaves, left) = signed_in(&cluster).await;
    cluster.set_faults(json!([{ "kind": "slow", "endpoint": "logout", "ms": 600000 }])).await.expect("slow");
    let cut: Vec<_> = [(&asks_again, &asked), (&leaves, &left)]
        .map(|(app, tokens)| {
            let (app, access) = (app.through(&cluster.door(Which::First)), tokens.access.clone());
            tokio::spawn(async move { app.call(Method::POST, "/api/v1/session/sign-out", Some(&access), Body::None).await })
        })
        .into_iter()
        .collect();
    until("both ends are kept", async || cluster.database.number("SELECT count(*) FROM sign_outs").await.expect("a number") == 2).await;
    cluster.kill(Which::First).await.expect("killed");
    for cut in cut {
        assert!(cut.await.expect("no panic").is_err(), "nobody answered");
    }
    cluster.set_faults(json!([])).await.expect("well again");
    assert_eq!(sessions(&cluster).await, 0, "both are over here, whatever the provider says");
    let again = asks_again.call(Method::POST, "/api/v1/session/sign-out", Some(&asked.access), Body::None).await.expect("answers");
    assert_eq!((again.status, &again.body["psc_session"]), (StatusCode::OK, &json!("ended")), "{again:?}");
    // The other companion takes up within a minute what nobody asks for any more.
    until("the other is ended as well", async || {
        cluster.database.number("SELECT count(*) FROM sign_outs WHERE finished_at IS NOT NULL").await.expect("a number") == 2
    })
    .await;
    assert_eq!((traced(&cluster, "signed_out").await, traced(&cluster, "psc_session_ended").await), (2, 2), "each once");
}
