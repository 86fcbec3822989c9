//! Being signed in: situations, clocks, activity, ends.

use std::sync::atomic::Ordering;
use std::time::Duration;

use vestibule_model::session::{SessionClocks, SessionEnd};
use vestibule_model::view::{AppRequest, Screen};

use crate::app::Workstation;
use crate::companion::{CLOCKS, Companion, answers_code};
use crate::doubles::{START_MS, a_moment, visit};

const EVENTS: &str = "/api/v1/session/events";
const ACTIVITY: &str = "/api/v1/session/activity";

fn ended(screen: &Screen) -> Option<SessionEnd> {
    match screen {
        Screen::Ended { reason, .. } => *reason,
        _ => None,
    }
}

#[tokio::test]
async fn she_chooses_among_her_situations_and_changes_her_mind() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.facts.two_situations.store(true, Ordering::SeqCst);
    *companion.facts.situation.lock().expect("unpoisoned") = None;
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    workstation.browser.address(0).await;
    visit(&companion.return_address(answers_code())).await;
    let choosing = |screen: &Screen| match screen {
        Screen::ChoosingSituation { situations, can_keep, .. } => Some((situations.len(), *can_keep)),
        _ => None,
    };
    assert_eq!(app.shows(choosing).await, (2, false));
    app.handle.request(AppRequest::ChooseSituation { situation_id: "s2".to_owned() });
    let session = app.is_signed_in().await;
    assert_eq!(session.situation.map(|situation| situation.id).as_deref(), Some("s2"));

    app.handle.request(AppRequest::ChangeSituation);
    assert_eq!(app.shows(choosing).await, (2, true));
    app.handle.request(AppRequest::KeepSituation);
    app.is_signed_in().await;

    app.handle.request(AppRequest::ChooseSituation { situation_id: "unknown".to_owned() });
    assert_eq!(app.has_problem().await, "VST-2014");
    app.handle.request(AppRequest::Dismiss);
    app.is_signed_in().await;
}

#[tokio::test]
async fn the_companions_clocks_are_followed() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    companion.clocks_are(SessionClocks { idle_in_s: 60, ..CLOCKS });
    app.shows(|screen| matches!(screen, Screen::SignedIn { session } if session.idle_ends_at_ms == START_MS + 60_000).then_some(())).await;
}

#[tokio::test]
async fn every_end_of_a_session_has_its_screen() {
    for reason in [SessionEnd::Idle, SessionEnd::Expired, SessionEnd::Revoked, SessionEnd::Replaced, SessionEnd::Administrator] {
        let (companion, workstation) = (Companion::start().await, Workstation::new());
        let mut app = workstation.start(&companion);
        app.signs_in(&companion).await;
        companion.session_ends(reason);
        assert_eq!(app.shows(ended).await, reason);
        app.handle.request(AppRequest::Dismiss);
        assert_eq!(app.rests().await, None);
    }
    for reason in [SessionEnd::SignedOut, SessionEnd::Closed] {
        let (companion, workstation) = (Companion::start().await, Workstation::new());
        let mut app = workstation.start(&companion);
        app.signs_in(&companion).await;
        companion.session_ends(reason);
        assert_eq!(app.rests().await, None);
    }
}

#[tokio::test]
async fn exi_32_an_idle_end_is_known_here_even_when_nobody_can_be_asked_and_asks_for_nothing() {
    for down in [true, false] {
        let (companion, workstation) = (Companion::start().await, Workstation::new());
        let mut app = workstation.start(&companion);
        app.signs_in(&companion).await;
        // The second question is parked: a companion that is up has nothing to say for the next five seconds.
        companion.has_seen("GET", EVENTS, 2).await;
        companion.is_down(down);
        let before = companion.heard().len();
        if down {
            // Cuts the parked question: the next one finds nobody.
            companion.clocks_are(CLOCKS);
            app.shows_in_time(Duration::from_secs(280), |_| (companion.heard().len() > before).then_some(())).await;
        }
        workstation.clock.advance(Duration::from_secs(902));
        assert_eq!(app.shows(ended).await, SessionEnd::Idle);
        workstation.keyring.forgets().await;
        a_moment().await;
        let asked: Vec<String> = companion.heard()[before..].iter().map(|request| format!("{} {}", request.method, request.path)).collect();
        assert!(asked.iter().all(|asked| *asked == format!("GET {EVENTS}")), "nothing but what it waits for is asked: {asked:?}");
    }
}

