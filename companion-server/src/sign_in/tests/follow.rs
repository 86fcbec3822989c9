//! An app that follows its attempt.

use std::time::Duration;

use tokio::task::JoinHandle;
use vestibule_model::exchange::{SignInEvent, SignInState};
use vestibule_model::session::SignInId;

use crate::session::tests::{KEY, OTHER_KEY, Stage, eventually, redemption};
use crate::sign_in::FollowRefused;

#[tokio::test]
async fn another_keys_sign_in_looks_like_none() {
    let stage = Stage::new().await;
    let id = stage.start(KEY).await.sign_in_id;
    for (key, id) in [(OTHER_KEY, &id), (KEY, &SignInId("2222-2222".to_owned()))] {
        assert!(matches!(stage.sign_ins.wait_event(key, id, None, Duration::ZERO).await, Err(FollowRefused::Unknown)));
        assert!(matches!(stage.sign_ins.cancel(key, id).await, Err(FollowRefused::Unknown)));
    }
    assert_eq!(stage.state(&id).await, SignInState::Created);
}

#[tokio::test]
async fn a_parked_request_hears_of_each_state_at_once() {
    let stage = Stage::new().await;
    let started = stage.start(KEY).await;
    // Asked by one who waits longer than the test: only a waking brings an answer.
    let park = |after| {
        let (sign_ins, id) = (stage.sign_ins.clone(), started.sign_in_id.clone());
        tokio::spawn(async move { sign_ins.wait_event(KEY, &id, Some(after), Duration::from_secs(3600)).await })
    };
    let is_parked = || eventually("the request is parked", || stage.sign_ins.wakeups.parked() == 1);
    let heard = async |parked: JoinHandle<Result<SignInEvent, FollowRefused>>| {
        eventually("the request is woken", || parked.is_finished()).await;
        parked.await.expect("no panic").expect("known").state
    };
    let parked = park(SignInState::Created);
    is_parked().await;
    let opened = stage.open(&started).await;
    assert!(matches!(heard(parked).await, SignInState::Opened | SignInState::AtProvider));

    let parked = park(SignInState::AtProvider);
    is_parked().await;
    stage.come_back(&opened, "doctor").await;
    assert!(matches!(heard(parked).await, SignInState::Exchanging | SignInState::Authenticated));

    let parked = park(SignInState::Authenticated);
    is_parked().await;
    stage.sign_ins.cancel(KEY, &started.sign_in_id).await.expect("cancelled");
    assert_eq!(heard(parked).await, SignInState::Cancelled);
}

#[tokio::test]
async fn the_current_state_is_told_when_nothing_changes_or_when_all_is_over() {
    let stage = Stage::new().await;
    let id = stage.start(KEY).await.sign_in_id;
    let report = stage.sign_ins.wait_event(KEY, &id, Some(SignInState::Created), Duration::ZERO).await.expect("known");
    assert_eq!(report.state, SignInState::Created);
    stage.sign_ins.cancel(KEY, &id).await.expect("cancelled");
    stage.sign_ins.cancel(KEY, &id).await.expect("nothing more to do");
    let long = Duration::from_secs(3600);
    let report = stage.sign_ins.wait_event(KEY, &id, Some(SignInState::Cancelled), long).await.expect("known");
    assert_eq!(report.state, SignInState::Cancelled);
}

#[tokio::test]
async fn an_unknown_sign_in_has_no_outcome() {
    let stage = Stage::new().await;
    assert_eq!(stage.sign_ins.outcome(&SignInId("2222-2222".to_owned())).await.expect("readable"), None);
}

#[tokio::test]
async fn the_log_tells_by_the_thread_what_ended_a_sign_in() {
    // Of this thread alone, where all of this test runs.
    let (paper, _until_its_end) = vestibule_installation::log::here(tracing::Level::INFO);
    let stage = Stage::new().await;
    let withdrawn = stage.start(KEY).await.sign_in_id;
    stage.sign_ins.cancel(KEY, &withdrawn).await.expect("cancelled");
    let replaced = stage.start(KEY).await.sign_in_id;
    let (confirmed, code) = stage.to_code(KEY, "doctor").await;
    stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("a session");
    let ordered = stage.start(KEY).await.sign_in_id;
    stage.sessions.forget_device(KEY, "dsi").await.expect("answers");

    let log = paper.text();
    let page = include_str!("../../../../docs/fr/support.md").split_whitespace().collect::<Vec<_>>().join(" ");
    for (id, sentence, also) in [
        (&withdrawn, "A sign-in was withdrawn by its app", "state=\"created\""),
        (&replaced, "Another sign-in of the workstation ended a sign-in", &format!("by={confirmed}")),
        (&confirmed, "A sign-in was confirmed in the browser", "shows_letters=false"),
        (&ordered, "A sign-in under way was ended by an order", "error.code=VST-2046"),
    ] {
        let is_told = |line: &str| line.contains(sentence) && line.contains(&format!("sign_in.id={id}")) && line.contains(also);
        assert!(log.lines().any(is_told), "{sentence}: {log}");
        assert!(page.contains(sentence), "the support page quotes it: {sentence}");
    }
    assert!(log.contains("A workstation was forgotten") && page.contains("A workstation was forgotten"), "{log}");
}
