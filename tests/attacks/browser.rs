//! One browser, several sign-ins and several answers to the same question; and what other sites leave in it.

use reqwest::StatusCode;
use url::Url;
use vestibule_tests::browser_double::{Page, Person, ScriptedBrowser};
use vestibule_tests::raw_client::{RawClient, Started};
use vestibule_tests::stack::{Doorstep, Stack};

use super::scene::{Trip, events, http, parameter, stack, state_of};

/// A sign-in of an app, in a browser that it may share with others.
struct Leg {
    app: RawClient,
    started: Started,
    page: Page,
    doorstep: Doorstep,
}

impl Leg {
    /// As far as this form.
    async fn until(stop: &str, app: RawClient, browser: &mut ScriptedBrowser, person: &Person) -> Self {
        let doorstep = Doorstep::open().expect("a loopback address");
        let started = app.start(&doorstep.redirect_uri).await.expect("started");
        let page = browser.walk_until(&app.authorize_address(&started), person, stop).await.expect("walks so far");
        Self { app, started, page, doorstep }
    }

    async fn goes_on(&mut self, browser: &mut ScriptedBrowser, person: &Person) {
        self.page = browser.go_on(self.page.clone(), person, "").await.expect("walks on");
    }

    async fn has_its_session(&mut self, browser: &ScriptedBrowser) {
        let address = &self.doorstep.redirect_uri;
        let back = browser.history.iter().rev().find(|url| url.as_str().starts_with(address.as_str())).expect("came back");
        let code = parameter(back, "code").expect("a code");
        self.app.redeem(&self.started, &code).await.expect("answers").tokens().expect("signed in");
    }
}

#[tokio::test]
async fn attack_51_two_sign_ins_in_one_browser_both_finish_in_any_order() {
    let stack = stack().await;
    let person = Person::named("camille");
    for older_first in [true, false] {
        for meet_at in ["means", "confirmation"] {
            let mut browser = ScriptedBrowser::new().expect("a browser");
            let mut older = Leg::until(meet_at, stack.app().expect("an app"), &mut browser, &person).await;
            let mut newer = Leg::until(meet_at, stack.app().expect("an app"), &mut browser, &person).await;
            let order = if older_first { [&mut older, &mut newer] } else { [&mut newer, &mut older] };
            for leg in order {
                leg.goes_on(&mut browser, &person).await;
                leg.has_its_session(&browser).await;
            }
        }
    }
    let events = events(&stack.database()).await;
    assert!(!events.iter().any(|event| event == "browser_mismatch"), "{events:?}");
}

#[tokio::test]
async fn attack_51_of_two_sign_ins_of_one_app_the_other_tab_says_which_took_over() {
    let stack = stack().await;
    let (person, mut browser) = (Person::named("camille"), ScriptedBrowser::new().expect("a browser"));
    let mut leg = Leg::until("means", stack.app().expect("an app"), &mut browser, &person).await;
    let older = leg.page.clone();
    leg.started = leg.app.start(&leg.doorstep.redirect_uri).await.expect("started");
    leg.page = browser.walk_until(&leg.app.authorize_address(&leg.started), &person, "means").await.expect("walks so far");
    leg.goes_on(&mut browser, &person).await;
    leg.has_its_session(&browser).await;
    let said = browser.go_on(older, &person, "").await.expect("walks on").text().expect("text");
    assert!(said.contains("VST-2032") && said.contains("Une autre connexion a pris la suite"), "{said}");
}

#[tokio::test]
async fn attack_51_a_sign_in_cancelled_in_the_app_is_said_to_be_so_in_the_old_tab() {
    let stack = stack().await;
    for stop in ["continue", "means", "confirmation"] {
        let mut trip = Trip::until(&stack, "camille", stop).await;
        let path = format!("/api/v1/sign-ins/{}", trip.started.sign_in_id);
        trip.app.call(reqwest::Method::DELETE, &path, None, vestibule_tests::raw_client::Body::None).await.expect("cancelled");
        let page = trip.browser.go_on(trip.page.clone(), &trip.person, "").await.expect("walks on");
        let said = page.text().expect("text");
        assert!(said.contains("VST-2031") && said.contains("annulée dans l’application"), "{stop}: {said}");
    }
    let events = events(&stack.database()).await;
    assert!(!events.iter().any(|event| event == "browser_mismatch"), "{events:?}");
}

