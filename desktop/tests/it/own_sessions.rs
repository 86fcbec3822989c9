//! « Mes sessions » : where she is signed in, seen and ended from the window.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use vestibule_model::session::SessionEnd;
use vestibule_model::view::{AppRequest, OwnSessionView, OwnSessionsView, Screen, SignInNotice};

use crate::app::{App, Workstation};
use crate::card_removal::{self, BOUNCE, EMPTY};
use crate::companion::Companion;
use crate::doubles::{START_MS, a_moment};

const SESSIONS: &str = "/api/v1/sessions";
const OTHER: &str = "/api/v1/sessions/AB2C-D3EF";
const SIGN_OUT: &str = "/api/v1/session/sign-out";

async fn signed_in() -> (Companion, Workstation, App) {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    (companion, workstation, app)
}

/// What the list shows once the companion has answered.
async fn told(app: &mut App) -> OwnSessionsView {
    app.shows(|screen| match screen {
        Screen::OwnSessions(own) if !own.busy => Some(own.clone()),
        _ => None,
    })
    .await
}

/// The list as it opens, answered.
async fn opens(app: &mut App) -> OwnSessionsView {
    app.handle.request(AppRequest::ShowOwnSessions);
    told(app).await
}

/// Asks, and waits until the companion has answered that.
async fn asks(app: &mut App, request: AppRequest) -> OwnSessionsView {
    app.handle.request(request);
    app.shows(|screen| matches!(screen, Screen::OwnSessions(own) if own.busy).then_some(())).await;
    told(app).await
}

fn other() -> AppRequest {
    AppRequest::EndOwnSession { id: "AB2C-D3EF".to_owned() }
}

fn numbers(own: &OwnSessionsView) -> Vec<&str> {
    own.sessions.iter().flatten().map(|one| one.id.as_str()).collect()
}

fn problem(own: &OwnSessionsView) -> Option<String> {
    own.problem.as_ref().map(|problem| problem.code.to_string())
}

#[tokio::test]
async fn a_clock_that_is_set_makes_no_session_older() {
    let (_companion, workstation, mut app) = signed_in().await;
    let before = opens(&mut app).await.sessions.expect("a list");
    workstation.clock.is_set_by(3_600_000);
    app.handle.request(AppRequest::Activity);
    let moved = |own: &OwnSessionsView| own.session.idle_ends_at_ms > START_MS + 3_600_000;
    let own = app
        .shows(|screen| {
            if let Screen::OwnSessions(own) = screen
                && moved(own)
            {
                Some(own.clone())
            } else {
                None
            }
        })
        .await;
    for (before, after) in before.iter().zip(own.sessions.expect("the list")) {
        let by = (after.opened_at_ms - before.opened_at_ms, after.active_at_ms - before.active_at_ms);
        assert_eq!(by, (3_600_000, 3_600_000), "with the clock that it is compared with");
    }
}

#[tokio::test]
async fn the_list_says_where_since_when_and_which_one_is_here_by_this_workstations_clock() {
    let (companion, workstation, mut app) = signed_in().await;
    app.handle.request(AppRequest::ShowOwnSessions);
    let loading = app.shows(|screen| if let Screen::OwnSessions(own) = screen { Some(own.clone()) } else { None }).await;
    assert_eq!((loading.busy, loading.sessions), (true, None), "it says at once that it asks");
    let own = told(&mut app).await;
    let [other, here] = <[OwnSessionView; 2]>::try_from(own.sessions.clone().expect("a list")).expect("two");
    assert_eq!((other.device_label, other.is_this, other.locked), (None, false, true));
    assert_eq!((other.opened_at_ms, other.active_at_ms), (START_MS - 10_800_000, START_MS - 180_000));
    assert_eq!((here.device_label.as_deref(), here.is_this, here.locked), (Some("Poste d’accueil"), true, false));
    assert_eq!((here.id, own.session.family_name), (own.session.sign_in_id, "FICTIF-EXEMPLE".to_owned()));
    assert_eq!((own.ended, own.problem), (None, None));

    // Whatever time passes, and whatever the session's report says: nobody asks again by itself.
    for _ in 0..10 {
        workstation.clock.advance(Duration::from_secs(30));
        a_moment().await;
    }
    assert_eq!(companion.requests("GET", SESSIONS).len(), 1);
    app.handle.request(AppRequest::HideOwnSessions);
    app.is_signed_in().await;
    assert_eq!(numbers(&opens(&mut app).await).len(), 2);
    assert_eq!(companion.requests("GET", SESSIONS).len(), 2, "opened again, it is asked again");
}

