//! What may never be in a log, at the most talkative level.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tracing::Level;
use vestibule_model::view::{AppRequest, Screen};

use crate::app::Workstation;
use crate::card_removal::{self, LOCKING, grace_is_over, pulled};
use crate::cli::{login_that_nobody_ends, run};
use crate::companion::{Companion, answers_code};
use crate::doubles::{raw, visit};
use crate::paper::Paper;

#[tokio::test]
async fn attack_29_a_day_at_trace_holds_no_secret_and_no_name() {
    // For the whole process: the tests that run beside this one must not say anything secret either.
    let paper = Paper::of_every_thread();

    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    let (state, redirect, verifier) = (companion.pushed("state"), companion.pushed("redirect_uri"), {
        let tokens = companion.requests("POST", "/oauth/token");
        tokens[0].form("code_verifier").expect("a verifier")
    });
    drop(app);
    let mut app = workstation.start(&companion);
    app.is_signed_in().await;
    companion.is_down(true);
    app.handle.request(AppRequest::ChooseSituation { situation_id: "s1".to_owned() });
    app.has_problem().await;
    companion.is_down(false);
    app.handle.request(AppRequest::Dismiss);
    app.is_signed_in().await;
    app.handle.request(AppRequest::ShowOwnSessions);
    let listed = |screen: &Screen| matches!(screen, Screen::OwnSessions(own) if own.sessions.is_some()).then_some(());
    app.shows(listed).await;
    app.handle.request(AppRequest::EndOwnSession { id: "AB2C-D3EF".to_owned() });
    app.shows(|screen| matches!(screen, Screen::OwnSessions(own) if own.ended == Some(1)).then_some(())).await;
    app.handle.request(AppRequest::SignOut);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    let port = workstation.browser.address(1).await.port().expect("a port");
    raw(port, "GET /?code=canary-stray HTTP/1.1\r\nHost: x\r\n\r\n").await;
    visit(&companion.return_address("canary-wrong-code")).await;
    assert_eq!(app.has_problem().await, "VST-2005");
    app.handle.quit().await;

    // By polling with letters, and by the scheme.
    companion.shows_letters("BCDFGHJK");
    let polling = Workstation::with_policy("exchange = \"polling\"\nenrolment_token = \"vst-poste-marque\"\n");
    let mut app = polling.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    companion.number_is_picked();
    for typed in ["zzzz zzzz", "bcdf ghjk"] {
        let due = |screen: &Screen| matches!(screen, Screen::EnteringCode(code) if !code.checking).then_some(());
        app.shows_patiently(due).await;
        app.handle.request(AppRequest::ConfirmCode { code: typed.to_owned() });
        app.shows(|screen| matches!(screen, Screen::EnteringCode(code) if code.checking || code.tries_left == 4).then_some(())).await;
    }
    app.shows_patiently(|screen| matches!(screen, Screen::SignedIn { .. }).then_some(())).await;
    let handle = companion.requests("POST", "/oauth/token").iter().filter_map(|request| request.form("device_code")).count();
    assert!(handle > 0);
    app.handle.quit().await;

    let by_scheme = Workstation::with_policy("exchange = \"scheme\"\n");
    by_scheme.handlers.registered.store(true, Ordering::SeqCst);
    let mut app = by_scheme.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    let back = companion.return_address(answers_code());
    let returned = back.path().rsplit('/').next().expect("a path").to_owned();
    app.handle.returned(format!("{back}&verb=canary-verb"));
    app.handle.returned(back.to_string());
    app.shows_patiently(|screen| matches!(screen, Screen::EnteringCode(_)).then_some(())).await;
    app.handle.request(AppRequest::ConfirmCode { code: "bcdf ghjk".to_owned() });
    app.is_signed_in().await;
    app.handle.quit().await;

    let log = paper.text();
    assert!(log.contains("Signed in") && log.contains("7F3K-9QX"), "the log tells the story: {log}");
    let random = redirect.rsplit('/').next().expect("a path").to_owned();
    for secret in
        ["canary", "899700000001", "FICTIF", "Camille", answers_code(), &state, &verifier, &random, &returned, "marque", "Poste d’accueil"]
    {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
    for letters in ["bcdf", "zzzz"] {
        assert!(!log.to_ascii_lowercase().contains(letters), "{letters} in {log}");
    }
    for told in ["An address of the app's scheme was ignored", "reason=\"with a parameter that no answer has\"", "exchange=\"polling\""] {
        assert!(log.contains(told), "{told} in {log}");
    }
}

#[tokio::test]
async fn what_becomes_of_a_session_is_told_with_its_thread() {
    let (paper, _until_its_end) = Paper::of_this_thread(Level::INFO);
    let (companion, _workstation, mut app) = card_removal::signed_in(LOCKING).await;
    let thread = format!("sign_in.id={} ", app.is_signed_in().await.sign_in_id);
    app.handle.request(AppRequest::ShowOwnSessions);
    app.shows(|screen| matches!(screen, Screen::OwnSessions(own) if own.sessions.is_some()).then_some(())).await;
    app.handle.request(AppRequest::EndOtherSessions);
    paper.tells("Her sessions elsewhere were ended from here").await;
    companion.is_down(true);
    app.handle.request(AppRequest::SignOut);
    paper.tells("Signed out here").await;
    app.rests().await;
    companion.is_down(false);

    let (companion, workstation, mut app) = card_removal::signed_in(LOCKING).await;
    pulled(&workstation, &mut app).await;
    grace_is_over(&workstation).await;
    paper.tells("The companion gives nothing of the session").await;
    app.handle.quit().await;
    drop(companion);

    let log = paper.text();
    for told in [
        "Her sessions elsewhere were ended from here",
        "Signed out here; the companion will be told",
        "Signed out",
        "Her card left its reader",
        "The session is locked",
        "The companion gives nothing of the session any more",
        "The service session is closed",
    ] {
        let lines: Vec<_> = log.lines().filter(|line| line.contains(told)).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| format!("{line} ").contains(&thread)), "{told}, {thread}: {lines:?} in {log}");
    }
}

#[tokio::test]
async fn each_end_that_the_support_page_quotes_is_in_the_log() {
    // Of this thread alone, where all of this test runs.
    let (paper, _until_its_end) = Paper::of_this_thread(Level::INFO);
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    login_that_nobody_ends(&workstation, &companion, &["login", "--timeout", "5"], Duration::from_secs(5)).await;
    for (turn, code) in [(1, None), (2, Some("VST-2004"))] {
        let walk = async {
            visit(&workstation.browser.address(turn).await).await;
            visit(&companion.refusal_address("access_denied", code)).await;
        };
        tokio::join!(run(&workstation, &companion, &["login"]), walk);
    }
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    app.handle.request(AppRequest::Cancel);
    paper.tells("The sign-in was cancelled").await;
    app.handle.quit().await;

    let (log, page) = (paper.text(), include_str!("../../../docs/fr/support.md"));
    for (quoted, with) in [
        ("The sign-in failed", "error.code=VST-2004"),
        ("was declined", ""),
        ("was withdrawn", "reason=\"timed out\""),
        ("was withdrawn", "reason=\"cancelled\""),
        ("was cancelled", ""),
        ("came to nothing in its time", ""),
    ] {
        assert!(page.contains(&format!("«\u{a0}{quoted}\u{a0}»")) || page.contains(&format!("« {quoted} »")), "{quoted}");
        let is_told = |line: &str| line.contains(quoted) && line.contains(with) && line.contains("sign_in.id=7F3K-9QXM");
        assert!(log.lines().any(is_told), "{quoted} {with} in {log}");
    }
}
