use std::sync::Arc;
use std::sync::atomic::Ordering;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use url::Url;
use vestibule_model::exchange::{SignOutAnswer, TokenAnswer};
use vestibule_model::session::{SessionEnd, SignInId};

use super::{APP, ISSUER, KEY, OTHER_KEY, Stage, parameter};
use crate::audit::Event;
use crate::psc::BrowserEndSession;
use crate::session::end_at_psc::EndAtPsc;
use crate::session::farewells::Farewells;
use crate::session::{SessionRefused, Sessions, SignOutRefused, SignOutReturn, Surroundings};
use crate::store::TokenKind;
use crate::vault::Vault;

/// A sign-out that waits for Pro Santé Connect.
struct Leaving {
    stage: Stage,
    answer: TokenAnswer,
    gate: &'static Semaphore,
    signing_out: JoinHandle<Result<SignOutAnswer, SessionRefused>>,
}

impl Leaving {
    async fn start() -> Self {
        let stage = Stage::new().await;
        let answer = stage.sign_in(KEY, "doctor").await;
        let live = stage.live(KEY, &answer).await;
        let gate = stage.psc.close_gate();
        let sessions = stage.sessions.clone();
        let signing_out = tokio::spawn(async move { sessions.sign_out(&live).await });
        super::eventually("Pro Santé Connect is called", || stage.psc.waiting.load(Ordering::SeqCst) == 1).await;
        Self { stage, answer, gate, signing_out }
    }
}

/// A sign-out while Pro Santé Connect is down: the tokens of what was signed out, and the ticket with which the browser finishes.
async fn left_to_the_browser() -> (Stage, TokenAnswer, SecretString) {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    stage.psc.go_down(true);
    let told = stage.sessions.sign_out(&stage.live(KEY, &answer).await).await.expect("dead here");
    let SignOutAnswer::BrowserNeeded { browser_url } = told else { panic!("Pro Santé Connect is down") };
    assert!(browser_url.starts_with(&format!("{ISSUER}/sign-out?ticket=")));
    let ticket = parameter(&Url::parse(&browser_url).expect("an address"), "ticket").expect("a ticket").into();
    (stage, answer, ticket)
}

fn ticket_of(answer: &SignOutAnswer) -> SecretString {
    let (SignOutAnswer::BrowserNeeded { browser_url } | SignOutAnswer::Unknown { browser_url }) = answer else { panic!("{answer:?}") };
    parameter(&Url::parse(browser_url).expect("an address"), "ticket").expect("a ticket").into()
}

fn state_of(form: &BrowserEndSession) -> String {
    form.fields.iter().find(|(key, _)| *key == "state").map(|(_, value)| super::exposed(value)).expect("a state")
}

#[tokio::test]
async fn exi_20_the_session_is_dead_here_before_psc_is_called() {
    let Leaving { stage, answer, gate, signing_out } = Leaving::start().await;

    let refused = stage.sessions.authenticate(KEY, &answer.access_token.clone().into(), APP).await;
    assert!(matches!(refused, Err(SessionRefused::Ended(SessionEnd::SignedOut))), "{refused:?}");
    assert!(!stage.has_grant(&answer.session.sign_in_id).await);
    gate.add_permits(1);
    assert_eq!(signing_out.await.expect("no panic").expect("signed out"), SignOutAnswer::Ended);
    assert_eq!((stage.psc.ended().len(), stage.psc.ended()), (1, stage.psc.id_tokens()), "exactly one, with the ID token as its hint");
    assert_eq!((stage.count(Event::SignedOut).await, stage.count(Event::PscSessionEnded).await), (1, 1));
}

#[tokio::test]
async fn exi_20_an_app_that_leaves_in_the_middle_does_not_stop_the_sign_out() {
    let Leaving { stage, gate, signing_out, .. } = Leaving::start().await;
    signing_out.abort();
    gate.add_permits(1);
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended().len(), 1);
}

