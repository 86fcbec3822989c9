//! Sessions as the référentiel asks, with clocks that the test moves: companion and simulator real, the app a stranger's.

use reqwest::{Method, StatusCode};
use serde_json::json;
use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::raw_client::{Body, CLIENT_ID, RawClient, Tokens};
use vestibule_tests::stack::{Options, Stack};

const MINUTE: u32 = 60;

async fn stack() -> Stack {
    Stack::start(Options::default()).await.expect("the stack starts")
}

/// Refreshes, as an app does whose access token (five minutes) ran out.
async fn refreshed(app: &RawClient, tokens: &Tokens) -> Tokens {
    app.refresh(&tokens.refresh).await.expect("answers").tokens().expect("refreshed")
}

async fn report_activity(app: &RawClient, tokens: &Tokens) -> StatusCode {
    let body = json!({ "idle_ms": 500 });
    app.call(Method::POST, "/api/v1/session/activity", Some(&tokens.access), Body::Json(&body)).await.expect("answers").status
}

async fn provider_refreshes(stack: &Stack) -> usize {
    stack.provider_saw("/token", Some("refresh_token")).await.expect("the journal answers")
}

async fn provider_ends(stack: &Stack) -> usize {
    stack.provider_saw("/logout", None).await.expect("the journal answers")
}

#[tokio::test]
async fn exi_11_and_exi_32_without_activity_nothing_is_refreshed_and_the_session_ends_leaving_the_provider_alone() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let camille = Person::named("camille");
    let mut tokens = stack.sign_in_with(&app, &mut browser, &camille).await.expect("walks").tokens().expect("signed in");

    // Refreshing and asking are not activity.
    for _ in 0..3 {
        stack.advance(4 * MINUTE).await.expect("time passes");
        tokens = refreshed(&app, &tokens).await;
        assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::OK);
    }
    stack.advance(4 * MINUTE).await.expect("time passes");
    assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::UNAUTHORIZED, "16 minutes without activity");
    assert_eq!(app.refresh(&tokens.refresh).await.expect("answers").status, StatusCode::BAD_REQUEST);
    assert_eq!(provider_refreshes(&stack).await, 0, "EXI 11");
    assert_eq!(provider_ends(&stack).await, 0, "EXI 32");
    assert_eq!(stack.provider_saw("/revoke", None).await.expect("the journal answers"), 0, "EXI 32");

    // The provider's own session is untouched: in the same browser nobody chooses a means again.
    let before = browser.history.len();
    stack.sign_in_with(&app, &mut browser, &camille).await.expect("walks").tokens().expect("signed in again");
    let met = |path: &str, walk: &[url::Url]| walk.iter().filter(|url| url.path() == path).count();
    assert!(met("/auth/step", &browser.history[..before]) >= 5, "the first time: means, persona, approval, confirmation, each answered");
    assert!(met("/auth", &browser.history[before..]) >= 1, "the second walk went through the provider");
    assert_eq!(
        met("/auth/step", &browser.history[before..]),
        2,
        "EXI 32: where one page was shown and answered, and no means or person chosen"
    );
}

#[tokio::test]
async fn exi_11_with_activity_the_provider_session_is_kept_alive() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let mut tokens = stack.sign_in(&app, "camille").await.expect("signed in");
    for _ in 0..10 {
        stack.advance(4 * MINUTE).await.expect("time passes");
        tokens = refreshed(&app, &tokens).await;
        assert_eq!(report_activity(&app, &tokens).await, StatusCode::OK);
    }
    let refreshes = provider_refreshes(&stack).await;
    assert!((1..=4).contains(&refreshes), "40 active minutes, one refresh in ten at most: {refreshes}");
}