#[tokio::test]
async fn exi_11_without_input_nothing_is_refreshed_and_with_input_it_is_once() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    companion.has_seen("GET", EVENTS, 2).await;
    // The access token runs out after five minutes; the screen stays.
    workstation.clock.advance(Duration::from_secs(600));
    // Answers the parked request, so that a new one is due.
    companion.clocks_are(SessionClocks { idle_in_s: 800, ..CLOCKS });
    app.shows(|screen| matches!(screen, Screen::SignedIn { session } if session.idle_ends_at_ms == START_MS + 1_400_000).then_some(()))
        .await;
    a_moment().await;
    assert_eq!(companion.facts.refreshed.load(Ordering::SeqCst), 0, "without input");
    assert_eq!(companion.heard().iter().filter(|request| request.path == EVENTS).count(), 2, "nor is anything asked with what is left");

    app.handle.request(AppRequest::Activity);
    companion.has_seen("POST", ACTIVITY, 1).await;
    companion.has_seen("GET", EVENTS, 3).await;
    a_moment().await;
    assert_eq!(companion.facts.refreshed.load(Ordering::SeqCst), 1, "single flight between the report and the parked request");
    app.is_signed_in().await;
}

#[tokio::test]
async fn activity_is_told_at_most_once_a_minute() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    workstation.clock.advance(Duration::from_secs(61));
    for _ in 0..20 {
        app.handle.request(AppRequest::Activity);
    }
    let reports = companion.has_seen("POST", ACTIVITY, 1).await;
    assert_eq!(reports[0].json()["idle_ms"], 0);
    // The input that came after the report is told a minute later, with its age.
    workstation.clock.is_awaited_at(Duration::from_secs(61 + 60)).await;
    workstation.clock.advance(Duration::from_secs(59));
    a_moment().await;
    assert_eq!(companion.requests("POST", ACTIVITY).len(), 1, "not within the minute");
    workstation.clock.advance(Duration::from_secs(1));
    assert_eq!(companion.has_seen("POST", ACTIVITY, 2).await[1].json()["idle_ms"], 60_000);
}

#[tokio::test]
async fn a_token_that_another_process_rotated_is_taken_from_the_keyring() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    companion.has_seen("GET", EVENTS, 2).await;
    // The command line refreshed meanwhile: our access token and our refresh token are both out of date.
    *companion.facts.refresh_token.lock().expect("unpoisoned") = "canary-refresh-cli".to_owned();
    *companion.facts.access_token.lock().expect("unpoisoned") = "canary-access-cli".to_owned();
    workstation.keyring.replace_refresh_token("canary-refresh-cli");
    app.handle.request(AppRequest::ChooseSituation { situation_id: "s1".to_owned() });
    companion.has_seen("PUT", "/api/v1/session/situation", 2).await;
    app.is_signed_in().await;
    let presented = companion.requests("POST", "/oauth/token").last().and_then(|request| request.form("refresh_token"));
    assert_eq!(presented.as_deref(), Some("canary-refresh-cli"));
}

#[tokio::test]
async fn the_warning_before_the_idle_end_is_seen_outside_the_window_and_taken_back() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    let (mut attention, raised) = (app.handle.attention_wanted(), app.handle.raise_requested());
    app.signs_in(&companion).await;
    let raised_before = *raised.borrow();
    workstation.clock.advance(Duration::from_secs(839));
    assert!(!*attention.borrow_and_update() && workstation.notices.all().is_empty());
    workstation.clock.advance(Duration::from_secs(1));
    attention.wait_for(|wanted| *wanted).await.expect("the engine lives");
    let shown = workstation.notices.are(1).await;
    let notice = shown[0].as_ref().expect("shown");
    assert_eq!(notice.title, "Dossier de démonstration\u{a0}: votre session va se fermer");
    assert!(notice.text.contains("dans une minute"), "{}", notice.text);
    assert!(!format!("{notice:?}").contains("FICTIF"), "nobody is named outside the window");
    assert_eq!(*raised.borrow(), raised_before, "the window stays where it is unless the policy says otherwise");

    app.handle.request(AppRequest::Activity);
    attention.wait_for(|wanted| !*wanted).await.expect("the engine lives");
    assert_eq!(workstation.notices.are(2).await[1], None, "taken away");
    // And told again at the next one.
    companion.clocks_are(CLOCKS);
    let extended = START_MS + 1_740_000;
    app.shows(|screen| matches!(screen, Screen::SignedIn { session } if session.idle_ends_at_ms == extended).then_some(())).await;
    workstation.clock.advance(Duration::from_secs(840));
    assert!(workstation.notices.are(3).await[2].is_some());
    app.handle.request(AppRequest::SignOut);
    assert_eq!(workstation.notices.are(4).await[3], None);
}