#[tokio::test]
async fn exi_20_attack_51_when_psc_does_not_answer_the_browser_finishes_once() {
    let (stage, answer, ticket) = left_to_the_browser().await;
    let refused = stage.sessions.authenticate(KEY, &answer.access_token.into(), APP).await;
    assert!(matches!(refused, Err(SessionRefused::Ended(SessionEnd::SignedOut))));

    let form = stage.sessions.browser_sign_out(&ticket).await.expect("a form");
    let field = |name: &str| form.fields.iter().find(|(key, _)| *key == name).map(|(_, value)| value.expose_secret().to_owned());
    assert_eq!(vec![field("id_token_hint").expect("a hint")], stage.psc.id_tokens());
    let again = stage.sessions.browser_sign_out(&ticket).await.expect("a form");
    let shown =
        |form: &crate::psc::BrowserEndSession| form.fields.iter().map(|(_, value)| value.expose_secret().to_owned()).collect::<Vec<_>>();
    assert_eq!(shown(&again), shown(&form), "a double click gets the same form");

    assert_eq!(stage.sessions.sign_out_returned(None, APP).await.expect("a page"), SignOutReturn::Unrelated, "the state may be dropped");
    assert_eq!(stage.sessions.sign_out_returned(Some("forged"), APP).await.expect("a page"), SignOutReturn::Unrelated);
    let state = field("state").expect("a state");
    assert_eq!(stage.sessions.sign_out_returned(Some(&state), APP).await.expect("a page"), SignOutReturn::Finished);
    assert!(matches!(stage.sessions.browser_sign_out(&ticket).await, Err(SignOutRefused::Unknown)), "it has served");
    assert_eq!(stage.sessions.sign_out_returned(Some(&state), APP).await.expect("a page"), SignOutReturn::Unrelated);
    assert_eq!((stage.count(Event::PscSignOutFailed).await, stage.count(Event::PscSessionEnded).await), (1, 1));
}

#[tokio::test]
async fn a_used_sign_out_ticket_leads_nowhere_a_minute_later_even_when_nobody_came_back() {
    let (stage, _, ticket) = left_to_the_browser().await;
    stage.sessions.browser_sign_out(&ticket).await.expect("a form");
    stage.clock.advance_seconds(59);
    stage.sessions.browser_sign_out(&ticket).await.expect("the same form, for a double click");
    stage.clock.advance_seconds(1);
    assert!(matches!(stage.sessions.browser_sign_out(&ticket).await, Err(SignOutRefused::Unknown)), "the history tells nothing");
    assert!(matches!(stage.sessions.check_sign_out_ticket(&ticket).await, Err(SignOutRefused::Unknown)));
    let computed = super::exposed(&crate::random::secret_256(&crate::random::Drawn::from(&ticket, "state of the sign-out", "")));
    assert_eq!(
        stage.sessions.sign_out_returned(Some(&computed), APP).await.expect("a page"),
        SignOutReturn::Unrelated,
        "nor who ended what"
    );
    assert_eq!(stage.count(Event::PscSessionEnded).await, 0);
}

#[tokio::test]
async fn a_browser_that_comes_back_after_ten_minutes_ends_nothing() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    stage.psc.go_down(true);
    let SignOutAnswer::BrowserNeeded { browser_url } = stage.sessions.sign_out(&stage.live(KEY, &answer).await).await.expect("dead here")
    else {
        panic!("Pro Santé Connect is down")
    };
    let ticket = parameter(&Url::parse(&browser_url).expect("an address"), "ticket").expect("a ticket").into();
    let form = stage.sessions.browser_sign_out(&ticket).await.expect("a form");
    let state = form.fields.iter().find(|(key, _)| *key == "state").map(|(_, value)| super::exposed(value)).expect("a state");
    stage.clock.advance_seconds(600);
    assert_eq!(stage.sessions.sign_out_returned(Some(&state), APP).await.expect("a page"), SignOutReturn::Unrelated);
    assert_eq!(stage.count(Event::PscSessionEnded).await, 0);
}

#[tokio::test]
async fn a_sign_out_ticket_dies_after_ten_minutes() {
    let (stage, _, ticket) = left_to_the_browser().await;
    stage.clock.advance_seconds(599);
    stage.sessions.check_sign_out_ticket(&ticket).await.expect("still of use");
    stage.clock.advance_seconds(1);
    assert!(matches!(stage.sessions.browser_sign_out(&ticket).await, Err(SignOutRefused::Unknown)));
    assert_eq!(stage.sessions.sweep().await.expect("a sweep").removed, 1, "the sealed hint is gone");
}

