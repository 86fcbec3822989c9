//! What the browser of a sign-out may do, and what any other may not.

use std::sync::atomic::Ordering;

use secrecy::SecretString;
use url::Url;
use vestibule_model::exchange::{SignOutAnswer, TokenAnswer};
use vestibule_model::session::{SessionEnd, SignInId};

use super::{APP, ISSUER, KEY, Stage, exposed, parameter};
use crate::audit::Event;
use crate::provider::BrowserEndSession;
use crate::random::{Drawn, secret_256};
use crate::session::{SessionRefused, SignOutBrowser, SignOutForm, SignOutRefused, SignOutReturn, SignOutStart};
use crate::store::{Designated, TokenKind};
use crate::surroundings::OwedEnd;
use crate::vault::SealedPlace;

/// A sign-out while Pro Santé Connect is down: the tokens of what was signed out, and the ticket with which the browser finishes.
pub(super) async fn left_to_the_browser() -> (Stage, TokenAnswer, SecretString) {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    stage.psc.go_down(true);
    let told = stage.sessions.sign_out(&stage.live(KEY, &answer).await, None).await.expect("dead here");
    assert!(
        matches!(&told, SignOutAnswer::BrowserNeeded { browser_url } if browser_url.expose().starts_with(&format!("{ISSUER}/sign-out?ticket=")))
    );
    let ticket = ticket_of(&told);
    (stage, answer, ticket)
}

pub(super) fn ticket_of(answer: &SignOutAnswer) -> SecretString {
    let (SignOutAnswer::BrowserNeeded { browser_url } | SignOutAnswer::Unknown { browser_url }) = answer else { panic!("{answer:?}") };
    parameter(&Url::parse(browser_url.expose()).expect("an address"), "ticket").expect("a ticket").into()
}

pub(super) async fn ask_again(stage: &Stage, answer: &TokenAnswer) -> Result<SignOutAnswer, SessionRefused> {
    let refresh = answer.refresh_token.clone().into();
    stage.sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), None, APP).await
}

fn field(form: &BrowserEndSession, name: &str) -> String {
    form.fields.iter().find(|(key, _)| *key == name).map(|(_, value)| exposed(value)).expect("a field")
}

fn form(given: SignOutForm) -> BrowserEndSession {
    match given {
        SignOutForm::Form(form) => form,
        SignOutForm::Finished => panic!("it is finished"),
    }
}

type Cookies = [(SignInId, SecretString); 1];

/// What a browser that opens the address is given.
async fn look(stage: &Stage, ticket: &SecretString) -> Cookies {
    match stage.sessions.check_sign_out_ticket(ticket, &[]).await.expect("unused, it opens") {
        SignOutStart::Begins(Some(SignOutBrowser { sign_in_id, cookie })) => [(sign_in_id, cookie)],
        other @ (SignOutStart::Begins(None) | SignOutStart::Finished) => panic!("{other:?}"),
    }
}

pub(super) async fn post(stage: &Stage, ticket: &SecretString, cookies: &[(SignInId, SecretString)]) -> BrowserEndSession {
    form(stage.sessions.browser_sign_out(ticket, cookies).await.expect("a form"))
}

async fn returned(stage: &Stage, form: &BrowserEndSession, cookies: &[(SignInId, SecretString)]) -> SignOutReturn {
    stage.sessions.sign_out_returned(Some(&field(form, "state")), cookies, APP).await.expect("a page")
}

pub(super) async fn is_refused(stage: &Stage, ticket: &SecretString, cookies: &[(SignInId, SecretString)]) -> bool {
    let refused = |error| matches!(error, Some(SignOutRefused::Unknown));
    refused(stage.sessions.check_sign_out_ticket(ticket, cookies).await.err())
        && refused(stage.sessions.browser_sign_out(ticket, cookies).await.err())
}

