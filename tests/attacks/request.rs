//! The way from the app to Pro Santé Connect: pushed requests and the browser that opens them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::Row as _;
use vestibule_tests::browser_double::ScriptedBrowser;
use vestibule_tests::raw_client::{Body, Secrets};
use vestibule_tests::stack::{Doorstep, now};

use super::scene::{Trip, events, http, memory, stack};

#[tokio::test]
async fn attack_04_the_provider_address_forwarded_to_another_browser_exchanges_nothing() {
    let stack = stack().await;
    let mut trip = Trip::until(&stack, "camille", "means").await;
    let forwarded = trip.provider_address();
    let mut other = ScriptedBrowser::new().expect("a browser");
    let page = other.walk(forwarded.as_str(), &trip.person).await.expect("the pages end");
    assert_eq!((page.status, page.url.path()), (StatusCode::BAD_REQUEST, "/psc/callback"));
    assert_eq!(stack.provider_saw("/token", None).await.expect("the journal answers"), 0, "no code was exchanged");
    assert_eq!(events(&stack.database()).await, ["browser_mismatch"]);
    trip.ends_well().await;
}

#[tokio::test]
async fn attack_05_a_request_opened_twice_is_gone_and_leaves_an_event() {
    let stack = stack().await;
    let mut trip = Trip::until(&stack, "camille", "continue").await;
    let form = trip.form("continue");
    trip.page = trip.browser.submit(&form, &[]).await.expect("the first opening leaves for the provider");
    let mut other = ScriptedBrowser::new().expect("a browser");
    let second = other.submit(&form, &[]).await.expect("answers");
    assert_eq!(second.status, StatusCode::GONE);
    assert_eq!(other.open(&trip.app.authorize_address(&trip.started)).await.expect("answers").status, StatusCode::GONE);
    assert!(other.cookie_header("127.0.0.1").is_empty(), "the second browser is given nothing");
    assert_eq!(events(&stack.database()).await, ["request_reopened"]);
    trip.ends_well().await;
}

#[tokio::test]
async fn attack_06_a_link_scanner_changes_nothing() {
    let stack = stack().await;
    let mut trip = Trip::until(&stack, "camille", "continue").await;
    let address = trip.app.authorize_address(&trip.started);
    for _ in 0..20 {
        for method in [Method::GET, Method::HEAD] {
            let answer = http().request(method, &address).header("User-Agent", "LinkScanner/1.0").send().await.expect("answers");
            assert_eq!(answer.status(), StatusCode::OK);
            // A cookie for the scanner's own use: it has none of the person's.
            assert_eq!(answer.headers().get_all("set-cookie").iter().count(), 1);
        }
    }
    assert_eq!(super::scene::state_of(&trip.app, &trip.started).await, "created");
    trip.ends_well().await;
}

