//! What activity keeps alive, here and at the provider.

use std::sync::atomic::Ordering;

use vestibule_model::exchange::TokenAnswer;

use super::{APP, KEY, Stage};
use crate::audit::Event;

/// Refreshes the app's tokens and reports input `idle_ms` old.
async fn active(stage: &Stage, tokens: &mut TokenAnswer, idle_ms: u64) {
    *tokens = stage.sessions.refresh(KEY, &tokens.refresh_token.clone().into(), APP).await.expect("alive");
    stage.sessions.activity(&stage.live(KEY, tokens).await, idle_ms).await.expect("alive");
    stage.sessions.settled().await;
}

#[tokio::test]
async fn exi_11_without_activity_nothing_is_refreshed_at_psc() {
    let stage = Stage::new().await;
    let mut tokens = stage.sign_in(KEY, "doctor").await;
    for _ in 0..40 {
        stage.clock.advance_seconds(20);
        tokens = stage.sessions.refresh(KEY, &tokens.refresh_token.clone().into(), APP).await.expect("alive for fifteen minutes");
        stage.live(KEY, &tokens).await;
    }
    stage.sessions.sweep().await.expect("a sweep");
    stage.sessions.settled().await;
    assert_eq!(stage.psc.refreshes(), 0);
}

#[tokio::test]
async fn exi_11_with_activity_there_is_one_refresh_a_window() {
    let stage = Stage::new().await;
    let mut tokens = stage.sign_in(KEY, "doctor").await;
    let mut seen = Vec::new();
    for _minute in 0..40 {
        stage.clock.advance_seconds(60);
        active(&stage, &mut tokens, 0).await;
        seen.push(stage.psc.refreshes());
    }
    assert_eq!(seen[8], 0, "the exchange of the code is fresh enough for ten minutes");
    assert_eq!((seen[9], seen[18], seen[19], seen[39]), (1, 1, 2, 4));
}

#[tokio::test]
async fn exi_11_old_input_refreshes_nothing_and_hardly_moves_the_clock() {
    let stage = Stage::new().await;
    let mut tokens = stage.sign_in(KEY, "doctor").await;
    stage.clock.advance_seconds(700);
    active(&stage, &mut tokens, 400_000).await;
    assert_eq!(stage.psc.refreshes(), 0);
    let live = stage.live(KEY, &tokens).await;
    assert_eq!(stage.sessions.describe(&live).await.expect("alive").clocks.idle_in_s, 500);
    let clocks = stage.sessions.activity(&live, 10_000_000).await.expect("alive");
    assert_eq!(clocks.idle_in_s, 500, "the clock never goes back");
    let clocks = stage.sessions.activity(&live, u64::MAX).await.expect("alive");
    assert_eq!(clocks.idle_in_s, 500);
}

#[tokio::test]
async fn exi_11_the_refresh_is_single_flight() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in(KEY, "doctor").await;
    stage.clock.advance_seconds(600);
    let tokens = stage.sessions.refresh(KEY, &tokens.refresh_token.into(), APP).await.expect("alive");
    let live = stage.live(KEY, &tokens).await;
    let gate = stage.psc.close_gate();
    for _ in 0..20 {
        stage.sessions.activity(&live, 0).await.expect("nobody waits for Pro Santé Connect");
    }
    super::eventually("one call is under way", || stage.psc.waiting.load(Ordering::SeqCst) == 1).await;
    gate.add_permits(100);
    stage.sessions.settled().await;
    assert_eq!(stage.psc.refreshes(), 1);
}

#[tokio::test]
async fn an_outage_at_psc_is_tried_again_a_minute_later_and_the_session_lives_on() {
    let stage = Stage::new().await;
    let mut tokens = stage.sign_in(KEY, "doctor").await;
    stage.psc.go_down(true);
    stage.clock.advance_seconds(600);
    active(&stage, &mut tokens, 0).await;
    active(&stage, &mut tokens, 0).await;
    assert_eq!(stage.psc.refreshes(), 1);
    stage.psc.go_down(false);
    stage.clock.advance_seconds(60);
    active(&stage, &mut tokens, 0).await;
    active(&stage, &mut tokens, 0).await;
    assert_eq!(stage.psc.refreshes(), 2);
}

#[tokio::test]
async fn a_session_over_at_psc_is_traced_once_and_ours_goes_on() {
    let stage = Stage::new().await;
    let mut tokens = stage.sign_in(KEY, "doctor").await;
    stage.psc.is_session_over.store(true, Ordering::SeqCst);
    for _ in 0..4 {
        stage.clock.advance_seconds(600);
        active(&stage, &mut tokens, 0).await;
    }
    assert_eq!(stage.psc.refreshes(), 1, "there is no point in asking again");
    assert_eq!(stage.count(Event::PscSessionOver).await, 1);
    stage.live(KEY, &tokens).await;
}

#[tokio::test]
async fn a_refresh_that_brings_another_person_is_a_security_event_and_changes_nothing() {
    let stage = Stage::new().await;
    let mut tokens = stage.sign_in(KEY, "doctor").await;
    let kept = stage.store.grant(&tokens.session.sign_in_id).await.expect("readable").expect("a grant").tokens_sealed;
    stage.psc.is_someone_else.store(true, Ordering::SeqCst);
    stage.clock.advance_seconds(600);
    active(&stage, &mut tokens, 0).await;
    assert!(Event::PscRefreshSuspect.is_security());
    assert_eq!((stage.psc.refreshes(), stage.count(Event::PscRefreshSuspect).await), (1, 1));
    let still = stage.store.grant(&tokens.session.sign_in_id).await.expect("readable").expect("a grant").tokens_sealed;
    assert!(kept == still, "the other person's tokens are not kept");
    stage.psc.is_someone_else.store(false, Ordering::SeqCst);
    stage.psc.go_down(true);
    stage.clock.advance_seconds(60);
    active(&stage, &mut tokens, 0).await;
    assert_eq!((stage.psc.refreshes(), stage.count(Event::PscRefreshSuspect).await), (2, 1), "an outage is none");
}

#[tokio::test]
async fn refreshed_tokens_are_the_ones_used_next_and_the_hint_stays() {
    let stage = Stage::new().await;
    let mut tokens = stage.sign_in(KEY, "doctor").await;
    for _ in 0..3 {
        stage.clock.advance_seconds(600);
        active(&stage, &mut tokens, 0).await;
    }
    let given = stage.psc.refresh_tokens();
    assert_eq!((given.len(), stage.psc.presented()), (4, given[..3].to_vec()), "each time the one given last");
    let live = stage.live(KEY, &tokens).await;
    stage.sessions.sign_out(&live, None).await.expect("signed out");
    assert_eq!(stage.psc.ended(), stage.psc.id_tokens(), "the ID token of the sign-in still serves as a hint");
}
