use secrecy::SecretString;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;

use crate::audit::Event;
use crate::session::tests::{KEY, Stage, exposed, parameter, redemption};
use crate::sign_in::{AfterCallback, ConfirmationRefused, Decision, Question, RedeemRefused};
use crate::store::Store as _;

#[tokio::test]
async fn the_page_shows_who_where_and_the_number_and_survives_a_reload() {
    let stage = Stage::new().await;
    let (id, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let facts = stage.sign_ins.confirmation(&cookie).await.expect("a page");
    assert_eq!(facts.sign_in_id, id);
    assert_eq!(facts.practitioner.family_name, "FICTIF-DOCTOR");
    assert_eq!(facts.device_label.as_deref(), Some("Poste d’accueil"));
    assert!(matches!(&facts.question, Question::Compare(number) if number.len() == 2), "{:?}", facts.question);
    assert_eq!(facts.expires_in_s, 120);
    let again = stage.sign_ins.confirmation(&cookie).await.expect("a page");
    assert_eq!(exposed(&again.form_guard), exposed(&facts.form_guard));
    assert_ne!(exposed(&facts.form_guard), exposed(&cookie));
}

#[tokio::test]
async fn a_form_without_its_guard_decides_nothing() {
    let stage = Stage::new().await;
    let (id, cookie) = stage.to_confirmation(KEY, "doctor").await;
    for guard in ["", "guessed", &exposed(&cookie)] {
        let refused = stage.sign_ins.decide(&cookie, &SecretString::from(guard), Decision::Accept).await;
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
    assert!(matches!(stage.sign_ins.confirmation(&opened.cookie).await, Err(ConfirmationRefused::BrowserMismatch)));
    stage.come_back(&opened, "doctor").await;
    assert!(matches!(stage.sign_ins.confirmation(&opened.cookie).await, Err(ConfirmationRefused::BrowserMismatch)));
    assert!(matches!(stage.sign_ins.confirmation(&"unknown".into()).await, Err(ConfirmationRefused::BrowserMismatch)));
}

#[tokio::test]
async fn accepting_twice_gives_one_code() {
    let stage = Stage::new().await;
    let (_, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let guard = stage.sign_ins.confirmation(&cookie).await.expect("a page").form_guard;
    let (first, second) =
        tokio::join!(stage.sign_ins.decide(&cookie, &guard, Decision::Accept), stage.sign_ins.decide(&cookie, &guard, Decision::Accept));
    assert!(first.is_ok() != second.is_ok());
    assert!(matches!(stage.sign_ins.confirmation(&cookie).await, Err(ConfirmationRefused::Replayed(_))));
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
async fn not_me_works_when_psc_is_down() {
    let stage = Stage::new().await;
    let (id, cookie) = stage.to_confirmation(KEY, "doctor").await;
    stage.psc.go_down(true);
    stage.decide(&cookie, Decision::Decline).await;
    stage.sessions.settled().await;
    assert_eq!(stage.state(&id).await, SignInState::Declined);
    assert!(!stage.has_grant(&id).await);
}

#[tokio::test]
async fn the_confirmation_waits_two_minutes_and_psc_is_left_alone() {
    let stage = Stage::new().await;
    let (id, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let guard = stage.sign_ins.confirmation(&cookie).await.expect("a page").form_guard;
    stage.clock.advance_seconds(120);
    assert!(matches!(stage.sign_ins.confirmation(&cookie).await, Err(ConfirmationRefused::Expired(_))));
    assert!(matches!(stage.sign_ins.decide(&cookie, &guard, Decision::Accept).await, Err(ConfirmationRefused::Expired(_))));
    let outcome = stage.sign_ins.outcome(&id).await.expect("readable").expect("known");
    assert_eq!((outcome.state, outcome.code), (SignInState::Expired, Some(ErrorCode::SignInExpired)));
    assert!(!stage.has_grant(&id).await);
    assert!(stage.psc.ended().is_empty());
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