#[tokio::test]
async fn one_ends_and_the_list_is_read_again_whatever_came_of_it() {
    let (companion, _workstation, mut app) = signed_in().await;
    opens(&mut app).await;
    let own = asks(&mut app, other()).await;
    assert_eq!((own.ended, problem(&own), numbers(&own).len()), (Some(1), None, 1));
    assert_eq!((companion.requests("DELETE", OTHER).len(), companion.requests("GET", SESSIONS).len()), (1, 2));

    // It was over meanwhile: that is said, and the list is of now.
    companion.facts.has_others.store(true, Ordering::SeqCst);
    assert_eq!(numbers(&asks(&mut app, AppRequest::ShowOwnSessions).await).len(), 2);
    companion.facts.has_others.store(false, Ordering::SeqCst);
    let own = asks(&mut app, other()).await;
    assert_eq!((own.ended, problem(&own).as_deref(), numbers(&own).len()), (None, Some("VST-2051"), 1));
}

#[tokio::test]
async fn the_others_end_and_this_one_goes_on() {
    let (companion, _workstation, mut app) = signed_in().await;
    opens(&mut app).await;
    let own = asks(&mut app, AppRequest::EndOtherSessions).await;
    assert_eq!((own.ended, numbers(&own)), (Some(1), vec![own.session.sign_in_id.as_str()]));
    assert_eq!(companion.requests("DELETE", SESSIONS)[0].query("which"), Some("others"));
    let own = asks(&mut app, AppRequest::EndOtherSessions).await;
    assert_eq!(own.ended, Some(0), "there was none, and that is said");
    assert!(companion.requests("POST", SIGN_OUT).is_empty());
}

#[tokio::test]
async fn all_end_the_others_first_and_this_one_by_a_sign_out() {
    let (companion, workstation, mut app) = signed_in().await;
    opens(&mut app).await;
    app.handle.request(AppRequest::EndAllSessions);
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutEverywhere));
    assert_eq!(companion.requests("DELETE", SESSIONS)[0].query("which"), Some("others"));
    assert_eq!(companion.requests("POST", SIGN_OUT).len(), 1);
    workstation.keyring.forgets().await;
}

#[tokio::test]
async fn all_end_although_her_card_is_pulled_meanwhile() {
    let (companion, workstation, mut app) = card_removal::signed_in("on_card_removed = \"lock\"\ncard_grace_seconds = 0\n").await;
    opens(&mut app).await;
    let now = workstation.clock.now();
    workstation.readers.are(&EMPTY);
    workstation.clock.is_awaited_at(now + BOUNCE).await;
    app.handle.request(AppRequest::EndAllSessions);
    workstation.clock.advance(BOUNCE);
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutEverywhere));
    assert_eq!(companion.requests("POST", SIGN_OUT).len(), 1);
}

#[tokio::test]
async fn all_do_not_end_by_halves_when_the_others_cannot_be_told() {
    let (companion, _workstation, mut app) = signed_in().await;
    opens(&mut app).await;
    companion.refuses(SESSIONS, 503, json!({"error": "temporarily_unavailable", "error_description": "", "code": "VST-3002"}));
    let own = asks(&mut app, AppRequest::EndAllSessions).await;
    assert_eq!((problem(&own).as_deref(), own.sessions), (Some("VST-3002"), None), "what may be otherwise now is not shown");
    assert!(companion.requests("POST", SIGN_OUT).is_empty());
}

#[tokio::test]
async fn the_one_of_this_workstation_ends_by_a_sign_out() {
    let (companion, _workstation, mut app) = signed_in().await;
    let own = opens(&mut app).await;
    app.handle.request(AppRequest::EndOwnSession { id: own.session.sign_in_id.clone() });
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutEverywhere));
    assert!(companion.heard().iter().all(|request| request.method != "DELETE"));
}

