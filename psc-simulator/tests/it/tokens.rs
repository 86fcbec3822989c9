//! Tokens: what they say, how long they last, what a rotation ends.

use psc_simulator::clock::Clock as _;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::bench::{Bench, Browser, CLIENT, OTHER_CLIENT, SECRET, VERIFIER, fault, good_request, granted, refused, request_with, text};

fn names(json: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = json.as_object().expect("object").keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn the_callback_carries_code_state_session_and_issuer() {
    let bench = Bench::start().await;
    let answer = Browser::new(&bench).walk("camille", "card").await;
    assert_eq!(answer["state"], "the state & more");
    assert_eq!(answer["iss"], bench.addresses.issuer());
    let tokens = granted(bench.redeem(&answer["code"]).await).await;
    assert_eq!(text(&tokens, "session_state"), answer["session_state"]);
}

#[tokio::test]
async fn the_token_answer_has_the_fields_of_pro_sante_connect() {
    let bench = Bench::start().await;
    let tokens = bench.tokens("camille").await;
    let expected = [
        "access_token",
        "expires_in",
        "id_token",
        "not-before-policy",
        "refresh_expires_in",
        "refresh_token",
        "scope",
        "session_state",
        "token_type",
    ];
    assert_eq!(names(&tokens), expected);
    assert_eq!((&tokens["expires_in"], &tokens["refresh_expires_in"]), (&json!(120), &json!(1800)));
    assert_eq!((&tokens["token_type"], &tokens["scope"]), (&json!("Bearer"), &json!("openid scope_all")));
}

#[tokio::test]
async fn access_and_id_tokens_say_what_pro_sante_connect_says() {
    let bench = Bench::start().await;
    let tokens = bench.tokens("camille").await;
    let (header, access) = bench.verified(text(&tokens, "access_token")).await.expect("signed");
    assert_eq!((&header["alg"], &header["typ"]), (&json!("RS256"), &json!("JWT")));
    assert_eq!(access["typ"], "Bearer");
    assert_eq!(access["azp"], CLIENT);
    assert_eq!(access["authMode"], "CARD");
    assert_eq!(access["acr"], "eidas1");
    assert_eq!(access["nonce"], "the nonce");
    assert_eq!(access["exp"].as_u64().expect("exp") - access["iat"].as_u64().expect("iat"), 120);
    assert!(!access.contains_key("aud") && !access.contains_key("SubjectNameID"), "as seen in the sandbox");
    let (_, id) = bench.verified(text(&tokens, "id_token")).await.expect("signed");
    assert_eq!(id["typ"], "ID");
    assert_eq!(id["aud"], CLIENT);
    assert_eq!(id["iss"], bench.addresses.issuer());
    assert_eq!(id["nonce"], "the nonce");
    assert_eq!(id["sub"], access["sub"]);
    assert_eq!(id["sid"], tokens["session_state"]);
    assert_eq!(id["SubjectNameID"], "899700999016");
    assert!(id.contains_key("at_hash") && !id.contains_key("SubjectRefPro"));
}

#[tokio::test]
async fn the_phone_is_told_apart_from_the_card() {
    let bench = Bench::start().await;
    let code = Browser::new(&bench).code("sacha", "mobile").await;
    let tokens = granted(bench.redeem(&code).await).await;
    assert_eq!(bench.verified(text(&tokens, "id_token")).await.expect("signed").1["authMode"], "MOBILE");
}

#[tokio::test]
async fn without_nonce_the_access_token_has_an_empty_one_and_the_id_token_none() {
    let bench = Bench::start().await;
    let mut browser = Browser::new(&bench);
    let mut page = browser.open(&request_with("nonce", None)).await.page();
    for (name, value) in [("means", "card"), ("persona", "camille"), ("decision", "approve")] {
        page = browser.press(&page, name, value).await.page();
    }
    let code = browser.press(&page, "decision", "approve").await.away().remove("code").expect("a code");
    let tokens = granted(bench.redeem(&code).await).await;
    assert_eq!(bench.verified(text(&tokens, "access_token")).await.expect("signed").1["nonce"], "");
    assert!(!bench.verified(text(&tokens, "id_token")).await.expect("signed").1.contains_key("nonce"));
}

#[tokio::test]
async fn a_code_lives_sixty_seconds() {
    let bench = Bench::start().await;
    let mut browser = Browser::new(&bench);
    let code = browser.code("camille", "card").await;
    bench.clock.advance(59);
    granted(bench.redeem(&code).await).await;
    let late = Browser::new(&bench).code("camille", "card").await;
    bench.clock.advance(60);
    assert_eq!(refused(bench.redeem(&late).await).await, (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn an_access_token_lives_two_minutes() {
    let bench = Bench::start().await;
    let tokens = bench.tokens("camille").await;
    bench.clock.advance(119);
    assert_eq!(bench.userinfo(text(&tokens, "access_token")).await.status(), StatusCode::OK);
    bench.clock.advance(1);
    assert_eq!(bench.userinfo(text(&tokens, "access_token")).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_refresh_gives_a_new_pair_and_spends_the_old_one() {
    let bench = Bench::start().await;
    let first = bench.tokens("camille").await;
    bench.clock.advance(100);
    let second = granted(bench.refresh(text(&first, "refresh_token")).await).await;
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(first["session_state"], second["session_state"]);
    let auth_time = async |tokens: &Value| bench.verified(text(tokens, "id_token")).await.expect("signed").1["auth_time"].clone();
    assert_eq!(auth_time(&first).await, auth_time(&second).await);
    assert_eq!(refused(bench.refresh(text(&first, "refresh_token")).await).await, (400, "invalid_grant".to_owned()));
    granted(bench.refresh(text(&second, "refresh_token")).await).await;
}

#[tokio::test]
async fn a_refresh_may_repeat_the_scope_but_not_change_it() {
    let bench = Bench::start().await;
    let tokens = bench.tokens("camille").await;
    let refresh = text(&tokens, "refresh_token");
    let wider = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("scope", "openid email")];
    assert_eq!(refused(bench.token(&wider).await).await, (400, "invalid_scope".to_owned()));
    let same = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("scope", "openid scope_all")];
    granted(bench.token(&same).await).await;
}

#[tokio::test]
async fn without_rotation_a_refresh_token_serves_again() {
    let bench = Bench::start().await;
    bench.set_faults(fault("refresh_reusable")).await;
    let tokens = bench.tokens("camille").await;
    for _ in 0..2 {
        granted(bench.refresh(text(&tokens, "refresh_token")).await).await;
    }
}

#[tokio::test]
async fn a_session_is_over_after_thirty_idle_minutes() {
    let bench = Bench::start().await;
    let tokens = bench.tokens("camille").await;
    bench.clock.advance(1_799);
    let tokens = granted(bench.refresh(text(&tokens, "refresh_token")).await).await;
    bench.clock.advance(1_799);
    let tokens = granted(bench.refresh(text(&tokens, "refresh_token")).await).await;
    bench.clock.advance(1_800);
    assert_eq!(refused(bench.refresh(text(&tokens, "refresh_token")).await).await, (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_session_is_over_after_four_hours_whatever_its_activity() {
    let bench = Bench::start().await;
    let mut tokens = bench.tokens("camille").await;
    for _ in 0..9 {
        bench.clock.advance(1_500);
        tokens = granted(bench.refresh(text(&tokens, "refresh_token")).await).await;
    }
    assert_eq!(tokens["refresh_expires_in"], 900, "never beyond the four hours");
    bench.clock.advance(840);
    let tokens = granted(bench.refresh(text(&tokens, "refresh_token")).await).await;
    assert_eq!((&tokens["expires_in"], &tokens["refresh_expires_in"]), (&json!(60), &json!(60)));
    bench.clock.advance(60);
    assert_eq!(refused(bench.refresh(text(&tokens, "refresh_token")).await).await, (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_browser_already_signed_in_confirms_only() {
    let bench = Bench::start().await;
    let mut browser = Browser::new(&bench);
    let first = granted(bench.redeem(&browser.code("camille", "card").await).await).await;
    let page = browser.open(&good_request()).await.page();
    assert_eq!(page.step(), "resume");
    assert!(page.html.contains("Continuer comme Camille FICTIF-EXEMPLE"));
    let code = browser.press(&page, "decision", "approve").await.away().remove("code").expect("a code");
    let second = granted(bench.redeem(&code).await).await;
    assert_eq!(first["session_state"], second["session_state"], "the same SSO session");
    let page = browser.open(&good_request()).await.page();
    let page = browser.press(&page, "decision", "other").await.page();
    assert_eq!(page.step(), "means", "someone else signs in from the start");
}

#[tokio::test]
async fn an_idle_browser_signs_in_again() {
    let bench = Bench::start().await;
    let mut browser = Browser::new(&bench);
    browser.code("camille", "card").await;
    let page = browser.open(&good_request()).await.page();
    assert_eq!(page.step(), "resume");
    bench.clock.advance(1_800);
    let page = browser.press(&page, "decision", "approve").await.page();
    assert_eq!(page.step(), "means", "the session ended while the page was open");
    assert_eq!(browser.open(&good_request()).await.page().step(), "means");
}

#[tokio::test]
async fn introspection_names_the_person_for_an_access_token_only() {
    let bench = Bench::start().await;
    let tokens = bench.tokens("camille").await;
    let introspect = async |token: &str, client: &str| -> Value {
        let form = [("token", token), ("client_id", client), ("client_secret", SECRET)];
        let request = bench.http.post(bench.addresses.endpoint("token/introspect")).form(&form);
        request.send().await.expect("answer").json().await.expect("json")
    };
    let access = introspect(text(&tokens, "access_token"), OTHER_CLIENT).await;
    assert_eq!((&access["active"], &access["SubjectNameID"]), (&json!(true), &json!("899700999016")));
    assert_eq!((&access["client_id"], &access["username"]), (&json!(CLIENT), &json!("899700999016")));
    let refresh = introspect(text(&tokens, "refresh_token"), CLIENT).await;
    assert_eq!((&refresh["active"], refresh.get("SubjectNameID")), (&json!(true), None));
    bench.clock.advance(120);
    assert_eq!(introspect(text(&tokens, "access_token"), CLIENT).await, json!({ "active": false }));
    assert_eq!(introspect("made-up", CLIENT).await, json!({ "active": false }));
    let unproven = bench.http.post(bench.addresses.endpoint("token/introspect")).form(&[("token", "x")]).send().await;
    assert_eq!(refused(unproven.expect("answer")).await, (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn a_revoked_refresh_token_takes_its_access_tokens_with_it() {
    let bench = Bench::start().await;
    let tokens = bench.tokens("camille").await;
    let revoke = async |client: &str| {
        let form = [("token", text(&tokens, "refresh_token")), ("client_id", client), ("client_secret", SECRET)];
        bench.http.post(bench.addresses.endpoint("revoke")).form(&form).send().await.expect("answer").status()
    };
    assert_eq!(revoke(OTHER_CLIENT).await, StatusCode::OK);
    assert_eq!(bench.userinfo(text(&tokens, "access_token")).await.status(), StatusCode::OK, "another client's token stays");
    assert_eq!(revoke(CLIENT).await, StatusCode::OK);
    assert_eq!(bench.userinfo(text(&tokens, "access_token")).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused(bench.refresh(text(&tokens, "refresh_token")).await).await, (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn plain_challenges_are_accepted_as_advertised() {
    let bench = Bench::start().await;
    let mut browser = Browser::new(&bench);
    let mut request = request_with("code_challenge", Some(VERIFIER));
    request.retain(|(name, _)| *name != "code_challenge_method");
    let mut page = browser.open(&request).await.page();
    for (name, value) in [("means", "card"), ("persona", "camille"), ("decision", "approve")] {
        page = browser.press(&page, name, value).await.page();
    }
    let code = browser.press(&page, "decision", "approve").await.away().remove("code").expect("a code");
    granted(bench.redeem(&code).await).await;
}
