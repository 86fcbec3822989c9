//! Delegation to an establishment's own provider, which remembers people longer than either session lasts (ADR 4).

use reqwest::Method;
use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::raw_client::{Body, RawClient, Tokens};
use vestibule_tests::stack::{Options, Stack};

const HINT: &str = "idp_hint = \"etablissement-exemple\"";

async fn signs_out(app: &RawClient, tokens: &Tokens) {
    let answer = app.call(Method::POST, "/api/v1/session/sign-out", Some(&tokens.access), Body::None).await.expect("answers");
    assert!(answer.status.is_success(), "{answer:?}");
}

/// Signs in with this browser; whom the session names, and whether the provider showed any page.
async fn signs_in(stack: &Stack, app: &RawClient, browser: &mut ScriptedBrowser, persona: &str) -> (Tokens, bool) {
    browser.history.clear();
    let tokens = stack.sign_in_with(app, browser, &Person::named(persona)).await.expect("answers").tokens().expect("signed in");
    let asked = browser.history.iter().any(|url| url.path() == "/auth/step");
    (tokens, asked)
}

fn name(tokens: &Tokens) -> String {
    tokens.session["practitioner"]["family_name"].as_str().expect("a name").to_owned()
}

#[tokio::test]
async fn the_local_provider_signs_her_in_without_a_word_until_she_signs_out() {
    for more in ["", "after_sign_out = \"prompt_login\"", "after_sign_out = \"both\""] {
        let psc: &'static str = Box::leak(format!("{HINT}\n{more}").into_boxed_str());
        let stack = Stack::start(Options { psc, ..Options::default() }).await.expect("the stack starts");
        let (app, mut browser) = (stack.app().expect("an app"), ScriptedBrowser::new().expect("a browser"));
        let (first, asked) = signs_in(&stack, &app, &mut browser, "camille").await;
        assert!(asked, "nobody was remembered yet");
        // Idle: nothing was said, and the same person comes back without a word.
        stack.advance(901).await.expect("time passes");
        let (second, asked) = signs_in(&stack, &app, &mut browser, "maxence").await;
        assert!(!asked && name(&second) == name(&first), "remembered by her establishment");
        // Signed out: whoever clicks next is asked who she is, though the provider still remembers.
        signs_out(&app, &second).await;
        let (third, asked) = signs_in(&stack, &app, &mut browser, "maxence").await;
        assert!(asked && name(&third) != name(&first), "{more}: the next person is herself");
    }
}

#[tokio::test]
async fn not_me_does_not_lead_back_to_the_same_name() {
    let stack = Stack::start(Options { psc: HINT, ..Options::default() }).await.expect("the stack starts");
    let (hers, mut browser) = (stack.app().expect("an app"), ScriptedBrowser::new().expect("a browser"));
    let (first, _) = signs_in(&stack, &hers, &mut browser, "camille").await;
    // Another app of the same workstation and browser, another person in front of it.
    let app = stack.app().expect("an app");
    let doorstep = vestibule_tests::stack::Doorstep::open().expect("an address");
    let started = app.start(&doorstep.redirect_uri).await.expect("started");
    let not_me = Person { confirms: false, ..Person::named("maxence") };
    let page = browser.walk_until(&app.authorize_address(&started), &not_me, "confirmation").await.expect("walks");
    assert!(page.text().expect("a page").contains(&name(&first)), "a name that is not hers");
    browser.go_on(page, &not_me, "").await.expect("walks on");
    let (second, asked) = signs_in(&stack, &app, &mut browser, "maxence").await;
    assert!(asked && name(&second) != name(&first), "asked who she is");
}
