//! Leaving: sign-out of both sessions, change of person, quitting.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use url::Url;
use vestibule_desktop::clock::Clock as _;
use vestibule_model::view::{AppRequest, Screen, SignInNotice};

use crate::app::{App, Workstation};
use crate::companion::Companion;
use crate::doubles::visit;

const SIGN_OUT: &str = "/api/v1/session/sign-out";

async fn signed_in() -> (Companion, Workstation, App) {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    (companion, workstation, app)
}

/// Signs out where Pro Santé Connect's session is ended by this page of the companion's.
fn is_left_to_the_browser(companion: &Companion, app: &App) -> Url {
    let page = companion.origin.join("/sign-out?ticket=one-time").expect("an address");
    *companion.facts.sign_out.lock().expect("unpoisoned") = json!({"psc_session": "browser_needed", "browser_url": page});
    app.handle.request(AppRequest::SignOut);
    page
}

/// As the window sends its browser there.
fn in_french(page: &url::Url) -> url::Url {
    let mut page = page.clone();
    page.query_pairs_mut().append_pair("ui_locales", "fr");
    page
}

#[tokio::test]
async fn exi_20_a_sign_out_ends_both_sessions_and_forgets() {
    let (companion, workstation, mut app) = signed_in().await;
    app.handle.request(AppRequest::SignOut);
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutEverywhere));
    assert_eq!(companion.requests("POST", SIGN_OUT).len(), 1);
    assert_eq!(workstation.keyring.refresh_token(), None);
    assert_eq!(workstation.browser.count(), 1, "no page opens");
    app.handle.request(AppRequest::Dismiss);
    assert_eq!(app.shows(|screen| matches!(screen, vestibule_model::view::Screen::SignIn { notice: None }).then_some(())).await, ());
}

#[tokio::test]
async fn whoever_says_this_is_not_me_signs_out_of_both_and_the_companion_is_told_why() {
    let (companion, workstation, mut app) = signed_in().await;
    app.handle.request(AppRequest::NotMe);
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutEverywhere));
    let asked = companion.requests("POST", SIGN_OUT);
    assert_eq!((asked.len(), asked[0].form("reason").as_deref()), (1, Some("not_me")));
    assert!(asked[0].header("authorization").is_some() && workstation.keyring.refresh_token().is_none());
    app.signs_in(&companion).await;
    app.handle.request(AppRequest::SignOut);
    app.rests().await;
    assert_eq!(companion.requests("POST", SIGN_OUT)[1].form("reason"), None, "who leaves gives no reason");
}

#[tokio::test]
async fn exi_20_the_browser_finishes_what_the_companion_could_not() {
    let (companion, workstation, mut app) = signed_in().await;
    let page = is_left_to_the_browser(&companion, &app);
    let launch = workstation.browser.address(1).await;
    assert!(
        launch.host_str() == Some("127.0.0.1") && !launch.as_str().contains("one-time"),
        "arguments of a process can be read: {launch}"
    );
    assert_eq!(visit(&launch).await.location(), in_french(&page));
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutBrowserFinishes));
}

#[tokio::test]
async fn exi_20_a_browser_that_never_comes_is_said_plainly() {
    let (companion, workstation, mut app) = signed_in().await;
    is_left_to_the_browser(&companion, &app);
    workstation.browser.address(1).await;
    workstation.clock.advance(Duration::from_secs(20));
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutServiceOnly));
}

#[tokio::test]
async fn a_sign_out_page_elsewhere_is_never_opened() {
    let (companion, workstation, mut app) = signed_in().await;
    let page = "https://evil.example/sign-out?ticket=x";
    *companion.facts.sign_out.lock().expect("unpoisoned") = json!({"psc_session": "browser_needed", "browser_url": page});
    app.handle.request(AppRequest::SignOut);
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutServiceOnly));
    assert_eq!(workstation.browser.count(), 1);
}

