//! kill -9 at any moment leaves a state from which the next sign-in works, and nothing half done is taken for done.

use std::sync::atomic::Ordering;
use std::time::Duration;

use vestibule_model::exchange::SignInState;

use vestibule_model::error_code::ErrorCode;

use crate::clock::Clock as _;
use crate::provider::{AuthorizationWish, Provider as _};
use crate::session::tests::{APP, KEY, Stage, cookies, eventually, redemption};
use crate::sign_in::{AfterCallback, CallbackRefused, Decision, Question, RedeemRefused};
use crate::store::{Arrow, Browser, SecretHash, fixture};

#[tokio::test]
async fn a_crash_between_two_steps_is_not_noticed() {
    let stage = Stage::new().await;
    let started = stage.start(KEY).await;
    let stage = stage.crash().await;
    let opened = stage.open(&started).await;
    let stage = stage.crash().await;
    let AfterCallback::Confirm { cookie, .. } = stage.come_back(&opened, "doctor").await else { panic!("a new workstation") };
    let stage = stage.crash().await;
    let back = stage.decide(&cookie, Decision::Accept).await;
    let stage = stage.crash().await;
    let code = crate::session::tests::parameter(&back.url, "code").expect("a code").into();
    let answer = stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("a session");
    let stage = stage.crash().await;
    assert!(matches!(stage.sign_ins.redeem(redemption(KEY, &code)).await, Err(RedeemRefused::CodeRefused(_))), "once, crash or not");
    let live = stage.live(KEY, &answer).await;
    stage.sessions.describe(&live).await.expect("an acknowledged session is not lost");
    stage.sessions.sign_out(&live, None).await.expect("signed out");
    let stage = stage.crash().await;
    assert!(stage.sessions.authenticate(KEY, &answer.access_token.into(), APP).await.is_err(), "a signed-out session is not alive again");
}

#[tokio::test]
async fn a_crash_between_consuming_the_request_and_leaving_for_psc_only_costs_the_attempt() {
    let stage = Stage::new().await;
    let started = stage.start(KEY).await;
    let browser = Browser { cookie: SecretHash::of_text("a cookie"), address: Some(APP) };
    let arrow = Arrow::Open { browser };
    assert!(stage.store.advance(&started.sign_in_id, arrow, stage.clock.now()).await.expect("a memory"));
    let stage = stage.crash().await;
    assert!(stage.sign_ins.open(&started.request_uri, &cookies(&started), APP).await.is_err());
    stage.sign_in(KEY, "doctor").await;
    assert_eq!(stage.state(&started.sign_in_id).await, SignInState::Cancelled, "the success of the next one withdraws it");
}

/// Two clicks, while what Pro Santé Connect publishes is not known yet: the slower one must not keep the place where the faster one waits.
#[tokio::test]
async fn of_two_clicks_the_slower_one_lets_the_faster_one_ask_the_provider() {
    if fixture::is_on_a_server() {
        // There the faster one cannot be made so by holding a file.
        return;
    }
    let stage = Stage::new().await;
    let started = stage.start(KEY).await;
    let held = rusqlite::Connection::open(stage.folder.path().join("companion.sqlite")).expect("the file");
    held.execute_batch("BEGIN IMMEDIATE").expect("nobody else writes");
    let gate = stage.psc.close_gate();
    let browser = Browser { cookie: SecretHash::of_text(&format!("first cookie of {}", started.sign_in_id)), address: Some(APP) };
    let (store, id, now) = (stage.store.clone(), started.sign_in_id.clone(), stage.clock.now());
    let faster = tokio::spawn(async move { store.advance(&id, Arrow::Open { browser }, now).await });
    let (sign_ins, uri, with) = (stage.sign_ins.clone(), started.request_uri.clone(), cookies(&started));
    let slower = tokio::spawn(async move { sign_ins.open(&uri, &with, APP).await });
    eventually("the slower one asks too", || stage.psc.waiting.load(Ordering::SeqCst) == 1).await;
    held.execute_batch("ROLLBACK").expect("free again");
    assert!(faster.await.expect("no panic").expect("a memory"));
    gate.add_permits(1);
    let asked = tokio::time::timeout(Duration::from_secs(3), stage.psc.authorization_request(AuthorizationWish::default())).await;
    asked.expect("not behind the slower one").expect("prepared");
    slower.abort();
}

