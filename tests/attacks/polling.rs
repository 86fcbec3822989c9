//! The polling exchange: whoever started it gets nothing unless the person who signs in sits in front of that app.

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::task::JoinHandle;
use vestibule_tests::attacks::REDEMPTION_ROUNDS;
use vestibule_tests::browser_double::{Page, Person, ScriptedBrowser};
use vestibule_tests::raw_client::{Answer, Body, Polling, RawClient, random_text};
use vestibule_tests::stack::{Options, Stack};

use super::scene::{events, stack};

/// Guesses and polls at once.
const PARALLEL: usize = 50;

/// A polling sign-in whose person has signed in and is asked for the app's number.
struct Asked {
    app: RawClient,
    polling: Polling,
    browser: ScriptedBrowser,
    page: Page,
}

impl Asked {
    async fn by(stack: &Stack, app: RawClient, persona: &str) -> Self {
        let polling = app.start_polling("POSTE-ESSAI").await.expect("started");
        let mut browser = ScriptedBrowser::new().expect("a browser");
        let person = Person::named(persona);
        let page = browser.walk_until(&polling.verification_uri, &person, "confirmation").await.expect("walks so far");
        assert_eq!(page.status, StatusCode::OK);
        assert!(!events(&stack.database()).await.is_empty());
        Self { app, polling, browser, page }
    }

    async fn new_pair(stack: &Stack) -> Self {
        Self::by(stack, stack.app().expect("an app"), "camille").await
    }

    /// The page after she answered.
    async fn answers(&mut self, name: &str, value: &str) -> Page {
        let form = self.page.forms().expect("forms").into_iter().find(|form| form.id == "confirmation").expect("the question");
        self.browser.submit(&form, &[(name, value)]).await.expect("a page")
    }

    async fn picks_rightly(&mut self) -> Page {
        let number = self.polling.match_number.clone();
        self.answers("number", &number).await
    }

    /// As far as the letters on the page.
    async fn up_to_letters(stack: &Stack) -> (Self, String) {
        let mut asked = Self::new_pair(stack).await;
        let letters = asked.picks_rightly().await.letters().expect("a page");
        assert_eq!(letters.len(), 8);
        (asked, letters)
    }

    /// A poll that the companion holds meanwhile.
    fn polls(&self) -> JoinHandle<Answer> {
        let (app, polling) = (self.app.clone(), self.polling.clone());
        tokio::spawn(async move { app.poll(&polling, None).await.expect("answers") })
    }

    async fn types(&mut self, letters: &str) -> Answer {
        self.app.poll(&self.polling, Some(letters)).await.expect("answers")
    }

    /// All that the events tell to the key that started.
    async fn told(&mut self) -> serde_json::Value {
        let path = format!("/api/v1/sign-ins/{}/events", self.polling.sign_in_id);
        self.app.call(Method::GET, &path, None, Body::None).await.expect("answers").body
    }
}

fn refused(answer: &Answer, error: &str, code: &str) {
    assert_eq!(
        (answer.status, &answer.body["error"], &answer.body["code"]),
        (StatusCode::BAD_REQUEST, &json!(error), &json!(code)),
        "{answer:?}"
    );
    assert!(!answer.body.to_string().contains("_token\":"), "{answer:?}");
}

/// Letters of the same form, all of them others.
fn wrong(letters: &str) -> String {
    letters.chars().map(|letter| if letter == 'B' { 'C' } else { 'B' }).collect()
}

async fn nobody_is_signed_in(stack: &Stack) {
    assert!(!events(&stack.database()).await.contains(&"signed_in".to_owned()));
}

#[tokio::test]
async fn attack_01_who_started_it_learns_states_and_no_session_comes_of_a_victims_sign_in() {
    let stack = stack().await;
    let mut attacker = Asked::new_pair(&stack).await;
    assert_eq!(attacker.told().await, json!({ "state": "authenticated", "confirmation": "number" }), "a state, not who");
    let held = attacker.polls();
    // She sees no app of hers, and says so.
    let page = attacker.answers("decision", "decline").await;
    assert!(page.text().expect("a page").contains("Connexion refusée"));
    refused(&held.await.expect("no panic"), "access_denied", "VST-2027");
    assert!(events(&stack.database()).await.contains(&"nothing_asked".to_owned()));
    nobody_is_signed_in(&stack).await;
}

