//! What a person sees of her sessions on all her workstations, and ends of them.

use vestibule_model::exchange::WhichSessions;
use vestibule_model::session::{SessionEnd, SignInId};

use super::{APP, KEY, OTHER_KEY, Stage};
use crate::audit::Event;
use crate::session::{LiveSession, SessionRefused};

const THIRD_KEY: &str = "thumbprint-of-a-third-device-key";

async fn signed_in(stage: &Stage, jkt: &str, persona: &str) -> (LiveSession, SignInId) {
    let answer = stage.sign_in(jkt, persona).await;
    (stage.live(jkt, &answer).await, answer.session.sign_in_id)
}

async fn end_of(stage: &Stage, id: &SignInId) -> Option<SessionEnd> {
    stage.store.session(id).await.expect("readable").expect("kept").ended
}

#[tokio::test]
async fn she_sees_hers_and_nobody_elses_the_oldest_first() {
    let stage = Stage::new().await;
    let (_, first) = signed_in(&stage, KEY, "doctor").await;
    signed_in(&stage, THIRD_KEY, "nurse").await;
    stage.clock.advance_seconds(120);
    let (here, second) = signed_in(&stage, OTHER_KEY, "doctor").await;
    stage.clock.advance_seconds(60);
    stage.sessions.activity(&here, 0).await.expect("told");
    let own = stage.sessions.own(&here).await.expect("hers").sessions;
    let seen: Vec<_> = own.iter().map(|one| (&one.id, one.opened_s_ago, one.active_s_ago, one.is_this)).collect();
    assert_eq!(seen, [(&first, 180, 180, false), (&second, 60, 0, true)]);
    assert_eq!(own[0].device_label.as_deref(), Some("Poste d’accueil"));
    // 15 minutes without activity on the first one.
    stage.clock.advance_seconds(720);
    let own = stage.sessions.own(&here).await.expect("hers").sessions;
    assert_eq!(own.iter().map(|one| &one.id).collect::<Vec<_>>(), [&second], "what is out of time is not open");
}

#[tokio::test]
async fn exi_20_what_she_ends_elsewhere_is_over_at_once_and_psc_is_told_there() {
    let stage = Stage::new().await;
    let elsewhere = stage.sign_in(KEY, "doctor").await;
    let id = elsewhere.session.sign_in_id.clone();
    let (here, asking) = signed_in(&stage, OTHER_KEY, "doctor").await;
    stage.sessions.end_own(&here, &id).await.expect("ended");
    let call = stage.sessions.authenticate(KEY, &elsewhere.access_token.into(), APP).await;
    assert!(matches!(call, Err(SessionRefused::Ended(SessionEnd::EndedElsewhere))), "{call:?}");
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended().len(), 1, "whoever sits there must show who she is");
    assert!(!stage.has_grant(&id).await);
    assert_eq!(end_of(&stage, &asking).await, None);
    let trail = stage.store.audit_after(0, 1000).await.expect("a trail");
    let line = trail.into_iter().find(|row| row.event == "session_ended_elsewhere").expect("a line");
    let by = format!("session:{asking}");
    assert_eq!((line.sign_in_id, line.jkt, line.actor), (Some(id.0.clone()), Some(KEY.to_owned()), Some(by)));
    assert_eq!((line.national_id.as_deref(), line.address), (Some("8-national-doctor"), Some(APP.to_string())));
    let again = stage.sessions.end_own(&here, &id).await;
    assert!(matches!(again, Err(SessionRefused::NotHers)), "it is over: {again:?}");
    assert_eq!(stage.count(Event::SessionEndedElsewhere).await, 1);
}

