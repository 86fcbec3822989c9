//! What the browser of a sign-out may do, and what any other may not.

use std::sync::atomic::Ordering;

use secrecy::SecretString;
use url::Url;
use vestibule_model::exchange::{SignOutAnswer, TokenAnswer};
use vestibule_model::session::{SessionEnd, SignInId};

use super::{APP, ISSUER, KEY, Stage, exposed, parameter};
use crate::audit::Event;
use crate::psc::BrowserEndSession;
use crate::session::{SessionRefused, SignOutBrowser, SignOutRefused, SignOutReturn};
use crate::store::TokenKind;

/// A sign-out while Pro Santé Connect is down: the tokens of what was signed out, and the ticket with which the browser finishes.
pub(super) async fn left_to_the_browser() -> (Stage, TokenAnswer, SecretString) {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    stage.psc.go_down(true);
    let told = stage.sessions.sign_out(&stage.live(KEY, &answer).await).await.expect("dead here");
    assert!(
        matches!(&told, SignOutAnswer::BrowserNeeded { browser_url } if browser_url.starts_with(&format!("{ISSUER}/sign-out?ticket=")))
    );
    let ticket = ticket_of(&told);
    (stage, answer, ticket)
}

pub(super) fn ticket_of(answer: &SignOutAnswer) -> SecretString {
    let (SignOutAnswer::BrowserNeeded { browser_url } | SignOutAnswer::Unknown { browser_url }) = answer else { panic!("{answer:?}") };
    parameter(&Url::parse(browser_url).expect("an address"), "ticket").expect("a ticket").into()
}

pub(super) async fn ask_again(stage: &Stage, answer: &TokenAnswer) -> Result<SignOutAnswer, SessionRefused> {
    let refresh = answer.refresh_token.clone().into();
    stage.sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), APP).await
}

fn field(form: &BrowserEndSession, name: &str) -> String {
    form.fields.iter().find(|(key, _)| *key == name).map(|(_, value)| exposed(value)).expect("a field")
}

fn held(browser: &SignOutBrowser) -> [(SignInId, SecretString); 1] {
    [(browser.sign_in_id.clone(), browser.cookie.clone())]
}

async fn is_refused(stage: &Stage, ticket: &SecretString, cookies: &[(SignInId, SecretString)]) -> bool {
    let refused = |error| matches!(error, Some(SignOutRefused::Unknown));
    refused(stage.sessions.check_sign_out_ticket(ticket, cookies).await.err())
        && refused(stage.sessions.browser_sign_out(ticket, cookies).await.err())
}

#[tokio::test]
async fn exi_20_attack_51_when_psc_does_not_answer_the_browser_finishes_once() {
    let (stage, answer, ticket) = left_to_the_browser().await;
    let refused = stage.sessions.authenticate(KEY, &answer.access_token.into(), APP).await;
    assert!(matches!(refused, Err(SessionRefused::Ended(SessionEnd::SignedOut))));

    let (form, browser) = stage.sessions.browser_sign_out(&ticket, &[]).await.expect("a form");
    let cookies = held(&browser);
    assert_eq!(vec![field(&form, "id_token_hint")], stage.psc.id_tokens());
    stage.clock.advance_seconds(599);
    let (again, _) = stage.sessions.browser_sign_out(&ticket, &cookies).await.expect("a form");
    for name in ["id_token_hint", "state"] {
        assert_eq!(field(&again, name), field(&form, name), "the same browser gets the same form");
    }
    let returned = async |state: Option<&str>| stage.sessions.sign_out_returned(state, &cookies, APP).await.expect("a page");
    assert_eq!(returned(None).await, SignOutReturn::Unrelated, "the state may be dropped");
    assert_eq!(returned(Some("forged")).await, SignOutReturn::Unrelated);
    let state = field(&form, "state");
    assert_eq!(returned(Some(&state)).await, SignOutReturn::Finished);
    assert!(is_refused(&stage, &ticket, &cookies).await, "it has served");
    assert_eq!(returned(Some(&state)).await, SignOutReturn::Unrelated);
    assert_eq!((stage.count(Event::PscSignOutFailed).await, stage.count(Event::PscSessionEnded).await), (1, 1));
}

#[tokio::test]
async fn whoever_reads_a_used_address_in_the_history_gets_no_form_and_ends_nothing() {
    let (stage, _, ticket) = left_to_the_browser().await;
    let looked = stage.sessions.check_sign_out_ticket(&ticket, &[]).await.expect("unused, it opens");
    let (form, browser) = stage.sessions.browser_sign_out(&ticket, &held(&looked)).await.expect("a form");
    assert!(is_refused(&stage, &ticket, &[]).await, "at once");
    let others = [(SignInId("AAAA-BBBB".into()), browser.cookie.clone()), (browser.sign_in_id.clone(), "x".repeat(43).into())];
    assert!(is_refused(&stage, &ticket, &others).await, "another's cookie, or a forged one");
    let state = field(&form, "state");
    for cookies in [&[][..], &others[..]] {
        let returned = stage.sessions.sign_out_returned(Some(&state), cookies, APP).await.expect("a page");
        assert_eq!(returned, SignOutReturn::Unrelated, "even with the right state");
    }
    assert_eq!(stage.count(Event::PscSessionEnded).await, 0);
    let returned = stage.sessions.sign_out_returned(Some(&state), &held(&browser), APP).await.expect("a page");
    assert_eq!(returned, SignOutReturn::Finished, "nothing was taken away from her");
}

