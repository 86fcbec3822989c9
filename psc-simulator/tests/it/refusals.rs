//! Requests that are refused, in the provider's words.

use reqwest::StatusCode;
use serde_json::Value;

use crate::bench::{
    Arrival, Bench, Browser, CALLBACK, CLIENT, OTHER_CLIENT, SECRET, VERIFIER, good_request, granted, refused, request_with, text,
};

async fn error_sent_back(name: &'static str, value: Option<&str>) -> String {
    let bench = Bench::start().await;
    let answer = Browser::new(&bench).open(&request_with(name, value)).await.away();
    if name != "state" {
        assert_eq!(answer["state"], "the state & more");
    }
    assert_eq!(answer["iss"], bench.addresses.issuer());
    assert!(!answer.contains_key("code"));
    answer["error"].clone()
}

/// So that the simulator notices what EXI 17 forbids.
#[tokio::test]
async fn any_scope_but_openid_scope_all_is_refused() {
    for scope in [None, Some("openid"), Some("scope_all"), Some("openid scope_all email"), Some("openid  scope_all")] {
        assert_eq!(error_sent_back("scope", scope).await, "invalid_scope", "{scope:?}");
    }
}

/// So that the simulator notices what EXI 16 forbids.
#[tokio::test]
async fn any_acr_values_but_eidas1_is_refused() {
    for acr in [None, Some("eidas2"), Some("eidas1 eidas2")] {
        assert_eq!(error_sent_back("acr_values", acr).await, "invalid_request", "{acr:?}");
    }
}

#[tokio::test]
async fn other_response_types_and_broken_challenges_are_refused() {
    assert_eq!(error_sent_back("response_type", Some("token")).await, "unsupported_response_type");
    assert_eq!(error_sent_back("response_type", None).await, "invalid_request");
    assert_eq!(error_sent_back("code_challenge_method", Some("S512")).await, "invalid_request");
    assert_eq!(error_sent_back("code_challenge", None).await, "invalid_request");
}

#[tokio::test]
async fn a_parameter_sent_twice_is_refused() {
    let bench = Bench::start().await;
    let mut request = good_request();
    request.push(("nonce", "again".to_owned()));
    assert_eq!(Browser::new(&bench).open(&request).await.away()["error"], "invalid_request");
}

#[tokio::test]
async fn an_unregistered_callback_or_client_gets_a_page_and_no_redirect() {
    let bench = Bench::start().await;
    let slash = format!("{CALLBACK}/");
    for (name, value) in [
        ("redirect_uri", Some(slash.as_str())),
        ("redirect_uri", Some("https://attacker.example/")),
        ("redirect_uri", None),
        ("client_id", Some("nobody")),
        ("client_id", None),
    ] {
        let page = Browser::new(&bench).open(&request_with(name, value)).await.page();
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{name} {value:?}");
        assert!(page.html.contains(&format!("<code id=\"code\">{name}</code>")), "{}", page.html);
    }
}

#[tokio::test]
async fn both_secret_methods_work_and_a_wrong_secret_is_refused() {
    let bench = Bench::start().await;
    let endpoint = bench.addresses.endpoint("token");
    let code = Browser::new(&bench).code("camille", "card").await;
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", CLIENT),
    ];
    let none = bench.http.post(&endpoint).form(&form).send().await.expect("answer");
    assert_eq!(refused(none).await, (401, "invalid_client".to_owned()));
    let basic = bench.http.post(&endpoint).basic_auth(CLIENT, Some("wrong")).form(&form).send().await.expect("answer");
    assert!(basic.headers().contains_key("www-authenticate"));
    assert_eq!(refused(basic).await, (401, "invalid_client".to_owned()));
    let unknown = bench.http.post(&endpoint).basic_auth("nobody", Some(SECRET)).send().await.expect("answer");
    assert_eq!(refused(unknown).await, (401, "invalid_client".to_owned()));
    form.push(("client_secret", SECRET));
    let both = bench.http.post(&endpoint).basic_auth(CLIENT, Some(SECRET)).form(&form).send().await.expect("answer");
    assert_eq!(refused(both).await, (400, "invalid_request".to_owned()));
    let post = bench.http.post(&endpoint).form(&form).send().await.expect("answer");
    granted(post).await;
}

