//! A locked session: what it gives, what ends it, and who comes back to it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use vestibule_model::session::SessionEnd;

use super::{APP, KEY, Stage, situation_id};
use crate::audit::Event;
use crate::session::{RefreshRefused, SessionRefused};
use crate::store::TokenKind;

#[tokio::test]
async fn a_locked_session_gives_nothing_and_no_call_unlocks_it() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "nurse").await;
    let live = stage.live(KEY, &answer).await;
    let access = answer.access_token.clone().into();
    for _twice in 0..2 {
        stage.sessions.lock(&live).await.expect("locked");
    }
    assert_eq!(stage.count(Event::SessionLocked).await, 1);
    assert!(matches!(stage.sessions.authenticate(KEY, &access, APP).await, Err(SessionRefused::Locked)));
    // Calls that were let in before it was locked.
    stage.clock.advance_seconds(60);
    assert!(matches!(stage.sessions.describe(&live).await, Err(SessionRefused::Locked)));
    assert!(matches!(stage.sessions.choose_situation(&live, &situation_id("nurse", 1)).await, Err(SessionRefused::Locked)));
    assert!(matches!(stage.sessions.activity(&live, 0).await, Err(SessionRefused::Locked)));
    let refused = stage.sessions.refresh(KEY, &answer.refresh_token.into(), APP).await;
    assert!(matches!(refused, Err(RefreshRefused::Locked(ref id)) if *id == answer.session.sign_in_id), "{refused:?}");
    stage.sessions.settled().await;
    assert_eq!((stage.psc.refreshes(), stage.psc.ended().len()), (0, 0), "Pro Santé Connect knows nothing of it");
}

#[tokio::test]
async fn exi_32_a_locked_session_ends_when_it_would_have_and_activity_no_longer_counts() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let live = stage.live(KEY, &answer).await;
    stage.clock.advance_seconds(600);
    stage.sessions.lock(&live).await.expect("locked");
    assert!(stage.sessions.activity(&live, 0).await.is_err());
    let told = stage.sessions.wait_event(&live, None, Duration::ZERO).await.expect("a report");
    assert_eq!((told.locked, told.ended, told.clocks.map(|clocks| clocks.idle_in_s)), (true, None, Some(300)));
    stage.clock.advance_seconds(300);
    let told = stage.sessions.wait_event(&live, None, Duration::ZERO).await.expect("a report");
    assert_eq!((told.locked, told.ended), (false, Some(SessionEnd::Idle)));
    assert!(matches!(stage.sessions.lock(&live).await, Err(SessionRefused::Ended(SessionEnd::Idle))));
    assert!(stage.psc.ended().is_empty());
}

#[tokio::test]
async fn whoever_waits_hears_of_the_lock_at_once() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let live = stage.live(KEY, &answer).await;
    let now = stage.sessions.wait_event(&live, None, Duration::ZERO).await.expect("a report");
    let (sessions, parked_live) = (stage.sessions.clone(), live.clone());
    let parked = tokio::spawn(async move { sessions.wait_event(&parked_live, Some(now.version), Duration::from_secs(3600)).await });
    super::eventually("the request is parked", || stage.sessions.wakeups.parked() == 1).await;
    stage.sessions.lock(&live).await.expect("locked");
    assert!(parked.await.expect("joins").expect("a report").locked);
}

#[tokio::test]
async fn exi_20_a_locked_session_can_be_signed_out_of_and_closed() {
    for kind in [TokenKind::Access, TokenKind::Refresh] {
        let stage = Stage::new().await;
        let answer = stage.sign_in(KEY, "doctor").await;
        stage.sessions.lock(&stage.live(KEY, &answer).await).await.expect("locked");
        let token = if kind == TokenKind::Access { answer.access_token } else { answer.refresh_token };
        stage.sessions.sign_out_by_token(KEY, (kind, &token.into()), None, APP).await.expect("signed out");
        stage.sessions.settled().await;
        assert_eq!(stage.psc.ended().len(), 1, "both sessions");
    }
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    stage.sessions.lock(&stage.live(KEY, &answer).await).await.expect("locked");
    stage.sessions.end(None, &answer.refresh_token.into(), APP).await.expect("closed");
    stage.sessions.settled().await;
    assert_eq!((stage.psc.ended().len(), stage.has_grant(&answer.session.sign_in_id).await), (0, false));
}

