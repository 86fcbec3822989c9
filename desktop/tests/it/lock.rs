//! What is behind the lock: it ends at its hour, can be left, and nothing of it comes back by itself.

use std::sync::atomic::Ordering;
use std::time::Duration;

use vestibule_model::session::{SessionClocks, SessionEnd};
use vestibule_model::view::{AppRequest, Screen};

use crate::app::{App, Workstation};
use crate::card_removal::{LOCK, LOCKING, grace_is_over, is_locked, pulled, signed_in};
use crate::companion::{CLOCKS, Companion, answers_code};
use crate::doubles::{START_MS, a_moment, visit};

const SESSIONS: &str = "/api/v1/sessions";
const ACTIVITY: &str = "/api/v1/session/activity";

/// Signed in, card pulled, and the companion knows.
async fn locked() -> (Companion, Workstation, App) {
    let (companion, workstation, mut app) = signed_in(LOCKING).await;
    pulled(&workstation, &mut app).await;
    grace_is_over(&workstation).await;
    is_locked(&mut app).await;
    companion.has_seen("POST", LOCK, 1).await;
    (companion, workstation, app)
}

/// Locked by the person herself, and the companion knows.
async fn locked_by_hand(policy: &str) -> (Companion, Workstation, App) {
    let (companion, workstation, mut app) = signed_in(policy).await;
    app.handle.request(AppRequest::Lock);
    is_locked(&mut app).await;
    (companion, workstation, app)
}

#[tokio::test]
async fn she_locks_her_session_and_only_a_new_sign_in_opens_one_again() {
    let (companion, workstation, mut app) = locked_by_hand("").await;
    let Screen::Locked { at_ms, ends_at_ms } = app.view.borrow().screen.clone() else { panic!("locked") };
    assert_eq!((at_ms, ends_at_ms), (START_MS, START_MS + u64::from(CLOCKS.idle_in_s) * 1000), "since when, and until the nearer end");
    assert!(!format!("{:?}", app.view.borrow()).contains("FICTIF"), "nothing of her is shown");
    companion.has_seen("POST", LOCK, 1).await;
    workstation.keyring.forgets().await;
    for request in [AppRequest::Lock, AppRequest::Activity, AppRequest::Dismiss, AppRequest::KeepSituation] {
        app.handle.request(request);
    }
    a_moment().await;
    is_locked(&mut app).await;
    assert_eq!(companion.requests("POST", LOCK).len(), 1, "once");

    let number = workstation.browser.count();
    app.handle.request(AppRequest::SignIn);
    assert_eq!(visit(&workstation.browser.address(number).await).await.status, 303);
    assert_eq!(visit(&companion.return_address(answers_code())).await.status, 303);
    app.is_signed_in().await;
    assert_eq!(companion.requests("POST", LOCK).len(), 1, "the companion knew: it is not told again");
}

#[tokio::test]
async fn where_nobody_is_signed_in_nothing_is_locked() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::Lock);
    a_moment().await;
    app.rests().await;
    assert!(companion.requests("POST", LOCK).is_empty());
}

#[tokio::test]
async fn a_problem_over_an_open_session_can_be_locked_away_too() {
    let (companion, _workstation, mut app) = signed_in("").await;
    app.handle.request(AppRequest::ChooseSituation { situation_id: "unknown".to_owned() });
    app.shows(|screen| matches!(screen, Screen::Problem(_)).then_some(())).await;
    app.handle.request(AppRequest::Lock);
    is_locked(&mut app).await;
    companion.has_seen("POST", LOCK, 1).await;
}

#[tokio::test]
async fn to_lock_while_her_card_is_away_does_at_once_what_would_have_come() {
    let (companion, workstation, mut app) = signed_in(LOCKING).await;
    pulled(&workstation, &mut app).await;
    app.handle.request(AppRequest::Lock);
    is_locked(&mut app).await;
    companion.has_seen("POST", LOCK, 1).await;

    let (companion, workstation, mut app) = signed_in("on_card_removed = \"end\"\n").await;
    pulled(&workstation, &mut app).await;
    app.handle.request(AppRequest::Lock);
    app.shows(|screen| matches!(screen, Screen::SignIn { notice: Some(_) }).then_some(())).await;
    companion.has_seen("POST", "/oauth/revoke", 1).await;
    assert!(companion.requests("POST", LOCK).is_empty(), "the organisation asks for more than a lock");
}

