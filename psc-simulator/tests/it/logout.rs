//! The end of a session, from server to server and through the browser.

use psc_simulator::clock::Clock as _;
use reqwest::{StatusCode, header};

use crate::bench::{Bench, Browser, LOGOUT_RETURN, fault, good_request, granted, refused, text};

#[tokio::test]
async fn a_browser_logs_out_and_returns_with_its_state() {
    let bench = Bench::start().await;
    let tokens = bench.tokens("camille").await;
    let query = [("id_token_hint", text(&tokens, "id_token")), ("post_logout_redirect_uri", LOGOUT_RETURN), ("state", "s 1")];
    let answer = bench.http.get(bench.addresses.endpoint("logout")).query(&query).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::FOUND);
    assert_eq!(answer.headers()[header::LOCATION], format!("{LOGOUT_RETURN}?state=s+1"));
    assert_eq!(refused(bench.refresh(text(&tokens, "refresh_token")).await).await, (400, "invalid_grant".to_owned()));
    assert_eq!(bench.userinfo(text(&tokens, "access_token")).await.status(), StatusCode::UNAUTHORIZED);
    let journal = bench.journal().await;
    let logout = journal.iter().find(|entry| entry["path"].as_str().is_some_and(|path| path.ends_with("/logout"))).expect("logout");
    assert_eq!(logout["logout"]["hint"], "valid");
    assert_eq!(logout["logout"]["ended_session"], tokens["session_state"]);
    assert_eq!(logout["client_id"], "vestibule-demo");
}

#[tokio::test]
async fn a_server_logs_out_by_post_with_an_expired_hint() {
    let bench = Bench::start().await;
    let mut browser = Browser::new(&bench);
    let code = browser.code("camille", "card").await;
    let tokens = granted(bench.redeem(&code).await).await;
    bench.clock.advance(600);
    let form = [("id_token_hint", text(&tokens, "id_token"))];
    let answer = bench.http.post(bench.addresses.endpoint("logout")).form(&form).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.expect("text").contains("Session fermée"));
    assert_eq!(browser.open(&good_request()).await.page().step(), "means", "the browser is signed out too");
}

#[tokio::test]
async fn a_second_logout_ends_nothing_but_still_returns() {
    let bench = Bench::start().await;
    let tokens = bench.tokens("camille").await;
    let query = [("id_token_hint", text(&tokens, "id_token")), ("post_logout_redirect_uri", LOGOUT_RETURN)];
    for _ in 0..2 {
        let answer = bench.http.get(bench.addresses.endpoint("logout")).query(&query).send().await.expect("answer");
        assert_eq!(answer.headers()[header::LOCATION], LOGOUT_RETURN);
    }
    let ended: Vec<bool> = bench
        .journal()
        .await
        .iter()
        .filter(|entry| entry["logout"].is_object())
        .map(|entry| entry["logout"]["ended_session"].is_string())
        .collect();
    assert_eq!(ended, [true, false]);
}

#[tokio::test]
async fn a_logout_ends_one_session_and_no_other() {
    let bench = Bench::start().await;
    let (hers, his) = (bench.tokens("camille").await, bench.tokens("maxence").await);
    let form = [("id_token_hint", text(&hers, "id_token"))];
    bench.http.post(bench.addresses.endpoint("logout")).form(&form).send().await.expect("answer");
    assert_eq!(bench.userinfo(text(&hers, "access_token")).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(bench.userinfo(text(&his, "access_token")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_unregistered_return_address_is_refused_and_ends_nothing() {
    let bench = Bench::start().await;
    let tokens = bench.tokens("camille").await;
    let query = [("id_token_hint", text(&tokens, "id_token")), ("post_logout_redirect_uri", "https://attacker.example/")];
    let answer = bench.http.get(bench.addresses.endpoint("logout")).query(&query).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(bench.userinfo(text(&tokens, "access_token")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_missing_or_forged_hint_is_refused() {
    let bench = Bench::start().await;
    let tokens = bench.tokens("camille").await;
    let forged = format!("{}AAAA", text(&tokens, "id_token").rsplit_once('.').map(|(message, _)| format!("{message}.")).expect("parts"));
    for hint in [None, Some(forged.as_str())] {
        let query: Vec<(&str, &str)> = hint.map(|hint| ("id_token_hint", hint)).into_iter().collect();
        let answer = bench.http.get(bench.addresses.endpoint("logout")).query(&query).send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    }
    let hints: Vec<_> = bench
        .journal()
        .await
        .iter()
        .filter(|entry| entry["logout"].is_object())
        .map(|entry| entry["logout"]["hint"].as_str().expect("hint").to_owned())
        .collect();
    assert_eq!(hints, ["absent", "invalid"]);
    assert_eq!(bench.userinfo(text(&tokens, "access_token")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_state_can_be_dropped_as_the_real_service_was_seen_to() {
    let bench = Bench::start().await;
    bench.set_faults(fault("logout_drops_state")).await;
    let tokens = bench.tokens("camille").await;
    let query = [("id_token_hint", text(&tokens, "id_token")), ("post_logout_redirect_uri", LOGOUT_RETURN), ("state", "s 1")];
    let answer = bench.http.get(bench.addresses.endpoint("logout")).query(&query).send().await.expect("answer");
    assert_eq!(answer.headers()[header::LOCATION], LOGOUT_RETURN);
}
