//! The provider's answer, right, wrong, twice and cut short.

use std::sync::atomic::Ordering;
use std::time::Duration;

use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;

use crate::audit::Event;
use crate::provider_name::ProviderName;
use crate::session::tests::{KEY, Stage, address_of, eventually, exposed, parameter};
use crate::sign_in::{AfterCallback, BrowserCookies, Callback, CallbackRefused, ReturnToApp};

async fn told_no(stage: &Stage, error: &str, iss: Option<&str>) -> (ReturnToApp, Option<ErrorCode>) {
    let opened = stage.open(&stage.start(KEY).await).await;
    let callback = Callback { code: None, error: Some(error.to_owned()), iss: iss.map(str::to_owned), ..stage.answer(&opened, "doctor") };
    match stage.sign_ins.callback(callback).await.expect("accepted") {
        AfterCallback::StraightOn { onward, .. } => (address_of(onward), None),
        AfterCallback::Onward { onward, code } => (address_of(onward), code),
        AfterCallback::Confirm { .. } => panic!("nobody to confirm"),
    }
}

#[tokio::test]
async fn another_browser_than_the_one_that_left_exchanges_nothing() {
    let stage = Stage::new().await;
    let opened = stage.open(&stage.start(KEY).await).await;
    for cookies in [BrowserCookies::default(), BrowserCookies::one(&opened.sign_in_id, &"another-cookie".into())] {
        let callback = Callback { cookies, ..stage.answer(&opened, "doctor") };
        assert!(matches!(stage.sign_ins.callback(callback).await, Err(CallbackRefused::BrowserMismatch(_))));
    }
    assert_eq!(stage.psc.exchanges.load(Ordering::SeqCst), 0);
    assert_eq!(stage.count(Event::BrowserMismatch).await, 2);
    assert_eq!(stage.state(&opened.sign_in_id).await, SignInState::AtProvider, "the right browser may still come");
    stage.come_back(&opened, "doctor").await;
}

#[tokio::test]
async fn an_answer_is_used_once() {
    let stage = Stage::new().await;
    let opened = stage.open(&stage.start(KEY).await).await;
    let AfterCallback::Confirm { cookie, .. } = stage.come_back(&opened, "doctor").await else { panic!("a new workstation") };
    let replay = Callback { cookies: BrowserCookies::one(&opened.sign_in_id, &cookie), ..stage.answer(&opened, "doctor") };
    assert!(matches!(stage.sign_ins.callback(replay).await, Err(CallbackRefused::Replayed(_))));
    let other_code = stage.sign_ins.callback(stage.answer(&opened, "nurse")).await;
    assert!(matches!(other_code, Err(CallbackRefused::BrowserMismatch(_))), "the cookie was rotated");
    assert_eq!(stage.psc.exchanges.load(Ordering::SeqCst), 1);
    assert_eq!(stage.count(Event::CallbackReplayed).await, 1);
    assert_eq!(stage.state(&opened.sign_in_id).await, SignInState::Authenticated);
}