#[tokio::test]
async fn attack_01_even_a_dictated_number_gives_no_session_on_a_new_pair() {
    let stack = stack().await;
    let mut attacker = Asked::new_pair(&stack).await;
    let held = attacker.polls();
    // The attacker's own app shows him the number, and he dictates it. The letters are on her page, and he cannot see it.
    let page = attacker.picks_rightly().await;
    assert_eq!(page.letters().expect("a page").len(), 8);
    let told = held.await.expect("no panic");
    refused(&told, "authorization_pending", "VST-2018");
    assert_eq!((&told.body["confirmation"], &told.body["tries_left"]), (&json!("code"), &json!(5)));
    assert_eq!(attacker.told().await, json!({ "state": "confirmed", "confirmation": "code" }));
    stack.advance(119).await.expect("time passes");
    refused(&attacker.app.poll(&attacker.polling, None).await.expect("answers"), "authorization_pending", "VST-2018");
    stack.advance(1).await.expect("time passes");
    refused(&attacker.app.poll(&attacker.polling, None).await.expect("answers"), "expired_token", "VST-2001");
    nobody_is_signed_in(&stack).await;
}

#[tokio::test]
async fn attack_02_a_wrong_number_denies_and_no_code_is_ever_shown() {
    let stack = stack().await;
    let mut attacker = Asked::new_pair(&stack).await;
    let offered = attacker.page.numbers().expect("a page");
    assert_eq!(offered.len(), 3);
    let other = offered.into_iter().find(|number| *number != attacker.polling.match_number).expect("another number");
    let held = attacker.polls();
    let page = attacker.answers("number", &other).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text().expect("a page").contains("VST-2021") && page.letters().expect("a page").is_empty());
    refused(&held.await.expect("no panic"), "access_denied", "VST-2021");
    let again = attacker.picks_rightly().await;
    assert!(again.status == StatusCode::CONFLICT && again.letters().expect("a page").is_empty(), "one choice");
    assert!(events(&stack.database()).await.contains(&"number_refused".to_owned()));
    nobody_is_signed_in(&stack).await;
}

#[tokio::test]
async fn attack_02_attack_51_the_code_is_shown_to_her_browser_only_and_stays_the_same() {
    let stack = stack().await;
    let mut asked = Asked::new_pair(&stack).await;
    let shown = asked.picks_rightly().await;
    assert!(shown.text().expect("a page").contains("Ne donnez ce code à personne"));
    let reloaded = asked.picks_rightly().await;
    assert_eq!(reloaded.letters().expect("a page"), shown.letters().expect("a page"), "a double click loses nothing");
    let page = format!("{}/sign-in/confirm?id={}", stack.companion_url, asked.polling.sign_in_id);
    let elsewhere = ScriptedBrowser::new().expect("a browser").open(&page).await.expect("a page");
    assert!(elsewhere.status == StatusCode::BAD_REQUEST && elsewhere.letters().expect("a page").is_empty());
    asked.types(&shown.letters().expect("a page")).await.tokens().expect("her own app opens");
}

