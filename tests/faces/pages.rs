//! The browser's way: pages, cookie, refusals.

use http::{Method, StatusCode};
use vestibule_model::ErrorCode;
use vestibule_model::language::Language;
use vestibule_tests::browser_double::{Page, authorize_path};
use vestibule_tests::raw_client::{Answer, CLIENT_ID};

use crate::companion::TestCompanion;
use crate::sign_in::{AtPsc, REDIRECT_URI, VERIFIER, device_form, push, pushed_form, query_of, redeem};

fn assert_page(page: &Page, status: u16) {
    assert_eq!(page.status.as_u16(), status, "{page:?}");
    let header = |name: &str| page.headers.get(name).unwrap_or_else(|| panic!("no {name}: {page:?}")).to_str().unwrap();
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("x-content-type-options"), "nosniff");
    let policy = header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action "] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    assert!(!page.headers.contains_key("strict-transport-security"), "the public address is http");
    assert!(page.body.contains("<html lang=\"fr\">"));
    assert!(page.body.contains("Dossier &#60;Exemple&#62;") && !page.body.contains("<Exemple>"), "names are escaped");
    assert!(page.body.len() < 20_000);
}

fn assert_problem(page: &Page, status: u16, code: &str) {
    assert_page(page, status);
    assert!(page.body.contains(code), "{code} missing in {}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_for_reading_need_nothing() {
    let companion = TestCompanion::start().await;
    for path in ["/terms", "/privacy", "/accessibility", "/sign-in/return", "/psc/logout-return"] {
        assert_page(&companion.browser().get(path).await.unwrap(), 200);
    }
}

/// In the language that the app asked for, from the first page to the last; French for whoever asks for none, in the same browser too.
#[tokio::test(flavor = "multi_thread")]
async fn exi_03_the_pages_speak_french_unless_the_app_asked_for_english() {
    let companion = TestCompanion::start().await;
    let (app, mut browser) = (companion.app(), companion.browser());
    let asked = [pushed_form(), vec![("ui_locales", "en-GB fr")]].concat();
    let pushed = app.post_form("/oauth/par", &asked).await.unwrap().json();
    let request_uri = pushed["request_uri"].as_str().unwrap();
    let first = browser.get(&authorize_path(request_uri)).await.unwrap();
    assert!(first.body.contains("<html lang=\"en\">") && first.body.contains(">Continue</button>"), "{}", first.body);
    let left = browser.open_request(request_uri).await.unwrap();
    assert!(left.body.contains("Continue to Pro&nbsp;Santé&nbsp;Connect"), "{}", left.body);
    let at_psc = AtPsc { request: query_of(&left.way_on().unwrap()), pushed };
    companion.come_back(&at_psc, &mut browser).await;
    let question = browser.confirmation().await.unwrap();
    assert!(question.body.contains("Confirm that this is you") && question.body.contains(">Open the app</button>"), "{}", question.body);
    let refused = browser.answer(&[("form_guard", "wrong"), ("decision", "accept")]).await.unwrap();
    assert!(refused.body.contains(ErrorCode::FormRefused.explanation(Language::En).title), "{}", refused.body);
    for (path, words) in [("/terms", "Terms of use"), ("/nowhere", "What you can do"), ("/psc/logout-return", "Sign-out to be checked")] {
        let page = browser.get(path).await.unwrap();
        assert!(page.body.contains("<html lang=\"en\">") && page.body.contains(words), "{path}: {}", page.body);
    }
    assert_page(&browser.get("/terms?ui_locales=fr").await.unwrap(), 200);
    assert!(
        companion.browser().get("/terms?ui_locales=en").await.unwrap().body.contains("<html lang=\"en\">"),
        "as the window links to it"
    );

    // Another attempt in the same browser speaks as its own app does, and the first one stays as it was.
    let other = push(&app).await.json();
    assert_page(&browser.get(&authorize_path(other["request_uri"].as_str().unwrap())).await.unwrap(), 200);
    let asked_again = browser.get(&format!("/sign-in/confirm?id={}", at_psc.pushed["sign_in_id"].as_str().unwrap())).await.unwrap();
    assert!(asked_again.body.contains("Confirm that this is you"), "{}", asked_again.body);
    assert_page(&browser.get("/terms").await.unwrap(), 200);

    // A browser that blocks cookies is told so in the language of its app.
    let pushed = app.post_form("/oauth/par", &asked).await.unwrap().json();
    let form = [("client_id", CLIENT_ID), ("request_uri", pushed["request_uri"].as_str().unwrap())];
    let back = companion.browser().post("/oauth/authorize", &form).await.unwrap();
    assert!(back.body.contains("<html lang=\"en\">") && back.body.contains("Go back to the app"), "{}", back.body);

    // What asks for a session by itself says it too.
    let asked = [device_form(), vec![("ui_locales", "en")]].concat();
    let device = app.post_form("/oauth/device_authorization", &asked).await.unwrap().json();
    let page = companion.browser().get(device["verification_uri_complete"].as_str().unwrap()).await.unwrap();
    assert!(page.body.contains("<html lang=\"en\">"), "{}", page.body);
}

/// Attacks 5 and 6: a link scanner changes nothing; the person's own click counts once.
#[tokio::test(flavor = "multi_thread")]
async fn looking_has_no_effect_and_opening_counts_once() {
    let companion = TestCompanion::start().await;
    let pushed = push(&companion.app()).await.json();
    let request_uri = pushed["request_uri"].as_str().unwrap();
    for _ in 0..20 {
        let page = companion.browser().get(&authorize_path(request_uri)).await.unwrap();
        assert_page(&page, 200);
        assert_eq!(page.hidden_field("request_uri").unwrap(), request_uri);
        assert!(page.body.contains("POSTE-ESSAI") && page.body.contains(pushed["sign_in_id"].as_str().unwrap()));
        assert!(page.headers["content-security-policy"].to_str().unwrap().contains("form-action 'self'"));
        assert_eq!(page.headers.get_all("set-cookie").iter().count(), 1, "each browser gets a cookie of its own");
    }
    let mut browser = companion.browser();
    let opened = browser.open_request(request_uri).await.unwrap();
    assert_page(&opened, 200);
    assert!(opened.headers["content-security-policy"].to_str().unwrap().contains("form-action 'none'"));
    assert!(browser.cookie().is_some());
    let psc = opened.way_on().unwrap();
    assert!(psc.as_str().starts_with(&format!("{}/auth?", companion.provider.origin())), "{psc}");
    let asked = query_of(&psc);
    assert_eq!(asked["scope"], "openid scope_all");
    assert_eq!(asked["acr_values"], "eidas1");
    assert_eq!(asked["redirect_uri"], format!("{}/psc/callback", companion.url));
    assert_eq!(asked["code_challenge_method"], "S256");

    assert_problem(&companion.browser().open_request(request_uri).await.unwrap(), 410, "VST-2002");
    let looked = companion.browser().get(&authorize_path(request_uri)).await.unwrap();
    assert_problem(&looked, 410, "VST-2002");
    assert!(!looked.headers.contains_key("set-cookie"), "whoever comes late is given nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_unknown_late_or_not_for_us_leads_nowhere() {
    let companion = TestCompanion::start().await;
    let mut browser = companion.browser();
    assert_problem(&browser.open_request("urn:ietf:params:oauth:request_uri:unknown").await.unwrap(), 404, "VST-2016");
    assert_problem(&browser.get("/oauth/authorize").await.unwrap(), 400, "VST-2011");
    assert_problem(
        &browser.get(&format!("/oauth/authorize?client_id={CLIENT_ID}&client_id={CLIENT_ID}&request_uri=x")).await.unwrap(),
        400,
        "VST-2011",
    );
    assert_problem(&browser.get("/oauth/authorize?client_id=other&request_uri=x").await.unwrap(), 400, "VST-2015");
    let pushed = push(&companion.app()).await.json();
    companion.clock.advance_seconds(121);
    assert_problem(&browser.open_request(pushed["request_uri"].as_str().unwrap()).await.unwrap(), 410, "VST-2001");
}

/// Attack 23.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_by_another_site_is_refused() {
    let companion = TestCompanion::start().await;
    let pushed = push(&companion.app()).await.json();
    let mut browser = companion.browser();
    let form = [("client_id", CLIENT_ID), ("request_uri", pushed["request_uri"].as_str().unwrap())];
    for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "https://ailleurs.example")] {
        let request = browser.request(Method::POST, "/oauth/authorize").header(name, value).form(&form);
        assert_problem(&browser.send(request).await.unwrap(), 403, "VST-2010");
    }
    browser.get(&authorize_path(pushed["request_uri"].as_str().unwrap())).await.unwrap();
    assert_page(&browser.post("/oauth/authorize", &form).await.unwrap(), 200);
}

