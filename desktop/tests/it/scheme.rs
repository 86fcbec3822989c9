//! The return through the app's private-use scheme, as the system brings it: an argument of a second instance.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use url::Url;
use vestibule_model::exchange::Exchange;
use vestibule_model::view::{AppRequest, Screen, SignInNotice, WaitingStage};

use crate::app::{App, Workstation};
use crate::companion::{Companion, answers_code};
use crate::doubles::visit;

const SCHEME: &str = "exchange = \"scheme\"\n";

fn workstation() -> Workstation {
    let workstation = Workstation::with_policy(SCHEME);
    workstation.handlers.registered.store(true, Ordering::SeqCst);
    workstation
}

async fn waiting() -> (Companion, Workstation, App) {
    let (companion, workstation) = (Companion::start().await, workstation());
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    assert_eq!(app.waits().await.exchange, Exchange::Scheme);
    workstation.browser.address(0).await;
    (companion, workstation, app)
}

/// Every request that left the app so far, but for the parked report, which goes on by itself.
fn left(companion: &Companion) -> usize {
    let seen = companion.facts.seen.lock().expect("unpoisoned");
    seen.iter().filter(|request| !request.path.ends_with("/events")).count()
}

/// What a web page may make the system bring, besides the one good address.
fn bent(good: &Url) -> Vec<String> {
    let good = good.as_str();
    let (path, query) = good.split_once('?').expect("parameters");
    let parameters: Vec<&str> = query.split('&').collect();
    let without = |name: &str| parameters.iter().filter(|part| !part.starts_with(name)).copied().collect::<Vec<_>>().join("&");
    let random = path.rsplit('/').next().expect("a path");
    let other = format!("{}A", &random[..random.len() - 1]);
    let other = if other == random { format!("{}B", &random[..random.len() - 1]) } else { other };
    vec![
        good.replace(random, &other),
        good.replace("state=", "state=x"),
        good.replace("iss=", "iss=x"),
        good.replace(":/cb/", ":/cb/../cb/"),
        good.replace(":/cb/", ":/../"),
        good.replace(":/cb/", "://cb/"),
        good.replace(":/cb/", ":///cb/"),
        good.replace(":/cb/", ":/CB/"),
        good.replace(":/cb/", ":/sign-out/"),
        good.replace(":/cb/", ":/cb/%2e%2e/"),
        good.replace("fr.vestibule.app:", "FR.vestibule.app:"),
        good.replace("fr.vestibule.app:", "http:"),
        format!("{path}/?{query}"),
        format!("{path}/../x?{query}"),
        format!("{good}&code=second"),
        format!("{good}&%63ode=second"),
        format!("{good}&state=second"),
        format!("{good}&error=access_denied"),
        format!("{good}&verb=sign-out"),
        format!("{good}#fragment"),
        format!("{good} "),
        format!(" {good}"),
        format!("{good}&pad={}", "x".repeat(3000)),
        format!("{good}\u{0}"),
        format!("{path}?{}", without("state")),
        format!("{path}?{}", without("iss")),
        format!("{path}?{}", without("code")),
        path.to_owned(),
        "fr.vestibule.app:".to_owned(),
        "fr.vestibule.app:/sign-in".to_owned(),
        "fr.vestibule.app:/settings?companion_url=https://evil.example".to_owned(),
        "--help".to_owned(),
        String::new(),
        "x".repeat(1_000_000),
    ]
}

#[tokio::test]
async fn a_clinician_signs_in_and_the_system_brings_the_answer() {
    let (companion, workstation, mut app) = waiting().await;
    let raised = app.handle.raise_requested();
    let launch = workstation.browser.address(0).await;
    assert_eq!(launch.host_str(), Some("127.0.0.1"), "the launch hop stays: no companion address in arguments");
    assert_eq!(visit(&launch).await.location().path(), "/oauth/authorize");
    let redirect = companion.pushed("redirect_uri");
    assert!(redirect.starts_with("fr.vestibule.app:/cb/") && redirect.len() == "fr.vestibule.app:/cb/".len() + 43, "{redirect}");
    app.handle.returned(companion.return_address(answers_code()).to_string());
    app.is_signed_in().await;
    assert!(*raised.borrow() >= 1);
    let redeemed = &companion.requests("POST", "/oauth/token")[0];
    assert_eq!((redeemed.form("code").as_deref(), redeemed.form("redirect_uri")), (Some(answers_code()), Some(redirect)));
}

/// Waiting for the letters of someone new to the workstation, whose code came by the scheme.
async fn letters_due(letters: &'static str) -> (Companion, Workstation, App) {
    let (companion, workstation, mut app) = waiting().await;
    companion.shows_letters(letters);
    companion.sign_in_is(json!({"state": "authenticated", "confirmation": "number"}));
    let shown = app.shows(|screen| match screen {
        Screen::WaitingForBrowser(waiting) if waiting.stage == WaitingStage::Confirming => Some(waiting.clone()),
        _ => None,
    });
    let shown = shown.await;
    assert_eq!((shown.match_number.as_deref(), shown.picks_number), (Some("07"), true), "the page asks for this number among three");
    companion.number_is_picked();
    app.handle.returned(companion.return_address(answers_code()).to_string());
    let code = app.enters_code().await;
    assert_eq!((code.tries_left, code.last_refused), (5, false));
    (companion, workstation, app)
}