#[tokio::test]
async fn attack_14_only_a_clean_loopback_return_address_is_taken() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let long = format!("http://127.0.0.1:5000/{}", "a".repeat(4000));
    let secrets = Secrets::new();
    for address in [
        "http://127.0.0.1:22/cb/x",
        "http://127.0.0.1:1023/cb/x",
        "http://127.0.0.1:0/cb/x",
        "http://127.0.0.1:65536/cb/x",
        "http://127.0.0.1:05000/cb/x",
        "http://127.0.0.1/cb/x",
        "http://127.0.0.1:5000",
        "http://127.0.0.1:5000/",
        "https://127.0.0.1:5000/cb/x",
        "HTTP://127.0.0.1:5000/cb/x",
        "http://localhost:5000/cb/x",
        "http://[::1]:5000/cb/x",
        "http://127.1:5000/cb/x",
        "http://2130706433:5000/cb/x",
        "http://0x7f000001:5000/cb/x",
        "http://127.0.0.2:5000/cb/x",
        "http://0.0.0.0:5000/cb/x",
        "http://evil.example:5000/cb/x",
        "http://127.0.0.1.evil.example:5000/cb/x",
        "http://127.0.0.1:5000@evil.example/cb/x",
        "http://evil@127.0.0.1:5000/cb/x",
        "http://127.0.0.1:5000/cb/x?next=evil",
        "http://127.0.0.1:5000/cb/x#evil",
        "http://127.0.0.1:5000/cb/../x",
        "http://127.0.0.1:5000/cb/%2e%2e/x",
        "http://127.0.0.1:5000//evil.example/x",
        "http://127.0.0.1:5000/cb\\evil",
        "http:\\\\127.0.0.1:5000\\cb\\x",
        "http://127.0.0.1:5000/cb/x\r\nLocation: http://evil.example",
        "http://127.0.0.1:5000/cb/x ",
        " http://127.0.0.1:5000/cb/x",
        "http://127.0.0.1:5000/cb/\u{202e}x",
        "http://１２７.0.0.1:5000/cb/x",
        "javascript:alert(1)//http://127.0.0.1:5000/cb/x",
        "vestibule://cb",
        "urn:ietf:wg:oauth:2.0:oob",
        &long,
    ] {
        let answer = app.push(&secrets, address, &[]).await.expect("answers");
        assert_eq!((answer.status, &answer.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_request")), "{address:?}");
    }
    // The last word of the table: the same request with a clean address is taken.
    app.start("http://127.0.0.1:5000/cb/x").await.expect("taken");
}

#[tokio::test]
async fn attack_27_a_flood_of_starts_is_told_when_to_come_back() {
    let stack = stack().await;
    let mut trip = Trip::until(&stack, "camille", "continue").await;
    let doorstep = Doorstep::open().expect("a loopback address");
    let flood = trip.app.clone();
    for _ in 0..2 {
        flood.start(&doorstep.redirect_uri).await.expect("three may wait at once");
    }
    let secrets = Secrets::new();
    for _ in 0..100 {
        let answer = flood.push(&secrets, &doorstep.redirect_uri, &[]).await.expect("answers");
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        let wait: u32 = answer.headers["retry-after"].to_str().expect("text").parse().expect("seconds");
        assert!((1..=600).contains(&wait), "{wait}");
    }
    trip.ends_well().await;
}

#[tokio::test]
async fn attack_36_forwarded_headers_of_an_untrusted_peer_are_ignored() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let doorstep = Doorstep::open().expect("a loopback address");
    let address = format!("{}/oauth/par", stack.companion_url);
    let secrets = Secrets::new();
    let nonce = app.call(Method::POST, "/oauth/par", None, Body::None).await.expect("answers").headers["dpop-nonce"].clone();
    let push = |proof_for: &str| {
        let proof = app.device.proof(&Method::POST, proof_for, None, nonce.to_str().ok(), now());
        http()
            .post(&address)
            .header("Host", "evil.example")
            .header("X-Forwarded-For", "203.0.113.9")
            .header("X-Real-IP", "203.0.113.9")
            .header("X-Forwarded-Host", "evil.example")
            .header("X-Forwarded-Proto", "https")
            .header("Forwarded", "for=203.0.113.9;host=evil.example;proto=https")
            .header("DPoP", app.device.sign(&proof))
            .form(&secrets.pushed_form(&doorstep.redirect_uri))
            .send()
    };
    // A proof made for the name in the headers is not a proof for the companion.
    assert_eq!(push("https://evil.example/oauth/par").await.expect("answers").status(), StatusCode::BAD_REQUEST);
    let answer = push(&address).await.expect("answers");
    assert_eq!(answer.status(), StatusCode::CREATED);
    let body: Value = answer.json().await.expect("an answer");
    assert!(body["events_uri"].as_str().is_some_and(|events| events.starts_with(&stack.companion_url)), "{body}");

    let metadata = http().get(format!("{}/.well-known/oauth-authorization-server", stack.companion_url));
    let metadata: Value =
        metadata.header("X-Forwarded-Host", "evil.example").send().await.expect("answers").json().await.expect("an answer");
    assert_eq!(metadata["issuer"], stack.companion_url);
    let row = sqlx::query("SELECT app_address FROM sign_ins").fetch_one(&mut memory(&stack.database()).await).await.expect("a sign-in");
    assert_eq!(row.get::<String, _>("app_address"), "127.0.0.1");
}
