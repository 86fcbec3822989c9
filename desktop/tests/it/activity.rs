//! What counts as her activity: our window, and what the policy and the companion let count besides it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use vestibule_model::view::{AppRequest, Screen};

use crate::app::{App, Workstation};
use crate::cli::{login, run};
use crate::companion::{CLOCKS, Companion};
use crate::doubles::{START_MS, a_moment};

const ACTIVITY: &str = "/api/v1/session/activity";

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn signed_in(policy: &str, shared: bool) -> (Companion, Workstation, App) {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy(policy));
    companion.facts.shared.store(shared, Ordering::SeqCst);
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    (companion, workstation, app)
}

/// She types elsewhere after twenty seconds, and the minute goes by.
async fn types_elsewhere(workstation: &Workstation) {
    workstation.clock.advance(at(20));
    workstation.keyboard.is_used();
    workstation.clock.advance(at(40));
}

#[tokio::test]
async fn exi_11_what_she_types_in_her_practice_software_keeps_the_session() {
    let (companion, workstation, _app) = signed_in("", false).await;
    workstation.clock.is_awaited_at(at(60)).await;
    types_elsewhere(&workstation).await;
    let report = companion.has_seen("POST", ACTIVITY, 1).await.remove(0);
    assert_eq!(report.json()["idle_ms"], 40_000);

    workstation.clock.is_awaited_at(at(120)).await;
    workstation.clock.advance(at(60));
    a_moment().await;
    assert_eq!(companion.requests("POST", ACTIVITY).len(), 1, "one input is told once");
}

#[tokio::test]
async fn exi_32_on_a_shared_workstation_whoever_types_elsewhere_keeps_nobodys_session() {
    for policy in ["", "activity_source = \"workstation\"\n", "activity_source = \"caller\"\n"] {
        let (companion, workstation, app) = signed_in(policy, true).await;
        types_elsewhere(&workstation).await;
        app.handle.activity(Duration::ZERO);
        a_moment().await;
        assert!(companion.requests("POST", ACTIVITY).is_empty(), "{policy}");
    }
}

#[tokio::test]
async fn the_policy_says_what_counts_besides_the_window() {
    for (policy, typed, called) in [("window", 0, 0), ("workstation", 1, 1), ("caller", 0, 1)] {
        let (companion, workstation, app) = signed_in(&format!("activity_source = \"{policy}\"\n"), false).await;
        if policy == "workstation" {
            workstation.clock.is_awaited_at(at(60)).await;
        }
        types_elsewhere(&workstation).await;
        a_moment().await;
        assert_eq!(companion.requests("POST", ACTIVITY).len(), typed, "{policy}");
        app.handle.activity(at(7));
        a_moment().await;
        assert_eq!(companion.requests("POST", ACTIVITY).len(), called, "{policy}");
        workstation.clock.advance(at(61));
        app.handle.request(AppRequest::Activity);
        companion.has_seen("POST", ACTIVITY, called + 1).await;
    }
}

#[tokio::test]
async fn what_another_software_says_is_told_with_its_age_and_opens_nothing() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy("activity_source = \"caller\"\n"));
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.activity(Duration::ZERO);
    a_moment().await;
    assert_eq!((app.rests().await, companion.requests("POST", ACTIVITY).len()), (None, 0));
    app.signs_in(&companion).await;
    workstation.clock.advance(at(90));
    app.handle.activity(at(7));
    assert_eq!(companion.has_seen("POST", ACTIVITY, 1).await[0].json()["idle_ms"], 7_000);
}

#[tokio::test]
async fn she_is_not_warned_while_she_works_elsewhere() {
    let (companion, workstation, app) = signed_in("", false).await;
    workstation.clock.is_awaited_at(at(840)).await;
    workstation.clock.advance(at(835));
    companion.clocks_are(CLOCKS);
    workstation.keyboard.is_used();
    workstation.clock.advance(at(5));
    companion.has_seen("POST", ACTIVITY, 1).await;
    a_moment().await;
    assert!(!*app.handle.attention_wanted().borrow() && workstation.notices.all().is_empty());
}

#[tokio::test]
async fn to_go_on_working_elsewhere_answers_the_warning() {
    let (companion, workstation, mut app) = signed_in("", false).await;
    let mut attention = app.handle.attention_wanted();
    workstation.clock.is_awaited_at(at(840)).await;
    workstation.clock.advance(at(840));
    attention.wait_for(|wanted| *wanted).await.expect("the engine lives");
    workstation.clock.is_awaited_at(at(845)).await;
    workstation.clock.advance(at(3));
    workstation.keyboard.is_used();
    companion.clocks_are(CLOCKS);
    workstation.clock.advance(at(2));
    assert_eq!(companion.has_seen("POST", ACTIVITY, 1).await[0].json()["idle_ms"], 2_000);
    let put_off = START_MS + 845_000 + 900_000;
    app.shows(|screen| matches!(screen, Screen::SignedIn { session } if session.idle_ends_at_ms >= put_off - 10_000).then_some(())).await;
    attention.wait_for(|wanted| !*wanted).await.expect("the engine lives");
}

#[tokio::test]
async fn a_practice_software_speaks_for_her_by_the_command_line_where_it_may() {
    let (companion, mut workstation) = (Companion::start().await, Workstation::new());
    login(&workstation, &companion, &["login"]).await;
    let done = run(&workstation, &companion, &["activity"]).await;
    assert!(done.exit == 2 && done.err.starts_with("VST-1029") && done.err.contains("activity_source"), "{}", done.err);

    workstation.policy = "activity_source = \"caller\"\n".to_owned();
    let done = run(&workstation, &companion, &["activity", "--ago", "12", "--json"]).await;
    assert_eq!((done.exit, done.json()["session"]["idle_in_s"].as_u64()), (0, Some(900)), "{}", done.err);
    assert_eq!(companion.requests("POST", ACTIVITY)[0].json()["idle_ms"], 12_000);
    let done = run(&workstation, &companion, &["activity", "--ago", "hier"]).await;
    assert!(done.exit == 2 && done.err.contains("de 0 à 3600"), "{}", done.err);

    companion.facts.shared.store(true, Ordering::SeqCst);
    let done = run(&workstation, &companion, &["activity"]).await;
    assert!(done.exit == 2 && done.err.contains("partagé"), "{}", done.err);
    assert_eq!(companion.requests("POST", ACTIVITY).len(), 1, "nobody is spoken for");

    run(&workstation, &companion, &["logout"]).await;
    assert_eq!(run(&workstation, &companion, &["activity"]).await.exit, 1, "nobody is signed in");
}