/// Sends a form as this trip's browser would, and looks at what came of it where the answer says; goes nowhere from there.
async fn post(cookies: String, action: Url, fields: Vec<(String, String)>) -> Page {
    let answer = http().post(action).header("Cookie", &cookies).form(&fields).send().await.expect("answers");
    let page = Page::read(answer).await.expect("a page");
    let Some(outcome) = page.location().expect("an address") else { return page };
    Page::read(http().get(outcome).header("Cookie", cookies).send().await.expect("answers")).await.expect("a page")
}

fn decision(trip: &Trip, decision: &str) -> (String, Url, Vec<(String, String)>) {
    let form = trip.form("confirmation");
    let mut fields = form.fields;
    fields.retain(|(name, _)| name != "decision");
    fields.push(("decision".to_owned(), decision.to_owned()));
    (trip.browser.cookie_header("127.0.0.1"), form.action, fields)
}

#[tokio::test]
async fn attack_51_the_same_answer_posted_again_gets_the_same_page() {
    let stack = stack().await;
    let trip = Trip::until(&stack, "camille", "confirmation").await;
    let (cookies, action, fields) = decision(&trip, "accept");
    let (first, second) =
        tokio::join!(post(cookies.clone(), action.clone(), fields.clone()), post(cookies.clone(), action.clone(), fields.clone()));
    let back = first.way_on().expect("leads on");
    assert_eq!(second.way_on().expect("leads on"), back);
    // Back, then reload: the question is answered, and the code still serves.
    let again = http().get(trip.page.url.clone()).header("Cookie", cookies.clone()).send().await.expect("answers");
    assert_eq!(Page::read(again).await.expect("a page").way_on().expect("leads on"), back);
    let page = {
        let mut another = fields.clone();
        another.retain(|(name, _)| name != "decision");
        another.push(("number".to_owned(), trip.started.match_number.clone()));
        post(cookies.clone(), action.clone(), another).await
    };
    assert!(page.status == StatusCode::CONFLICT && page.body.contains("VST-2033"), "{page:?}");

    let code = parameter(&back, "code").expect("a code");
    trip.app.redeem(&trip.started, &code).await.expect("answers").tokens().expect("signed in");
    let page = post(cookies, action, fields).await;
    assert!(page.status == StatusCode::OK && page.body.contains("Vous pouvez revenir à l’application"), "{page:?}");
}

#[tokio::test]
async fn attack_51_a_request_posted_twice_leads_to_the_same_place() {
    let stack = stack().await;
    let mut trip = Trip::until(&stack, "camille", "continue").await;
    let form = trip.form("continue");
    let cookies = trip.browser.cookie_header("127.0.0.1");
    let (first, second) = tokio::join!(
        post(cookies.clone(), form.action.clone(), form.fields.clone()),
        post(cookies.clone(), form.action.clone(), form.fields.clone())
    );
    assert_eq!(first.way_on().expect("leads on"), second.way_on().expect("leads on"));
    trip.ends_well().await;
    let events = events(&stack.database()).await;
    assert!(!events.iter().any(|event| event == "request_reopened"), "{events:?}");
}

#[tokio::test]
async fn attack_51_called_away_for_130_seconds_she_types_no_pin_again_and_the_page_tells_its_time() {
    let stack = stack().await;
    let mut trip = Trip::until(&stack, "camille", "confirmation").await;
    let said = trip.page.text().expect("text");
    assert!(said.contains("Il vous reste") && said.contains("minutes pour répondre"), "{said}");
    stack.advance(130).await.expect("later");
    trip.page = trip.browser.open(trip.page.url.clone().as_str()).await.expect("the page again");
    trip.ends_well().await;

    let mut trip = Trip::until(&stack, "alix", "confirmation").await;
    stack.advance(600).await.expect("much later");
    let over = trip.browser.open(trip.page.url.clone().as_str()).await.expect("the page again");
    assert!(over.text().expect("text").contains("VST-2001"), "{}", over.body);
    assert_eq!(state_of(&trip.app, &trip.started).await, "expired");
}