async fn is_finished(stage: &Stage, ticket: &SecretString, cookies: &[(SignInId, SecretString)]) -> bool {
    matches!(stage.sessions.check_sign_out_ticket(ticket, cookies).await, Ok(SignOutStart::Finished))
        && matches!(stage.sessions.browser_sign_out(ticket, cookies).await, Ok(SignOutForm::Finished))
}

#[tokio::test]
async fn exi_20_attack_51_when_psc_does_not_answer_the_browser_finishes_once() {
    let (stage, answer, ticket) = left_to_the_browser().await;
    let refused = stage.sessions.authenticate(KEY, &answer.access_token.into(), APP).await;
    assert!(matches!(refused, Err(SessionRefused::Ended(SessionEnd::SignedOut))));

    let hers = look(&stage, &ticket).await;
    let given = stage.sessions.check_sign_out_ticket(&ticket, &hers).await;
    assert!(matches!(given, Ok(SignOutStart::Begins(None))), "it keeps the one it has");
    let form = post(&stage, &ticket, &hers).await;
    assert_eq!(vec![field(&form, "id_token_hint")], stage.psc.id_tokens());
    stage.clock.advance_seconds(599);
    let again = post(&stage, &ticket, &hers).await;
    for name in ["id_token_hint", "state"] {
        assert_eq!(field(&again, name), field(&form, name), "the same browser gets the same form");
    }
    let unrelated = async |state: Option<&str>| stage.sessions.sign_out_returned(state, &hers, APP).await.expect("a page");
    assert_eq!(unrelated(None).await, SignOutReturn::Unrelated, "the state may be dropped");
    assert_eq!(unrelated(Some("forged")).await, SignOutReturn::Unrelated);
    assert_eq!(returned(&stage, &form, &hers).await, SignOutReturn::Finished);
    assert!(is_finished(&stage, &ticket, &hers).await, "it says so");
    assert_eq!(returned(&stage, &form, &hers).await, SignOutReturn::Finished, "a reload says the same");
    assert_eq!((stage.count(Event::PscSignOutFailed).await, stage.count(Event::PscSessionEnded).await), (1, 1));
}

#[tokio::test]
async fn whoever_looked_at_the_address_before_her_gets_no_form_and_ends_nothing() {
    let (stage, _, ticket) = left_to_the_browser().await;
    let (scanner, hers) = (look(&stage, &ticket).await, look(&stage, &ticket).await);
    assert_ne!(exposed(&scanner[0].1), exposed(&hers[0].1), "each browser has its own");
    let form = post(&stage, &ticket, &hers).await;
    let forged = [(SignInId("AAAA-BBBB".into()), hers[0].1.clone()), (hers[0].0.clone(), "x".repeat(43).into())];
    for cookies in [&[][..], &scanner[..], &forged[..]] {
        assert!(is_refused(&stage, &ticket, cookies).await, "at once");
        assert_eq!(returned(&stage, &form, cookies).await, SignOutReturn::Unrelated, "even with the right state");
    }
    assert_eq!(stage.count(Event::PscSessionEnded).await, 0);
    assert_eq!(returned(&stage, &form, &hers).await, SignOutReturn::Finished, "nothing was taken away from her");
}

#[tokio::test]
async fn nothing_of_a_sign_out_follows_from_the_id_token_that_its_form_shows() {
    let (stage, answer, ticket) = left_to_the_browser().await;
    let hers = look(&stage, &ticket).await;
    let form = post(&stage, &ticket, &hers).await;
    let (id, id_token) = (answer.session.sign_in_id, SecretString::from(field(&form, "id_token_hint")));
    let drawn = |purpose: &str, bound: &str| exposed(&secret_256(&Drawn::from(&id_token, purpose, bound)));
    assert_ne!(drawn("ticket of the sign-out", &format!("{id}\n0")), exposed(&ticket));
    assert_ne!(drawn("state of the sign-out", &id.0), field(&form, "state"));
    assert_ne!(drawn("browser of the sign-out", &id.0), exposed(&hers[0].1));
}