#[tokio::test]
async fn the_window_is_locked_before_the_companion_can_be_told_and_no_sign_in_begins_before_it_is() {
    let (companion, workstation, mut app) = signed_in("").await;
    companion.is_down(true);
    app.handle.request(AppRequest::Lock);
    is_locked(&mut app).await;
    workstation.keyring.forgets().await;

    // Out of reach: no sign-in begins, and the lock is still there behind the problem.
    app.handle.request(AppRequest::SignIn);
    app.shows(|screen| matches!(screen, Screen::Problem(_)).then_some(())).await;
    assert!(companion.requests("POST", "/oauth/par").len() == 1, "that of the first sign-in");
    app.handle.request(AppRequest::Dismiss);
    is_locked(&mut app).await;
    assert!(!companion.facts.session.borrow().locked);

    // It answers again, and the pause between two tries is not over: whoever signs in now must be asked who they are.
    companion.is_down(false);
    let number = workstation.browser.count();
    app.handle.request(AppRequest::SignIn);
    workstation.browser.address(number).await;
    assert!(companion.facts.session.borrow().locked, "told before the sign-in");
}

#[tokio::test]
async fn the_hours_of_a_lock_follow_the_clock_of_the_workstation() {
    let (_companion, workstation, mut app) = locked_by_hand("").await;
    let before =
        app.shows(|screen| if let Screen::Locked { at_ms, ends_at_ms } = screen { Some((*at_ms, *ends_at_ms)) } else { None }).await;
    workstation.clock.is_set_by(3_600_000);
    app.handle.request(AppRequest::Activity);
    let moved = |screen: &Screen| matches!(screen, Screen::Locked { at_ms, ends_at_ms } if (*at_ms, *ends_at_ms) == (before.0 + 3_600_000, before.1 + 3_600_000));
    app.shows(|screen| moved(screen).then_some(())).await;
}

#[tokio::test]
async fn a_locked_session_ends_at_its_hour_and_can_be_signed_out() {
    let (companion, _workstation, mut app) = locked().await;
    companion.session_ends(SessionEnd::Idle);
    app.shows(|screen| matches!(screen, Screen::Ended { reason: Some(SessionEnd::Idle), .. }).then_some(())).await;

    let (companion, _workstation, mut app) = locked().await;
    app.handle.request(AppRequest::SignOut);
    assert_eq!(app.shows(|screen| matches!(screen, Screen::SignIn { notice: Some(_) }).then_some(())).await, ());
    companion.has_seen("POST", "/api/v1/session/sign-out", 1).await;
}

#[tokio::test]
async fn what_another_software_locked_is_hidden_here_too() {
    let (companion, _workstation, mut app) = signed_in("").await;
    companion.facts.session.send_modify(|event| {
        event.version += 1;
        event.locked = true;
    });
    is_locked(&mut app).await;
}

#[tokio::test]
async fn a_lock_that_the_companion_could_not_be_told_is_told_when_it_answers() {
    let (companion, workstation, mut app) = signed_in(LOCKING).await;
    companion.is_down(true);
    pulled(&workstation, &mut app).await;
    grace_is_over(&workstation).await;
    is_locked(&mut app).await;
    workstation.keyring.forgets().await;
    let tries = || companion.heard().iter().filter(|request| request.path == LOCK).count();
    let tried = async {
        while tries() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), tried).await.expect("the companion was tried");
    assert!(!companion.facts.session.borrow().locked, "in vain");
    companion.is_down(false);
    for _ in 0..100 {
        if companion.facts.session.borrow().locked {
            break;
        }
        workstation.clock.advance(Duration::from_secs(1));
        a_moment().await;
    }
    assert!(companion.facts.session.borrow().locked, "and again");
    assert_eq!(companion.facts.refreshed.load(Ordering::SeqCst), 0, "nothing is renewed for it");
}

#[tokio::test]
async fn a_locked_session_ends_by_our_clock_where_the_companion_says_nothing() {
    let (companion, workstation, mut app) = locked().await;
    companion.is_down(true);
    workstation.clock.advance(Duration::from_secs(901));
    app.shows(|screen| matches!(screen, Screen::Ended { reason: Some(SessionEnd::Idle), .. }).then_some(())).await;
}

#[tokio::test]
async fn a_lock_that_is_told_to_nobody_any_more_is_the_end() {
    let (companion, workstation, mut app) = signed_in(LOCKING).await;
    companion.is_down(true);
    pulled(&workstation, &mut app).await;
    grace_is_over(&workstation).await;
    is_locked(&mut app).await;
    companion.facts.refresh_token.lock().expect("unpoisoned").clear();
    companion.is_down(false);
    app.shows_patiently(|screen| matches!(screen, Screen::Ended { .. }).then_some(())).await;
}