/// Attack 4: the address of Pro Santé Connect forwarded to another browser.
#[tokio::test(flavor = "multi_thread")]
async fn another_browser_does_not_come_back() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let mut browser = companion.browser();
    let at_psc = companion.lead_to_psc(&app, &mut browser).await;
    assert_problem(&companion.come_back(&at_psc, &mut companion.browser()).await, 400, "VST-2003");
    let mut other = companion.browser();
    companion.lead_to_psc(&companion.app(), &mut other).await;
    assert_problem(&companion.come_back(&at_psc, &mut other).await, 400, "VST-2003");
    let page = companion.come_back(&at_psc, &mut browser).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "the right browser still may");
}

/// Of a browser that does not say what it fetches for: whatever another page pushes out, no attempt ends as if cookies were blocked.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_page_whose_cookie_is_pushed_out_again_and_again_is_shown_again_and_never_ends_the_attempt() {
    let companion = TestCompanion::start().await;
    let (app, mut browser) = (companion.app(), companion.browser());
    companion.lead_to_psc(&companion.app(), &mut browser).await;
    let other_cookies = browser.cookie_header("127.0.0.1");
    let pushed = push(&app).await.json();
    let (request_uri, id) = (pushed["request_uri"].as_str().unwrap(), pushed["sign_in_id"].as_str().unwrap());
    let form = [("client_id", CLIENT_ID), ("request_uri", request_uri)];
    let post = async |more: Option<&str>| {
        let form: Vec<_> = form.iter().copied().chain(more.map(|times| ("again", times))).collect();
        let mut other = companion.browser();
        let request = other.request(Method::POST, "/oauth/authorize");
        let request = request.header("Sec-Fetch-Site", "same-origin").header("Origin", "null").header("Cookie", &other_cookies).form(&form);
        other.send(request).await.unwrap()
    };
    let mut shown: Option<String> = None;
    for _ in 0..3 {
        let page = post(shown.as_deref()).await;
        assert_page(&page, 200);
        assert!(page.headers["set-cookie"].to_str().unwrap().contains(id), "with a cookie of its own");
        shown = Some(page.hidden_field("again").unwrap());
    }
    assert_problem(&post(shown.as_deref()).await, 429, "VST-2045");
    assert_problem(&post(Some("beaucoup")).await, 429, "VST-2045");
    assert_page(&browser.open_request(request_uri).await.unwrap(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_malformed_has_no_effect() {
    let companion = TestCompanion::start().await;
    let mut browser = companion.browser();
    let at_psc = companion.lead_to_psc(&companion.app(), &mut browser).await;
    let state = &at_psc.request["state"];
    assert_problem(&browser.get("/psc/callback").await.unwrap(), 400, "VST-2011");
    assert_problem(&browser.get("/psc/callback?state=unknown&code=x").await.unwrap(), 400, "VST-2016");
    assert_problem(&browser.get(&format!("/psc/callback?state={state}")).await.unwrap(), 400, "VST-2011");
    assert_problem(&browser.get(&format!("/psc/callback?state={state}&code=a&code=b")).await.unwrap(), 400, "VST-2011");
    assert_problem(&browser.get(&format!("/psc/callback?state={state}&code=a&error=b")).await.unwrap(), 400, "VST-2011");
    let head = browser.request(Method::HEAD, &format!("/psc/callback?state={state}&code=a"));
    assert_eq!(browser.send(head).await.unwrap().status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(companion.come_back(&at_psc, &mut browser).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_sign_in_on_a_workstation_is_confirmed() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let mut browser = companion.browser();
    let at_psc = companion.lead_to_psc(&app, &mut browser).await;
    let left_with = browser.cookie().unwrap().to_owned();
    let page = companion.come_back(&at_psc, &mut browser).await;
    let id = at_psc.pushed["sign_in_id"].as_str().unwrap();
    let location = format!("/sign-in/confirm?id={id}");
    assert_eq!((page.status, page.headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, location.as_str()));
    assert_ne!(browser.cookie().unwrap(), left_with, "the cookie is rotated");

    let question = browser.confirmation().await.unwrap();
    assert_page(&question, 200);
    for shown in
        ["FICTIF-EXEMPLE", "POSTE-ESSAI", at_psc.pushed["match_number"].as_str().unwrap(), "Ce n’est pas moi", "Ouvrir l’application"]
    {
        assert!(question.body.contains(shown), "{shown}");
    }
    assert!(!question.body.contains("899700999016"), "the national id is nobody's business on a page");

    let guard = question.hidden_field("form_guard").unwrap();
    assert_problem(&browser.answer(&[("decision", "accept")]).await.unwrap(), 403, "VST-2010");
    assert_problem(&browser.answer(&[("form_guard", "wrong"), ("decision", "accept")]).await.unwrap(), 403, "VST-2010");
    assert_problem(&browser.answer(&[("form_guard", &guard), ("decision", "perhaps")]).await.unwrap(), 400, "VST-2011");
    let elsewhere = [("id", id), ("form_guard", &guard), ("decision", "accept")];
    assert_problem(&companion.browser().post("/sign-in/confirm", &elsewhere).await.unwrap(), 400, "VST-2003");

    let accepted = browser.answer(&[("form_guard", &guard), ("decision", "accept")]).await.unwrap();
    assert_page(&accepted, 200);
    assert!(browser.cookie().is_some(), "asked again, the page is the same");
    let back = accepted.way_on().unwrap();
    assert!(back.as_str().starts_with(&format!("{REDIRECT_URI}?")), "{back}");
    let answer = query_of(&back);
    assert_eq!((answer["state"].as_str(), answer["iss"].as_str()), ("app-state", companion.url.as_str()));
    assert_page(&browser.get(&format!("/sign-in/return?id={id}")).await.unwrap(), 200);
    assert_eq!(redeem(&app, &answer["code"], VERIFIER).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_sign_in_on_a_workstation_asks_nothing() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    companion.sign_in(&app).await;
    let mut browser = companion.browser();
    let at_psc = companion.lead_to_psc(&app, &mut browser).await;
    let page = companion.come_back(&at_psc, &mut browser).await;
    assert_page(&page, 200);
    assert!(query_of(&page.way_on().unwrap()).contains_key("code"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_that_it_is_not_her_is_believed() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let mut browser = companion.browser();
    let at_psc = companion.lead_to_psc(&app, &mut browser).await;
    companion.come_back(&at_psc, &mut browser).await;
    let guard = browser.confirmation().await.unwrap().hidden_field("form_guard").unwrap();
    let declined = browser.answer(&[("form_guard", &guard), ("decision", "decline")]).await.unwrap();
    let answer = query_of(&declined.way_on().unwrap());
    assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("access_denied", "app-state"));
    assert!(!answer.contains_key("code"));
    let id = at_psc.pushed["sign_in_id"].as_str().unwrap();
    let event = app.proven(Method::GET, &format!("/api/v1/sign-ins/{id}/events"), None).await.unwrap().send().await.unwrap();
    assert_eq!(Answer::read(event).await.unwrap().json()["state"], "declined");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_cancels_at_psc_is_led_back_to_the_app() {
    let companion = TestCompanion::start().await;
    let mut browser = companion.browser();
    let at_psc = companion.lead_to_psc(&companion.app(), &mut browser).await;
    let state = &at_psc.request["state"];
    let hostile = "%3Cscript%3Ealert(1)%3C/script%3E";
    let page = browser.get(&format!("/psc/callback?state={state}&error=access_denied&error_description={hostile}")).await.unwrap();
    assert_page(&page, 200);
    assert!(!page.body.contains("alert"), "what Pro Santé Connect says in words is not shown");
    let answer = query_of(&page.way_on().unwrap());
    assert_eq!((answer["error"].as_str(), answer["iss"].as_str()), ("access_denied", companion.url.as_str()));
}

/// Attack 22: back button and replay.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_psc_serves_once() {
    let companion = TestCompanion::start().await;
    let mut browser = companion.browser();
    let at_psc = companion.lead_to_psc(&companion.app(), &mut browser).await;
    let left_with = browser.cookie().unwrap().to_owned();
    companion.come_back(&at_psc, &mut browser).await;
    assert_problem(&companion.come_back(&at_psc, &mut browser).await, 409, "VST-2009");
    let with_the_first_cookie = browser
        .request(Method::GET, &format!("/psc/callback?state={}&code=x", at_psc.request["state"]))
        .header("Cookie", format!("__Host-vestibule-{}={left_with}", browser.sign_in()));
    let replayed = browser.send(with_the_first_cookie).await.unwrap();
    assert!(matches!(replayed.status.as_u16(), 400 | 409), "{replayed:?}");
    assert_page(&browser.confirmation().await.unwrap(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_path_or_method_is_answered_in_the_clients_language() {
    let companion = TestCompanion::start().await;
    let mut browser = companion.browser();
    assert_problem(&browser.get("/nowhere?secret=1").await.unwrap(), 404, "VST-2017");
    let put = browser.request(Method::PUT, "/terms");
    assert_problem(&browser.send(put).await.unwrap(), 405, "VST-2017");
    let app = companion.app();
    let answer = |request: reqwest::RequestBuilder| async { Answer::to(request).await.unwrap() };
    assert_eq!(answer(app.bare(Method::GET, "/nowhere")).await.refusal(), (404, "not_found".into()));
    let wrong = answer(app.bare(Method::GET, "/oauth/par")).await;
    assert_eq!(wrong.refusal(), (405, "invalid_request".into()));
    assert_eq!(wrong.headers["allow"], "POST");
    for path in ["/health", "/metrics"] {
        assert_eq!(answer(app.bare(Method::GET, path)).await.status, 404, "{path} is for the administrator");
    }
    let options = app.bare(Method::OPTIONS, "/oauth/token").header("Origin", "https://ailleurs.example");
    assert!(!answer(options).await.headers.contains_key("access-control-allow-origin"));
}