#[tokio::test]
async fn for_a_return_without_its_cookie_psc_is_asked_and_its_word_counts() {
    let (stage, _, ticket) = left_to_the_browser().await;
    let form = post(&stage, &ticket, &[]).await;
    assert!(is_refused(&stage, &ticket, &[]).await, "without a cookie nobody is known");
    stage.psc.go_down(false);
    assert_eq!((returned(&stage, &form, &[]).await, stage.psc.ended()), (SignOutReturn::Finished, stage.psc.id_tokens()));
    assert_eq!(stage.count(Event::PscSessionEnded).await, 1);
}

#[tokio::test]
async fn an_address_asked_for_again_is_the_same_until_it_was_used_and_then_another() {
    let (stage, answer, ticket) = left_to_the_browser().await;
    let again = ask_again(&stage, &answer).await.expect("told again");
    assert_eq!(exposed(&ticket_of(&again)), exposed(&ticket), "unused, the same");
    let hers = look(&stage, &ticket).await;
    let form = post(&stage, &ticket, &hers).await;
    let (one, other) = tokio::join!(ask_again(&stage, &answer), ask_again(&stage, &answer));
    let next = one.expect("told again");
    assert_eq!(other.expect("told again"), next, "whoever asks at the same time is told the same");
    let next = ticket_of(&next);
    assert_ne!(exposed(&next), exposed(&ticket));
    assert!(is_refused(&stage, &ticket, &[]).await, "the one of the history stays dead");
    assert_eq!(field(&post(&stage, &ticket, &hers).await, "state"), field(&form, "state"), "Back, in her browser, from any of them");
    assert_eq!(field(&post(&stage, &next, &hers).await, "state"), field(&form, "state"));
    assert!(is_refused(&stage, &next, &[]).await);
    stage.psc.go_down(false);
    assert_eq!(ask_again(&stage, &answer).await.expect("Pro Santé Connect answers now"), SignOutAnswer::Ended);
    assert_eq!((stage.count(Event::SignedOut).await, stage.count(Event::PscSessionEnded).await), (1, 1));
}

#[tokio::test]
async fn the_browser_that_uses_the_next_address_takes_the_place_of_the_former() {
    let (stage, answer, ticket) = left_to_the_browser().await;
    let thief = look(&stage, &ticket).await;
    let form = post(&stage, &ticket, &thief).await;
    let next = ticket_of(&ask_again(&stage, &answer).await.expect("told again"));
    let hers = look(&stage, &next).await;
    post(&stage, &next, &hers).await;
    assert!(is_refused(&stage, &ticket, &thief).await && is_refused(&stage, &next, &thief).await);
    assert_eq!(returned(&stage, &form, &thief).await, SignOutReturn::Unrelated, "Pro Santé Connect is asked, and is down");
    post(&stage, &ticket_of(&ask_again(&stage, &answer).await.expect("told again")), &[]).await;
    assert_eq!(returned(&stage, &form, &hers).await, SignOutReturn::Finished, "a browser without a cookie takes nobody's place");
}

#[tokio::test]
async fn a_browser_at_psc_is_known_when_it_comes_back_although_the_app_asked_again() {
    let (stage, answer, ticket) = left_to_the_browser().await;
    let hers = look(&stage, &ticket).await;
    let form = post(&stage, &ticket, &hers).await;
    ask_again(&stage, &answer).await.expect("told again");
    assert_eq!((returned(&stage, &form, &hers).await, stage.count(Event::PscSessionEnded).await), (SignOutReturn::Finished, 1));
    assert_eq!(ask_again(&stage, &answer).await.expect("told again"), SignOutAnswer::Ended);
}