#[tokio::test]
async fn the_window_comes_to_the_front_before_the_end_where_the_policy_says_so() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy("raise_before_end = true\n"));
    let mut app = workstation.start(&companion);
    let mut raised = app.handle.raise_requested();
    app.signs_in(&companion).await;
    let before = *raised.borrow_and_update();
    workstation.clock.advance(Duration::from_secs(840));
    raised.wait_for(|count| *count == before + 1).await.expect("the engine lives");
}

#[tokio::test]
async fn the_end_that_nobody_can_put_off_is_announced_five_minutes_before_and_once() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    companion.clocks_are(SessionClocks { idle_in_s: 400, absolute_in_s: 400, ..CLOCKS });
    let near = START_MS + 400_000;
    app.shows(|screen| matches!(screen, Screen::SignedIn { session } if session.ends_at_ms == near).then_some(())).await;
    workstation.clock.advance(Duration::from_secs(100));
    let shown = workstation.notices.are(1).await;
    assert!(shown[0].as_ref().is_some_and(|notice| notice.text.contains("cinq minutes")), "{shown:?}");
    app.handle.request(AppRequest::Activity);
    companion.has_seen("POST", ACTIVITY, 1).await;
    let ends_at = |at: u64| move |screen: &Screen| matches!(screen, Screen::SignedIn { session } if session.ends_at_ms == at).then_some(());
    app.shows(ends_at(START_MS + 100_000 + 14_400_000)).await;
    companion.clocks_are(SessionClocks { idle_in_s: 200, absolute_in_s: 200, ..CLOCKS });
    app.shows(ends_at(START_MS + 300_000)).await;
    workstation.clock.advance(Duration::from_secs(199));
    assert_eq!(workstation.notices.are(2).await.iter().flatten().count(), 1, "once");
}

#[tokio::test]
async fn a_companion_that_is_gone_is_told_on_the_signed_in_screen_and_untold_when_it_is_back() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    assert!(app.signs_in(&companion).await.service_reachable);
    companion.is_down(true);
    let reachable = |wanted: bool| {
        move |screen: &Screen| matches!(screen, Screen::SignedIn { session } if session.service_reachable == wanted).then_some(())
    };
    app.shows_patiently(reachable(false)).await;
    companion.is_down(false);
    app.shows_patiently(reachable(true)).await;
}

#[tokio::test]
async fn a_companion_that_limits_how_often_it_is_asked_is_not_told_as_gone() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    companion.refuses(EVENTS, 429, serde_json::json!({"error": "temporarily_unavailable", "error_description": "", "code": "VST-2007"}));
    companion.clocks_are(CLOCKS);
    for _ in 0..120 {
        if companion.requests("GET", EVENTS).len() >= 6 {
            return;
        }
        companion.is_quiet().await;
        workstation.clock.advance(Duration::from_secs(1));
        assert!(app.is_signed_in().await.service_reachable);
    }
    panic!("it is asked again");
}

#[tokio::test]
async fn a_session_that_ends_before_its_clocks_without_a_reason_is_not_given_one() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    app.handle.request(AppRequest::Activity);
    companion.refuses(EVENTS, 401, serde_json::json!({"error": "invalid_token", "error_description": "", "code": "VST-2012"}));
    companion.clocks_are(CLOCKS);
    companion.facts.refresh_token.lock().expect("unpoisoned").clear();
    let reason = app.shows_patiently(|screen| match screen {
        Screen::Ended { reason, .. } => Some(*reason),
        _ => None,
    });
    assert_eq!(reason.await, None, "neither idle nor at its longest duration");
}
