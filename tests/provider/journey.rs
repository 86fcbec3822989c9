//! One sign-in with the provider of a case, and what is left of it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vestibule_model::ErrorCode;
use vestibule_tests::browser_double::{Page, ScriptedBrowser};
use vestibule_tests::raw_client::{Answer, Body, RawClient};

use crate::case::{Case, Expected, Stage, honest_query};
use crate::companion::{Grant, Kept, NOW_S, TestCompanion};
use crate::sign_in::{REDIRECT_URI, VERIFIER, push, query_of, redeem};

const NOTHING: Kept = Kept { accounts: 0, grants: 0, sessions: 0, live_sessions: 0, sign_outs: 0 };
const ONE_SESSION: Kept = Kept { accounts: 1, grants: 1, sessions: 1, live_sessions: 1, sign_outs: 0 };
/// A refresh at Pro Santé Connect is due after ten minutes.
const REFRESH_DUE_S: i64 = 601;

/// Plays a case.
///
/// # Errors
/// What went otherwise than expected.
pub async fn play(case: Case) -> Result<(), String> {
    let (stage, expected) = (case.stage, case.expected);
    let companion = TestCompanion::start(case.clone()).await;
    match stage {
        Stage::Refresh => refresh(companion, expected).await,
        Stage::SignOut => sign_out(&companion, &case).await,
        Stage::Discovery | Stage::Callback | Stage::Token | Stage::IdToken | Stage::Userinfo => sign_in(&companion, &case).await,
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?}, expected {expected:?}")) }
}

async fn sign_in(companion: &TestCompanion, case: &Case) -> Result<(), String> {
    let (app, mut browser) = (companion.app(), companion.browser());
    let pushed = push(&app).await;
    assert_eq!(pushed.status, StatusCode::CREATED, "{pushed:?}");
    let pushed = pushed.json();
    let page = browser.open_request(pushed["request_uri"].as_str().unwrap()).await.unwrap();

    let left = page.way_on().unwrap();
    let found = if left.as_str().starts_with(REDIRECT_URI) {
        same("discovery asked before leaving", &companion.provider.calls("wallet-openid-configuration"), &1)?;
        outcome(companion, &app, page, &mut browser).await?
    } else {
        let request = query_of(&left);
        companion.provider.learn(&request["nonce"], &request["state"]);
        let query = (case.query)(&companion.provider.facts());
        let page = browser.get(&format!("/psc/callback?{query}")).await.unwrap();
        outcome(companion, &app, page, &mut browser).await?
    };
    same("outcome", &found, &case.expected)?;
    same("what the app is told", &followed(&app, &pushed).await, &told(case.expected))?;
    same("what is kept", &companion.kept().await, if found == Expected::Accepted { &ONE_SESSION } else { &NOTHING })?;
    asked(companion, case)?;

    if let Expected::Ignored(_) = found {
        // The real answer still comes through.
        let page = browser.get(&format!("/psc/callback?{}", honest_query(&companion.provider.facts()))).await.unwrap();
        same("the right answer, later", &outcome(companion, &app, page, &mut browser).await?, &Expected::Accepted)?;
    }
    Ok(())
}

/// No call to Pro Santé Connect that is not due.
fn asked(companion: &TestCompanion, case: &Case) -> Result<(), String> {
    let is_accepted = case.expected == Expected::Accepted;
    let has_code = is_accepted || matches!(case.stage, Stage::Token | Stage::IdToken | Stage::Userinfo);
    let has_token = is_accepted || case.stage == Stage::Userinfo;
    same("calls of the token endpoint", &companion.provider.calls("/token"), &usize::from(has_code))?;
    same("calls of userinfo", &companion.provider.calls("/userinfo"), &usize::from(has_token))?;
    same("calls elsewhere", &companion.provider.calls("/ailleurs"), &0)?;
    if companion.provider.calls("/certs") > 2 {
        return Err("the keys were fetched more than twice".into());
    }
    Ok(())
}

/// Follows the browser to the end of the sign-in.
async fn outcome(companion: &TestCompanion, app: &RawClient, page: Page, browser: &mut ScriptedBrowser) -> Result<Expected, String> {
    if !page.status.is_success() && page.status != StatusCode::SEE_OTHER {
        return Ok(Expected::Ignored(code_in(&page.body)?));
    }
    let back = query_of(&companion.go_to_app(page, browser).await);
    same("state of the app", &back["state"].as_str(), &"app-state")?;
    match (back.get("error").map(String::as_str), back.get("error_code")) {
        (Some("access_denied"), None) => Ok(Expected::Declined),
        (Some(_), Some(code)) => Ok(Expected::Refused(ErrorCode::try_from(code.clone()).map_err(|error| error.to_string())?)),
        (None, None) => {
            let tokens = redeem(app, &back["code"], VERIFIER).await;
            same("redemption", &tokens.status, &StatusCode::OK)?;
            let token = tokens.json()["access_token"].as_str().unwrap().to_owned();
            same("session", &app.session(&token).await.unwrap().status, &StatusCode::OK)?;
            Ok(Expected::Accepted)
        }
        odd => Err(format!("{odd:?}")),
    }
}

