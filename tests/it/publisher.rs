//! The publishers' guide, run: each request of it is sent as it stands, in its order, and each answer that it shows is compared with the one
//! that came. A reader who writes a client from it meets nothing else.

mod client;

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};
use serde_json::Value;
use vestibule_model::exchange::Exchange;
use vestibule_model::session::{PscEnvironment, SessionEnd, SignInMeans};
use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::raw_client::Body;
use vestibule_tests::stack::{Options, Stack};

use super::guides::{Example, examples};
use client::Publisher;

const GUIDE: &str = "docs/fr/editeur.md";

/// A request of the guide.
#[derive(Debug, Clone)]
struct Request {
    method: Method,
    target: String,
    headers: BTreeMap<String, String>,
    body: String,
}

/// What the guide shows.
#[derive(Debug, Clone)]
enum Shown {
    Request(Request),
    /// What the companion answers to the request before.
    Answer(StatusCode, Value),
    /// An object that some answer bears.
    Object(Value),
}

fn shown(example: &Example) -> Shown {
    if example.language == "json" {
        return Shown::Object(serde_json::from_str(&example.text).unwrap_or_else(|error| panic!("{error}: {}", example.text)));
    }
    let (head, body) = example.text.split_once("\n\n").unwrap_or((&example.text, ""));
    let mut lines = head.lines();
    let first: Vec<&str> = lines.next().unwrap_or_default().splitn(3, ' ').collect();
    if first[0] == "HTTP/1.1" {
        let status = StatusCode::from_bytes(first[1].as_bytes()).expect("a status");
        return Shown::Answer(status, serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}")));
    }
    let headers = lines.map(|line| line.split_once(": ").expect("a header")).map(|(name, value)| (name.to_owned(), value.to_owned()));
    Shown::Request(Request {
        method: first[0].parse().expect("a method"),
        target: first[1].to_owned(),
        headers: headers.collect(),
        body: body.trim().to_owned(),
    })
}

fn guide() -> Vec<Shown> {
    let mine = |example: &Example| {
        example.guide == GUIDE && matches!(example.language.as_str(), "http" | "json") && !example.is_of_the_command_line
    };
    examples().iter().filter(|example| mine(example)).map(shown).collect()
}

/// Names and values of a form or a query, as the guide writes them.
fn fields(text: &str) -> Vec<(&str, &str)> {
    text.split('&').filter(|field| !field.is_empty()).map(|field| field.split_once('=').expect("a field")).collect()
}

/// Every member of the guide's object is in the real one, with the same kind of value, and the other way round.
fn same_shape(place: &str, guide: &Value, real: &Value) {
    match (guide, real) {
        // Shown elsewhere in the guide.
        (Value::Object(guide), Value::Object(_)) if guide.is_empty() => {}
        (Value::Object(guide), Value::Object(real)) => {
            assert_eq!(guide.keys().collect::<Vec<_>>(), real.keys().collect::<Vec<_>>(), "{place}");
            guide.iter().for_each(|(name, value)| same_shape(&format!("{place}.{name}"), value, &real[name]));
        }
        (Value::Array(guide), Value::Array(real)) => {
            assert_eq!(guide.is_empty(), real.is_empty(), "{place}");
            guide.iter().zip(real).for_each(|(guide, real)| same_shape(place, guide, real));
        }
        (Value::Null, _) | (_, Value::Null) => {}
        _ => assert_eq!(std::mem::discriminant(guide), std::mem::discriminant(real), "{place}: {guide} {real}"),
    }
}

fn is_about_letters(request: &Request) -> bool {
    request.body.contains("confirmation_code=")
}

fn is_polling(request: &Request) -> bool {
    request.target == "/oauth/device_authorization" || request.body.contains("device_code")
}