#[tokio::test]
async fn attack_48_accept_and_decline_together_have_one_outcome_told_to_both() {
    let stack = stack().await;
    for _ in 0..6 {
        let trip = Trip::until(&stack, "camille", "confirmation").await;
        let (cookies, action, accept) = decision(&trip, "accept");
        let (_, _, decline) = decision(&trip, "decline");
        let (accepted, declined) = tokio::join!(post(cookies.clone(), action.clone(), accept), post(cookies, action, decline));
        assert_eq!(declined.status, StatusCode::OK, "her no is heard: {}", declined.body);
        match accepted.status {
            StatusCode::OK => {
                assert!(!declined.body.contains("access_denied") && declined.body.contains("Connexion refusée"), "{}", declined.body);
                let code = parameter(&accepted.way_on().expect("leads on"), "code").expect("a code");
                let refused = trip.app.redeem(&trip.started, &code).await.expect("answers");
                assert_eq!(refused.body["code"], "VST-2027", "a code that left before it opens nothing: {refused:?}");
            }
            StatusCode::CONFLICT => {
                assert_eq!(parameter(&declined.way_on().expect("leads on"), "error").as_deref(), Some("access_denied"));
                assert!(!accepted.body.contains("code="), "{}", accepted.body);
            }
            other => panic!("one outcome: {other}"),
        }
        assert_eq!(state_of(&trip.app, &trip.started).await, "declined");
    }
}

#[tokio::test]
async fn attack_45_cookies_that_are_not_ours_cost_nothing() {
    let stack = stack().await;
    let mut doubled = Vec::new();
    for kind in ["not ASCII", "16 kB", "the same name"] {
        let mut trip = Trip::until(&stack, "camille", "continue").await;
        let id = trip.started.sign_in_id.clone();
        let foreign = match kind {
            "not ASCII" => "nom=André; pr\u{e9}nom=\u{1f600}".as_bytes().to_vec(),
            "16 kB" => (0..160).map(|turn| format!("c{turn:03}={}", "x".repeat(94))).collect::<Vec<_>>().join("; ").into_bytes(),
            _ => format!("__Host-vestibule-{id}={}; __Host-vestibule-{id}=; __Host-vestibule={}", "A".repeat(43), "B".repeat(43))
                .into_bytes(),
        };
        doubled.push(foreign.len());
        trip.browser.plant(&stack.companion_url, &foreign);
        if kind != "the same name" {
            // From the first page on; what bears our name cannot be there before we gave it.
            trip.page = trip.browser.open(&trip.app.authorize_address(&trip.started)).await.expect("the page again");
        }
        trip.ends_well().await;
    }
    assert!(doubled[1] > 16_000);
    let events = events(&stack.database()).await;
    let security = ["browser_mismatch", "form_refused", "request_reopened", "callback_replayed"];
    assert!(!events.iter().any(|event| security.contains(&event.as_str())), "{events:?}");
}

