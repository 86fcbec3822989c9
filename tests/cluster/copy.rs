//! `store copy`, the real program between real databases: whoever is signed in stays so, whoever is on the way arrives, the trail holds.

use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::sync::RwLockReadGuard;
use vestibule_tests::cluster::mover::{Home, Mover, lines_of};
use vestibule_tests::cluster::{now, server};
use vestibule_tests::raw_client::{Body, RawClient, Tokens};

use super::scene::{Asked, Trip, session, until};

/// A companion whose trail has a sealed day: three lines of before it was ever asked anything.
pub async fn mover() -> (Mover, RwLockReadGuard<'static, ()>) {
    let held = server::shared().await;
    let mut mover = Mover::new().await.expect("what it needs starts");
    mover.serve(Home::File).await.expect("the file is made");
    mover.end().await.expect("ends");
    let then = (now() - 3 * 24 * 60 * 60) * 1000;
    let lines = format!("INSERT INTO audit (at, event) VALUES ({then}, 'first'), ({then}, 'second'), ({then}, 'third')");
    mover.tell_file(&lines).await.expect("told");
    mover.serve(Home::File).await.expect("served");
    until("the day is sealed", async || {
        let periods = mover.everything(Home::File).await.expect("readable");
        periods.iter().any(|(table, lines)| table == "audit_periods" && !lines.is_empty())
    })
    .await;
    (mover, held)
}

async fn signed_in(app: RawClient) -> (RawClient, Tokens) {
    let mut trip = Trip::until(app, "camille", "").await;
    let tokens = trip.ends_well().await;
    (trip.app, tokens)
}

#[tokio::test]
async fn who_is_signed_in_or_on_the_way_goes_on_after_each_move() {
    let (mut mover, _held) = mover().await;
    let (app, mut tokens) = signed_in(mover.app().expect("an app")).await;
    for (moves, from) in [Home::File, Home::Server].into_iter().enumerate() {
        let mut at_provider = Trip::until(mover.app().expect("an app"), "camille", "means").await;
        let mut confirming = Asked::by(mover.app().expect("an app"), "alix").await;
        mover.end().await.expect("ends");
        if from == Home::Server {
            // The file of before is the administrator's to take away: a memory is never mixed with another.
            std::fs::remove_file(mover.file()).expect("removed");
        }

        let before = mover.everything(from).await.expect("readable");
        let copied = mover.copy(from).await.expect("ends");
        assert_eq!((copied.code, copied.stderr.as_str()), (Some(0), ""), "{copied:?}");
        let copied = copied.json().expect("JSON");
        assert_eq!(mover.everything(from).await.expect("readable"), before, "the memory that was left is as it was");
        let count = |table: &str| lines_of(&copied, table).expect("said");
        // Each round before left its two sign-ins as sessions.
        assert_eq!((count("sign_ins"), count("sessions")), (3 + 2 * moves as u64, 1 + 2 * moves as u64), "{copied}");
        assert_eq!((&copied["sealed_days"], &copied["altered_days"]), (&json!(1), &json!(0)));
        assert!(copied["sealed_values"].as_u64().expect("a number") > 0);
        for (table, lines) in &before {
            if let Ok(said) = lines_of(&copied, table) {
                assert_eq!(said, lines.lines().count() as u64, "{table}");
            }
        }

        mover.serve(from.other()).await.expect("served");
        assert_eq!(session(&app, &tokens.access).await.status, StatusCode::OK);
        tokens = app.refresh(&tokens.refresh).await.expect("answers").tokens().expect("refreshed");
        assert_eq!(session(&app, &tokens.access).await.status, StatusCode::OK);
        at_provider.ends_well().await;
        let letters = confirming.letters().await;
        confirming.app.poll(&confirming.polling, Some(&letters)).await.expect("answers").tokens().expect("signed in");
    }
    let out = app.call(Method::POST, "/api/v1/session/sign-out", Some(&tokens.access), Body::None).await.expect("answers");
    assert_eq!((out.status, &out.body["psc_session"]), (StatusCode::OK, &json!("ended")), "{out:?}");
    assert_eq!(session(&app, &tokens.access).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_trail_that_was_altered_before_is_moved_as_it_is_and_said() {
    let (mut mover, _held) = mover().await;
    mover.end().await.expect("ends");
    let alter = "DROP TRIGGER audit_is_never_changed; UPDATE audit SET event = 'forged' WHERE event = 'second'";
    mover.tell_file(alter).await.expect("altered");
    let copied = mover.copy(Home::File).await.expect("ends");
    assert_eq!(copied.code, Some(0), "{copied:?}");
    let said = copied.json().expect("JSON");
    assert_eq!((&said["sealed_days"], &said["altered_days"]), (&json!(1), &json!(1)));
    let arrived = mover.database.ask("SELECT string_agg(event, ' ' ORDER BY id) FROM audit").await.expect("told");
    assert_eq!(arrived, "first forged third trail_copied");
}
