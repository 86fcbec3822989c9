//! Signing out: here first, then at the provider, once.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use secrecy::SecretString;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use vestibule_model::exchange::{SignOutAnswer, SignOutReason, TokenAnswer};
use vestibule_model::session::{SessionEnd, SignInId};

use super::browser::ticket_of;
use super::{APP, KEY, OTHER_KEY, Stage};
use crate::audit::Event;
use crate::session::farewells::{Awaited, Farewells};
use crate::session::{SessionRefused, Sessions};
use crate::store::TokenKind;
use crate::surroundings::Surroundings;
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
        let signing_out = tokio::spawn(async move { sessions.sign_out(&live, None).await });
        super::eventually("Pro Santé Connect is called", || stage.psc.waiting.load(Ordering::SeqCst) == 1).await;
        Self { stage, answer, gate, signing_out }
    }
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
async fn exi_20_a_sign_out_cut_by_a_crash_is_finished_at_the_next_start() {
    let Leaving { stage, gate: never_opened, signing_out, .. } = Leaving::start().await;
    signing_out.abort();
    assert_eq!(never_opened.available_permits(), 0);
    stage.psc.close_gate().add_permits(10);
    // Other companions over the same memory believe the dead one at work for so long.
    stage.clock.advance_seconds(13);

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
    let (first, second) = tokio::join!(stage.sessions.sign_out(&live, None), stage.sessions.sign_out(&live, None));
    assert!(first.is_ok() != second.is_ok());
    assert_eq!(stage.psc.ended().len(), 1);
}

#[tokio::test]
async fn this_is_not_me_leaves_an_event_of_its_own_and_ends_both_sessions_as_a_sign_out_does() {
    let stage = Stage::new().await;
    for (place, kind) in [TokenKind::Access, TokenKind::Refresh].into_iter().enumerate() {
        let answer = stage.sign_in(KEY, "doctor").await;
        let token = match kind {
            TokenKind::Access => answer.access_token.clone().into(),
            TokenKind::Refresh => answer.refresh_token.clone().into(),
        };
        let left = stage.sessions.sign_out_by_token(KEY, (kind, &token), Some(SignOutReason::NotMe), APP).await;
        assert_eq!(left.expect("signed out"), SignOutAnswer::Ended);
        assert_eq!((stage.count(Event::NotMe).await, stage.count(Event::SignedOut).await), (place + 1, 0));
        assert_eq!(stage.psc.ended().len(), place + 1);
        let again = stage.sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &answer.refresh_token.into()), None, APP).await;
        assert_eq!(again.expect("told again"), SignOutAnswer::Ended);
    }
}

#[tokio::test]
async fn a_sign_out_whose_answer_was_lost_is_answered_again_to_either_token() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let (access, refresh) = (answer.access_token.clone().into(), answer.refresh_token.clone().into());
    assert_eq!(stage.sessions.sign_out_by_token(KEY, (TokenKind::Access, &access), None, APP).await.expect("done"), SignOutAnswer::Ended);
    for held in [(TokenKind::Access, &access), (TokenKind::Refresh, &refresh)] {
        let again = stage.sessions.sign_out_by_token(KEY, held, None, APP).await;
        assert_eq!(again.expect("told again"), SignOutAnswer::Ended);
        let stolen = stage.sessions.sign_out_by_token(OTHER_KEY, held, None, APP).await;
        assert!(matches!(stolen, Err(SessionRefused::Unknown)), "{stolen:?}");
    }
    assert_eq!(stage.psc.ended().len(), 1, "exactly one");
    assert_eq!((stage.count(Event::SignedOut).await, stage.count(Event::PscSessionEnded).await), (1, 1));
    stage.clock.advance_seconds(600);
    let late = stage.sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), None, APP).await;
    assert!(matches!(late, Err(SessionRefused::Ended(SessionEnd::SignedOut))), "no more is told than is known: {late:?}");
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
        tokio::spawn(async move { sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), None, APP).await })
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
    stage.sessions.browser_sign_out(&ticket_of(&told[0]), &[]).await.expect("a form");
    assert_eq!((stage.count(Event::SignedOut).await, stage.count(Event::PscSignOutFailed).await), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_another_call_waits_no_longer_than_an_app_does() {
    let (farewells, id) = (Farewells::default(), SignInId("AAAA-BBBB".to_owned()));
    let held = farewells.begin(&id).ok().expect("the first");
    let waited = tokio::time::Instant::now();
    let other = farewells.begin(&id).err().expect("under way");
    assert_eq!(other.outcome().await, Awaited::StillUnderWay, "not known");
    assert_eq!(waited.elapsed().as_secs(), 12);
    drop(held);
    assert_eq!(other.outcome().await, Awaited::GivenUp, "another asks");
    assert!(farewells.begin(&id).is_ok());
}

#[tokio::test]
async fn attack_20_a_sign_out_by_a_rotated_out_refresh_token_is_a_sign_out_and_no_theft() {
    let stage = Stage::new().await;
    let first = stage.sign_in(KEY, "doctor").await;
    let old = first.refresh_token.into();
    let second = stage.sessions.refresh(KEY, &old, APP).await.expect("rotated");
    stage.live(KEY, &second).await;
    let answer = stage.sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &old), None, APP).await.expect("the same session");
    assert_eq!(answer, SignOutAnswer::Ended);
    assert_eq!((stage.count(Event::SignedOut).await, stage.count(Event::SessionRevoked).await), (1, 0));
}

#[tokio::test]
async fn what_ended_otherwise_is_not_told_as_signed_out() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let refresh = answer.refresh_token.clone().into();
    stage.sessions.end(None, &refresh, APP).await.expect("closed");
    let late = stage.sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), None, APP).await;
    assert!(matches!(late, Err(SessionRefused::Ended(SessionEnd::Closed))), "{late:?}");
    assert!(stage.psc.ended().is_empty());
}

#[tokio::test]
async fn a_session_whose_hint_cannot_be_read_is_never_told_as_ended_at_psc() {
    let stage = Stage::new().await;
    let refresh = stage.sign_in(KEY, "doctor").await.refresh_token.into();
    let vault = Arc::new(Vault::with_key(&[8; 32], stage.around.random.clone()));
    let sessions = Sessions::new(Surroundings { vault, ..stage.around.clone() });
    let refused = sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), None, APP).await;
    assert!(matches!(refused, Err(SessionRefused::Store(_))), "{refused:?}");
    let again = sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), None, APP).await;
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

#[tokio::test]
async fn exi_18_an_end_and_its_line_in_the_trail_are_kept_together_or_not_at_all() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let refresh = SecretString::from(answer.refresh_token.clone());
    stage.store.change("ALTER TABLE audit RENAME TO audit_away", &[]).await.expect("away");
    let refused = stage.sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), None, APP).await.expect_err("no trail");
    assert!(matches!(refused, SessionRefused::Store(_)), "{refused:?}");
    stage.store.change("ALTER TABLE audit_away RENAME TO audit", &[]).await.expect("back");
    assert!(stage.psc.ended().is_empty() && stage.count(Event::SignedOut).await == 0);
    stage.live(KEY, &answer).await;
    let ended =
        stage.sessions.sign_out_by_token(KEY, (TokenKind::Refresh, &refresh), None, APP).await.expect("once the trail is there again");
    assert_eq!((ended, stage.count(Event::SignedOut).await), (SignOutAnswer::Ended, 1));
}