#[tokio::test]
async fn its_person_goes_on_where_she_was_and_the_trail_says_so() {
    let stage = Stage::new().await;
    let first = stage.sign_in(KEY, "nurse").await;
    let live = stage.live(KEY, &first).await;
    stage.sessions.choose_situation(&live, &situation_id("nurse", 2)).await.expect("chosen");
    stage.sessions.lock(&live).await.expect("locked");
    // Let in before it was locked: it changes nothing any more.
    assert!(matches!(stage.sessions.choose_situation(&live, &situation_id("nurse", 1)).await, Err(SessionRefused::Locked)));
    let second = stage.sign_in(KEY, "nurse").await;
    assert_eq!(second.session.situation_id, Some(situation_id("nurse", 2)), "she is not asked again");
    assert_eq!(stage.count(Event::SessionUnlocked).await, 1);
    let refused = stage.sessions.authenticate(KEY, &first.access_token.into(), APP).await;
    assert!(matches!(refused, Err(SessionRefused::Ended(SessionEnd::Replaced))), "{refused:?}");
    // A sign-in over a session that is not locked is another visit: the situation is asked for.
    assert_eq!(stage.sign_in(KEY, "nurse").await.session.situation_id, None);
    assert_eq!(stage.count(Event::SessionUnlocked).await, 1);
}

#[tokio::test]
async fn a_situation_that_left_the_register_meanwhile_is_not_gone_on_with() {
    let stage = Stage::new().await;
    let first = stage.sign_in(KEY, "nurse").await;
    let live = stage.live(KEY, &first).await;
    stage.sessions.choose_situation(&live, &situation_id("nurse", 3)).await.expect("chosen");
    stage.sessions.lock(&live).await.expect("locked");
    stage.psc.has_left_a_place.store(true, Ordering::SeqCst);
    let second = stage.sign_in(KEY, "nurse").await;
    assert_eq!((second.session.situation_id, second.session.suggested_situation_id), (None, None), "she is asked");
    assert_eq!(stage.count(Event::SessionUnlocked).await, 1);
}

#[tokio::test]
async fn another_person_unlocks_nothing_and_takes_nothing_over() {
    let stage = Stage::new().await;
    let first = stage.sign_in(KEY, "nurse").await;
    let live = stage.live(KEY, &first).await;
    stage.sessions.choose_situation(&live, &situation_id("nurse", 2)).await.expect("chosen");
    stage.sessions.lock(&live).await.expect("locked");
    let other = stage.sign_in(KEY, "doctor").await;
    assert_ne!(other.session.situation_id, Some(situation_id("nurse", 2)));
    assert!(other.session.identity_changed);
    assert_eq!((stage.count(Event::SessionUnlocked).await, stage.count(Event::SessionReplaced).await), (0, 1));
    assert!(!stage.has_grant(&first.session.sign_in_id).await);
}

#[tokio::test]
async fn a_copied_token_kills_a_locked_session_as_any_other() {
    let stage = Stage::new().await;
    let first = stage.sign_in(KEY, "doctor").await;
    let second = stage.sessions.refresh(KEY, &first.refresh_token.clone().into(), APP).await.expect("rotated");
    stage.sessions.lock(&stage.live(KEY, &second).await).await.expect("locked");
    let refused = stage.sessions.refresh(KEY, &first.refresh_token.into(), APP).await;
    assert!(matches!(refused, Err(RefreshRefused::Reused(_))), "{refused:?}");
}

#[tokio::test]
async fn exi_32_what_ran_out_of_time_behind_the_lock_is_not_gone_on_with_although_nobody_had_noticed() {
    let stage = Stage::new().await;
    let first = stage.sign_in(KEY, "nurse").await;
    let live = stage.live(KEY, &first).await;
    stage.sessions.choose_situation(&live, &situation_id("nurse", 2)).await.expect("chosen");
    stage.sessions.lock(&live).await.expect("locked");
    stage.clock.advance_seconds(900);
    let second = stage.sign_in(KEY, "nurse").await;
    assert_eq!((second.session.situation_id, stage.count(Event::SessionUnlocked).await), (None, 0));
}

#[tokio::test]
async fn an_activity_that_was_let_in_before_the_lock_refreshes_nothing_at_pro_sante_connect_after_it() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let live = stage.live(KEY, &answer).await;
    stage.clock.advance_seconds(700);
    stage.sessions.lock(&live).await.expect("locked");
    stage.sessions.refresh_at_provider(live.sign_in_id()).await.expect("nothing to keep");
    assert_eq!(stage.psc.refreshes(), 0);
}
