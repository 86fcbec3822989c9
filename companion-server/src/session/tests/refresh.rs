//! Rotation of refresh tokens, and what a former one gives away.

use vestibule_model::exchange::TokenAnswer;
use vestibule_model::session::SessionEnd;

use super::{APP, KEY, OTHER_KEY, Stage};
use crate::audit::Event;
use crate::session::{RefreshRefused, SessionRefused};

async fn refresh(stage: &Stage, tokens: &TokenAnswer) -> Result<TokenAnswer, RefreshRefused> {
    stage.sessions.refresh(KEY, &tokens.refresh_token.clone().into(), APP).await
}

async fn call(stage: &Stage, tokens: &TokenAnswer) -> Result<(), SessionRefused> {
    stage.sessions.authenticate(KEY, &tokens.access_token.clone().into(), APP).await.map(drop)
}

#[tokio::test]
async fn each_refresh_gives_new_tokens_and_the_former_access_token_lives_its_five_minutes() {
    let stage = Stage::new().await;
    let first = stage.sign_in(KEY, "doctor").await;
    let second = refresh(&stage, &first).await.expect("refreshed");
    assert_ne!(first.access_token, second.access_token);
    assert_ne!(first.refresh_token, second.refresh_token);
    call(&stage, &second).await.expect("the new one works");
    call(&stage, &first).await.expect("a call under way still works");
    let third = refresh(&stage, &second).await.expect("refreshed");
    call(&stage, &third).await.expect("works");
    assert_eq!(third.session.sign_in_id, first.session.sign_in_id);
}

#[tokio::test]
async fn a_lost_answer_is_survived_and_its_tokens_are_void() {
    let stage = Stage::new().await;
    let first = stage.sign_in(KEY, "doctor").await;
    let lost = refresh(&stage, &first).await.expect("sent, never received");
    let again = refresh(&stage, &first).await.expect("the former one is still good");
    assert!(matches!(call(&stage, &lost).await, Err(SessionRefused::Unknown)), "void");
    call(&stage, &again).await.expect("alive");
    assert!(matches!(call(&stage, &lost).await, Err(SessionRefused::Unknown)), "void for ever");
    assert_eq!(stage.count(Event::SessionRevoked).await, 0);
}

#[tokio::test]
async fn a_rotated_out_token_kills_the_family_once_the_successors_access_token_was_used() {
    let stage = Stage::new().await;
    let first = stage.sign_in(KEY, "doctor").await;
    let second = refresh(&stage, &first).await.expect("refreshed");
    call(&stage, &second).await.expect("used");
    let refused = refresh(&stage, &first).await;
    assert!(matches!(&refused, Err(RefreshRefused::Reused(id)) if *id == first.session.sign_in_id), "{refused:?}");
    assert!(matches!(call(&stage, &second).await, Err(SessionRefused::Ended(SessionEnd::Revoked))));
    assert!(matches!(refresh(&stage, &second).await, Err(RefreshRefused::Ended { end: SessionEnd::Revoked, .. })));
    assert_eq!(stage.count(Event::SessionRevoked).await, 1);
    assert!(!stage.has_grant(&first.session.sign_in_id).await);
    assert!(stage.psc.ended().is_empty());
}

#[tokio::test]
async fn a_rotated_out_token_kills_the_family_once_the_successor_was_refreshed() {
    let stage = Stage::new().await;
    let first = stage.sign_in(KEY, "doctor").await;
    let second = refresh(&stage, &first).await.expect("refreshed");
    let third = refresh(&stage, &second).await.expect("refreshed");
    assert!(matches!(refresh(&stage, &first).await, Err(RefreshRefused::Reused(_))));
    assert!(matches!(call(&stage, &third).await, Err(SessionRefused::Ended(SessionEnd::Revoked))));
}

#[tokio::test]
async fn the_void_successor_of_a_retry_kills_the_family_when_it_shows_up() {
    let stage = Stage::new().await;
    let first = stage.sign_in(KEY, "doctor").await;
    let stolen = refresh(&stage, &first).await.expect("caught by a thief");
    let again = refresh(&stage, &first).await.expect("the owner retries");
    assert!(matches!(refresh(&stage, &stolen).await, Err(RefreshRefused::Reused(_))));
    assert!(matches!(call(&stage, &again).await, Err(SessionRefused::Ended(SessionEnd::Revoked))));
}

#[tokio::test]
async fn a_refresh_token_is_worth_nothing_to_another_key_and_the_session_lives_on() {
    let stage = Stage::new().await;
    let first = stage.sign_in(KEY, "doctor").await;
    let refused = stage.sessions.refresh(OTHER_KEY, &first.refresh_token.clone().into(), APP).await;
    assert!(matches!(refused, Err(RefreshRefused::Unknown)));
    assert!(matches!(stage.sessions.refresh(KEY, &first.access_token.clone().into(), APP).await, Err(RefreshRefused::Unknown)));
    assert_eq!(stage.count(Event::TokenOfOtherKey).await, 1);
    refresh(&stage, &first).await.expect("alive");
}

#[tokio::test]
async fn twenty_refreshes_at_once_leave_one_live_generation() {
    let stage = Stage::new().await;
    let first = stage.sign_in(KEY, "doctor").await;
    let attempts = (0..20).map(|_| {
        let (sessions, token) = (stage.sessions.clone(), first.refresh_token.clone());
        tokio::spawn(async move { sessions.refresh(KEY, &token.into(), APP).await })
    });
    let answers: Vec<_> =
        futures::future::join_all(attempts).await.into_iter().map(|joined| joined.expect("no panic").expect("a retry")).collect();
    let mut alive = 0;
    for answer in &answers {
        alive += usize::from(call(&stage, answer).await.is_ok());
    }
    assert_eq!(alive, 1);
}