#[tokio::test]
async fn attack_45_more_cookies_than_can_be_read_are_named() {
    let stack = stack().await;
    let mut trip = Trip::until(&stack, "camille", "confirmation").await;
    trip.browser.plant(&stack.companion_url, "x".repeat(22_000).as_bytes());
    let page = trip.browser.open(trip.page.url.clone().as_str()).await.expect("answers");
    assert_eq!(page.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    trip.browser.plant(&stack.companion_url, b"a=1");
    trip.ends_well().await;
}

/// Not an attack: a browser that blocks cookies is told so before any PIN, its app at once, and nobody is alarmed.
#[tokio::test]
async fn attack_51_a_browser_that_keeps_no_cookie_is_told_so_and_so_is_its_app() {
    let stack = stack().await;
    let doorstep = Doorstep::open().expect("a loopback address");
    let app = stack.app().expect("an app");
    let started = app.start(&doorstep.redirect_uri).await.expect("started");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    browser.block_cookies_of(&stack.companion_url);
    browser.walk(&app.authorize_address(&started), &Person::named("camille")).await.expect("walks");
    assert_eq!(stack.provider_saw("/auth", None).await.expect("a journal"), 0, "before Pro Santé Connect");
    let back = browser.history.iter().find(|url| url.as_str().starts_with(&doorstep.redirect_uri)).expect("back to the app");
    assert_eq!(parameter(back, "error_code").as_deref(), Some("VST-2030"));
    assert_eq!(state_of(&app, &started).await, "failed");
    let told = browser.open(&format!("{}/sign-in/return?id={}", stack.companion_url, started.sign_in_id)).await.expect("a page");
    assert!(told.text().expect("text").contains("bloque les cookies"), "{}", told.body);
    assert_eq!(events(&stack.database()).await, ["sign_in_failed"]);
}

/// A page of another site of the same host needs no gesture to have first pages fetched, with cookies: of its own requests, as many as it likes.
async fn fetches_first_pages(stack: &Stack, browser: &mut ScriptedBrowser, count: usize) {
    for _ in 0..count {
        let (app, doorstep) = (stack.app().expect("an app"), Doorstep::open().expect("a loopback address"));
        let started = app.start(&doorstep.redirect_uri).await.expect("started");
        browser.open(&app.authorize_address(&started)).await.expect("a page");
    }
}

#[tokio::test]
async fn attack_51_first_pages_fetched_without_a_gesture_put_out_no_sign_in() {
    let stack = stack().await;
    let person = Person::named("camille");
    for stop in ["continue", "means", "confirmation"] {
        let mut browser = ScriptedBrowser::new().expect("a browser");
        let mut leg = Leg::until(stop, stack.app().expect("an app"), &mut browser, &person).await;
        fetches_first_pages(&stack, &mut browser, 9).await;
        leg.goes_on(&mut browser, &person).await;
        leg.has_its_session(&browser).await;
        // The page that may still say no to that session keeps its cookie too.
        fetches_first_pages(&stack, &mut browser, 9).await;
        let cookies = browser.cookie_header("127.0.0.1");
        assert!(cookies.contains(leg.started.sign_in_id.as_str()), "{stop}: {cookies}");
    }
    let events = events(&stack.database()).await;
    assert!(!events.iter().any(|event| event == "browser_mismatch" || event == "sign_in_failed"), "{events:?}");
}

#[tokio::test]
async fn attack_51_a_ninth_sign_in_of_one_browser_is_told_so_and_the_eight_go_on() {
    let stack = stack().await;
    let (person, mut browser) = (Person::named("camille"), ScriptedBrowser::new().expect("a browser"));
    let mut legs = Vec::new();
    for _ in 0..8 {
        legs.push(Leg::until("means", stack.app().expect("an app"), &mut browser, &person).await);
    }
    let (app, doorstep) = (stack.app().expect("an app"), Doorstep::open().expect("a loopback address"));
    let started = app.start(&doorstep.redirect_uri).await.expect("started");
    let refused = browser.open(&app.authorize_address(&started)).await.expect("a page");
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let said = refused.text().expect("text");
    assert!(said.contains("VST-2045") && said.contains("Trop de connexions en cours dans ce navigateur"), "{said}");
    for leg in &mut legs {
        leg.goes_on(&mut browser, &person).await;
        leg.has_its_session(&browser).await;
    }
    assert_eq!(state_of(&app, &started).await, "created", "it waits, and the page can be reloaded");
    let page = browser.walk(&app.authorize_address(&started), &person).await.expect("walks");
    assert!(page.url.as_str().starts_with(&doorstep.redirect_uri), "{}", page.url);
}
