//! What a live session says and may do, and when it ends.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vestibule_model::exchange::SignInState;
use vestibule_model::session::{SessionEnd, SignInId, SignInMeans};

use super::{APP, KEY, OTHER_KEY, Stage, rules, situation_id};
use crate::audit::Event;
use crate::clock::Clock as _;
use crate::session::{RefreshRefused, SessionRefused};
use crate::store::{StoreError, fixture};
use crate::surroundings::Rules;

#[tokio::test]
async fn a_session_tells_who_how_and_until_when() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    assert_eq!((answer.token_type.as_str(), answer.expires_in), ("DPoP", 300));
    stage.clock.advance_seconds(100);
    let session = stage.sessions.describe(&stage.live(KEY, &answer).await).await.expect("a session");
    assert_eq!(session.practitioner.family_name, "FICTIF-DOCTOR");
    assert_eq!(session.means, Some(SignInMeans::ECps));
    assert_eq!((session.clocks.idle_in_s, session.clocks.idle_limit_s, session.clocks.absolute_in_s), (800, 900, 14_300));
    assert_eq!(session.clocks.expires_at_unix_s, 1_800_014_400);
}

#[tokio::test]
async fn a_clock_set_back_announces_no_more_time_than_the_rule_gives() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    stage.clock.advance_seconds(-60);
    let clocks = stage.sessions.describe(&stage.live(KEY, &answer).await).await.expect("a session").clocks;
    assert_eq!((clocks.idle_in_s, clocks.idle_limit_s), (900, 900));
}

#[tokio::test]
async fn whoever_only_reads_finds_a_sign_in_its_session_and_its_lines_by_number_and_by_period() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let (id, began) = (answer.session.sign_in_id.clone(), stage.clock.now());
    let read = fixture::trail(stage.folder.path()).sign_in(id.clone()).await.expect("a memory").expect("a trail");
    assert_eq!(read.lines.iter().map(|line| line.event.as_str()).collect::<Vec<_>>(), ["authenticated", "signed_in", "new_workstation"]);
    assert_eq!(read.attempt.map(|attempt| attempt.state), Some(SignInState::Redeemed));
    assert_eq!(read.session.map(|session| (session.ends_at, session.over)), Some((began.plus_seconds(900), None)));
    stage.clock.advance_seconds(60);
    stage.sessions.sign_out(&stage.live(KEY, &answer).await, None).await.expect("signed out");
    let read = fixture::trail(stage.folder.path()).sign_in(id).await.expect("a memory").expect("a trail");
    assert_eq!(read.session.and_then(|session| session.over), Some((SessionEnd::SignedOut, began.plus_seconds(60))));
    let within = |from, until, limit| fixture::trail(stage.folder.path()).period(from, until, limit);
    let before = within(began, began.plus_seconds(60), 10).await.expect("read").expect("a trail");
    assert_eq!((before.lines.len(), before.is_cut), (3, false), "the end is not within");
    let cut = within(began, began.plus_seconds(61), 2).await.expect("read").expect("a trail");
    assert_eq!((cut.lines.len(), cut.is_cut), (2, true));
    let none = fixture::trail(stage.folder.path()).sign_in(SignInId("AAAA-BBBB".into())).await.expect("a memory").expect("a trail");
    assert!(none.lines.is_empty() && none.attempt.is_none() && none.session.is_none());
}

#[tokio::test]
async fn an_access_token_is_worth_nothing_to_another_key_and_dies_after_five_minutes() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let token = answer.access_token.clone().into();
    assert!(matches!(stage.sessions.authenticate(OTHER_KEY, &token, APP).await, Err(SessionRefused::Unknown)));
    assert_eq!(stage.count(Event::TokenOfOtherKey).await, 1);
    assert!(matches!(stage.sessions.authenticate(KEY, &"no-such-token".into(), APP).await, Err(SessionRefused::Unknown)));
    assert!(matches!(stage.sessions.authenticate(KEY, &answer.refresh_token.clone().into(), APP).await, Err(SessionRefused::Unknown)));
    stage.clock.advance_seconds(299);
    stage.live(KEY, &answer).await;
    stage.clock.advance_seconds(1);
    assert!(matches!(stage.sessions.authenticate(KEY, &token, APP).await, Err(SessionRefused::AccessTokenExpired)));
}

#[tokio::test]
async fn exi_32_idle_end_forgets_the_grant_and_calls_nothing_at_psc() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    stage.clock.advance_seconds(899);
    let answer = stage.sessions.refresh(KEY, &answer.refresh_token.into(), APP).await.expect("still alive");
    stage.clock.advance_seconds(1);
    let refused = stage.sessions.authenticate(KEY, &answer.access_token.clone().into(), APP).await;
    assert!(matches!(refused, Err(SessionRefused::Ended(SessionEnd::Idle))), "{refused:?}");
    stage.sessions.settled().await;
    assert!(!stage.has_grant(&answer.session.sign_in_id).await, "the sealed tokens are gone");
    assert!(stage.psc.ended().is_empty(), "Pro Santé Connect saw no logout");
    assert_eq!(stage.psc.refreshes(), 0, "nor any refresh");
    assert_eq!(stage.count(Event::SessionIdle).await, 1);
    assert!(matches!(
        stage.sessions.refresh(KEY, &answer.refresh_token.clone().into(), APP).await,
        Err(RefreshRefused::Ended { end: SessionEnd::Idle, .. })
    ));
}