#[tokio::test]
async fn the_loopback_exchange_of_the_publishers_guide_runs_as_it_stands() {
    let mut publisher = Publisher::new("").await;
    let (mut requests, mut answers) = (Vec::new(), 0);
    for shown in guide() {
        match shown {
            Shown::Request(request) if is_about_letters(&request) || is_polling(&request) => {}
            // Whoever signed out begins again before what follows.
            Shown::Request(request) => {
                if request.target == "/oauth/revoke" || request.headers.get("DPoP").is_some_and(|proof| proof != "<preuve>") {
                    signs_in_again(&mut publisher).await;
                }
                publisher.does(&request).await;
                requests.push(request.target.clone());
                let fine = publisher.answer.as_ref().is_none_or(|answer| answer.status.is_success());
                assert!(fine, "{request:?}: {:?}", publisher.answer);
            }
            Shown::Answer(StatusCode::BAD_REQUEST, _) | Shown::Object(_) => {}
            Shown::Answer(status, body) => {
                let real = publisher.answer.as_ref().expect("an answer");
                assert_eq!(real.status, status);
                same_shape(requests.last().map(String::as_str).unwrap_or_default(), &body, &real.body);
                answers += 1;
            }
        }
    }
    assert_eq!((requests.len(), answers), (12, 5), "{requests:#?}");
}

async fn signs_in_again(publisher: &mut Publisher) {
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let answer = publisher.stack.sign_in_with(&publisher.app, &mut browser, &Person::named("camille")).await.expect("walks");
    publisher.learn(&answer);
    publisher.answer = Some(answer);
}

#[tokio::test]
async fn the_letters_by_the_loopback_are_asked_for_and_sent_as_the_publishers_guide_says() {
    let mut publisher = Publisher::new("multi_session = true").await;
    let all = guide();
    let requests: Vec<&Request> =
        all.iter().filter_map(|shown| if let Shown::Request(request) = shown { Some(request) } else { None }).collect();
    for request in requests.iter().take(4) {
        publisher.does(request).await;
    }
    let due = publisher.answer.clone().expect("an answer");
    let told: Vec<&Value> =
        all.iter().filter_map(|shown| if let Shown::Answer(StatusCode::BAD_REQUEST, body) = shown { Some(body) } else { None }).collect();
    let [told] = told[..] else { panic!("{told:?}") };
    assert_eq!(due.status, StatusCode::BAD_REQUEST);
    same_shape("letters", told, &due.body);
    for name in ["error", "code", "confirmation", "tries_left"] {
        assert_eq!(told[name], due.body[name], "{name}");
    }

    let page = format!("{}/sign-in/return?id={}", publisher.stack.companion_url, publisher.values["sign_in_id"]);
    let letters = publisher.browser.open(&page).await.expect("a page").letters().expect("a page");
    publisher.values.insert("confirmation_code".into(), letters);
    let again: Vec<&&Request> = requests.iter().filter(|request| is_about_letters(request)).collect();
    let [again] = again[..] else { panic!("{again:?}") };
    publisher.does(again).await;
    publisher.answer.expect("an answer").tokens().expect("the letters open");
}

#[tokio::test]
async fn the_polling_exchange_of_the_publishers_guide_runs_as_it_stands() {
    let mut publisher = Publisher::new("").await;
    let mut run = 0;
    for shown in guide() {
        let Shown::Request(request) = shown else { continue };
        if !is_polling(&request) {
            continue;
        }
        if request.target == "/oauth/token" {
            let address =
                publisher.answer.as_ref().expect("an answer").body["verification_uri_complete"].as_str().expect("text").to_owned();
            let camille = Person { number: Some(publisher.number.clone()), ..Person::named("camille") };
            let page = publisher.browser.walk(&address, &camille).await.expect("she signs in");
            // New on this workstation: letters too, as the table says.
            publisher.does(&request).await;
            let letters = page.letters().expect("a page");
            let with_letters = Request { body: format!("{}&confirmation_code=BCDFGHJK", request.body), ..request };
            publisher.values.insert("confirmation_code".into(), letters);
            publisher.does(&with_letters).await;
            publisher.answer.as_ref().expect("an answer").tokens().expect("signed in");
        } else {
            publisher.does(&request).await;
            assert_eq!(publisher.answer.as_ref().map(|answer| answer.status), Some(StatusCode::OK));
        }
        run += 1;
    }
    assert_eq!(run, 2);
}