#[tokio::test]
async fn a_session_ends_after_four_hours_whatever_happens() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let mut tokens = stack.sign_in(&app, "camille").await.expect("signed in");
    for _ in 0..59 {
        stack.advance(4 * MINUTE).await.expect("time passes");
        tokens = refreshed(&app, &tokens).await;
        assert_eq!(report_activity(&app, &tokens).await, StatusCode::OK);
    }
    // Four hours: the access token of four minutes ago would be good for one more, and the refresh token for longer.
    stack.advance(4 * MINUTE).await.expect("time passes");
    assert_eq!(report_activity(&app, &tokens).await, StatusCode::UNAUTHORIZED);
    let refused = app.refresh(&tokens.refresh).await.expect("answers");
    assert_eq!((refused.status, &refused.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")), "{refused:?}");
    assert_eq!(provider_ends(&stack).await, 0);
    let trail = stack.trail().await.expect("the trail");
    assert_eq!(trail.iter().filter(|event| *event == "session_expired").count(), 1, "{trail:?}");
}

#[tokio::test]
async fn a_sign_out_says_why_and_one_whose_reason_is_of_tomorrow_is_a_sign_out() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    for reason in ["not_me", "of_tomorrow"] {
        let tokens = stack.sign_in(&app, "camille").await.expect("signed in");
        let form = Body::Form(&[("reason", reason)]);
        let answer = app.call(Method::POST, "/api/v1/session/sign-out", Some(&tokens.access), form).await.expect("answers");
        assert_eq!((answer.status, &answer.body["psc_session"]), (StatusCode::OK, &json!("ended")), "{answer:?}");
    }
    let trail = stack.trail().await.expect("the trail");
    let left: Vec<&str> = trail.iter().map(String::as_str).filter(|event| matches!(*event, "not_me" | "signed_out")).collect();
    assert_eq!(left, ["not_me", "signed_out"]);
}

#[tokio::test]
async fn exi_20_signing_out_ends_both_sessions_with_exactly_one_call() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let camille = Person::named("camille");
    let tokens = stack.sign_in_with(&app, &mut browser, &camille).await.expect("walks").tokens().expect("signed in");
    let answer = app.call(Method::POST, "/api/v1/session/sign-out", Some(&tokens.access), Body::None).await.expect("answers");
    assert_eq!((answer.status, &answer.body["psc_session"]), (StatusCode::OK, &json!("ended")), "{answer:?}");
    assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::UNAUTHORIZED);
    assert_eq!(provider_ends(&stack).await, 1);

    // In the same browser the provider asks for a means again.
    let before = browser.history.len();
    stack.sign_in_with(&app, &mut browser, &camille).await.expect("walks").tokens().expect("signed in again");
    assert!(
        browser.history[before..].iter().filter(|url| url.path() == "/auth/step").count() >= 4,
        "means, persona, approval, confirmation"
    );
}

#[tokio::test]
async fn exi_20_when_the_provider_does_not_answer_the_service_session_is_dead_all_the_same_and_the_browser_finishes() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let tokens = stack.sign_in_with(&app, &mut browser, &Person::named("camille")).await.expect("walks").tokens().expect("signed in");
    stack.set_faults(json!([{ "kind": "unavailable", "endpoint": "logout" }])).await.expect("set");
    let answer = app.call(Method::POST, "/api/v1/session/sign-out", Some(&tokens.access), Body::None).await.expect("answers");
    assert_eq!(answer.body["psc_session"], "browser_needed", "{answer:?}");
    assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::UNAUTHORIZED);

    // Pro Santé Connect has been seen dropping `state` on the way back.
    stack.set_faults(json!([{ "kind": "logout_drops_state" }])).await.expect("set");
    let ticket = answer.body["browser_url"].as_str().expect("an address").to_owned();
    for _ in 0..20 {
        let looked = ScriptedBrowser::new().expect("a browser").open(&ticket).await.expect("the page opens");
        assert!(looked.status.is_success(), "a link scanner changes nothing: {}", looked.status);
    }
    let page = browser.open(&ticket).await.expect("the page opens");
    let form = page.forms().expect("forms").into_iter().find(|form| form.id == "sign-out").expect("the form that begins");
    let page = browser.submit(&form, &[]).await.expect("the companion answers");
    let form = page.forms().expect("forms").into_iter().find(|form| form.id == "sign-out").expect("the sign-out form");
    let page = browser.submit(&form, &[]).await.expect("the provider answers");
    assert!(page.status.is_success() && page.url.as_str().starts_with(&stack.companion_url), "{} {}", page.status, page.url.path());
    assert!(
        page.text().expect("text").contains("nous ne pouvons pas le vérifier"),
        "no more is said than is known: {}",
        page.text().expect("text")
    );
    // A double click still finds its form; a minute later the address in the browser's history leads nowhere.
    stack.advance(61).await.expect("time passes");
    let again = ScriptedBrowser::new().expect("a browser").open(&ticket).await.expect("answers");
    assert!(again.status.is_client_error(), "the ticket is good for one use: {}", again.status);
}

