//! The companion's pages in a browser that others can lead about.

use reqwest::{Response, StatusCode};
use scraper::{Html, Selector};
use vestibule_tests::browser_double::Page;
use vestibule_tests::stack::{Options, Stack};

use super::scene::{Trip, events, http, parameter, stack};

const MARKUP: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";

#[tokio::test]
async fn attack_22_an_answer_presented_again_is_a_conflict_and_the_code_serves_once() {
    let stack = stack().await;
    let mut trip = Trip::until(&stack, "camille", "confirmation").await;
    let callback = trip.met(|url| url.path() == "/psc/callback");
    for _ in 0..2 {
        let page = trip.browser.open(callback.as_str()).await.expect("answers");
        assert_eq!(page.status, StatusCode::CONFLICT);
        assert!(!page.text().expect("text").is_empty(), "a person reads why");
    }
    let back = trip.comes_back().await;
    let code = parameter(&back, "code").expect("a code");
    let tokens = trip.app.redeem(&trip.started, &code).await.expect("answers").tokens().expect("signed in");

    // The back button, once everything is over.
    let page = trip.browser.open(callback.as_str()).await.expect("answers");
    assert!(page.status.is_client_error(), "{}", page.status);
    // The redeemed code, from its own app and from another one: neither ends the session.
    let replayed = trip.app.redeem(&trip.started, &code).await.expect("answers");
    assert_eq!((replayed.status, &replayed.body["error"]), (StatusCode::BAD_REQUEST, &"invalid_grant".into()));
    let stolen = stack.app().expect("an app").redeem(&trip.started, &code).await.expect("answers");
    assert_eq!((stolen.status, &stolen.body["error"]), (StatusCode::BAD_REQUEST, &"invalid_grant".into()));
    assert_eq!(trip.app.session(&tokens.access).await.expect("answers").status, StatusCode::OK);

    let exchanges = stack.provider_saw("/token", Some("authorization_code")).await.expect("the journal answers");
    assert_eq!(exchanges, 1, "no second exchange");
    let events = events(&stack.database()).await;
    let count = |wanted: &str| events.iter().filter(|event| *event == wanted).count();
    assert_eq!((count("callback_replayed"), count("code_replayed")), (3, 2), "{events:?}");
    assert_eq!(count("browser_mismatch"), 0, "the back button is not another browser: {events:?}");
}

#[tokio::test]
async fn attack_23_a_forged_confirmation_is_refused_and_the_page_cannot_be_framed() {
    let stack = stack().await;
    let mut trip = Trip::until(&stack, "camille", "confirmation").await;
    let csp = trip.page.headers["content-security-policy"].to_str().expect("text");
    assert!(csp.contains("frame-ancestors 'none'"), "{csp}");
    assert_eq!(trip.page.headers["x-frame-options"], "DENY");

    let form = trip.form("confirmation");
    let cookie = trip.browser.cookie_header("127.0.0.1");
    let post = async |fields: &[(String, String)], headers: &[(&str, &str)], cookie: Option<&str>| -> Response {
        let mut request = http().post(form.action.clone()).form(fields);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = cookie {
            request = request.header("Cookie", cookie);
        }
        request.send().await.expect("answers")
    };
    let accept = ("decision".to_owned(), "accept".to_owned());
    let mut right = form.fields.clone();
    right.retain(|(name, _)| name != "decision");
    right.push(accept.clone());
    let wrong: Vec<_> = right
        .iter()
        .map(|(name, value)| (name.clone(), if name == "decision" || name == "id" { value.clone() } else { "guessed".to_owned() }))
        .collect();
    for fields in [&[accept][..], &wrong] {
        assert_eq!(post(fields, &[], Some(&cookie)).await.status(), StatusCode::FORBIDDEN);
    }
    for headers in [
        &[("Origin", "https://evil.example")][..],
        &[("Origin", "http://127.0.0.1:1")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
    ] {
        assert_eq!(post(&right, headers, Some(&cookie)).await.status(), StatusCode::FORBIDDEN, "{headers:?}");
    }
    assert_eq!(post(&right, &[], None).await.status(), StatusCode::BAD_REQUEST, "without the browser's cookie");
    assert!(events(&stack.database()).await.contains(&"form_refused".to_owned()));
    trip.ends_well().await;
}

#[tokio::test]
async fn attack_23_a_sign_in_cannot_be_opened_by_a_form_of_another_site() {
    let stack = stack().await;
    let mut trip = Trip::until(&stack, "camille", "continue").await;
    let form = trip.form("continue");
    for (name, value) in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")] {
        let answer = http().post(form.action.clone()).form(&form.fields).header(name, value).send().await.expect("answers");
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}");
    }
    trip.ends_well().await;
}