#[tokio::test]
async fn attack_54_another_persons_session_is_as_unknown_as_one_that_never_was() {
    let stage = Stage::new().await;
    let (_, nurses) = signed_in(&stage, KEY, "nurse").await;
    let (here, _) = signed_in(&stage, OTHER_KEY, "doctor").await;
    for id in [&nurses, &SignInId("ZZZZ-ZZZZ".to_owned())] {
        let refused = stage.sessions.end_own(&here, id).await;
        assert!(matches!(refused, Err(SessionRefused::NotHers)), "{id}: {refused:?}");
    }
    assert_eq!(stage.sessions.end_all_own(&here, WhichSessions::All).await.expect("ended"), 1, "her own");
    assert_eq!(end_of(&stage, &nurses).await, None);
    assert_eq!(stage.count(Event::SessionEndedElsewhere).await, 0);
}

#[tokio::test]
async fn all_others_end_or_all_and_then_her_own_is_signed_out() {
    let stage = Stage::new().await;
    let (_, first) = signed_in(&stage, KEY, "doctor").await;
    let (_, second) = signed_in(&stage, THIRD_KEY, "doctor").await;
    let answer = stage.sign_in(OTHER_KEY, "doctor").await;
    let (here, own) = (stage.live(OTHER_KEY, &answer).await, answer.session.sign_in_id);
    assert_eq!(stage.sessions.end_all_own(&here, WhichSessions::Others).await.expect("ended"), 2);
    for id in [&first, &second] {
        assert_eq!(end_of(&stage, id).await, Some(SessionEnd::EndedElsewhere));
    }
    assert_eq!(end_of(&stage, &own).await, None);
    signed_in(&stage, KEY, "doctor").await;
    assert_eq!(stage.sessions.end_all_own(&here, WhichSessions::All).await.expect("ended"), 2);
    assert_eq!(end_of(&stage, &own).await, Some(SessionEnd::SignedOut));
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended().len(), 4);
    let over = stage.sessions.end_all_own(&here, WhichSessions::All).await;
    assert!(matches!(over, Err(SessionRefused::Ended(SessionEnd::SignedOut))), "{over:?}");
}

#[tokio::test]
async fn what_psc_did_not_end_elsewhere_is_asked_again_and_nobody_waits() {
    let stage = Stage::new().await;
    let (_, id) = signed_in(&stage, KEY, "doctor").await;
    let (here, _) = signed_in(&stage, OTHER_KEY, "doctor").await;
    stage.psc.go_down(true);
    stage.sessions.end_own(&here, &id).await.expect("ended all the same");
    stage.sessions.settled().await;
    assert_eq!((stage.psc.ended().len(), stage.count(Event::PscSignOutFailed).await), (0, 1));
    stage.psc.go_down(false);
    stage.sessions.take_up_sign_outs().await.expect("taken up");
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended().len(), 1);
}

#[tokio::test]
async fn attack_53_a_locked_session_sees_and_ends_nothing_and_is_ended_from_elsewhere() {
    let stage = Stage::new().await;
    let (locked, id) = signed_in(&stage, KEY, "doctor").await;
    // Two sessions of one moment have no order.
    stage.clock.advance_seconds(1);
    let (here, asking) = signed_in(&stage, OTHER_KEY, "doctor").await;
    stage.sessions.lock(&locked).await.expect("locked");
    let calls = [
        stage.sessions.own(&locked).await.map(drop),
        stage.sessions.end_own(&locked, &asking).await,
        stage.sessions.end_all_own(&locked, WhichSessions::All).await.map(drop),
    ];
    assert!(calls.iter().all(|call| matches!(call, Err(SessionRefused::Locked))), "{calls:?}");
    assert_eq!(end_of(&stage, &asking).await, None);
    let own = stage.sessions.own(&here).await.expect("hers").sessions;
    assert_eq!(own.iter().map(|one| (&one.id, one.locked)).collect::<Vec<_>>(), [(&id, true), (&asking, false)]);
    stage.sessions.end_own(&here, &id).await.expect("ended");
    assert_eq!(end_of(&stage, &id).await, Some(SessionEnd::EndedElsewhere));
}