/// The number that a problem page shows.
fn code_in(page: &str) -> Result<ErrorCode, String> {
    let start = page.find("VST-").ok_or("no code on the page")?;
    let code: String = page[start..].chars().take(8).collect();
    ErrorCode::try_from(code).map_err(|error| error.to_string())
}

async fn followed(app: &RawClient, pushed: &Value) -> Value {
    let path = format!("/api/v1/sign-ins/{}/events", pushed["sign_in_id"].as_str().unwrap());
    Answer::to(app.proven(Method::GET, &path, None).await.unwrap()).await.unwrap().json()
}

fn told(expected: Expected) -> Value {
    match expected {
        Expected::Refused(code) => json!({"state": "failed", "code": code.to_string()}),
        Expected::Ignored(_) => json!({"state": "at_provider"}),
        Expected::Declined => json!({"state": "declined"}),
        Expected::Accepted | Expected::Kept | Expected::Over | Expected::BrowserNeeded | Expected::Unknown | Expected::BrowserDone => {
            json!({"state": "redeemed"})
        }
    }
}

/// A sign-in with which nothing is wrong: the app's tokens.
async fn signed_in(companion: &TestCompanion, app: &RawClient) -> Value {
    let tokens = companion.sign_in(app).await;
    assert_eq!(companion.kept().await, ONE_SESSION);
    tokens
}

async fn refresh(mut companion: TestCompanion, expected: Expected) -> Result<(), String> {
    let app = companion.app();
    let tokens = signed_in(&companion, &app).await;
    let before = companion.grant().await;
    companion.clock.advance_seconds(REFRESH_DUE_S);
    companion.provider.set_now(NOW_S + REFRESH_DUE_S);
    app.advance_seconds(REFRESH_DUE_S);
    app.learn_nonce().await.unwrap();
    let token = app.refresh(tokens["refresh_token"].as_str().unwrap()).await.unwrap().json()["access_token"].as_str().unwrap().to_owned();
    same("calls of the token endpoint before any activity", &companion.provider.calls("/token"), &1)?;
    let report = app.proven(Method::POST, "/api/v1/session/activity", Some(&token)).await.unwrap().json(&json!({"idle_ms": 0}));
    same("activity", &report.send().await.unwrap().status(), &StatusCode::OK)?;
    drop(app);
    // Whatever Pro Santé Connect answered is dealt with by then.
    companion.stop().await;
    same("calls of the token endpoint", &companion.provider.calls("/token"), &2)?;
    same("calls of userinfo", &companion.provider.calls("/userinfo"), &1)?;
    same("what is kept", &companion.kept().await, &ONE_SESSION)?;
    let Grant { tokens_sealed, provider_over } = companion.grant().await;
    let found = match (tokens_sealed == before.tokens_sealed, provider_over) {
        (false, 0) => Expected::Accepted,
        (true, 0) => Expected::Kept,
        (true, 1) => Expected::Over,
        odd => return Err(format!("{odd:?}")),
    };
    same("outcome", &found, &expected)
}

async fn sign_out(companion: &TestCompanion, case: &Case) -> Result<(), String> {
    let app = companion.app();
    let tokens = signed_in(companion, &app).await;
    let token = tokens["access_token"].as_str().unwrap();
    let answer = app.call(Method::POST, "/api/v1/session/sign-out", Some(token), Body::None).await.unwrap().json();
    if let Some(farewell) = case.farewell {
        let path = answer["browser_url"].as_str().unwrap().strip_prefix(&companion.url).unwrap();
        let mut browser = companion.browser();
        let start = browser.get(path).await.unwrap();
        let page = browser.post("/sign-out", &[("ticket", &start.hidden_field("ticket").unwrap())]).await.unwrap();
        let query = farewell(&page.hidden_field("state").unwrap());
        let greeting = browser.get(&format!("/psc/logout-return?{query}")).await.unwrap();
        same("server fault on return", &greeting.status.is_server_error(), &false)?;
    }
    let kept = companion.kept().await;
    let found = match (answer["psc_session"].as_str(), kept.sign_outs) {
        (Some("ended"), 0) => Expected::Accepted,
        (Some("browser_needed"), 1) => Expected::BrowserNeeded,
        (Some("unknown"), 1) => Expected::Unknown,
        (Some("browser_needed"), 0) => Expected::BrowserDone,
        odd => return Err(format!("{odd:?}")),
    };
    same("outcome", &found, &case.expected)?;
    same("session afterwards", &app.session(token).await.unwrap().status, &StatusCode::UNAUTHORIZED)?;
    same("calls elsewhere", &companion.provider.calls("/ailleurs"), &0)?;
    same("what is kept", &kept, &Kept { grants: 0, live_sessions: 0, sign_outs: kept.sign_outs, ..ONE_SESSION })
}