#[tokio::test]
async fn a_sign_out_while_the_companion_is_away_is_kept_said_and_sent_when_it_is_back() {
    let (companion, workstation, mut app) = signed_in().await;
    companion.is_down(true);
    app.handle.request(AppRequest::SignOut);
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutLater));
    assert_eq!(workstation.keyring.refresh_token(), None, "no restart goes on with it");
    assert!(workstation.keyring.contents().contains("owed_sign_outs"));
    assert!(!workstation.files().contains("canary"));
    companion.is_down(false);
    let told = app.shows_in_time(Duration::from_secs(60), |screen| match screen {
        Screen::SignIn { notice: notice @ Some(SignInNotice::EarlierSignOutDone) } => *notice,
        _ => None,
    });
    assert_eq!(told.await, SignInNotice::EarlierSignOutDone);
    assert_eq!(companion.requests("POST", SIGN_OUT).len(), 1);
    assert!(!workstation.keyring.contents().contains("owed_sign_outs"), "nothing is owed any more");
}

#[tokio::test]
async fn a_sign_out_that_meets_the_limit_of_rotations_is_done_all_the_same() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    // So short that every call rotates.
    companion.facts.access_expires_in.store(1, Ordering::SeqCst);
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    companion.refuses("/oauth/token", 429, json!({"error": "temporarily_unavailable", "error_description": "", "code": "VST-2007"}));
    app.handle.request(AppRequest::SignOut);
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutEverywhere));
    assert_eq!(companion.requests("POST", SIGN_OUT).len(), 1);
    assert!(!workstation.keyring.contents().contains("owed_sign_outs"), "nothing is owed");
}

#[tokio::test]
async fn a_sign_out_that_is_owed_outlives_the_app() {
    let (companion, workstation, mut app) = signed_in().await;
    companion.is_down(true);
    app.handle.request(AppRequest::SignOut);
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutLater));
    app.handle.quit().await;

    // Started again while the companion is still away, the app does not pretend that all is well.
    let mut again = workstation.start(&companion);
    let says = |wanted: SignInNotice| {
        move |screen: &Screen| matches!(screen, Screen::SignIn { notice: Some(notice) } if *notice == wanted).then_some(())
    };
    again.shows_in_time(Duration::from_secs(60), says(SignInNotice::SignedOutLater)).await;
    companion.is_down(false);
    again.shows_in_time(Duration::from_secs(120), says(SignInNotice::EarlierSignOutDone)).await;
    assert_eq!(companion.requests("POST", SIGN_OUT).len(), 1);
}

#[tokio::test]
async fn a_sign_out_that_came_too_late_is_not_told_as_done() {
    let (companion, _workstation, mut app) = signed_in().await;
    companion.is_down(true);
    app.handle.request(AppRequest::SignOut);
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutLater));
    // Meanwhile it ended there for lack of activity.
    companion.refuses(SIGN_OUT, 401, json!({"error": "invalid_token", "error_description": "", "code": "VST-2012", "ended": "idle"}));
    companion.is_down(false);
    let lost = |screen: &Screen| matches!(screen, Screen::SignIn { notice: Some(SignInNotice::EarlierSignOutLost) }).then_some(());
    app.shows_in_time(Duration::from_secs(60), lost).await;
}

#[tokio::test]
async fn a_sign_out_whose_answer_was_lost_is_asked_again_without_a_rotation_and_told_as_what_it_was() {
    let (companion, workstation, mut app) = signed_in().await;
    let token = workstation.keyring.refresh_token();
    let rotations = companion.requests("POST", "/oauth/token").len();
    let page = companion.origin.join("/sign-out?ticket=one-time").expect("an address");
    *companion.facts.sign_out.lock().expect("unpoisoned") = json!({"psc_session": "browser_needed", "browser_url": page});
    companion.loses_the_next_answer(SIGN_OUT);
    app.handle.request(AppRequest::SignOut);
    assert_eq!(visit(&workstation.browser.address(1).await).await.location(), in_french(&page), "the page of the lost answer is reached");
    let finishes =
        |screen: &Screen| matches!(screen, Screen::SignIn { notice: Some(SignInNotice::SignedOutBrowserFinishes) }).then_some(());
    app.shows_in_time(Duration::from_secs(60), finishes).await;
    let asked = companion.requests("POST", SIGN_OUT);
    assert_eq!((asked.len(), asked[1].form("refresh_token")), (2, token));
    assert_eq!(companion.requests("POST", "/oauth/token").len(), rotations, "a rotation would be one more answer to lose");
}