#[tokio::test]
async fn the_objects_of_the_publishers_guide_are_those_of_the_companion() {
    let stack = Stack::start(Options::default()).await.expect("the stack starts");
    let app = stack.app().expect("an app");
    let tokens = stack.sign_in(&app, "camille").await.expect("signed in");
    // Known to the companion, so that the error bears its thread: a refresh token that was used, and so was its successor.
    let refreshed = app.refresh(&tokens.refresh).await.expect("answers").tokens().expect("refreshed");
    app.refresh(&refreshed.refresh).await.expect("answers").tokens().expect("refreshed");
    let error = app.refresh(&tokens.refresh).await.expect("answers").body;
    assert_eq!(error["code"], "VST-2013", "as the guide says of a token of before: the session is closed");
    assert!(stack.trail().await.expect("a trail").iter().any(|event| event == "session_revoked"));

    let objects: Vec<Value> =
        guide().into_iter().filter_map(|shown| if let Shown::Object(object) = shown { Some(object) } else { None }).collect();
    let [told_error, told_session] = &objects[..] else { panic!("{objects:#?}") };
    same_shape("error", told_error, &error);
    same_shape("session", told_session, &tokens.session);
}

#[tokio::test]
async fn a_lost_refresh_is_asked_for_again_as_the_publishers_guide_says() {
    let stack = Stack::start(Options::default()).await.expect("the stack starts");
    let app = stack.app().expect("an app");
    let first = stack.sign_in(&app, "camille").await.expect("signed in");
    let lost = app.refresh(&first.refresh).await.expect("answers").tokens().expect("refreshed");
    let again = app.refresh(&first.refresh).await.expect("answers").tokens().expect("the former one serves again");
    let asks = async |access: &str| app.call(Method::GET, "/api/v1/session", Some(access), Body::None).await.expect("answers").status;
    assert_eq!(asks(&lost.access).await, StatusCode::UNAUTHORIZED, "the answer before is dead");
    assert_eq!(asks(&first.access).await, StatusCode::OK, "the access token of before lives its five minutes");
    assert_eq!(asks(&again.access).await, StatusCode::OK);
}

/// The word of this value on the wire.
fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).expect("JSON").as_str().expect("a word").to_owned()
}

#[test]
fn every_value_of_the_wire_stands_in_the_publishers_guide() {
    use SessionEnd::{Administrator, Closed, Disowned, EndedElsewhere, Expired, Forgotten, Idle, Replaced, Revoked, SignedOut};
    let text = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(GUIDE)).expect("the guide");
    let ends = [Idle, Expired, SignedOut, Closed, Revoked, Replaced, Disowned, Forgotten, Administrator, EndedElsewhere];
    // A value that joins one of them does not compile here before it is in the list above, and in the guide.
    let _ = |end: SessionEnd| match end {
        Idle | Expired | SignedOut | Closed | Revoked | Replaced | Disowned | Forgotten | Administrator | EndedElsewhere => {}
    };
    let _ = |means: SignInMeans| match means {
        SignInMeans::Card | SignInMeans::ECps => {}
    };
    let _ = |environment: PscEnvironment| match environment {
        PscEnvironment::Simulator | PscEnvironment::Bas | PscEnvironment::Production => {}
    };
    let _ = |exchange: Exchange| match exchange {
        Exchange::Loopback | Exchange::Scheme | Exchange::Polling => {}
    };
    let words = ends
        .map(word)
        .into_iter()
        .chain([SignInMeans::Card, SignInMeans::ECps].map(word))
        .chain([PscEnvironment::Simulator, PscEnvironment::Bas, PscEnvironment::Production].map(word))
        .chain([Exchange::Loopback, Exchange::Scheme, Exchange::Polling].map(word));
    let missing: Vec<String> = words.filter(|word| !text.contains(&format!("`{word}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