#[tokio::test]
async fn attack_02_where_the_channel_is_closed_no_number_and_no_code_is_ever_shown() {
    let stack = Stack::start(Options { exchanges: Some(r#"["loopback"]"#), ..Options::default() }).await.expect("the stack starts");
    let refused = stack.app().expect("an app").start_polling("POSTE-ESSAI").await.expect_err("closed");
    assert!(refused.to_string().contains("VST-2022"), "{refused}");
    stack.sign_in(&stack.app().expect("an app"), "camille").await.expect("the open exchange still serves");
}

#[tokio::test]
async fn attack_15_a_device_code_with_a_wrong_verifier_burns_the_sign_in() {
    let stack = stack().await;
    let (mut asked, letters) = Asked::up_to_letters(&stack).await;
    // Even with the stolen key: the verifier never left the app's memory.
    let guessed = Polling { verifier: random_text(), ..asked.polling.clone() };
    refused(&asked.app.clone().poll(&guessed, Some(&letters)).await.expect("answers"), "invalid_grant", "VST-2004");
    refused(&asked.types(&letters).await, "invalid_grant", "VST-2004");
    assert!(events(&stack.database()).await.contains(&"sign_in_burned".to_owned()));
    nobody_is_signed_in(&stack).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn attack_16_of_fifty_polls_at_once_exactly_one_wins() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    stack.sign_in(&app, "camille").await.expect("known from now on");
    for round in 1..=REDEMPTION_ROUNDS {
        let mut asked = Asked::by(&stack, app.clone(), "camille").await;
        assert_eq!(asked.polling.confirmation, "number");
        asked.picks_rightly().await;
        let polls = (0..PARALLEL).map(|_| {
            let (app, polling) = (asked.app.clone(), asked.polling.clone());
            // Letters nobody asked for: such polls are not slowed down, and all of them reach the one update.
            async move { app.poll(&polling, Some("BCDFGHJK")).await.expect("answers") }
        });
        let answers = join_all(polls).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == StatusCode::OK);
        assert_eq!((won.len(), lost.len()), (1, PARALLEL - 1), "round {round}");
        lost.iter().for_each(|answer| refused(answer, "invalid_grant", "VST-2005"));
        // One key may not call so often within a minute.
        stack.advance(61).await.expect("time passes");
    }
}

#[tokio::test]
async fn attack_17_a_poll_by_another_key_learns_nothing_and_burns_what_it_stole() {
    let stack = stack().await;
    let (mut asked, letters) = Asked::up_to_letters(&stack).await;
    let nobodys = Polling { device_code: random_text(), ..asked.polling.clone() };
    let thief = stack.app().expect("an app");
    let unknown = thief.poll(&nobodys, Some(&letters)).await.expect("answers");
    let stolen = thief.poll(&asked.polling, Some(&letters)).await.expect("answers");
    assert_eq!((unknown.status, &unknown.body), (stolen.status, &stolen.body), "no difference tells that it exists");
    refused(&stolen, "invalid_grant", "VST-2005");
    refused(&asked.types(&letters).await, "invalid_grant", "VST-2004");
    assert!(events(&stack.database()).await.contains(&"sign_in_burned".to_owned()));
    nobody_is_signed_in(&stack).await;
}

#[tokio::test]
async fn attack_24_markup_in_the_label_is_shown_as_text_where_the_number_is_asked() {
    const MARKUP: &str = "<script>alert(1)</script><img src=x onerror=alert(2)>";
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let polling = app.start_polling(MARKUP).await.expect("started");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let page = browser.walk_until(&polling.verification_uri, &Person::named("camille"), "confirmation").await.expect("walks so far");
    assert!(page.text().expect("a page").contains(MARKUP), "as text");
    assert!(!page.body.contains("<script>alert") && !page.body.contains("<img"));
    assert!(page.headers["content-security-policy"].to_str().expect("text").starts_with("default-src 'none'"));
}

#[tokio::test]
async fn attack_26_five_tries_at_the_typed_code_then_the_right_one_comes_too_late() {
    let stack = stack().await;
    let (mut asked, letters) = Asked::up_to_letters(&stack).await;
    for left in [4, 3, 2, 1] {
        let answer = asked.types(&wrong(&letters)).await;
        refused(&answer, "authorization_pending", "VST-2019");
        assert_eq!(answer.body["tries_left"], left);
    }
    refused(&asked.types(&wrong(&letters)).await, "invalid_grant", "VST-2020");
    refused(&asked.types(&letters).await, "invalid_grant", "VST-2020");
    assert_eq!(asked.told().await["state"], "burned");
    let trail = events(&stack.database()).await;
    assert_eq!(trail.iter().filter(|event| *event == "typed_code_wrong").count(), 5);
    assert!(trail.contains(&"typed_tries_spent".to_owned()));
    nobody_is_signed_in(&stack).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn attack_26_guesses_at_the_same_time_share_the_same_five_tries() {
    let stack = stack().await;
    let (mut asked, letters) = Asked::up_to_letters(&stack).await;
    let guesses = (0..PARALLEL).map(|_| {
        let (app, polling, guess) = (asked.app.clone(), asked.polling.clone(), wrong(&letters));
        async move { app.poll(&polling, Some(&guess)).await.expect("answers") }
    });
    let answers = join_all(guesses).await;
    let (pending, spent): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.body["error"] == "authorization_pending");
    assert_eq!((pending.len(), spent.len()), (4, PARALLEL - 4));
    pending.iter().for_each(|answer| refused(answer, "authorization_pending", "VST-2019"));
    spent.iter().for_each(|answer| refused(answer, "invalid_grant", "VST-2020"));
    refused(&asked.types(&letters).await, "invalid_grant", "VST-2020");
    assert_eq!(events(&stack.database()).await.iter().filter(|event| *event == "typed_code_wrong").count(), 5, "no sixth is ever compared");
    nobody_is_signed_in(&stack).await;
}