#[tokio::test]
async fn a_sign_out_that_is_owed_reaches_a_companion_of_an_earlier_version() {
    let (companion, workstation, mut app) = signed_in().await;
    companion.facts.of_before.store(true, Ordering::SeqCst);
    companion.is_down(true);
    app.handle.request(AppRequest::SignOut);
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutLater));
    companion.is_down(false);
    let told = |screen: &Screen| matches!(screen, Screen::SignIn { notice: Some(SignInNotice::EarlierSignOutDone) }).then_some(());
    app.shows_in_time(Duration::from_secs(60), told).await;
    let asked = companion.requests("POST", SIGN_OUT);
    let with_access: Vec<bool> = asked.iter().map(|request| request.header("authorization").is_some()).collect();
    assert_eq!(with_access, [false, true]);
    assert!(!workstation.keyring.contents().contains("owed_sign_outs"), "nor the token that took its place");
}

#[tokio::test]
async fn a_sign_out_that_was_done_when_it_was_first_asked_is_never_told_as_too_late() {
    let (companion, workstation, mut app) = signed_in().await;
    companion.is_down(true);
    app.handle.request(AppRequest::SignOut);
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutLater));
    let done = json!({"error": "invalid_token", "error_description": "", "code": "VST-2012", "ended": "signed_out"});
    companion.refuses(SIGN_OUT, 401, done);
    companion.is_down(false);
    let told = |screen: &Screen| matches!(screen, Screen::SignIn { notice: Some(SignInNotice::SignedOutServiceOnly) }).then_some(());
    app.shows_in_time(Duration::from_secs(60), told).await;
    assert!(!workstation.keyring.contents().contains("owed_sign_outs"));
}

#[tokio::test]
async fn what_another_run_sent_meanwhile_is_not_presented_again() {
    let (companion, workstation, mut app) = signed_in().await;
    companion.is_down(true);
    app.handle.request(AppRequest::SignOut);
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutLater));
    // What is on its way already would reach the companion: the first try has failed, and the next one has its moment.
    workstation.clock.is_awaited_at(workstation.clock.elapsed() + Duration::from_secs(5)).await;
    // The command line sent it and told it: the keyring is the one truth.
    workstation.keyring.forget_owed_sign_outs();
    companion.is_down(false);
    app.shows_in_time(Duration::from_secs(60), |screen| matches!(screen, Screen::SignIn { notice: None }).then_some(())).await;
    assert!(companion.requests("POST", SIGN_OUT).is_empty());
}

#[tokio::test]
async fn the_next_person_signs_in_at_once() {
    let (companion, _workstation, mut app) = signed_in().await;
    app.handle.request(AppRequest::ChangeUser);
    app.waits().await;
    assert_eq!(companion.requests("POST", SIGN_OUT).len(), 1);
    assert_eq!(companion.facts.pushed.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn the_next_person_waits_while_the_last_one_is_still_open_at_pro_sante_connect() {
    let (companion, workstation, mut app) = signed_in().await;
    let page = companion.origin.join("/sign-out?ticket=one-time").expect("an address");
    *companion.facts.sign_out.lock().expect("unpoisoned") = json!({"psc_session": "browser_needed", "browser_url": page});
    app.handle.request(AppRequest::ChangeUser);
    assert_eq!(visit(&workstation.browser.address(1).await).await.status, 303);
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutBrowserFinishes));
    assert_eq!(companion.facts.pushed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn reco_06_quitting_ends_the_service_session_only() {
    let (companion, workstation, app) = signed_in().await;
    app.handle.quit().await;
    assert_eq!(companion.requests("POST", "/oauth/revoke").len(), 1);
    assert!(companion.requests("POST", SIGN_OUT).is_empty());
    assert_eq!(workstation.keyring.refresh_token(), None);
    // A handle whose engine is gone asks nobody.
    app.handle.request(AppRequest::SignIn);
    app.handle.quit().await;
}

#[tokio::test]
async fn quitting_in_the_middle_of_a_sign_in_withdraws_it() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    app.handle.quit().await;
    assert_eq!(companion.requests("DELETE", "/api/v1/sign-ins/7F3K-9QXM").len(), 1);
}