#[tokio::test]
async fn for_a_return_without_its_cookie_psc_is_asked_and_its_word_counts() {
    let (stage, _, ticket) = left_to_the_browser().await;
    let (form, _) = stage.sessions.browser_sign_out(&ticket, &[]).await.expect("cookies blocked, it is still the way out");
    stage.psc.go_down(false);
    let returned = stage.sessions.sign_out_returned(Some(&field(&form, "state")), &[], APP).await.expect("a page");
    assert_eq!((returned, stage.psc.ended()), (SignOutReturn::Finished, stage.psc.id_tokens()));
    assert_eq!(stage.count(Event::PscSessionEnded).await, 1);
}

#[tokio::test]
async fn an_address_asked_for_again_is_the_same_until_it_was_used_and_then_another() {
    let (stage, answer, ticket) = left_to_the_browser().await;
    let again = ask_again(&stage, &answer).await.expect("told again");
    assert_eq!(exposed(&ticket_of(&again)), exposed(&ticket), "unused, the same");
    let (form, browser) = stage.sessions.browser_sign_out(&ticket, &[]).await.expect("a form");
    let (one, other) = tokio::join!(ask_again(&stage, &answer), ask_again(&stage, &answer));
    let next = one.expect("told again");
    assert_eq!(other.expect("told again"), next, "whoever asks at the same time is told the same");
    assert_ne!(exposed(&ticket_of(&next)), exposed(&ticket));
    assert!(is_refused(&stage, &ticket, &[]).await, "the one of the history stays dead");
    let (second, same_browser) = stage.sessions.browser_sign_out(&ticket_of(&next), &[]).await.expect("a form");
    assert_eq!((field(&second, "state"), exposed(&same_browser.cookie)), (field(&form, "state"), exposed(&browser.cookie)));
    assert!(is_refused(&stage, &ticket_of(&next), &[]).await);
    stage.psc.go_down(false);
    assert_eq!(ask_again(&stage, &answer).await.expect("Pro Santé Connect answers now"), SignOutAnswer::Ended);
    assert_eq!((stage.count(Event::SignedOut).await, stage.count(Event::PscSessionEnded).await), (1, 1));
}

#[tokio::test]
async fn a_browser_at_psc_is_known_when_it_comes_back_although_the_app_asked_again() {
    let (stage, answer, ticket) = left_to_the_browser().await;
    let (form, browser) = stage.sessions.browser_sign_out(&ticket, &[]).await.expect("a form");
    ask_again(&stage, &answer).await.expect("told again");
    let returned = stage.sessions.sign_out_returned(Some(&field(&form, "state")), &held(&browser), APP).await.expect("a page");
    assert_eq!((returned, stage.count(Event::PscSessionEnded).await), (SignOutReturn::Finished, 1));
    assert_eq!(ask_again(&stage, &answer).await.expect("told again"), SignOutAnswer::Ended);
}

#[tokio::test]
async fn a_browser_that_comes_back_after_ten_minutes_ends_nothing() {
    let (stage, _, ticket) = left_to_the_browser().await;
    let (form, browser) = stage.sessions.browser_sign_out(&ticket, &[]).await.expect("a form");
    stage.clock.advance_seconds(600);
    let returned = stage.sessions.sign_out_returned(Some(&field(&form, "state")), &held(&browser), APP).await.expect("a page");
    assert_eq!((returned, stage.count(Event::PscSessionEnded).await), (SignOutReturn::Unrelated, 0));
}

#[tokio::test]
async fn a_sign_out_ticket_dies_after_ten_minutes() {
    let (stage, _, ticket) = left_to_the_browser().await;
    stage.clock.advance_seconds(599);
    stage.sessions.check_sign_out_ticket(&ticket, &[]).await.expect("still of use");
    stage.clock.advance_seconds(1);
    assert!(is_refused(&stage, &ticket, &[]).await);
    assert_eq!(stage.sessions.sweep().await.expect("a sweep").removed, 1, "the sealed hint is gone");
}

#[tokio::test]
async fn an_ask_that_psc_answers_after_the_ten_minutes_is_told_neither_a_dead_address_nor_an_end() {
    for is_swept in [false, true] {
        let (stage, answer, _) = left_to_the_browser().await;
        let (sessions, refresh) = (stage.sessions.clone(), SecretString::from(answer.refresh_token));
        let gate = stage.psc.close_gate();
        let asking = tokio::spawn(async move { sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), APP).await });
        super::eventually("Pro Santé Connect is called", || stage.psc.waiting.load(Ordering::SeqCst) == 1).await;
        stage.clock.advance_seconds(600);
        if is_swept {
            assert_eq!(stage.sessions.sweep().await.expect("a sweep").removed, 1);
        }
        gate.add_permits(1);
        let told = asking.await.expect("no panic");
        assert!(matches!(told, Err(SessionRefused::Ended(SessionEnd::SignedOut))), "{told:?}");
    }
}

#[tokio::test]
async fn whoever_asked_for_nothing_is_told_what_psc_says_although_the_app_signed_out_before() {
    let (stage, answer, ticket) = left_to_the_browser().await;
    let id = answer.session.sign_in_id;
    let told = stage.sessions.disown(&id, Some(APP)).await.expect("heard");
    assert!(!told.was_open);
    assert_eq!(exposed(&ticket_of(&told.psc.expect("owed"))), exposed(&ticket), "the way for her browser");
    stage.psc.go_down(false);
    assert_eq!(stage.sessions.disown(&id, Some(APP)).await.expect("heard").psc, Some(SignOutAnswer::Ended));
    assert_eq!(stage.psc.ended(), stage.psc.id_tokens());
    assert_eq!(stage.sessions.disown(&id, Some(APP)).await.expect("heard").psc, None, "nothing is owed");
    assert_eq!(stage.count(Event::PscSessionEnded).await, 1);
}