#[tokio::test]
async fn a_wrong_or_missing_verifier_is_refused_and_spends_the_code() {
    let bench = Bench::start().await;
    for verifier in [Some("another-verifier"), None] {
        let code = Browser::new(&bench).code("camille", "card").await;
        let mut form = vec![("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK)];
        form.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        assert_eq!(refused(bench.token(&form).await).await, (400, "invalid_grant".to_owned()));
        assert_eq!(refused(bench.redeem(&code).await).await, (400, "invalid_grant".to_owned()));
    }
}

#[tokio::test]
async fn a_code_is_bound_to_its_callback_and_client() {
    let bench = Bench::start().await;
    let code = Browser::new(&bench).code("camille", "card").await;
    let form = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    let other = [("client_id", OTHER_CLIENT), ("client_secret", SECRET)];
    let answer = bench.http.post(bench.addresses.endpoint("token")).form(&[&form[..], &other].concat()).send().await.expect("answer");
    assert_eq!(refused(answer).await, (400, "invalid_grant".to_owned()));
    granted(bench.redeem(&code).await).await;
    let code = Browser::new(&bench).code("camille", "card").await;
    let form = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", "http://127.0.0.1:8080/other")];
    assert_eq!(refused(bench.token(&form).await).await, (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_replayed_code_is_refused_and_revokes_what_it_gave() {
    let bench = Bench::start().await;
    let code = Browser::new(&bench).code("camille", "card").await;
    let tokens = granted(bench.redeem(&code).await).await;
    assert_eq!(bench.userinfo(text(&tokens, "access_token")).await.status(), StatusCode::OK);
    assert_eq!(refused(bench.redeem(&code).await).await, (400, "invalid_grant".to_owned()));
    assert_eq!(bench.userinfo(text(&tokens, "access_token")).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused(bench.refresh(text(&tokens, "refresh_token")).await).await, (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn other_grant_types_are_refused() {
    let bench = Bench::start().await;
    let answer = bench.token(&[("grant_type", "password"), ("username", "x"), ("password", "y")]).await;
    assert_eq!(refused(answer).await, (400, "unsupported_grant_type".to_owned()));
    assert_eq!(refused(bench.token(&[("code", "x")]).await).await, (400, "invalid_request".to_owned()));
}

#[tokio::test]
async fn the_person_can_cancel_at_every_step() {
    let bench = Bench::start().await;
    for presses in 0..=3 {
        let mut browser = Browser::new(&bench);
        let mut page = browser.open(&good_request()).await.page();
        for (name, value) in [("means", "mobile"), ("persona", "noa"), ("decision", "approve")].into_iter().take(presses) {
            page = browser.press(&page, name, value).await.page();
        }
        let answer = browser.press(&page, "decision", "cancel").await.away();
        assert_eq!(answer["error"], "access_denied");
        assert_eq!(answer["state"], "the state & more");
    }
}

#[tokio::test]
async fn a_wrong_number_on_the_phone_is_a_refusal() {
    let bench = Bench::start().await;
    let mut browser = Browser::new(&bench);
    let page = browser.open(&good_request()).await.page();
    let page = browser.press(&page, "means", "mobile").await.page();
    let page = browser.press(&page, "persona", "ange").await.page();
    assert_eq!(browser.press(&page, "decision", "mismatch").await.away()["error"], "access_denied");
}

#[tokio::test]
async fn an_answer_that_fits_no_button_leaves_the_step_as_it_is() {
    let bench = Bench::start().await;
    let mut browser = Browser::new(&bench);
    let page = browser.open(&good_request()).await.page();
    for (name, value) in [("means", "delegation"), ("persona", "camille"), ("decision", "approve")] {
        let Arrival::Page(still) = browser.press(&page, name, value).await else { panic!("left") };
        assert_eq!(still.step(), "means");
    }
}

#[tokio::test]
async fn userinfo_wants_a_live_token() {
    let bench = Bench::start().await;
    let answer = bench.http.get(bench.addresses.endpoint("userinfo")).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let answer = bench.userinfo("made-up").await;
    assert!(answer.headers()["www-authenticate"].to_str().expect("text").contains("invalid_token"));
    assert_eq!(answer.json::<Value>().await.expect("json")["error"], "invalid_token");
}