#[tokio::test]
async fn exi_32_a_session_nobody_asks_about_ends_too() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    stage.clock.advance_seconds(900);
    let purged = stage.sessions.sweep().await.expect("a sweep");
    assert_eq!(purged.idle_sessions, std::slice::from_ref(&answer.session.sign_in_id));
    assert!(!stage.has_grant(&answer.session.sign_in_id).await);
    assert!(stage.psc.ended().is_empty());
    assert_eq!(stage.count(Event::SessionIdle).await, 1);
}

#[tokio::test]
async fn polling_and_reading_are_no_activity() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let mut refresh = answer.refresh_token.clone();
    for _ in 0..4 {
        stage.clock.advance_seconds(200);
        let next = stage.sessions.refresh(KEY, &refresh.into(), APP).await.expect("still alive");
        let live = stage.live(KEY, &next).await;
        stage.sessions.describe(&live).await.expect("readable");
        stage.sessions.wait_event(&live, None, Duration::ZERO).await.expect("a report");
        refresh = next.refresh_token;
    }
    stage.clock.advance_seconds(100);
    assert!(matches!(stage.sessions.refresh(KEY, &refresh.into(), APP).await, Err(RefreshRefused::Ended { end: SessionEnd::Idle, .. })));
}

#[tokio::test]
async fn the_absolute_limit_ends_the_busiest_session() {
    let stage = Stage::with(Rules { absolute_limit_s: 1800, ..rules() }).await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let mut tokens = answer;
    for _ in 0..8 {
        stage.clock.advance_seconds(200);
        tokens = stage.sessions.refresh(KEY, &tokens.refresh_token.into(), APP).await.expect("still alive");
        stage.sessions.activity(&stage.live(KEY, &tokens).await, 0).await.expect("alive");
    }
    stage.clock.advance_seconds(200);
    let refused = stage.sessions.authenticate(KEY, &tokens.access_token.into(), APP).await;
    assert!(matches!(refused, Err(SessionRefused::Ended(SessionEnd::Expired))), "{refused:?}");
    stage.sessions.settled().await;
    assert!(stage.psc.ended().is_empty());
    assert_eq!(stage.count(Event::SessionExpired).await, 1);
}

#[tokio::test]
async fn a_situation_is_chosen_among_hers_and_offered_first_next_time() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "nurse").await;
    assert!(answer.session.situation_choice_due());
    assert_eq!((answer.session.situation_id.clone(), answer.session.suggested_situation_id.clone()), (None, None));
    let live = stage.live(KEY, &answer).await;
    assert!(matches!(stage.sessions.choose_situation(&live, &situation_id("doctor", 1)).await, Err(SessionRefused::SituationUnknown)));
    stage.clock.advance_seconds(100);
    let session = stage.sessions.choose_situation(&live, &situation_id("nurse", 2)).await.expect("chosen");
    assert_eq!(session.situation_id, Some(situation_id("nurse", 2)));
    assert_eq!(session.clocks.idle_in_s, 900, "a choice is activity");
    assert_eq!(stage.count(Event::SituationChosen).await, 1);

    let again = stage.sign_in(KEY, "nurse").await;
    assert_eq!(again.session.situation_id, None);
    assert_eq!(again.session.suggested_situation_id, Some(situation_id("nurse", 2)));
    let elsewhere = stage.sign_in(OTHER_KEY, "nurse").await;
    assert_eq!(elsewhere.session.suggested_situation_id, None, "the memory is of this workstation");
}

#[tokio::test]
async fn the_only_situation_is_chosen_by_itself_and_none_is_no_obstacle() {
    let stage = Stage::new().await;
    let locum = stage.sign_in(KEY, "locum").await.session;
    assert_eq!(locum.situation_id, Some(situation_id("locum", 1)));
    assert!(!locum.situation_choice_due());
    let intern = stage.sign_in(KEY, "intern").await.session;
    assert_eq!(intern.situation_id, None);
    assert!(!intern.situation_choice_due());
}

#[tokio::test]
async fn a_new_session_on_the_same_key_replaces_the_former_one_and_leaves_psc_alone() {
    let stage = Stage::new().await;
    let first = stage.sign_in(KEY, "doctor").await;
    let elsewhere = stage.sign_in(OTHER_KEY, "doctor").await;
    let second = stage.sign_in(KEY, "doctor").await;
    let refused = stage.sessions.authenticate(KEY, &first.access_token.into(), APP).await;
    assert!(matches!(refused, Err(SessionRefused::Ended(SessionEnd::Replaced))), "{refused:?}");
    assert!(!stage.has_grant(&first.session.sign_in_id).await);
    stage.live(KEY, &second).await;
    stage.live(OTHER_KEY, &elsewhere).await;
    assert!(stage.psc.ended().is_empty());
    assert_eq!(stage.count(Event::SessionReplaced).await, 1);
}