#[tokio::test]
async fn a_crash_during_the_exchange_sends_no_code_twice_and_expires() {
    let stage = Stage::new().await;
    let opened = stage.open(&stage.start(KEY).await).await;
    let never_opened = stage.psc.close_gate();
    let (sign_ins, callback) = (stage.sign_ins.clone(), stage.answer(&opened, "doctor"));
    tokio::spawn(async move { sign_ins.callback(callback).await });
    eventually("the exchange is under way", || stage.psc.waiting.load(Ordering::SeqCst) == 1).await;
    assert_eq!(never_opened.available_permits(), 0);
    stage.psc.close_gate().add_permits(100);

    let stage = stage.crash().await;
    let (sign_ins, callback) = (stage.sign_ins.clone(), stage.answer(&opened, "doctor"));
    let reload = tokio::spawn(async move { sign_ins.callback(callback).await });
    stage.clock.advance_seconds(45);
    eventually("the reload is answered", || {
        stage.sign_ins.wakeups.wake(&opened.sign_in_id);
        reload.is_finished()
    })
    .await;
    let refused = reload.await.expect("no panic");
    assert!(matches!(refused, Err(CallbackRefused::Over { code: ErrorCode::SignInExpired, .. })), "{refused:?}");
    assert_eq!(stage.psc.exchanges.load(Ordering::SeqCst), 1);
    stage.sign_in(KEY, "doctor").await;
    assert_eq!(stage.state(&opened.sign_in_id).await, SignInState::Expired);
}

#[tokio::test]
async fn a_crash_before_going_straight_on_lets_her_go_on_by_a_click() {
    let stage = Stage::new().await;
    stage.sign_in(KEY, "doctor").await;
    let opened = stage.open(&stage.start(KEY).await).await;
    let AfterCallback::StraightOn { cookie, .. } = stage.come_back(&opened, "doctor").await else { panic!("a known person") };
    let as_it_stood = "UPDATE sign_ins SET state = 'authenticated', code_hash = NULL, stage_ends_at = ends_at WHERE id = ?1";
    stage.store.change(as_it_stood, &[(&opened.sign_in_id.0).into()]).await.expect("between the two");
    let stage = stage.crash().await;
    let facts = stage.confirmation(&cookie).await.expect("a page that asks");
    assert!(matches!(facts.question, Question::Compare(_)), "{facts:?}");
    let back = stage.decide(&cookie, Decision::Accept).await;
    let code = crate::session::tests::parameter(&back.url, "code").expect("a code").into();
    stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("her session");
}

#[tokio::test]
async fn what_ran_out_while_the_companion_was_down_is_cleaned_up_at_start() {
    let stage = Stage::new().await;
    let (unconfirmed, _) = stage.to_confirmation(KEY, "doctor").await;
    let (unredeemed, _) = stage.to_code(KEY, "doctor").await;
    let answer = stage.sign_in(KEY, "doctor").await;
    stage.clock.advance_seconds(3600);
    let stage = stage.crash().await;
    for id in [&unconfirmed, &unredeemed, &answer.session.sign_in_id] {
        assert!(!stage.has_grant(id).await, "no sealed token outlives its use");
    }
    stage.clock.advance_seconds(25 * 3600);
    let stage = stage.crash().await;
    assert_eq!(stage.sign_ins.outcome(&unconfirmed).await.expect("readable"), None);
    assert_eq!(stage.store.session(&answer.session.sign_in_id).await.expect("readable"), None);
    assert!(stage.events().await.contains(&"signed_in".to_owned()), "the trail stays");
    assert!(!stage.sign_in(KEY, "doctor").await.session.identity_changed, "and so does what is known of the workstation");
}