#[tokio::test]
async fn attack_41_the_letters_of_the_page_are_typed_here_and_go_with_the_code() {
    let (companion, _workstation, mut app) = letters_due("KDRTWXZB").await;
    app.types("bbbb bbbb");
    assert_eq!(app.code_that(|code| code.last_refused).await.tries_left, 4, "a slip of the hand costs a try");
    app.types("kdrt wxzb");
    app.is_signed_in().await;
    let asked = companion.requests("POST", "/oauth/token");
    let last = asked.last().expect("a token request");
    let sent = ["grant_type", "code", "confirmation_code"].map(|name| last.form(name));
    assert_eq!(sent.each_ref().map(Option::as_deref), [Some("authorization_code"), Some(answers_code()), Some("KDRTWXZB")]);
}

#[tokio::test]
async fn attack_41_what_she_says_in_the_browser_ends_the_wait_for_letters() {
    let (companion, _workstation, mut app) = letters_due("KDRTWXZB").await;
    companion.sign_in_is(json!({"state": "declined"}));
    assert_eq!(app.rests().await, Some(SignInNotice::Declined));

    let (companion, _workstation, mut app) = letters_due("KDRTWXZB").await;
    app.handle.request(AppRequest::Cancel);
    assert_eq!(app.rests().await, Some(SignInNotice::Cancelled));
    companion.has_seen("DELETE", "/api/v1/sign-ins/7F3K-9QXM", 1).await;
}

#[tokio::test]
async fn attack_25_nothing_but_the_pending_answer_does_anything() {
    let (companion, _workstation, mut app) = waiting().await;
    let (raised, before) = (app.handle.raise_requested(), left(&companion));
    let good = companion.return_address(answers_code());
    let bent = bent(&good);
    for address in &bent {
        app.handle.returned(address.clone());
    }
    // The engine hears in order: once it did this, it heard all of them.
    app.handle.request(AppRequest::SetLanguage { language: vestibule_model::language::Language::En });
    let mut view = app.view.clone();
    tokio::time::timeout(Duration::from_secs(20), view.wait_for(|view| view.language == vestibule_model::language::Language::En))
        .await
        .expect("heard")
        .expect("the engine lives");
    assert!(matches!(app.view.borrow().screen, Screen::WaitingForBrowser(_)), "the sign-in still waits");
    assert_eq!((left(&companion), *raised.borrow()), (before, 0), "no request left the app, no window came to the front");
    app.handle.returned(good.to_string());
    app.is_signed_in().await;
    let redeemed = companion.requests("POST", "/oauth/token").len();
    assert_eq!(redeemed, 1);
    // The same address again: nobody waits for it any more.
    let (raised, before) = (*app.handle.raise_requested().borrow(), left(&companion));
    app.handle.returned(good.to_string());
    app.handle.quit().await;
    let revoked = companion.requests("POST", "/oauth/revoke").len();
    assert_eq!((left(&companion) - revoked, *app.handle.raise_requested().borrow()), (before, raised), "nothing but the goodbye");
}

#[tokio::test]
async fn attack_25_without_a_pending_sign_in_by_the_scheme_no_address_does_anything() {
    // By the loopback listener, then expired, then none at all.
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    let back = companion.return_address(answers_code());
    let forged = format!("fr.vestibule.app:{}?{}", back.path(), back.query().expect("parameters"));
    app.handle.returned(forged.clone());
    app.handle.request(AppRequest::Cancel);
    assert_eq!(app.rests().await, Some(SignInNotice::Cancelled));
    app.handle.returned(forged);
    app.handle.quit().await;
    assert!(companion.requests("POST", "/oauth/token").is_empty());

    let (companion, _workstation, mut app) = waiting().await;
    let good = companion.return_address(answers_code());
    app.shows_in_time(Duration::from_secs(700), |screen| matches!(screen, Screen::SignIn { .. }).then_some(())).await;
    app.handle.returned(good.to_string());
    app.handle.quit().await;
    assert!(companion.requests("POST", "/oauth/token").is_empty(), "expired");
}

#[tokio::test]
async fn attack_25_the_listener_takes_no_answer_of_a_sign_in_by_the_scheme() {
    let (companion, workstation, mut app) = waiting().await;
    let launch = workstation.browser.address(0).await;
    let good = companion.return_address(answers_code());
    let mut squatted = launch.clone();
    squatted.set_path(good.path());
    squatted.set_query(good.query());
    assert_eq!(visit(&squatted).await.status, 404);
    assert!(companion.requests("POST", "/oauth/token").is_empty());
    app.handle.returned(good.to_string());
    app.is_signed_in().await;
}

#[tokio::test]
async fn a_refusal_comes_by_the_scheme_too() {
    let (companion, _workstation, mut app) = waiting().await;
    app.handle.returned(companion.refusal_address("temporarily_unavailable", Some("VST-4002")).to_string());
    assert_eq!(app.has_problem().await, "VST-4002");
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    companion.has_seen("POST", "/oauth/par", 2).await;
    app.handle.returned(companion.refusal_address("access_denied", None).to_string());
    assert_eq!(app.rests().await, Some(SignInNotice::Declined));
}

#[tokio::test]
async fn reopening_is_a_new_attempt_and_the_old_answer_is_worth_nothing() {
    let (companion, workstation, mut app) = waiting().await;
    let old = companion.return_address(answers_code());
    companion.sign_in_is(serde_json::json!({"state": "at_provider"}));
    app.shows(|screen| matches!(screen, Screen::WaitingForBrowser(waiting) if waiting.stage == WaitingStage::AtProvider).then_some(()))
        .await;
    app.handle.request(AppRequest::ReopenBrowser);
    workstation.browser.address(1).await;
    companion.has_seen("DELETE", "/api/v1/sign-ins/7F3K-9QXM", 1).await;
    app.handle.returned(old.to_string());
    app.handle.returned(companion.return_address(answers_code()).to_string());
    app.is_signed_in().await;
    assert_eq!(companion.requests("POST", "/oauth/token").len(), 1);
}