#[tokio::test]
async fn reco_06_closing_the_application_ends_the_service_session_only() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let tokens = stack.sign_in(&app, "camille").await.expect("signed in");
    let fields = [("token", tokens.refresh.as_str()), ("client_id", CLIENT_ID)];
    let answer = app.call(Method::POST, "/oauth/revoke", None, Body::Form(&fields)).await.expect("answers");
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::UNAUTHORIZED);
    assert_eq!(provider_ends(&stack).await + stack.provider_saw("/revoke", None).await.expect("the journal answers"), 0);
}

#[tokio::test]
async fn a_copied_refresh_token_kills_the_family_once_its_successor_was_used() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let first = stack.sign_in(&app, "camille").await.expect("signed in");
    // A lost answer is survived: the old one is good until its successor was used.
    refreshed(&app, &first).await;
    let second = refreshed(&app, &first).await;
    assert_eq!(app.session(&second.access).await.expect("answers").status, StatusCode::OK);
    // Now it was used: the old one betrays a copy.
    assert_eq!(app.refresh(&first.refresh).await.expect("answers").status, StatusCode::BAD_REQUEST);
    assert_eq!(app.session(&second.access).await.expect("answers").status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_person_with_one_situation_has_it_chosen_and_with_several_her_last_choice_is_offered() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let one = stack.sign_in(&app, "ange").await.expect("signed in");
    assert!(one.session["situation_id"].is_string(), "{}", one.session);

    let several = stack.sign_in(&app, "camille").await.expect("signed in");
    assert!(several.session["situation_id"].is_null() && several.session["suggested_situation_id"].is_null());
    let chosen = several.session["practitioner"]["practices"][0]["situations"][1]["id"].clone();
    let body = json!({ "situation_id": chosen });
    let answer = app.call(Method::PUT, "/api/v1/session/situation", Some(&several.access), Body::Json(&body)).await.expect("answers");
    assert_eq!((answer.status, &answer.body["situation_id"]), (StatusCode::OK, &chosen), "{answer:?}");

    let again = stack.sign_in(&app, "camille").await.expect("signed in");
    assert_eq!(again.session["suggested_situation_id"], chosen);
    let unknown = json!({ "situation_id": "nowhere" });
    let answer = app.call(Method::PUT, "/api/v1/session/situation", Some(&again.access), Body::Json(&unknown)).await.expect("answers");
    assert_eq!((answer.status.is_client_error(), &answer.body["code"]), (true, &json!("VST-2014")), "{answer:?}");
}

#[tokio::test]
async fn every_persona_of_the_simulator_signs_in() {
    let stack = stack().await;
    for persona in psc_simulator::persona::embedded().expect("the people") {
        let app = stack.app().expect("an app");
        let tokens = stack.sign_in(&app, &persona.id).await.expect("signed in");
        assert!(tokens.session["practitioner"]["national_id"].as_str().is_some_and(|id| !id.is_empty()), "{}", persona.id);
    }
}

#[tokio::test]
async fn on_a_shared_workstation_every_sign_in_is_confirmed() {
    let stack = Stack::start(Options { shared_workstation: true, ..Options::default() }).await.expect("the stack starts");
    let app = stack.app().expect("an app");
    for round in 0..2 {
        let mut browser = ScriptedBrowser::new().expect("a browser");
        stack.sign_in_with(&app, &mut browser, &Person::named("camille")).await.expect("walks").tokens().expect("signed in");
        assert!(browser.history.iter().any(|url| url.path() == "/sign-in/confirm"), "round {round}");
    }
}
