//! The polling exchange at its edges: starts, held polls, the page with the numbers, the page with the letters.

use std::sync::Arc;

use http::StatusCode;
use serde_json::Value;
use vestibule_tests::browser_double::{Page, ScriptedBrowser};
use vestibule_tests::raw_client::{Answer, CLIENT_ID, DEVICE_CODE, Polling, RawClient};

use crate::companion::TestCompanion;
use crate::sign_in::{AtPsc, device_form, push, query_of};

const START: &str = "/oauth/device_authorization";

async fn start_polling(app: &RawClient) -> Polling {
    app.start_polling("POSTE-ESSAI").await.unwrap()
}

async fn poll(app: &RawClient, started: &Polling, letters: Option<&str>) -> Answer {
    app.poll(started, letters).await.unwrap()
}

/// Up to the page that asks for the number.
async fn to_numbers(companion: &TestCompanion, app: &RawClient, browser: &mut ScriptedBrowser) -> (Polling, Page) {
    let started = start_polling(app).await;
    let request_uri = query_of(&started.verification_uri.parse().unwrap())["request_uri"].clone();
    let page = browser.open_request(&request_uri).await.unwrap();
    let at_psc = AtPsc { pushed: Value::Null, request: query_of(&page.way_on().unwrap()) };
    let page = companion.come_back(&at_psc, browser).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{page:?}");
    let question = browser.confirmation().await.unwrap();
    assert_eq!(question.status, StatusCode::OK, "{question:?}");
    (started, question)
}

async fn pick(browser: &mut ScriptedBrowser, question: &Page, number: &str) -> Page {
    let guard = question.hidden_field("form_guard").unwrap();
    browser.answer(&[("form_guard", &guard), ("number", number)]).await.unwrap()
}

/// Up to the page with the letters.
async fn to_letters(companion: &TestCompanion, app: &RawClient, browser: &mut ScriptedBrowser) -> (Polling, Page, String) {
    let (started, question) = to_numbers(companion, app, browser).await;
    let page = pick(browser, &question, &started.match_number).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    let letters = shown(&page);
    (started, page, letters)
}

