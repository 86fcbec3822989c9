//! Signing in, and every way in which it does not come to be.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use vestibule_desktop::keyring::KeyringError;
use vestibule_model::view::{AppRequest, Screen, SignInNotice, WaitingStage};

use crate::app::{App, Workstation};
use crate::companion::{Companion, answers_code};
use crate::doubles::{MemoryKeyring, visit};

/// Waiting for the browser, which was asked for.
async fn waiting(companion: &Companion, workstation: &Workstation) -> App {
    let mut app = workstation.start(companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    workstation.browser.address(0).await;
    app
}

#[tokio::test]
async fn a_clinician_signs_in_through_her_browser() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    let raised = app.handle.raise_requested();
    assert_eq!(app.rests().await, None);
    app.handle.request(AppRequest::SignIn);

    let waiting = app.waits().await;
    assert_eq!((waiting.sign_in_id.as_str(), waiting.match_number), ("7F3K-9QXM", None));
    let launch = workstation.browser.address(0).await;
    assert!(launch.as_str().starts_with("http://127.0.0.1:") && launch.query().is_none(), "row 7: only a loopback address in arguments");
    let sent = visit(&launch).await;
    assert_eq!(sent.status, 303);
    let authorize = sent.location();
    assert_eq!(authorize.origin(), companion.origin.origin());
    assert_eq!(authorize.path(), "/oauth/authorize");
    let query: Vec<_> = authorize.query_pairs().into_owned().collect();
    assert_eq!(query[0], ("client_id".to_owned(), "vestibule-desktop".to_owned()));
    assert_eq!(query[1], ("request_uri".to_owned(), "urn:ietf:params:oauth:request_uri:canary-request".to_owned()));
    companion.sign_in_is(json!({"state": "opened"}));
    app.shows(|screen| matches!(screen, Screen::WaitingForBrowser(waiting) if waiting.stage == WaitingStage::BrowserOpen).then_some(()))
        .await;

    let back = visit(&companion.return_address(answers_code())).await;
    assert_eq!((back.status, back.location().path()), (303, "/sign-in/return"));
    assert_eq!(back.location().query(), Some("id=7F3K-9QXM&ui_locales=fr"));

    let session = app.is_signed_in().await;
    assert_eq!((session.title.as_deref(), session.family_name.as_str()), (Some("Dr"), "FICTIF-EXEMPLE"));
    assert_eq!(session.capacity, "Médecin, médecine générale");
    assert_eq!(session.situation.and_then(|situation| situation.place).as_deref(), Some("Cabinet de démonstration, 75000 PARIS"));
    assert_eq!(session.idle_ends_at_ms, crate::doubles::START_MS + 900_000);
    assert_eq!(*raised.borrow(), 1, "the window comes to the front");
    let service = app.view.borrow().service.clone();
    assert_eq!((service.name.as_str(), service.companion_version.as_deref()), ("Dossier de démonstration", Some("9.9.9")));
    assert!(service.resumable);
    assert_eq!(companion.pushed("device_label"), "Salle 3");
}

#[tokio::test]
async fn nothing_secret_reaches_the_screen_or_a_file() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    let view = format!("{:?}{}", app.view.borrow(), serde_json::to_string(&*app.view.borrow()).expect("JSON"));
    for secret in ["canary", "899700000001"] {
        assert!(!view.contains(secret), "{secret} on the screen");
        assert!(!workstation.files().contains(secret), "{secret} in a file");
    }
    assert!(workstation.keyring.contents().contains("canary-refresh"));
    assert!(!workstation.keyring.contents().contains("canary-access"));
}

#[tokio::test]
async fn the_report_of_the_companion_moves_the_screen() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = waiting(&companion, &workstation).await;
    for (state, stage) in [
        ("opened", WaitingStage::BrowserOpen),
        ("at_provider", WaitingStage::AtProvider),
        ("exchanging", WaitingStage::Checking),
        ("authenticated", WaitingStage::Confirming),
        ("confirmed", WaitingStage::Checking),
    ] {
        companion.sign_in_is(json!({"state": state}));
        let number = app
            .shows(|screen| match screen {
                Screen::WaitingForBrowser(waiting) if waiting.stage == stage => Some(waiting.match_number.clone()),
                _ => None,
            })
            .await;
        assert_eq!(number.is_some(), stage == WaitingStage::Confirming, "the number is shown only beside the page that shows it");
    }
}

#[tokio::test]
async fn two_requests_make_one_attempt() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    app.handle.request(AppRequest::SignIn);
    workstation.browser.address(0).await;
    assert_eq!(visit(&companion.return_address(answers_code())).await.status, 303);
    app.is_signed_in().await;
    assert_eq!((companion.facts.pushed.load(Ordering::SeqCst), workstation.browser.count()), (1, 1));
}