#[tokio::test]
async fn attack_24_markup_in_names_and_labels_is_shown_as_text() {
    let mut people = psc_simulator::persona::embedded().expect("the people");
    let camille = people.iter_mut().find(|person| person.id == "camille").expect("Camille");
    for claim in ["given_name", "family_name"] {
        camille.userinfo.insert(claim.to_owned(), MARKUP.into());
    }
    let stack = Stack::start_with_people(Options::default(), people).await.expect("the stack starts");
    let mut trip = Trip::labelled(&stack, "camille", MARKUP, "continue").await;
    is_inert(&trip.page, true);
    let (page, person) = (trip.page.clone(), trip.person.clone());
    trip.page = trip.browser.go_on(page, &person, "confirmation").await.expect("walks on");
    is_inert(&trip.page, true);
    trip.ends_well().await;
}

#[tokio::test]
async fn attack_24_what_the_provider_says_in_words_is_never_shown() {
    let stack = stack().await;
    let issuer = parameter(&Trip::until(&stack, "alix", "confirmation").await.met(|url| url.path() == "/psc/callback"), "iss");
    for error in [MARKUP, "access_denied", "server_error"] {
        let trip = Trip::until(&stack, "camille", "means").await;
        let state = parameter(&trip.provider_address(), "state").expect("a state");
        let mut callback = url::Url::parse(&format!("{}/psc/callback", stack.companion_url)).expect("an address");
        callback.query_pairs_mut().append_pair("state", &state).append_pair("error", error).append_pair("error_description", MARKUP);
        callback.query_pairs_mut().append_pair("iss", issuer.as_deref().expect("an issuer"));
        let request = http().get(callback).header("Cookie", trip.browser.cookie_header("127.0.0.1"));
        let page = Page::read(request.send().await.expect("answers")).await.expect("a page");
        is_inert(&page, false);
        assert!(!page.body.contains("alert"), "neither as text nor in the address that leads back: {error}");
    }
    for path in ["/psc/callback", "/oauth/authorize", "/sign-out", "/sign-in/return", "/nowhere"] {
        for name in ["error", "error_description", "id", "state", "ticket", "request_uri", "client_id"] {
            let mut address = url::Url::parse(&format!("{}{path}", stack.companion_url)).expect("an address");
            address.query_pairs_mut().append_pair(name, MARKUP);
            let response = http().get(address).header("Accept", "text/html").send().await.expect("answers");
            let page = Page::read(response).await.expect("a page");
            is_inert(&page, false);
            assert!(!page.body.contains("alert"), "{path} {name}");
        }
    }
}

/// No element came out of the markup, and the page's policy would stop it if one did.
fn is_inert(page: &Page, shown: bool) {
    let csp = page.headers["content-security-policy"].to_str().expect("text");
    assert!(csp.contains("default-src 'none'") && !csp.contains("unsafe-inline"), "{csp}");
    let document = Html::parse_document(&page.body);
    let elements = Selector::parse("[onerror], [src=x]").expect("a selector");
    assert_eq!(document.select(&elements).count(), 0, "{}", page.body);
    let scripts = Selector::parse("script").expect("a selector");
    assert!(document.select(&scripts).all(|script| !script.text().any(|text| text.contains("alert"))), "{}", page.body);
    assert_eq!(page.text().expect("text").contains("<script>alert(1)</script>"), shown, "{}", page.body);
}
