//! What is told of a sign-in, and what never is.

use vestibule_model::exchange::{Exchange, SignInState};
use vestibule_model::session::SessionEnd;

use super::*;
use crate::store::{Attempt, OpenedSession};

const START: Timestamp = Timestamp(1_795_348_800_000);

fn id() -> SignInId {
    SignInId("7F3K-9QXM".into())
}

fn line(seconds: i64, event: &str) -> AuditRow {
    AuditRow {
        at: START.plus_seconds(seconds),
        event: event.into(),
        sign_in_id: Some("7F3K-9QXM".into()),
        national_id: Some("899700999016".into()),
        jkt: Some("4yB0hKx3Qm2eLONGER".into()),
        address: Some("10.0.0.7".into()),
        ..AuditRow::default()
    }
}

fn failed_attempt() -> Attempt {
    Attempt {
        state: SignInState::Failed,
        code: Some(ErrorCode::NumberRefused),
        exchange: Exchange::Polling,
        began_at: START,
        jkt: "4yB0hKx3Qm2eLONGER".into(),
        device_label: Some("ACCUEIL-03\u{7}".into()),
        group_name: Some("soins".into()),
        is_unanswered: false,
    }
}

#[test]
fn an_attempt_that_pro_sante_connect_never_answered_is_told_as_such() {
    let told = |state, is_unanswered| {
        let attempt = Attempt { state, is_unanswered, code: None, ..failed_attempt() };
        let record = SignInRecord { lines: Vec::new(), attempt: Some(attempt), session: None };
        Story::of(&id(), &record, Vec::new(), START).expect("something").to_text()
    };
    let said = "chez Pro\u{a0}Santé\u{a0}Connect, qui n’avait pas répondu";
    for state in [SignInState::Cancelled, SignInState::Expired] {
        assert!(told(state, true).contains(said), "{}", told(state, true));
        assert!(!told(state, false).contains(said), "{}", told(state, false));
    }
    // It has its own words for where it is.
    assert!(!told(SignInState::AtProvider, true).contains(said));
}

#[test]
fn a_story_goes_in_the_order_of_time_in_french_and_names_nobody() {
    let log =
        LogEntry { source: "poste.log".into(), at: START.plus_seconds(5), is_trouble: true, text: "The sign-in failed".into(), code: None };
    let lines = vec![line(3, "authenticated"), line(7, "number_refused")];
    let record = SignInRecord { lines, attempt: Some(failed_attempt()), session: None };
    let story = Story::of(&id(), &record, vec![log], START.plus_seconds(60)).expect("something");
    let text = story.to_text();
    let told = text.lines().collect::<Vec<_>>();
    assert_eq!(
        told[..4],
        ["Connexion 7F3K-9QXM", "Poste\u{a0}: 4yB0hKx3Qm2e (ACCUEIL-03)", "Groupe\u{a0}: soins", "Adresses\u{a0}: 10.0.0.7",]
    );
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words} in {text}"));
    assert!(at("par interrogation\u{202f}; échouée") < at("12:00:03  Pro\u{a0}Santé\u{a0}Connect a dit"));
    assert!(at("12:00:03") < at("12:00:05  ATTENTION poste.log\u{a0}: «\u{a0}The sign-in failed\u{a0}»"));
    assert!(at("12:00:05") < at("12:00:07  SÉCURITÉ La personne identifiée a choisi un autre nombre"));
    assert!(at("12:00:07") < at("\nVST-2021\u{a0}: "));
    let json = serde_json::to_string(&story).expect("written");
    assert!(!text.contains("8997") && !json.contains("8997"), "{json}");
    assert!(json.contains(r#""event":"number_refused","is_security":true"#), "{json}");
}

#[test]
fn a_session_is_open_over_or_past_its_end_and_nothing_known_is_no_story() {
    let session =
        |over| OpenedSession { began_at: START, last_activity_at: START.plus_seconds(60), ends_at: START.plus_seconds(900), over };
    for (over, now, words, is_open) in [
        (None, 100, "Session\u{a0}: ouverte depuis le 2026-11-22 12:00:00, dernière activité le 2026-11-22 12:01:00 (UTC)", true),
        (None, 1_000, "Session\u{a0}: expirée le 2026-11-22 12:15:00 (UTC)", false),
        (
            Some((SessionEnd::Administrator, START.plus_seconds(90))),
            100,
            "Session\u{a0}: fermée le 2026-11-22 12:01:30 (UTC)\u{a0}: par un administrateur",
            false,
        ),
    ] {
        let record = SignInRecord { session: Some(session(over)), ..SignInRecord::default() };
        let story = Story::of(&id(), &record, Vec::new(), START.plus_seconds(now)).expect("a session");
        assert!(story.to_text().lines().any(|line| line == words), "{}", story.to_text());
        assert_eq!(story.session.map(|told| told.is_open), Some(is_open));
    }
    assert!(Story::of(&id(), &SignInRecord::default(), Vec::new(), START).is_none());
}

#[test]
fn this_is_not_me_said_in_the_window_is_told_as_such() {
    let record = SignInRecord { lines: vec![line(1, "signed_in"), line(2, "not_me")], ..SignInRecord::default() };
    let text = Story::of(&id(), &record, Vec::new(), START).expect("lines").to_text();
    assert!(text.contains("12:00:02  La personne devant le poste a signalé dans la fenêtre que ce nom n’est pas le sien"), "{text}");
}

#[test]
fn an_event_of_a_later_version_is_told_by_its_name_and_who_ordered_it_is_said() {
    let by = AuditRow { actor: Some("administrator:dsi\u{1b}[31m".into()), ..line(1, "session_ended_by_administrator") };
    let record = SignInRecord { lines: vec![by, line(2, "of_tomorrow")], ..SignInRecord::default() };
    let text = Story::of(&id(), &record, Vec::new(), START).expect("lines").to_text();
    assert!(text.contains("Un administrateur a fermé la session. Par\u{a0}: administrator:dsi"), "{text}");
    assert!(text.contains("Évènement d’une autre version\u{a0}: of_tomorrow.") && !text.contains('\u{1b}'), "{text}");
}