#[tokio::test]
async fn its_end_does_not_disturb_whoever_signs_in_before_it() {
    let (companion, workstation, mut app) = locked().await;
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    companion.session_ends(SessionEnd::Idle);
    a_moment().await;
    app.waits().await;
    app.handle.request(AppRequest::Cancel);
    app.rests().await;
    drop(workstation);
}

#[tokio::test]
async fn nothing_of_it_stands_behind_the_session_that_takes_its_place() {
    let (companion, workstation, mut app) = locked().await;
    let number = workstation.browser.count();
    app.handle.request(AppRequest::SignIn);
    assert_eq!(visit(&workstation.browser.address(number).await).await.status, 303);
    assert_eq!(visit(&companion.return_address(answers_code())).await.status, 303);
    app.is_signed_in().await;
    app.handle.quit().await;
    assert_eq!(companion.requests("POST", "/oauth/revoke").len(), 1, "one session is left");
}

#[tokio::test]
async fn nobody_renews_its_tokens_and_an_app_that_quits_ends_it() {
    let (companion, workstation, app) = locked().await;
    // Longer than the access token; the companion has news, so that the app asks again.
    workstation.clock.advance(Duration::from_secs(400));
    companion.facts.session.send_modify(|event| event.version += 1);
    a_moment().await;
    assert_eq!(companion.requests("POST", "/oauth/token").len(), 1, "that of the sign-in");
    assert_eq!(companion.facts.refreshed.load(Ordering::SeqCst), 0);
    app.handle.quit().await;
    companion.has_seen("POST", "/oauth/revoke", 1).await;
}

#[tokio::test]
async fn another_person_can_have_it_signed_out_and_sign_in_at_once() {
    let (companion, workstation, mut app) = locked().await;
    let number = workstation.browser.count();
    app.handle.request(AppRequest::ChangeUser);
    companion.has_seen("POST", "/api/v1/session/sign-out", 1).await;
    workstation.browser.address(number).await;
    app.waits().await;
}

#[tokio::test]
async fn a_call_that_meets_a_locked_session_hides_it() {
    for request in [AppRequest::ChooseSituation { situation_id: "s1".to_owned() }, AppRequest::Activity] {
        let (companion, workstation, mut app) = signed_in("").await;
        companion.has_seen("GET", "/api/v1/session/events", 1).await;
        companion.is_locked_unheard();
        app.handle.request(request);
        workstation.clock.advance(Duration::from_secs(60));
        is_locked(&mut app).await;
    }
}

#[tokio::test]
async fn her_list_of_sessions_gives_way_to_the_lock_and_nothing_is_asked_or_told_behind_it() {
    let (companion, workstation, mut app) = signed_in(LOCKING).await;
    app.handle.request(AppRequest::ShowOwnSessions);
    app.shows(|screen| matches!(screen, Screen::OwnSessions(own) if !own.busy).then_some(())).await;
    pulled(&workstation, &mut app).await;
    grace_is_over(&workstation).await;
    is_locked(&mut app).await;
    companion.has_seen("POST", LOCK, 1).await;

    let (lists, told) = (companion.requests("GET", SESSIONS).len(), companion.requests("POST", ACTIVITY).len());
    app.handle.request(AppRequest::ShowOwnSessions);
    app.handle.request(AppRequest::Activity);
    workstation.clock.advance(Duration::from_secs(60));
    companion.clocks_are(SessionClocks { idle_limit_s: 240, ..CLOCKS });
    a_moment().await;
    is_locked(&mut app).await;
    assert!(!format!("{:?}", app.view.borrow()).contains("FICTIF"), "nothing of her is shown");
    assert_eq!((companion.requests("GET", SESSIONS).len(), companion.requests("POST", ACTIVITY).len()), (lists, told));

    // Its clocks are followed all the same, for the words of its end.
    companion.session_ends(SessionEnd::Idle);
    app.shows(|screen| matches!(screen, Screen::Ended { idle_limit_s: 240, .. }).then_some(())).await;
}

#[tokio::test]
async fn a_watch_whose_renewal_meets_a_locked_session_hides_it() {
    let (companion, workstation, mut app) = signed_in("").await;
    companion.has_seen("GET", "/api/v1/session/events", 1).await;
    workstation.clock.advance(Duration::from_secs(300));
    companion.is_locked_unheard();
    app.handle.request(AppRequest::Activity);
    is_locked(&mut app).await;
}

#[tokio::test]
async fn a_remembered_session_that_somebody_locked_meanwhile_is_not_gone_on_with() {
    let (companion, workstation, app) = signed_in("").await;
    drop(app);
    companion.is_locked_unheard();
    let mut app = workstation.start(&companion);
    assert_eq!(app.rests().await, None);
}