#[tokio::test]
async fn exi_20_a_sign_out_cut_by_a_crash_is_finished_at_the_next_start() {
    let Leaving { stage, gate: never_opened, signing_out, .. } = Leaving::start().await;
    signing_out.abort();
    assert_eq!(never_opened.available_permits(), 0);
    stage.psc.close_gate().add_permits(10);

    let stage = stage.crash().await;
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended().len(), 1);
    let stage = stage.crash().await;
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended().len(), 1, "only once");
}

#[tokio::test]
async fn two_sign_outs_at_once_end_psc_once() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let live = stage.live(KEY, &answer).await;
    let (first, second) = tokio::join!(stage.sessions.sign_out(&live), stage.sessions.sign_out(&live));
    assert!(first.is_ok() != second.is_ok());
    assert_eq!(stage.psc.ended().len(), 1);
}

#[tokio::test]
async fn a_sign_out_whose_answer_was_lost_is_answered_again_to_either_token() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let (access, refresh) = (answer.access_token.clone().into(), answer.refresh_token.clone().into());
    assert_eq!(stage.sessions.sign_out_by_token(KEY, (TokenKind::Access, &access), APP).await.expect("done"), SignOutAnswer::Ended);
    for held in [(TokenKind::Access, &access), (TokenKind::Refresh, &refresh)] {
        let again = stage.sessions.sign_out_by_token(KEY, held, APP).await;
        assert_eq!(again.expect("told again"), SignOutAnswer::Ended);
        let stolen = stage.sessions.sign_out_by_token(OTHER_KEY, held, APP).await;
        assert!(matches!(stolen, Err(SessionRefused::Unknown)), "{stolen:?}");
    }
    assert_eq!(stage.psc.ended().len(), 1, "exactly one");
    assert_eq!((stage.count(Event::SignedOut).await, stage.count(Event::PscSessionEnded).await), (1, 1));
    stage.clock.advance_seconds(600);
    let late = stage.sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), APP).await;
    assert!(matches!(late, Err(SessionRefused::Ended(SessionEnd::SignedOut))), "no more is told than is known: {late:?}");
}

#[tokio::test]
async fn a_sign_out_asked_again_is_told_the_same_address_which_serves_for_all_who_were_told_it() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let refresh = answer.refresh_token.clone().into();
    let ask = || stage.sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), APP);
    stage.psc.go_down(true);
    let first = ask().await.expect("dead here");
    assert_eq!(ask().await.expect("told again"), first);
    let ticket = ticket_of(&first);
    let form = stage.sessions.browser_sign_out(&ticket).await.expect("a form");
    assert_eq!(ask().await.expect("told again"), first);
    assert_eq!(state_of(&stage.sessions.browser_sign_out(&ticket).await.expect("a form")), state_of(&form));
    stage.clock.advance_seconds(60);
    assert!(matches!(stage.sessions.check_sign_out_ticket(&ticket).await, Err(SignOutRefused::Unknown)), "the history tells nothing");
    assert_eq!(ask().await.expect("told again"), first);
    stage.sessions.browser_sign_out(&ticket).await.expect("asked for by the key that signed out, it serves once more");
    stage.psc.go_down(false);
    assert_eq!(ask().await.expect("Pro Santé Connect answers now"), SignOutAnswer::Ended);
    assert_eq!((stage.count(Event::SignedOut).await, stage.count(Event::PscSessionEnded).await), (1, 1));
}