#[tokio::test]
async fn what_the_companion_finished_meanwhile_is_told_at_every_address_and_at_the_return_until_its_time_is_over() {
    let (stage, answer, ticket) = left_to_the_browser().await;
    let hers = look(&stage, &ticket).await;
    let form = post(&stage, &ticket, &hers).await;
    let next = ticket_of(&ask_again(&stage, &answer).await.expect("told again"));
    stage.psc.go_down(false);
    super::owed::take_up(&stage).await;
    for cookies in [&[][..], &hers[..]] {
        assert!(is_finished(&stage, &ticket, cookies).await && is_finished(&stage, &next, cookies).await);
        assert_eq!(returned(&stage, &form, cookies).await, SignOutReturn::Finished);
    }
    let now = stage.around.clock.now();
    assert!(stage.store.waiting_sign_outs(10, now).await.expect("readable").is_empty(), "nothing is owed");
    assert!(stage.store.owed_sign_outs(&Designated::All, now).await.expect("readable").is_empty());
    assert!(stage.store.withdraw_sign_outs(KEY, now).await.expect("readable").is_empty());
    let kept = "SELECT count(*) FROM sign_outs WHERE id_token_sealed IS NULL AND browser_hash IS NULL";
    let kept = stage.store.number(kept, &[]).await;
    assert_eq!(kept, 1, "what ended it is wiped");
    super::owed::take_up(&stage).await;
    assert_eq!((stage.psc.ended().len(), stage.count(Event::PscSessionEnded).await), (1, 1));
    stage.clock.advance_seconds(600);
    assert!(is_refused(&stage, &ticket, &hers).await && is_refused(&stage, &next, &hers).await);
    assert_eq!(returned(&stage, &form, &hers).await, SignOutReturn::Unrelated);
    assert_eq!(stage.sessions.sweep().await.expect("a sweep").removed, 1);
    let left = stage.store.number("SELECT count(*) FROM sign_out_addresses", &[]).await;
    assert_eq!(left, 0, "its addresses went with it");
}

#[tokio::test]
async fn about_what_an_older_version_sealed_no_browser_is_sent_and_the_companion_goes_on() {
    let (stage, answer, ticket) = left_to_the_browser().await;
    let id = answer.session.sign_in_id.clone();
    let old = OwedEnd { id_token: stage.psc.id_tokens()[0].clone().into(), secret: None };
    let sealed = old.seal(&stage.around.vault, &id);
    stage.store.change("UPDATE sign_outs SET id_token_sealed = ?1", &[sealed.into()]).await.expect("changed");
    let read = OwedEnd::unseal(
        &stage.around.vault,
        &id,
        &stage.around.vault.seal_secret(&SealedPlace { table: "sign_outs", row: id.0.as_bytes(), column: "id_token" }, &old.id_token).0,
    );
    let read = read.expect("as an older version sealed it");
    assert_eq!((exposed(&read.id_token), read.secret.is_none()), (exposed(&old.id_token), true));
    assert!(stage.sessions.browser_sign_out(&ticket, &[]).await.is_err());
    assert!(matches!(ask_again(&stage, &answer).await, Err(SessionRefused::Unknown)));
    stage.psc.go_down(false);
    super::owed::take_up(&stage).await;
    assert_eq!(stage.psc.ended(), stage.psc.id_tokens());
}

#[tokio::test]
async fn a_browser_that_comes_back_after_ten_minutes_ends_nothing() {
    let (stage, _, ticket) = left_to_the_browser().await;
    let hers = look(&stage, &ticket).await;
    let form = post(&stage, &ticket, &hers).await;
    stage.clock.advance_seconds(600);
    assert_eq!((returned(&stage, &form, &hers).await, stage.count(Event::PscSessionEnded).await), (SignOutReturn::Unrelated, 0));
}

#[tokio::test]
async fn a_sign_out_ticket_dies_after_ten_minutes() {
    let (stage, _, ticket) = left_to_the_browser().await;
    stage.clock.advance_seconds(599);
    look(&stage, &ticket).await;
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
        let asking = tokio::spawn(async move { sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), None, APP).await });
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
    assert_eq!(stage.sessions.disown(&id, Some(APP)).await.expect("heard").psc, Some(SignOutAnswer::Ended), "as it is known");
    assert_eq!(
        (stage.count(Event::PscSessionEnded).await, stage.count(Event::NothingAsked).await),
        (1, 1),
        "said three times, traced once"
    );
}