#[tokio::test]
async fn identity_changed_is_said_when_another_person_signs_in_on_the_same_workstation() {
    let stage = Stage::new().await;
    assert!(!stage.sign_in(KEY, "doctor").await.session.identity_changed);
    assert!(stage.sign_in(KEY, "nurse").await.session.identity_changed);
    assert!(!stage.sign_in(KEY, "nurse").await.session.identity_changed);
    assert!(stage.sign_in(KEY, "doctor").await.session.identity_changed);
}

#[tokio::test]
async fn a_parked_request_hears_of_the_end_at_once() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let live = stage.live(KEY, &answer).await;
    let now = stage.sessions.wait_event(&live, None, Duration::ZERO).await.expect("a report");
    assert_eq!(now.ended, None);
    let (sessions, parked_live) = (stage.sessions.clone(), live.clone());
    let parked = tokio::spawn(async move { sessions.wait_event(&parked_live, Some(now.version), Duration::from_secs(3600)).await });
    super::eventually("the request is parked", || stage.sessions.wakeups.parked() == 1).await;
    stage.sessions.end(Some(KEY), &answer.access_token.into(), APP).await.expect("ended");
    super::eventually("the request is woken", || parked.is_finished()).await;
    let heard = parked.await.expect("no panic").expect("a report");
    assert_eq!((heard.ended, heard.clocks), (Some(SessionEnd::Closed), None));
    assert!(heard.version > now.version);
}

#[tokio::test]
async fn exi_18_the_trail_names_the_person_and_never_changes() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let trail = stage.store.audit_after(0, 100).await.expect("a trail");
    let signed_in = trail.iter().find(|row| row.event == Event::SignedIn.name()).expect("a line");
    assert_eq!(signed_in.national_id.as_deref(), Some("8-national-doctor"));
    assert_eq!(signed_in.sign_in_id.as_deref(), Some(answer.session.sign_in_id.0.as_str()));
    assert_eq!(signed_in.jkt.as_deref(), Some(KEY));

    assert!(stage.store.change("UPDATE audit SET event = 'nothing'", &[]).await.is_err());
    assert!(stage.store.change("DELETE FROM audit", &[]).await.is_err());
    assert_eq!(stage.store.audit_after(0, 100).await.expect("a trail"), trail);
}

#[tokio::test]
async fn exi_06_nothing_usable_lies_in_the_database() {
    let stage = Stage::new().await;
    let opened = stage.open(&stage.start(OTHER_KEY).await).await;
    let (_, confirming) = stage.to_confirmation(KEY, "doctor").await;
    let (_, code) = stage.to_code(KEY, "doctor").await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let mut secrets = stage.psc.secrets();
    secrets.extend([super::exposed(&opened.cookie), super::exposed(&confirming), super::exposed(&code)]);
    secrets.extend([answer.access_token, answer.refresh_token].map(|token| token.expose().to_owned()));
    secrets.extend(["FICTIF-DOCTOR".to_owned(), "Maison fictive".to_owned(), "f:subject".to_owned()]);
    let written = fixture::written(&stage.store, stage.folder.path()).await;
    let holds = |part: &[u8]| written.windows(part.len()).any(|window| window == part);
    assert!(holds(answer.session.sign_in_id.0.as_bytes()), "the search finds what is there");
    for secret in &secrets {
        // As it is written, and as the bytes that it stands for.
        let parts = [Some(secret.clone().into_bytes()), URL_SAFE_NO_PAD.decode(secret).ok().filter(|bytes| bytes.len() >= 16)];
        for part in parts.into_iter().flatten() {
            assert!(!holds(&part), "{secret} lies in the database");
        }
    }
}

#[tokio::test]
async fn a_sealed_row_moved_to_another_session_does_not_open() {
    let stage = Stage::new().await;
    let (first, second) = (stage.sign_in(KEY, "doctor").await, stage.sign_in(OTHER_KEY, "nurse").await);
    let moved =
        "UPDATE grants SET practitioner_sealed = (SELECT practitioner_sealed FROM grants WHERE sign_in_id = ?1) WHERE sign_in_id = ?2";
    let values = [(&second.session.sign_in_id.0).into(), (&first.session.sign_in_id.0).into()];
    stage.store.change(moved, &values).await.expect("an attacker at the file");
    let live = stage.live(KEY, &first).await;
    let refused = stage.sessions.describe(&live).await;
    assert!(matches!(refused, Err(SessionRefused::Store(StoreError::Sealed("practitioner")))), "{refused:?}");
}