#[tokio::test]
async fn a_browser_at_psc_is_known_when_it_comes_back_although_the_app_asked_again() {
    let (stage, answer, ticket) = left_to_the_browser().await;
    let state = state_of(&stage.sessions.browser_sign_out(&ticket).await.expect("a form"));
    let refresh = answer.refresh_token.into();
    stage.sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), APP).await.expect("told again");
    assert_eq!(stage.sessions.sign_out_returned(Some(&state), APP).await.expect("a page"), SignOutReturn::Finished);
    assert_eq!(stage.count(Event::PscSessionEnded).await, 1);
    let again = stage.sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), APP).await;
    assert_eq!(again.expect("told again"), SignOutAnswer::Ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_while_psc_is_asked_waits_for_its_answer_and_is_told_the_same() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let (id, refresh) = (answer.session.sign_in_id, SecretString::from(answer.refresh_token));
    let gate = stage.psc.close_gate();
    stage.psc.go_down(true);
    let ask = || {
        let (sessions, refresh) = (stage.sessions.clone(), refresh.clone());
        tokio::spawn(async move { sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), APP).await })
    };
    let asks: Vec<_> = (0..12).map(|_| ask()).collect();
    super::eventually("Pro Santé Connect is called", || stage.psc.waiting.load(Ordering::SeqCst) == 1).await;
    super::eventually("eleven wait for it", || stage.sessions.farewells.waiting(&id) == 11).await;
    gate.add_permits(100);
    let mut told = Vec::new();
    for ask in asks {
        told.push(ask.await.expect("no panic").expect("dead here"));
    }
    assert_eq!(stage.psc.waiting.load(Ordering::SeqCst), 1, "one call for all");
    assert!(told.iter().all(|answer| *answer == told[0]), "{told:?}");
    stage.sessions.browser_sign_out(&ticket_of(&told[0])).await.expect("a form");
    assert_eq!((stage.count(Event::SignedOut).await, stage.count(Event::PscSignOutFailed).await), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_another_call_waits_no_longer_than_an_app_does() {
    let (farewells, id) = (Farewells::default(), SignInId("AAAA-BBBB".to_owned()));
    let held = farewells.begin(&id).ok().expect("the first");
    let waited = tokio::time::Instant::now();
    assert_eq!(farewells.begin(&id).err().expect("under way").outcome().await, Some(EndAtPsc::Unproven), "not known");
    assert_eq!(waited.elapsed().as_secs(), 12);
    let other = farewells.begin(&id).err().expect("under way");
    drop(held);
    assert_eq!(other.outcome().await, None, "given up: another asks");
    assert!(farewells.begin(&id).is_ok());
}

#[tokio::test]
async fn attack_20_a_sign_out_by_a_rotated_out_refresh_token_is_a_sign_out_and_no_theft() {
    let stage = Stage::new().await;
    let first = stage.sign_in(KEY, "doctor").await;
    let old = first.refresh_token.into();
    let second = stage.sessions.refresh(KEY, &old, APP).await.expect("rotated");
    stage.live(KEY, &second).await;
    let answer = stage.sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &old), APP).await.expect("the same session");
    assert_eq!(answer, SignOutAnswer::Ended);
    assert_eq!((stage.count(Event::SignedOut).await, stage.count(Event::SessionRevoked).await), (1, 0));
}

#[tokio::test]
async fn what_ended_otherwise_is_not_told_as_signed_out() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let refresh = answer.refresh_token.clone().into();
    stage.sessions.end(None, &refresh, APP).await.expect("closed");
    let late = stage.sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), APP).await;
    assert!(matches!(late, Err(SessionRefused::Ended(SessionEnd::Closed))), "{late:?}");
    assert!(stage.psc.ended().is_empty());
}

#[tokio::test]
async fn a_session_whose_hint_cannot_be_read_is_never_told_as_ended_at_psc() {
    let stage = Stage::new().await;
    let refresh = stage.sign_in(KEY, "doctor").await.refresh_token.into();
    let vault = Arc::new(Vault::with_key(&[8; 32], stage.around.random.clone()));
    let sessions = Sessions::new(Surroundings { vault, ..stage.around.clone() });
    let refused = sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), APP).await;
    assert!(matches!(refused, Err(SessionRefused::Store(_))), "{refused:?}");
    let again = sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), APP).await;
    assert!(matches!(again, Err(SessionRefused::Ended(SessionEnd::Closed))), "dead here, and nothing is claimed of there: {again:?}");
    assert!(stage.psc.ended().is_empty());
}

#[tokio::test]
async fn reco_06_closing_the_app_ends_the_service_session_only() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    stage.sessions.end(Some(OTHER_KEY), &answer.refresh_token.clone().into(), APP).await.expect("no error");
    stage.sessions.end(None, &"unknown".into(), APP).await.expect("no error");
    stage.live(KEY, &answer).await;
    stage.sessions.end(None, &answer.refresh_token.into(), APP).await.expect("ended");
    let refused = stage.sessions.authenticate(KEY, &answer.access_token.into(), APP).await;
    assert!(matches!(refused, Err(SessionRefused::Ended(SessionEnd::Closed))));
    stage.sessions.settled().await;
    assert!(stage.psc.ended().is_empty());
    assert!(!stage.has_grant(&answer.session.sign_in_id).await);
}