#[tokio::test]
async fn she_cancels_here() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = waiting(&companion, &workstation).await;
    app.handle.request(AppRequest::Cancel);
    assert_eq!(app.rests().await, Some(SignInNotice::Cancelled));
    companion.has_seen("DELETE", "/api/v1/sign-ins/7F3K-9QXM", 1).await;
    app.signs_in(&companion).await;
}

#[tokio::test]
async fn she_declines_at_pro_sante_connect() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = waiting(&companion, &workstation).await;
    let back = visit(&companion.refusal_address("access_denied", None)).await;
    assert_eq!((back.status, back.location().path()), (303, "/sign-in/return"));
    assert_eq!(app.rests().await, Some(SignInNotice::Declined));
    app.signs_in(&companion).await;
}

#[tokio::test]
async fn an_end_that_only_the_companion_knows_reaches_the_app_and_the_browser_still_lands() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = waiting(&companion, &workstation).await;
    companion.sign_in_is(json!({"state": "failed", "code": "VST-4002"}));
    assert_eq!(app.has_problem().await, "VST-4002");
    assert_eq!(visit(&companion.refusal_address("temporarily_unavailable", Some("VST-4002"))).await.status, 303);
    app.handle.request(AppRequest::Dismiss);
    app.signs_in(&companion).await;
}

#[tokio::test]
async fn every_end_that_the_browser_brings_has_its_screen() {
    for (error, code, shown) in [
        ("temporarily_unavailable", Some("VST-4002"), "VST-4002"),
        ("server_error", Some("VST-4001"), "VST-4001"),
        ("access_denied", Some("VST-4011"), "VST-4011"),
        ("server_error", None, "VST-2043"),
        ("server_error", Some("VST-9999"), "VST-2043"),
    ] {
        let (companion, workstation) = (Companion::start().await, Workstation::new());
        let mut app = waiting(&companion, &workstation).await;
        assert_eq!(visit(&companion.refusal_address(error, code)).await.status, 303);
        assert_eq!(app.has_problem().await, shown);
    }
}

#[tokio::test]
async fn a_browser_that_was_closed_runs_out_quietly() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = waiting(&companion, &workstation).await;
    visit(&workstation.browser.address(0).await).await;
    let notice = app
        .shows_in_time(Duration::from_secs(700), |screen| match screen {
            Screen::SignIn { notice } => Some(*notice),
            _ => None,
        })
        .await;
    assert_eq!(notice, Some(SignInNotice::TimedOut));
    app.signs_in(&companion).await;
}

/// The companion says that the browser is at Pro Santé Connect, and the app shows it.
async fn is_at_provider(companion: &Companion, app: &mut App) {
    companion.sign_in_is(json!({"state": "at_provider"}));
    let arrived = |screen: &Screen| matches!(screen, Screen::WaitingForBrowser(waiting) if waiting.stage == WaitingStage::AtProvider);
    app.shows(|screen| arrived(screen).then_some(())).await;
}

#[tokio::test]
async fn an_attempt_that_pro_sante_connect_let_run_out_is_told_as_its_trouble() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = waiting(&companion, &workstation).await;
    *companion.facts.psc.lock().expect("unpoisoned") = json!({"code": "VST-4001"});
    is_at_provider(&companion, &mut app).await;
    companion.sign_in_is(json!({"state": "expired"}));
    assert_eq!(app.has_problem().await, "VST-4001");
    // Whoever is past it was answered.
    companion.sign_in_is(json!({"state": "created"}));
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    companion.sign_in_is(json!({"state": "authenticated"}));
    app.shows(|screen| matches!(screen, Screen::WaitingForBrowser(waiting) if waiting.stage == WaitingStage::Confirming).then_some(()))
        .await;
    companion.sign_in_is(json!({"state": "expired"}));
    assert_eq!(app.rests().await, Some(SignInNotice::TimedOut));
}

#[tokio::test]
async fn an_attempt_that_the_companion_let_run_out_is_no_error() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = waiting(&companion, &workstation).await;
    is_at_provider(&companion, &mut app).await;
    companion.sign_in_is(json!({"state": "expired"}));
    assert_eq!(app.rests().await, Some(SignInNotice::TimedOut));
}

#[tokio::test]
async fn the_help_unfolds_when_no_browser_comes() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = waiting(&companion, &workstation).await;
    let missing = |screen: &Screen| matches!(screen, Screen::WaitingForBrowser(waiting) if waiting.browser_missing).then_some(());
    app.shows_in_time(Duration::from_secs(12), missing).await;
    companion.sign_in_is(json!({"state": "opened"}));
    app.shows(|screen| matches!(screen, Screen::WaitingForBrowser(waiting) if !waiting.browser_missing).then_some(())).await;
}