#[tokio::test]
async fn attack_51_twenty_answers_at_once_are_exchanged_once_and_each_gets_the_same_reply() {
    let stage = Stage::new().await;
    let opened = stage.open(&stage.start(KEY).await).await;
    let attempts = (0..20).map(|_| {
        let (sign_ins, callback) = (stage.sign_ins.clone(), stage.answer(&opened, "doctor"));
        tokio::spawn(async move { sign_ins.callback(callback).await })
    });
    let cookies: std::collections::HashSet<String> = futures::future::join_all(attempts)
        .await
        .into_iter()
        .map(|joined| match joined.expect("no panic").expect("an answer") {
            AfterCallback::Confirm { cookie, .. } => exposed(&cookie),
            AfterCallback::StraightOn { .. } | AfterCallback::Onward { .. } => panic!("a new workstation"),
        })
        .collect();
    assert_eq!(cookies.len(), 1, "whichever answer the browser reads");
    assert_eq!(stage.psc.exchanges.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_browser_closed_in_the_middle_does_not_stop_the_exchange() {
    let stage = Stage::new().await;
    let opened = stage.open(&stage.start(KEY).await).await;
    let gate = stage.psc.close_gate();
    let (sign_ins, callback) = (stage.sign_ins.clone(), stage.answer(&opened, "doctor"));
    let browser = tokio::spawn(async move { sign_ins.callback(callback).await });
    eventually("the exchange is under way", || stage.psc.waiting.load(Ordering::SeqCst) == 1).await;
    assert_eq!(stage.state(&opened.sign_in_id).await, SignInState::Exchanging);
    browser.abort();
    gate.add_permits(1);
    stage.sessions.settled().await;
    assert_eq!(stage.state(&opened.sign_in_id).await, SignInState::Authenticated);
}

#[tokio::test]
async fn a_sign_in_cancelled_during_the_exchange_keeps_nothing() {
    let stage = Stage::new().await;
    let opened = stage.open(&stage.start(KEY).await).await;
    let gate = stage.psc.close_gate();
    let (sign_ins, callback) = (stage.sign_ins.clone(), stage.answer(&opened, "doctor"));
    let browser = tokio::spawn(async move { sign_ins.callback(callback).await });
    eventually("the exchange is under way", || stage.psc.waiting.load(Ordering::SeqCst) == 1).await;
    stage.sign_ins.cancel(KEY, &opened.sign_in_id).await.expect("cancelled");
    gate.add_permits(1);
    let refused = browser.await.expect("no panic");
    assert!(matches!(refused, Err(CallbackRefused::Over { code: ErrorCode::SignInCancelled, .. })), "{refused:?}");
    assert_eq!(stage.state(&opened.sign_in_id).await, SignInState::Cancelled);
    assert!(!stage.has_grant(&opened.sign_in_id).await);
}

#[tokio::test]
async fn answers_without_code_or_error_or_with_both_change_nothing() {
    let stage = Stage::new().await;
    let opened = stage.open(&stage.start(KEY).await).await;
    let neither = Callback { code: None, ..stage.answer(&opened, "doctor") };
    let both = Callback { error: Some("access_denied".to_owned()), ..stage.answer(&opened, "doctor") };
    for callback in [neither, both] {
        assert!(matches!(stage.sign_ins.callback(callback).await, Err(CallbackRefused::Malformed(_))));
    }
    let unknown = Callback { state: "unknown".into(), ..stage.answer(&opened, "doctor") };
    assert!(matches!(stage.sign_ins.callback(unknown).await, Err(CallbackRefused::Unknown)));
    let elsewhere = Callback { provider: ProviderName::of("another"), ..stage.answer(&opened, "doctor") };
    assert!(matches!(stage.sign_ins.callback(elsewhere).await, Err(CallbackRefused::Unknown)), "at the address of no provider here");
    stage.come_back(&opened, "doctor").await;
}

#[tokio::test]
async fn her_refusal_at_psc_is_an_outcome_and_no_error() {
    let stage = Stage::new().await;
    let (back, code) = told_no(&stage, "access_denied", None).await;
    assert_eq!(code, None);
    assert_eq!(parameter(&back.url, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&back.url, "error_code"), None);
    let outcome = stage.sign_ins.outcome(&back.sign_in_id).await.expect("readable").expect("known");
    assert_eq!((outcome.state, outcome.code), (SignInState::Declined, None));
    assert!(stage.psc.ended().is_empty());
}

#[tokio::test]
async fn an_error_of_psc_is_told_to_the_app_in_standard_words() {
    let stage = Stage::new().await;
    let (back, code) = told_no(&stage, "temporarily_unavailable", None).await;
    assert_eq!(code, Some(ErrorCode::PscUnavailable));
    assert_eq!(parameter(&back.url, "error").as_deref(), Some("temporarily_unavailable"));
    let (back, code) = told_no(&stage, "<script>", None).await;
    assert_eq!(code, Some(ErrorCode::PscRequestRefused));
    assert_eq!(parameter(&back.url, "error").as_deref(), Some("server_error"));
    assert!(!back.url.as_str().contains("script"));
    let (_, code) = told_no(&stage, "access_denied", Some("another issuer")).await;
    assert_eq!(code, Some(ErrorCode::PscIssuerMismatch));
}

#[tokio::test]
async fn a_failed_exchange_is_told_and_nothing_is_kept() {
    let stage = Stage::new().await;
    let opened = stage.open(&stage.start(KEY).await).await;
    let AfterCallback::Onward { onward, code } = stage.come_back(&opened, "refused").await else { panic!("refused") };
    assert_eq!(code, Some(ErrorCode::PscCodeRefused));
    assert_eq!(parameter(&address_of(onward).url, "error_code").as_deref(), Some("VST-4005"));
    assert!(!stage.has_grant(&opened.sign_in_id).await);
    assert_eq!(stage.count(Event::SignInFailed).await, 1);

    let opened = stage.open(&stage.start(KEY).await).await;
    let mixed_up = Callback { iss: Some("another issuer".to_owned()), ..stage.answer(&opened, "doctor") };
    let after = stage.sign_ins.callback(mixed_up).await.expect("told to the app");
    assert!(matches!(after, AfterCallback::Onward { code: Some(ErrorCode::PscIssuerMismatch), .. }));
    assert_eq!(stage.psc.exchanges.load(Ordering::SeqCst), 1, "the second code was not sent anywhere");
}

#[tokio::test]
async fn the_passage_at_psc_lasts_until_the_end_of_the_attempt_and_no_longer() {
    let stage = Stage::new().await;
    let (in_time, late) = (stage.open(&stage.start(KEY).await).await, stage.open(&stage.start(KEY).await).await);
    stage.clock.advance_seconds(599);
    stage.come_back(&in_time, "doctor").await;
    stage.clock.advance_seconds(1);
    let refused = stage.sign_ins.callback(stage.answer(&late, "doctor")).await;
    assert!(matches!(refused, Err(CallbackRefused::Over { .. })), "{refused:?}");
    assert_eq!(stage.state(&late.sign_in_id).await, SignInState::Expired);
}

#[tokio::test]
async fn an_exchange_that_never_ends_expires() {
    let stage = Stage::new().await;
    let opened = stage.open(&stage.start(KEY).await).await;
    let gate = stage.psc.close_gate();
    let (sign_ins, callback) = (stage.sign_ins.clone(), stage.answer(&opened, "doctor"));
    let browser = tokio::spawn(async move { sign_ins.callback(callback).await });
    eventually("the exchange is under way", || stage.psc.waiting.load(Ordering::SeqCst) == 1).await;
    stage.clock.advance_seconds(45);
    let event = stage.sign_ins.wait_event(KEY, &opened.sign_in_id, None, Duration::ZERO).await.expect("known");
    assert_eq!((event.state, event.code), (SignInState::Expired, Some(ErrorCode::SignInExpired)));
    gate.add_permits(1);
    assert!(matches!(browser.await.expect("no panic"), Err(CallbackRefused::Over { .. })));
    assert!(!stage.has_grant(&opened.sign_in_id).await);
}

#[tokio::test]
async fn returns_that_name_nothing_are_counted_and_take_nothing_from_one_that_does() {
    let stage = Stage::new().await;
    let opened = stage.open(&stage.start(KEY).await).await;
    for _ in 0..500 {
        let junk = Callback { state: "junk".into(), ..stage.answer(&opened, "doctor") };
        assert!(matches!(stage.sign_ins.callback(junk).await, Err(CallbackRefused::Unknown)));
    }
    let elsewhere = Callback { cookies: BrowserCookies::default(), ..stage.answer(&opened, "doctor") };
    assert!(matches!(stage.sign_ins.callback(elsewhere).await, Err(CallbackRefused::BrowserMismatch(_))));
    stage.sign_ins.callback(stage.answer(&opened, "doctor")).await.expect("taken");
    assert!(stage.sign_ins.refused_by_limit().contains(&("stray_callbacks", 501)));
}
