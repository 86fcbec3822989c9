//! The confirmation page, and everything that may be said on it.

use secrecy::SecretString;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::{SignInState, SignOutAnswer};

use crate::audit::Event;
use crate::session::tests::{KEY, Stage, address_of, exposed, new_sign_in, parameter, redemption};
use crate::sign_in::follow::End;
use crate::sign_in::{
    AfterCallback, CallbackRefused, ConfirmationRefused, Decided, Decision, NewSignIn, Onward, Question, RedeemRefused, WayBack,
};
use crate::store::SignInKey;

#[tokio::test]
async fn the_page_shows_who_where_and_the_number_and_survives_a_reload() {
    let stage = Stage::new().await;
    let (id, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let facts = stage.confirmation(&cookie).await.expect("a page");
    assert_eq!(facts.sign_in_id, id);
    assert_eq!(facts.practitioner.family_name, "FICTIF-DOCTOR");
    assert_eq!(facts.device_label.as_deref(), Some("Poste d’accueil"));
    assert!(matches!(&facts.question, Question::Compare(number) if number.len() == 2), "{:?}", facts.question);
    assert_eq!(facts.expires_in_s, 600, "to the end of the attempt");
    let again = stage.confirmation(&cookie).await.expect("a page");
    assert_eq!(exposed(&again.form_guard), exposed(&facts.form_guard));
    assert_ne!(exposed(&facts.form_guard), exposed(&cookie));
}

#[tokio::test]
async fn a_form_without_its_guard_decides_nothing() {
    let stage = Stage::new().await;
    let (id, cookie) = stage.to_confirmation(KEY, "doctor").await;
    for guard in ["", "guessed", &exposed(&cookie)] {
        let refused = stage.decide_by(&cookie, &SecretString::from(guard), Decision::Accept).await;
        assert!(matches!(refused, Err(ConfirmationRefused::FormRefused(_))), "{refused:?}");
    }
    assert_eq!(stage.state(&id).await, SignInState::Authenticated);
    assert_eq!(stage.count(Event::FormRefused).await, 3);
    stage.decide(&cookie, Decision::Accept).await;
}

#[tokio::test]
async fn only_the_rotated_cookie_opens_the_page() {
    let stage = Stage::new().await;
    let opened = stage.open(&stage.start(KEY).await).await;
    assert!(matches!(stage.confirmation(&opened.cookie).await, Err(ConfirmationRefused::BrowserMismatch)));
    stage.come_back(&opened, "doctor").await;
    assert!(matches!(stage.confirmation(&opened.cookie).await, Err(ConfirmationRefused::BrowserMismatch)));
    assert!(matches!(stage.confirmation(&"unknown".into()).await, Err(ConfirmationRefused::BrowserMismatch)));
}

#[tokio::test]
async fn attack_51_accepting_twice_gives_the_same_code_twice() {
    let stage = Stage::new().await;
    let (_, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let guard = stage.confirmation(&cookie).await.expect("a page").form_guard;
    let (first, second) =
        tokio::join!(stage.decide_by(&cookie, &guard, Decision::Accept), stage.decide_by(&cookie, &guard, Decision::Accept));
    let address = |decided: Result<Decided, ConfirmationRefused>| {
        let Ok(Decided::Onward(onward)) = decided else { panic!("a click is enough here: {decided:?}") };
        address_of(onward).url
    };
    let back = address(first);
    assert_eq!(address(second), back);
    assert!(matches!(stage.confirmation(&cookie).await, Err(ConfirmationRefused::Replayed(_))));
    assert_eq!(address(stage.decided(&cookie).await), back, "Back and reload");
    let number = stage.decide_by(&cookie, &guard, Decision::Number("00".to_owned())).await;
    assert!(matches!(number, Err(ConfirmationRefused::Replayed(_))), "{number:?}");

    let code: SecretString = parameter(&back, "code").expect("a code").into();
    stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("a session");
    let late = stage.decide_by(&cookie, &guard, Decision::Accept).await;
    assert!(matches!(late, Ok(Decided::Onward(Onward::Stay(_)))), "the code has served: {late:?}");
}

/// Whoever of the two comes first: her no counts, and a code that left before it yields nothing.
#[tokio::test]
async fn attack_48_accept_and_decline_together_have_one_outcome() {
    let stage = Stage::new().await;
    for round in 0..20 {
        let key = format!("{KEY}-{round}");
        let (id, cookie) = stage.to_confirmation(&key, "doctor").await;
        let guard = stage.confirmation(&cookie).await.expect("a page").form_guard;
        let (accepted, declined) =
            tokio::join!(stage.decide_by(&cookie, &guard, Decision::Accept), stage.decide_by(&cookie, &guard, Decision::Decline));
        let Ok(Decided::Declined(told)) = declined else { panic!("her no is heard: {declined:?}") };
        match accepted {
            Ok(Decided::Onward(Onward::ReturnToApp(back))) => {
                assert!(matches!(told, Onward::Stay(_)), "the browser left with the code: {told:?}");
                let code: SecretString = parameter(&back.url, "code").expect("a code").into();
                let refused = stage.sign_ins.redeem(redemption(&key, &code)).await;
                assert!(matches!(refused, Err(RedeemRefused::Declined { .. })), "{refused:?}");
            }
            Err(ConfirmationRefused::Replayed(_)) => assert!(parameter(&address_of(told).url, "error").is_some()),
            other => panic!("{other:?}"),
        }
        assert_eq!(stage.state(&id).await, SignInState::Declined);
        let again = stage.decide_by(&cookie, &guard, Decision::Decline).await;
        assert!(matches!(again, Ok(Decided::Declined(_))), "the same answer again: {again:?}");
    }
}

/// What fails after somebody else decided tells what was decided.
#[tokio::test]
async fn attack_48_a_failure_that_comes_too_late_tells_what_was_decided() {
    let stage = Stage::new().await;
    let (id, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let row = stage.store.sign_in(SignInKey::Id(id.clone())).await.expect("readable").expect("known");
    stage.decide(&cookie, Decision::Decline).await;
    let end = stage.sign_ins.fail(&row, ErrorCode::ExchangeRefused).await.expect("a memory");
    assert!(matches!(end, End::Told { code: None, .. }), "declined is declined: {end:?}");
    assert_eq!(stage.count(Event::SignInFailed).await, 0);

    let (id, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let row = stage.store.sign_in(SignInKey::Id(id.clone())).await.expect("readable").expect("known");
    let back = stage.decide(&cookie, Decision::Accept).await;
    let code: SecretString = parameter(&back.url, "code").expect("a code").into();
    stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("a session");
    let end = stage.sign_ins.fail(&row, ErrorCode::ExchangeRefused).await.expect("a memory");
    assert!(matches!(end, End::Elsewhere), "redeemed is redeemed: {end:?}");
    assert!(matches!(end.after_callback(&id), Err(CallbackRefused::Replayed(_))), "and the browser is not told of a failure");
}

#[tokio::test]
async fn not_me_forgets_everything_and_ends_the_session_at_psc() {
    let stage = Stage::new().await;
    let (id, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let back = stage.decide(&cookie, Decision::Decline).await;
    assert_eq!(parameter(&back.url, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&back.url, "code"), None);
    assert_eq!(stage.state(&id).await, SignInState::Declined);
    assert!(!stage.has_grant(&id).await);
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended().len(), 1, "or the next try would silently bring the same person back");
    let trail = stage.store.audit_after(0, 100).await.expect("a trail");
    let declined = trail.iter().find(|row| row.event == Event::Declined.name()).expect("a line");
    assert_eq!(declined.national_id.as_deref(), Some("8-national-doctor"));
}

#[tokio::test]
async fn after_her_no_what_psc_did_not_end_is_owed_traced_told_and_taken_up() {
    // At the confirmation, with a number that is not the app's, and after the code left.
    for decision in [Decision::Decline, Decision::Number("another".to_owned()), Decision::Accept] {
        let stage = Stage::new().await;
        let started = match decision {
            Decision::Number(_) => {
                let polling = NewSignIn { way_back: WayBack::Polling, ..new_sign_in(KEY) };
                stage.sign_ins.start(polling).await.expect("a sign-in")
            }
            Decision::Accept | Decision::Decline => stage.start(KEY).await,
        };
        let AfterCallback::Confirm { sign_in_id: id, cookie } = stage.come_back(&stage.open(&started).await, "doctor").await else {
            panic!("a confirmation")
        };
        let guard = stage.confirmation(&cookie).await.expect("a page").form_guard;
        stage.psc.go_down(true);
        match stage.decide_by(&cookie, &guard, decision.clone()).await {
            Ok(Decided::Declined(_)) | Err(ConfirmationRefused::WrongNumber(_)) => {}
            Ok(Decided::Onward(_)) if decision == Decision::Accept => {
                let declined = stage.decide_by(&cookie, &guard, Decision::Decline).await;
                assert!(matches!(declined, Ok(Decided::Declined(_))), "{declined:?}");
            }
            other => panic!("{decision:?}: {other:?}"),
        }
        assert_eq!(stage.state(&id).await, SignInState::Declined);
        assert!(!stage.has_grant(&id).await);
        stage.sessions.settled().await;
        assert_eq!(stage.count(Event::PscSignOutFailed).await, 1, "{decision:?}");
        let told = stage.sign_ins.provider_after_end(&cookie, &id).await.expect("readable");
        assert!(matches!(told, Some(SignOutAnswer::BrowserNeeded { .. })), "the way to end it: {told:?}");
        assert_eq!(stage.sign_ins.provider_after_end(&"another".into(), &id).await.expect("readable"), None, "for her browser only");

        // Killed here, it is not lost.
        let stage = stage.crash().await;
        stage.psc.go_down(false);
        stage.sessions.take_up_sign_outs().await.expect("taken up");
        stage.sessions.settled().await;
        assert_eq!((stage.psc.ended(), stage.count(Event::PscSessionEnded).await), (stage.psc.id_tokens(), 1), "{decision:?}");
        assert_eq!(stage.sign_ins.provider_after_end(&cookie, &id).await.expect("readable"), Some(SignOutAnswer::Ended));
    }
}

#[tokio::test]
async fn her_no_goes_back_to_the_app_at_once_however_long_psc_takes() {
    let stage = Stage::new().await;
    let (id, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let guard = stage.confirmation(&cookie).await.expect("a page").form_guard;
    let gate = stage.psc.close_gate();
    let declined = stage.decide_by(&cookie, &guard, Decision::Decline).await;
    assert!(matches!(declined, Ok(Decided::Declined(Onward::ReturnToApp(_)))), "the app's listener does not wait: {declined:?}");
    assert!(stage.psc.ended().is_empty(), "it was not answered yet");
    gate.add_permits(100);
    let told = stage.sign_ins.provider_after_end(&cookie, &id).await.expect("readable");
    assert_eq!(told, Some(SignOutAnswer::Ended), "the page waits a moment for what it says");
}

#[tokio::test]
async fn a_grant_that_cannot_be_read_stops_no_no_and_its_code_opens_nothing() {
    for is_confirmed in [false, true] {
        let stage = Stage::new().await;
        let (id, cookie) = stage.to_confirmation(KEY, "doctor").await;
        let guard = stage.confirmation(&cookie).await.expect("a page").form_guard;
        let code = if is_confirmed { parameter(&stage.decide(&cookie, Decision::Accept).await.url, "code") } else { None };
        spoil_the_grant(&stage).await;
        let declined = stage.decide_by(&cookie, &guard, Decision::Decline).await;
        assert!(matches!(declined, Ok(Decided::Declined(_))), "{declined:?}");
        assert_eq!(stage.state(&id).await, SignInState::Declined);
        if let Some(code) = code {
            let refused = stage.sign_ins.redeem(redemption(KEY, &code.into())).await;
            assert!(matches!(refused, Err(RedeemRefused::Declined { .. })), "{refused:?}");
        }
        assert!(stage.psc.ended().is_empty(), "it cannot be told");
    }
    // And once the session is open.
    let stage = Stage::new().await;
    let (_, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let guard = stage.confirmation(&cookie).await.expect("a page").form_guard;
    let code = parameter(&stage.decide(&cookie, Decision::Accept).await.url, "code").expect("a code");
    stage.sign_ins.redeem(redemption(KEY, &code.into())).await.expect("a session");
    spoil_the_grant(&stage).await;
    let ended = stage.decide_by(&cookie, &guard, Decision::Decline).await;
    assert!(matches!(ended, Ok(Decided::SessionEnded { was_open: true, psc: None, .. })), "{ended:?}");
    assert_eq!(stage.count(Event::NothingAsked).await, 1);
}

async fn spoil_the_grant(stage: &Stage) {
    let spoiled = stage.store.change("UPDATE grants SET tokens_sealed = ?1", &[vec![0; 100].into()]).await;
    assert_eq!(spoiled.expect("spoiled"), 1);
}

#[tokio::test]
async fn the_confirmation_waits_to_the_end_of_the_attempt_and_psc_is_left_alone() {
    let stage = Stage::new().await;
    let (id, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let guard = stage.confirmation(&cookie).await.expect("a page").form_guard;
    stage.clock.advance_seconds(130);
    assert_eq!(stage.confirmation(&cookie).await.expect("a page").expires_in_s, 470, "called away for two minutes");
    stage.clock.advance_seconds(470);
    let over = |refused: &ConfirmationRefused| matches!(refused, ConfirmationRefused::Over { code: ErrorCode::SignInExpired, .. });
    assert!(over(&stage.confirmation(&cookie).await.expect_err("over")));
    assert!(over(&stage.decide_by(&cookie, &guard, Decision::Accept).await.expect_err("over")));
    let outcome = stage.sign_ins.outcome(&id).await.expect("readable").expect("known");
    assert_eq!((outcome.state, outcome.code), (SignInState::Expired, Some(ErrorCode::SignInExpired)));
    assert!(!stage.has_grant(&id).await);
    stage.sessions.take_up_sign_outs().await.expect("taken up");
    stage.sessions.settled().await;
    assert!(stage.psc.ended().is_empty(), "on a workstation of her own time alone ends nothing there");
}

#[tokio::test]
async fn the_last_second_of_the_attempt_still_leaves_time_to_confirm_and_redeem() {
    let stage = Stage::new().await;
    let opened = stage.open(&stage.start(KEY).await).await;
    stage.clock.advance_seconds(599);
    let AfterCallback::Confirm { cookie, .. } = stage.come_back(&opened, "doctor").await else { panic!("a new workstation") };
    stage.clock.advance_seconds(60);
    let back = stage.decide(&cookie, Decision::Accept).await;
    stage.clock.advance_seconds(59);
    let code: SecretString = parameter(&back.url, "code").expect("a code").into();
    stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("a session");
    assert!(matches!(stage.sign_ins.redeem(redemption(KEY, &code)).await, Err(RedeemRefused::CodeRefused(_))));
}