#[tokio::test]
async fn reopening_the_browser_is_a_new_attempt_once_the_page_was_opened() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = waiting(&companion, &workstation).await;
    is_at_provider(&companion, &mut app).await;
    let first = workstation.browser.address(0).await;
    app.handle.request(AppRequest::ReopenBrowser);
    let second = workstation.browser.address(1).await;
    assert_ne!(first, second);
    companion.has_seen("DELETE", "/api/v1/sign-ins/7F3K-9QXM", 1).await;
    assert_eq!(visit(&second).await.status, 303);
    assert_eq!(visit(&companion.return_address(answers_code())).await.status, 303);
    app.is_signed_in().await;
}

#[tokio::test]
async fn without_a_browser_the_address_is_there_to_be_opened_by_hand() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    workstation.browser.missing.store(true, Ordering::SeqCst);
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    let link = app
        .shows(|screen| match screen {
            Screen::WaitingForBrowser(waiting) if waiting.browser_missing => waiting.link.clone(),
            _ => None,
        })
        .await;
    assert!(link.starts_with("http://127.0.0.1:") && link.ends_with("/go"), "{link}");
    let address = url::Url::parse(&link).expect("an address");
    assert_eq!(visit(&address).await.status, 303, "it leads to the companion");
    assert_eq!(visit(&companion.return_address(answers_code())).await.status, 303);
    app.is_signed_in().await;
    assert_eq!(companion.requests("DELETE", "/api/v1/sign-ins/7F3K-9QXM").len(), 0, "nothing was withdrawn");
}

#[tokio::test]
async fn a_companion_out_of_reach_is_a_problem_at_the_start_and_none_in_the_middle() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.is_down(true);
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    assert_eq!(app.has_problem().await, "VST-2041");

    companion.is_down(false);
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    workstation.browser.address(0).await;
    companion.is_down(true);
    companion.sign_in_is(json!({"state": "at_provider"}));
    companion.is_down(false);
    // The parked request was cut; the attempt stands, and the next one tells.
    app.shows_in_time(Duration::from_secs(60), |screen| {
        matches!(screen, Screen::WaitingForBrowser(waiting) if waiting.stage == WaitingStage::AtProvider).then_some(())
    })
    .await;
    assert_eq!(visit(&companion.return_address(answers_code())).await.status, 303);
    app.is_signed_in().await;
}

#[tokio::test]
async fn a_short_absence_of_the_companion_does_not_lose_the_code() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = waiting(&companion, &workstation).await;
    companion.is_down(true);
    assert_eq!(visit(&companion.return_address(answers_code())).await.status, 303);
    app.shows(|screen| matches!(screen, Screen::WaitingForBrowser(waiting) if waiting.stage == WaitingStage::Checking).then_some(())).await;
    companion.is_down(false);
    app.shows_in_time(Duration::from_secs(10), |screen| matches!(screen, Screen::SignedIn { .. }).then_some(())).await;
}

#[tokio::test]
async fn attack_40_a_companion_that_is_someone_else_gets_nothing() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.pretends_to_be("https://other.example");
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    assert_eq!(app.has_problem().await, "VST-2042");
    assert!(companion.requests("POST", "/oauth/par").is_empty());
}

#[tokio::test]
async fn another_identity_than_last_time_is_flagged() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.facts.identity_changed.store(true, Ordering::SeqCst);
    let mut app = workstation.start(&companion);
    assert!(app.signs_in(&companion).await.identity_changed);
}

#[tokio::test]
async fn too_many_starts_are_said() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.refuses("/oauth/par", 429, json!({"error": "slow_down", "error_description": "trop", "code": "VST-2007"}));
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    assert_eq!(app.has_problem().await, "VST-2007");
}

#[tokio::test]
async fn without_a_keyring_she_signs_in_and_the_app_says_that_it_will_not_remember() {
    for error in [KeyringError::Unavailable, KeyringError::Locked, KeyringError::Failed, KeyringError::Unfit] {
        let (companion, workstation) = (Companion::start().await, Workstation::with_keyring(MemoryKeyring::out_of_reach(error)));
        let mut app = workstation.start(&companion);
        app.signs_in(&companion).await;
        assert!(!app.view.borrow().service.resumable);
        assert!(workstation.keyring.is_empty());
        assert!(!workstation.files().contains("canary"));
    }
}

#[tokio::test]
async fn a_wrong_workstation_clock_is_corrected_by_the_companion() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    workstation.clock.advance(Duration::from_secs(7 * 3600));
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    let pushed = companion.requests("POST", "/oauth/par");
    assert_eq!(pushed[0].proof()["iat"], crate::doubles::START_MS / 1000);
}