/// The letters of the page.
fn shown(page: &Page) -> String {
    let letters = page.letters().unwrap();
    assert_eq!(letters.len(), 8, "{page:?}");
    letters
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_answers_as_rfc_8628_with_what_the_person_will_do() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let answer = app.post_form(START, &device_form()).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let started = answer.json();
    let id = started["sign_in_id"].as_str().unwrap();
    assert_eq!(
        (started["expires_in"].as_u64(), started["interval"].as_u64(), started["link_expires_in"].as_u64()),
        (Some(600), Some(1), Some(120))
    );
    assert_eq!(started["user_code"], id, "typed nowhere");
    assert_eq!(started["verification_uri"], started["verification_uri_complete"]);
    assert!(
        started["verification_uri"].as_str().unwrap().starts_with(&format!("{}/oauth/authorize?client_id={CLIENT_ID}&", companion.url))
    );
    assert_eq!(started["events_uri"], format!("{}/api/v1/sign-ins/{id}/events", companion.url));
    assert_eq!(started["confirmation"], "code");
    assert_eq!(started["match_number"].as_str().unwrap().len(), 2);
    assert_eq!(started["device_code"].as_str().unwrap().len(), 43);
    assert!(started["exchanges"].as_array().unwrap().contains(&"polling".into()));

    let metadata = Answer::to(app.bare(http::Method::GET, "/.well-known/oauth-authorization-server")).await.unwrap().json();
    assert_eq!(metadata["device_authorization_endpoint"], format!("{}/oauth/device_authorization", companion.url));
    assert!(metadata["grant_types_supported"].as_array().unwrap().contains(&DEVICE_CODE.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_start_starts_nothing() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let with = |name: &'static str, value: &'static str| -> Vec<(&'static str, &'static str)> {
        device_form().into_iter().filter(|(known, _)| *known != name).chain([(name, value)]).collect()
    };
    let cases = [
        (with("code_challenge", ""), 400, "invalid_request"),
        (with("code_challenge", "short"), 400, "invalid_request"),
        (with("code_challenge_method", "plain"), 400, "invalid_request"),
        (with("dpop_jkt", "another"), 400, "invalid_dpop_proof"),
        (with("client_id", "another"), 401, "invalid_client"),
    ];
    for (form, status, error) in cases {
        assert_eq!(app.post_form(START, &form).await.unwrap().refusal(), (status, error.into()), "{form:?}");
    }
    let bare = app.bare(http::Method::POST, START).form(&device_form());
    assert_eq!(Answer::to(bare).await.unwrap().refusal(), (400, "invalid_dpop_proof".into()), "no proof, no start");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_counts_against_the_limits_of_the_other_exchanges() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    push(&app).await;
    start_polling(&app).await;
    push(&app).await;
    assert_eq!(app.post_form(START, &device_form()).await.unwrap().status, StatusCode::TOO_MANY_REQUESTS, "three pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_person_picks_the_number_types_the_letters_and_the_page_is_shown_once() {
    let companion = TestCompanion::start().await;
    let (app, mut browser) = (Arc::new(companion.app()), companion.browser());
    let (started, page, letters) = to_letters(&companion, &app, &mut browser).await;
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains("form-action 'self'"));
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains("script-src 'nonce-"), "it counts the time left");
    assert_eq!(page.headers["cache-control"], "no-store");

    let due = poll(&app, &started, None).await;
    assert_eq!(due.refusal(), (400, "authorization_pending".into()));
    let due = due.json();
    assert_eq!((due["code"].as_str(), due["confirmation"].as_str(), due["tries_left"].as_u64()), (Some("VST-2018"), Some("code"), Some(5)));
    assert_eq!(due["code_expires_in"].as_u64(), Some(120));

    let guard = page.hidden_field("form_guard").unwrap();
    let number = &started.match_number;
    let reloaded = browser.answer(&[("form_guard", &guard), ("number", number)]).await.unwrap();
    assert_eq!(shown(&reloaded), letters, "a double click");
    let id = &started.sign_in_id;
    let form = [("id", id.as_str()), ("form_guard", &guard), ("number", number)];
    let sent = browser.post("/sign-in/confirm", &form).await.unwrap();
    let address = format!("/sign-in/confirm?id={id}");
    assert_eq!((sent.status, sent.headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, address.as_str()), "Back sends nothing");
    let early = browser.get(&format!("{address}&typed=1")).await.unwrap();
    assert!(shown(&early) == letters && early.body.contains("<h1 class=\"lead\">Code pas encore saisi</h1>"), "{}", early.body);
    assert_eq!(shown(&browser.confirmation().await.unwrap()), letters, "a reload");
    let elsewhere = companion.browser().get(&format!("/sign-in/confirm?id={id}")).await.unwrap();
    assert!(elsewhere.status == StatusCode::BAD_REQUEST && !elsewhere.body.contains("id=\"letters\""), "to this browser only");

    let session = poll(&app, &started, Some(&format!("{}-{}", &letters[..4], letters[4..].to_lowercase()))).await;
    assert_eq!(session.status, StatusCode::OK, "{session:?}");
    let access = session.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(app.session(&access).await.unwrap().status, StatusCode::OK);
    let typed = browser.get(&format!("{address}&typed=1")).await.unwrap();
    assert!(typed.body.contains("Vous pouvez revenir à l’application") && typed.body.contains("POSTE-ESSAI"), "{}", typed.body);

    // Once she said that she asked for nothing, every address of the attempt says what came of that.
    browser.answer(&[("form_guard", &guard), ("decision", "decline")]).await.unwrap();
    for page in [address.clone(), format!("/sign-in/return?id={id}")] {
        let page = browser.get(&page).await.unwrap();
        assert!(page.status == StatusCode::OK && page.body.contains("<h1>La session est fermée</h1>"), "{}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_persons_held_poll_brings_the_session_at_once() {
    let companion = TestCompanion::start().await;
    let app = Arc::new(companion.app());
    companion.sign_in(&app).await;
    let mut browser = companion.browser();
    let (started, question) = to_numbers(&companion, &app, &mut browser).await;
    assert_eq!(started.confirmation, "number");
    let (poller, asked) = (Arc::clone(&app), started.clone());
    let held = tokio::spawn(async move { poll(&poller, &asked, None).await });
    let page = pick(&mut browser, &question, &started.match_number).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Vous pouvez revenir à l’application"), "{}", page.body);
    assert!(page.body.contains("Ce n’est pas ma connexion") && browser.cookie().is_some(), "she may still object");
    let session = held.await.unwrap();
    assert_eq!(session.status, StatusCode::OK, "{session:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_three_numbers_and_another_than_the_apps_ends_it() {
    let companion = TestCompanion::start().await;
    let (app, mut browser) = (companion.app(), companion.browser());
    let (started, question) = to_numbers(&companion, &app, &mut browser).await;
    let offered = question.numbers().unwrap();
    assert_eq!(offered.len(), 3);
    assert_eq!(browser.confirmation().await.unwrap().numbers().unwrap(), offered, "a reload draws no others");
    let other = offered.iter().find(|number| **number != started.match_number).unwrap();
    let refused = pick(&mut browser, &question, other).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("VST-2021"), "{}", refused.body);
    let told = poll(&app, &started, None).await;
    assert_eq!((told.refusal(), told.json()["code"].as_str()), ((400, "access_denied".into()), Some("VST-2021")));
    let late = pick(&mut browser, &question, &started.match_number).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "one choice");
}

#[tokio::test(flavor = "multi_thread")]
async fn none_of_these_numbers_and_nothing_asked_decline() {
    let companion = TestCompanion::start().await;
    let (app, mut browser) = (companion.app(), companion.browser());
    let (started, question) = to_numbers(&companion, &app, &mut browser).await;
    let guard = question.hidden_field("form_guard").unwrap();
    let page = browser.answer(&[("form_guard", &guard), ("decision", "decline")]).await.unwrap();
    assert!(page.body.contains("Connexion refusée"), "{}", page.body);
    assert_eq!(poll(&app, &started, None).await.refusal(), (400, "access_denied".into()));

    let (started, page, letters) = to_letters(&companion, &app, &mut browser).await;
    let guard = page.hidden_field("form_guard").unwrap();
    let page = browser.answer(&[("form_guard", &guard), ("decision", "decline")]).await.unwrap();
    assert!(page.body.contains("Connexion refusée"), "{}", page.body);
    assert_eq!(poll(&app, &started, Some(&letters)).await.refusal(), (400, "access_denied".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acceptance_without_a_number_and_two_answers_at_once_decide_nothing() {
    let companion = TestCompanion::start().await;
    let (app, mut browser) = (companion.app(), companion.browser());
    let (started, question) = to_numbers(&companion, &app, &mut browser).await;
    let guard = question.hidden_field("form_guard").unwrap();
    let number = &started.match_number;
    for answer in [vec![("decision", "accept")], vec![("decision", "accept"), ("number", number)], vec![]] {
        let form: Vec<_> = [("form_guard", guard.as_str())].into_iter().chain(answer).collect();
        assert_eq!(browser.answer(&form).await.unwrap().status, StatusCode::BAD_REQUEST, "{form:?}");
    }
    assert_eq!(browser.answer(&[("form_guard", "forged"), ("number", number)]).await.unwrap().status, StatusCode::FORBIDDEN);
    assert_eq!(pick(&mut browser, &question, number).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_letters_are_counted_and_letters_of_another_form_are_not() {
    let companion = TestCompanion::start().await;
    let (app, mut browser) = (companion.app(), companion.browser());
    let (started, _, letters) = to_letters(&companion, &app, &mut browser).await;
    for other_form in ["AAAAAAAA", "BCDF", "BCDFGHJKL", "12345678"] {
        assert_eq!(poll(&app, &started, Some(other_form)).await.refusal(), (400, "invalid_request".into()), "{other_form}");
    }
    let wrong: String = letters.chars().map(|letter| if letter == 'B' { 'C' } else { 'B' }).collect();
    for left in [4, 3, 2, 1] {
        let refused = poll(&app, &started, Some(&wrong)).await;
        assert_eq!(refused.refusal(), (400, "authorization_pending".into()));
        let told = refused.json();
        assert_eq!(
            (told["code"].as_str(), told["tries_left"].as_u64(), told["confirmation"].as_str()),
            (Some("VST-2019"), Some(left), Some("code"))
        );
    }
    for typed in [&wrong, &letters] {
        let refused = poll(&app, &started, Some(typed)).await;
        assert_eq!((refused.refusal(), refused.json()["code"].as_str()), ((400, "invalid_grant".into()), Some("VST-2020")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_polls_at_once_the_later_one_is_held_and_hurry_is_slowed_down() {
    let companion = TestCompanion::start().await;
    let app = Arc::new(companion.app());
    let started = start_polling(&app).await;
    let polling = || {
        let (app, started) = (Arc::clone(&app), started.clone());
        tokio::spawn(async move { poll(&app, &started, None).await })
    };
    let (hurried, held) = match futures::future::select(polling(), polling()).await {
        futures::future::Either::Left((done, other)) | futures::future::Either::Right((done, other)) => (done.unwrap(), other),
    };
    assert_eq!(hurried.refusal(), (400, "slow_down".into()), "the later one came too soon, and does not put out the other");
    companion.clock.advance_seconds(1);
    app.advance_seconds(1);
    let second = polling();
    assert_eq!(held.await.unwrap().refusal(), (400, "slow_down".into()), "displaced");
    companion.shutdown.cancel();
    let let_go = second.await.unwrap();
    assert_eq!((let_go.refusal(), let_go.json()["code"].as_str()), ((400, "authorization_pending".into()), Some("VST-2018")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_out_of_time_says_so() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let started = start_polling(&app).await;
    companion.clock.advance_seconds(121);
    app.advance_seconds(121);
    let told = poll(&app, &started, None).await;
    assert_eq!((told.refusal(), told.json()["code"].as_str()), ((400, "expired_token".into()), Some("VST-2001")));
}