#[tokio::test]
async fn a_service_that_is_away_is_said_with_its_code_and_asked_again_when_she_says() {
    let (companion, _workstation, mut app) = signed_in().await;
    companion.is_down(true);
    let own = opens(&mut app).await;
    assert_eq!((problem(&own).as_deref(), own.sessions), (Some("VST-2041"), None));
    assert_eq!(own.problem.and_then(|problem| problem.sign_in_id).as_deref(), Some(own.session.sign_in_id.as_str()));
    companion.is_down(false);
    let own = asks(&mut app, AppRequest::ShowOwnSessions).await;
    assert_eq!((problem(&own), numbers(&own).len()), (None, 2));
}

#[tokio::test]
async fn a_session_that_was_locked_or_ended_meanwhile_shows_its_own_screen() {
    let (companion, _workstation, mut app) = signed_in().await;
    companion.refuses(SESSIONS, 423, json!({"error": "session_locked", "error_description": "", "code": "VST-2050"}));
    app.handle.request(AppRequest::ShowOwnSessions);
    app.shows(|screen| matches!(screen, Screen::Locked { .. }).then_some(())).await;

    let (companion, _workstation, mut app) = signed_in().await;
    opens(&mut app).await;
    let ended = json!({"error": "invalid_token", "error_description": "", "code": "VST-2012", "ended": "administrator"});
    companion.refuses(OTHER, 401, ended);
    app.handle.request(other());
    app.shows(|screen| matches!(screen, Screen::Ended { reason: Some(SessionEnd::Administrator), .. }).then_some(())).await;
}

#[tokio::test]
async fn what_she_does_not_see_she_does_not_end_and_a_situation_comes_first() {
    let (companion, _workstation, mut app) = signed_in().await;
    for request in [other(), AppRequest::EndOtherSessions, AppRequest::EndAllSessions] {
        app.handle.request(request);
    }
    let here = app.is_signed_in().await.sign_in_id;
    app.handle.request(AppRequest::EndOwnSession { id: here });
    app.handle.request(AppRequest::ChangeSituation);
    app.handle.request(AppRequest::ShowOwnSessions);
    app.shows(|screen| matches!(screen, Screen::ChoosingSituation { .. }).then_some(())).await;
    app.handle.request(AppRequest::KeepSituation);
    app.is_signed_in().await;
    opens(&mut app).await;
    app.handle.request(AppRequest::EndOwnSession { id: "../session".to_owned() });
    a_moment().await;
    assert_eq!(numbers(&told(&mut app).await).len(), 2);
    assert!(companion.heard().iter().all(|request| request.method != "DELETE" && request.path != SIGN_OUT));
    assert_eq!(companion.requests("GET", SESSIONS).len(), 1);
}

#[tokio::test]
async fn one_thing_is_asked_at_a_time() {
    let (companion, _workstation, mut app) = signed_in().await;
    opens(&mut app).await;
    for request in [other(), other(), AppRequest::EndOtherSessions, AppRequest::ShowOwnSessions] {
        app.handle.request(request);
    }
    app.shows(|screen| matches!(screen, Screen::OwnSessions(own) if own.ended == Some(1)).then_some(())).await;
    assert_eq!((companion.requests("DELETE", OTHER).len(), companion.requests("GET", SESSIONS).len()), (1, 2));
    assert!(companion.requests("DELETE", SESSIONS).is_empty());
}

#[tokio::test]
async fn an_end_that_fails_after_she_left_the_list_is_told_all_the_same() {
    let (companion, _workstation, mut app) = signed_in().await;
    opens(&mut app).await;
    companion.refuses(OTHER, 503, json!({"error": "temporarily_unavailable", "error_description": "", "code": "VST-3002"}));
    app.handle.request(other());
    app.handle.request(AppRequest::HideOwnSessions);
    assert_eq!(app.has_problem().await, "VST-3002");
    app.handle.request(AppRequest::Dismiss);
    app.is_signed_in().await;

    // A list that she has left is nobody's trouble.
    companion.refuses(SESSIONS, 503, json!({"error": "temporarily_unavailable", "error_description": "", "code": "VST-3002"}));
    app.handle.request(AppRequest::ShowOwnSessions);
    app.handle.request(AppRequest::HideOwnSessions);
    companion.has_seen("GET", SESSIONS, 2).await;
    a_moment().await;
    app.is_signed_in().await;
}
