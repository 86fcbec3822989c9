//! Codes redeemed twice, late, by another, or without what goes with them.

use secrecy::SecretString;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;

use crate::audit::Event;
use crate::session::tests::{KEY, OTHER_KEY, RETURN, Stage, redemption};
use crate::sign_in::{RedeemRefused, Redemption};

#[tokio::test]
async fn of_fifty_redemptions_at_once_one_wins_and_its_session_lives() {
    let stage = Stage::new().await;
    let (id, code) = stage.to_code(KEY, "doctor").await;
    let attempts = (0..50).map(|_| {
        let (sign_ins, redemption) = (stage.sign_ins.clone(), redemption(KEY, &code));
        tokio::spawn(async move { sign_ins.redeem(redemption).await })
    });
    let outcomes: Vec<_> = futures::future::join_all(attempts).await.into_iter().map(|joined| joined.expect("no panic")).collect();
    let winners: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Err(RedeemRefused::CodeRefused(Some(_))))).count(), 49);
    assert_eq!(stage.count(Event::CodeReplayed).await, 49);
    assert_eq!(stage.state(&id).await, SignInState::Redeemed);
    stage.live(KEY, winners[0]).await;
}

#[tokio::test]
async fn a_redeemed_code_replayed_by_anyone_leaves_the_session_intact() {
    let stage = Stage::new().await;
    let (_, code) = stage.to_code(KEY, "doctor").await;
    let answer = stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("a session");
    for replay in
        [redemption(KEY, &code), redemption(OTHER_KEY, &code), Redemption { code_verifier: "wrong".into(), ..redemption(KEY, &code) }]
    {
        assert!(matches!(stage.sign_ins.redeem(replay).await, Err(RedeemRefused::CodeRefused(_))));
    }
    assert_eq!(stage.count(Event::CodeReplayed).await, 3);
    stage.live(KEY, &answer).await;
}

#[tokio::test]
async fn a_right_code_with_a_wrong_verifier_or_key_burns_the_sign_in() {
    let stage = Stage::new().await;
    let wrong_verifier = |code: &SecretString| Redemption { code_verifier: "wrong".into(), ..redemption(KEY, code) };
    let wrong_key = |code: &SecretString| redemption(OTHER_KEY, code);
    for (turn, theft) in [&wrong_verifier as &dyn Fn(&SecretString) -> Redemption, &wrong_key].into_iter().enumerate() {
        let (id, code) = stage.to_code(KEY, "doctor").await;
        let refused = stage.sign_ins.redeem(theft(&code)).await;
        assert!(matches!(&refused, Err(RedeemRefused::Burned(burned)) if *burned == id), "{refused:?}");
        assert!(matches!(stage.sign_ins.redeem(redemption(KEY, &code)).await, Err(RedeemRefused::Burned(_))), "too late");
        let outcome = stage.sign_ins.outcome(&id).await.expect("readable").expect("known");
        assert_eq!((outcome.state, outcome.code), (SignInState::Burned, Some(ErrorCode::SignInBurned)));
        assert!(!stage.has_grant(&id).await);
        assert_eq!(stage.count(Event::SignInBurned).await, turn + 1);
    }
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended(), stage.psc.id_tokens(), "nobody holds what Pro Santé Connect granted");
}

#[tokio::test]
async fn a_wrong_return_address_is_a_wrong_try() {
    let stage = Stage::new().await;
    let (_, code) = stage.to_code(KEY, "doctor").await;
    let elsewhere = Redemption { redirect_uri: RETURN.replace("49152", "49153"), ..redemption(KEY, &code) };
    assert!(matches!(stage.sign_ins.redeem(elsewhere).await, Err(RedeemRefused::CodeRefused(Some(_)))));
    stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("a session");
}

#[tokio::test]
async fn five_wrong_tries_burn_what_the_key_has_under_way_and_nothing_else() {
    let stage = Stage::new().await;
    let (mine, code) = stage.to_code(KEY, "doctor").await;
    let (theirs, their_code) = stage.to_code(OTHER_KEY, "nurse").await;
    let guess = |number: usize| Redemption { code: format!("guess-{number}").into(), ..redemption(KEY, &code) };
    for number in 1..5 {
        let refused = stage.sign_ins.redeem(guess(number)).await;
        assert!(matches!(refused, Err(RedeemRefused::CodeRefused(None))), "{number}: {refused:?}");
    }
    assert!(matches!(stage.sign_ins.redeem(guess(5)).await, Err(RedeemRefused::Burned(id)) if id == mine));
    assert!(matches!(stage.sign_ins.redeem(redemption(KEY, &code)).await, Err(RedeemRefused::Burned(_))), "the right one, too late");
    assert_eq!(stage.count(Event::SignInBurned).await, 1);
    assert_eq!(stage.state(&theirs).await, SignInState::Confirmed);
    stage.sign_ins.redeem(redemption(OTHER_KEY, &their_code)).await.expect("a session");
}

#[tokio::test]
async fn a_code_lives_for_sixty_seconds() {
    let stage = Stage::new().await;
    let (_, in_time) = stage.to_code(KEY, "doctor").await;
    stage.clock.advance_seconds(59);
    stage.sign_ins.redeem(redemption(KEY, &in_time)).await.expect("a session");
    let (id, late) = stage.to_code(KEY, "doctor").await;
    stage.clock.advance_seconds(60);
    assert!(matches!(stage.sign_ins.redeem(redemption(KEY, &late)).await, Err(RedeemRefused::Expired(_))));
    assert_eq!(stage.state(&id).await, SignInState::Expired);
    assert!(!stage.has_grant(&id).await);
}

#[tokio::test]
async fn a_cancelled_sign_in_redeems_nothing() {
    let stage = Stage::new().await;
    let (id, code) = stage.to_code(KEY, "doctor").await;
    stage.sign_ins.cancel(KEY, &id).await.expect("cancelled");
    assert!(matches!(stage.sign_ins.redeem(redemption(KEY, &code)).await, Err(RedeemRefused::Withdrawn { .. })));
    assert_eq!(stage.state(&id).await, SignInState::Cancelled);
}

#[tokio::test]
async fn a_sign_in_that_succeeds_cancels_what_a_killed_app_left_behind() {
    let stage = Stage::new().await;
    let (left, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let stranger = stage.start(OTHER_KEY).await;
    let (_, code) = stage.to_code(KEY, "doctor").await;
    stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("a session");
    assert_eq!(stage.state(&left).await, SignInState::Cancelled);
    assert!(!stage.has_grant(&left).await);
    assert!(stage.confirmation(&cookie).await.is_err(), "its page is of no more use");
    assert_eq!(stage.state(&stranger.sign_in_id).await, SignInState::Created, "another key's sign-in goes on");
}
