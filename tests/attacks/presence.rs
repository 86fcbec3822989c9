//! Presence at the app, the alarm bells of the person who signs in, and what becomes of workstations that knew her.

use std::os::unix::fs::MetadataExt as _;
use std::process::Stdio;

use reqwest::StatusCode;
use serde_json::json;
use tokio::process::{Child, Command};
use vestibule_tests::browser_double::{Page, Person, ScriptedBrowser};
use vestibule_tests::raw_client::{Answer, RawClient, Started, Tokens};
use vestibule_tests::stack::{Options, Stack};

use super::groups::{SCHEME, Site, push};
use super::scene::{Trip, events, parameter, stack, stranger};

/// Two people at work on one machine. The tests play both with one account where they may not change it: process arguments are everyone's.
const ATTACKER: u32 = 2000;
const VICTIM: u32 = 2001;

fn of_user(program: &str, user: u32) -> Command {
    if std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", &user.to_string(), "--regid", &user.to_string(), "--clear-groups", program]);
        return command;
    }
    Command::new(program)
}

/// What her system starts to hand the address to the app: it stands in the arguments of a process while that lasts.
fn open_app(address: &str) -> Child {
    let mut opener = of_user("sh", VICTIM);
    opener.args(["-c", "read line", "xdg-open", address]).stdin(Stdio::piped()).kill_on_drop(true);
    opener.spawn().expect("an opener")
}

/// All arguments of all processes, as the other user reads them; empty until the address stands there.
async fn arguments(wanted: &str) -> String {
    for _ in 0..2_000 {
        let mut reader = of_user("sh", ATTACKER);
        reader.args(["-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'"]).stderr(Stdio::null());
        let read = String::from_utf8_lossy(&reader.output().await.expect("a reader").stdout).into_owned();
        if let Some(line) = read.lines().find(|line| line.starts_with(wanted)) {
            return line.to_owned();
        }
    }
    String::new()
}

fn refused(answer: &Answer, error: &str, code: &str) {
    let told = (answer.status, &answer.body["error"], &answer.body["code"]);
    assert_eq!(told, (StatusCode::BAD_REQUEST, &json!(error), &json!(code)), "{answer:?}");
}

fn wrong(letters: &str) -> String {
    letters.chars().map(|letter| if letter == 'B' { 'C' } else { 'B' }).collect()
}

#[tokio::test]
async fn attack_41_a_colleague_who_reads_process_arguments_redeems_nothing_the_second_time_as_well() {
    for lines in ["exchanges = [\"scheme\", \"polling\"]\nmulti_session = true", "exchanges = [\"scheme\", \"polling\"]"] {
        let site = Site::with(&[("bureau-a-distance", lines)]).await;
        let attacker = stranger(&site.programs);
        for _ in 0..2 {
            // His own sign-in, on the machine that both are at work on; she opens the link and signs in.
            let (answer, started) = push(&attacker, SCHEME, &[("enrolment_token", &site.tokens[0])]).await;
            assert_eq!(answer.body["confirmation"], "code");
            let mut browser = ScriptedBrowser::new().expect("a browser");
            let hers = Person::named("camille");
            let page = browser.walk_until(&attacker.authorize_address(&started), &hers, "confirmation").await.expect("walks");
            let numbers =
                page.forms().expect("forms").iter().flat_map(|form| form.buttons.clone()).filter(|(name, _)| name == "number").count();
            assert_eq!(numbers, 3, "a click proves nothing");
            let vouched = page.text().expect("a page").contains("Le même que celui de ce navigateur");
            assert!(!(vouched && lines.contains("multi_session")), "one machine vouches for nobody");
            // Even when he dictates the number.
            let dictated = Person { number: Some(started.match_number.clone()), ..hers };
            let shown = browser.go_on(page, &dictated, "").await.expect("walks on");
            let opened = browser.history.last().expect("an address").to_string();
            let opener = open_app(&opened);
            let stolen = arguments(SCHEME).await;
            assert_eq!(stolen, opened, "the address is everyone's");
            drop(opener);
            let code = parameter(&stolen.parse().expect("an address"), "code").expect("a code");
            let without = attacker.redeem(&started, &code).await.expect("answers");
            refused(&without, "authorization_pending", "VST-2018");
            assert_eq!((&without.body["confirmation"], &without.body["tries_left"]), (&json!("code"), &json!(5)));
            let letters = shown.letters().expect("a page");
            assert_eq!(letters.len(), 8, "on her page, which he does not see");
            for _ in 0..4 {
                refused(
                    &attacker.redeem_with(&started, &code, Some(&wrong(&letters))).await.expect("answers"),
                    "authorization_pending",
                    "VST-2019",
                );
            }
            refused(&attacker.redeem_with(&started, &code, Some(&wrong(&letters))).await.expect("answers"), "invalid_grant", "VST-2020");
            refused(&attacker.redeem_with(&started, &code, Some(&letters)).await.expect("answers"), "invalid_grant", "VST-2020");
        }
        assert!(!events(&site.database()).await.contains(&"signed_in".to_owned()));
    }
}

#[tokio::test]
async fn attack_41_a_group_with_several_sessions_on_one_machine_proves_presence_on_the_loopback_too() {
    let stack = Stack::start(Options { workstations: "multi_session = true", ..Options::default() }).await.expect("the stack starts");
    let (app, started, code, letters) = returned_with_letters(&stack).await;
    refused(&app.clone().redeem(&started, &code).await.expect("answers"), "authorization_pending", "VST-2018");
    app.clone().redeem_with(&started, &code, Some(&letters)).await.expect("answers").tokens().expect("her own app opens");
}

/// By the loopback, in a group with several sessions on one machine: the page after the return shows the letters, to her browser alone.
async fn returned_with_letters(stack: &Stack) -> (RawClient, Started, String, String) {
    let mut trip = Trip::until(stack, "camille", "confirmation").await;
    trip.person.number = Some(trip.started.match_number.clone());
    let back = trip.comes_back().await;
    let address = format!("{}/sign-in/return?id={}", stack.companion_url, trip.started.sign_in_id);
    let letters = trip.browser.open(&address).await.expect("a page").letters().expect("a page");
    assert_eq!(letters.len(), 8);
    let again = trip.browser.open(&address).await.expect("a page").letters().expect("a page");
    assert_eq!(again, letters, "a page that is loaded again says the same");
    let elsewhere = ScriptedBrowser::new().expect("a browser").open(&address).await.expect("a page");
    assert!(elsewhere.letters().expect("a page").is_empty(), "to her browser only");
    (trip.app.clone(), trip.started.clone(), parameter(&back, "code").expect("a code"), letters)
}

/// She presses the bell of the page in front of her: what the page says, after the session of these tokens was looked at.
async fn rings(stack: &Stack, app: &RawClient, tokens: &Tokens, browser: &mut ScriptedBrowser, page: &Page) -> String {
    let before = stack.provider_saw("/logout", None).await.expect("a journal");
    let form = page
        .forms()
        .expect("forms")
        .into_iter()
        .find(|form| form.buttons.contains(&("decision".into(), "decline".into())))
        .expect("a bell");
    assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::OK, "the session was open");
    let answer = browser.submit(&form, &[("decision", "decline")]).await.expect("a page");
    assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::UNAUTHORIZED, "and is over at once");
    assert_eq!(stack.provider_saw("/logout", None).await.expect("a journal"), before + 1);
    answer.text().expect("a page")
}

#[tokio::test]
async fn attack_50_after_the_letters_were_used_the_page_still_ends_the_session() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let polling = app.start_polling("POSTE-ESSAI").await.expect("started");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let person = Person { number: Some(polling.match_number.clone()), ..Person::named("camille") };
    let page = browser.walk(&polling.verification_uri, &person).await.expect("as far as the letters");
    let tokens = app.poll(&polling, Some(&page.letters().expect("a page"))).await.expect("answers").tokens().expect("opened");
    let said = rings(&stack, &app, &tokens, &mut browser, &page).await;
    assert!(said.contains("La session est fermée") && said.contains(&polling.sign_in_id), "{said}");
    assert!(events(&stack.database()).await.contains(&"nothing_asked".to_owned()));
}

#[tokio::test]
async fn attack_50_on_the_loopback_every_page_that_is_still_open_ends_the_session() {
    let stack = stack().await;
    // The confirmation page, found again by Back after the click.
    let mut trip = Trip::until(&stack, "camille", "confirmation").await;
    let asked = trip.page.clone();
    let tokens = trip.ends_well().await;
    let said = rings(&stack, &trip.app, &tokens, &mut trip.browser, &asked).await;
    assert!(said.contains("La session est fermée"), "{said}");

    // The page that says that she may go back, where nothing was asked.
    let app = trip.app.clone();
    let tokens = stack.sign_in(&app, "camille").await.expect("signed in");
    app.call(reqwest::Method::POST, "/api/v1/session/sign-out", Some(&tokens.access), vestibule_tests::raw_client::Body::None)
        .await
        .expect("answers");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let (started, back) = stack.walk(&app, &mut browser, &Person::named("camille")).await.expect("walks");
    let tokens = app.redeem(&started, &parameter(&back, "code").expect("a code")).await.expect("answers").tokens().expect("signed in");
    let address = format!("{}/sign-in/return?id={}", stack.companion_url, started.sign_in_id);
    let page = browser.open(&address).await.expect("a page");
    let said = rings(&stack, &app, &tokens, &mut browser, &page).await;
    assert!(said.contains("La session est fermée"), "{said}");
    // Whoever knows the number of the sign-in but is not that browser is offered nothing.
    let elsewhere = ScriptedBrowser::new().expect("a browser").open(&address).await.expect("a page");
    assert!(elsewhere.forms().expect("forms").is_empty());
    let trail = events(&stack.database()).await;
    assert_eq!(trail.iter().filter(|event| *event == "nothing_asked").count(), 2, "{trail:?}");
}

#[tokio::test]
async fn attack_50_by_the_scheme_too() {
    let site = Site::with(&[]).await;
    let app = stranger(&site.programs);
    let (_, started) = push(&app, SCHEME, &[]).await;
    let person = Person { number: Some(started.match_number.clone()), ..Person::named("camille") };
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let page = browser.walk(&app.authorize_address(&started), &person).await.expect("walks");
    let code = parameter(browser.history.last().expect("an address"), "code").expect("a code");
    let tokens = app.redeem_with(&started, &code, Some(&page.letters().expect("a page"))).await.expect("answers").tokens().expect("opened");
    let form = page.forms().expect("forms").into_iter().find(|form| form.id == "refusal").expect("a bell");
    let said = browser.submit(&form, &[("decision", "decline")]).await.expect("a page").text().expect("a page");
    assert!(said.contains("La session est fermée"), "{said}");
    assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::UNAUTHORIZED);
    assert!(events(&site.database()).await.contains(&"nothing_asked".to_owned()));
}

#[tokio::test]
async fn attack_52_a_workstation_that_nobody_used_is_new_again_and_says_so() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let first = stack.sign_in(&app, "camille").await.expect("signed in");
    assert_eq!(first.session["new_workstation"], true);
    let second = stack.sign_in(&app, "camille").await.expect("signed in");
    assert_eq!(second.session["new_workstation"], false);
    stack.advance(90 * 24 * 3600).await.expect("time passes");
    let person = Person::named("camille");
    let doorstep = vestibule_tests::stack::Doorstep::open().expect("an address");
    let started = app.start(&doorstep.redirect_uri).await.expect("started");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let page = browser.walk_until(&app.authorize_address(&started), &person, "confirmation").await.expect("walks");
    assert!(page.text().expect("a page").contains("première connexion sur ce poste"), "{}", page.body);
    browser.go_on(page, &person, "").await.expect("walks on");
    let code = parameter(browser.history.last().expect("an address"), "code").expect("a code");
    let third = app.redeem(&started, &code).await.expect("answers").tokens().expect("signed in");
    assert_eq!(third.session["new_workstation"], true);
    let trail = events(&stack.database()).await;
    assert_eq!(trail.iter().filter(|event| *event == "new_workstation").count(), 2, "{trail:?}");
}

#[tokio::test]
async fn attack_52_what_she_forgets_on_her_own_page_is_over_on_the_next_call() {
    let stack = stack().await;
    let (old, here) = (stack.app().expect("an app"), stack.app().expect("an app"));
    let lost = stack.sign_in(&old, "camille").await.expect("signed in");
    // The page shows the last used first.
    stack.advance(1).await.expect("time passes");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let signed_in = stack.sign_in_with(&here, &mut browser, &Person::named("camille")).await.expect("answers").tokens().expect("signed in");
    let id = signed_in.session["sign_in_id"].as_str().expect("an id");
    let address = format!("{}/sign-in/workstations?id={id}", stack.companion_url);
    let page = browser.open(&address).await.expect("a page");
    assert!(page.headers["content-security-policy"].to_str().expect("text").starts_with("default-src 'none'"));
    let ways = page.links_with("workstation").expect("links");
    assert_eq!((ways.len(), page.forms().expect("forms").len()), (2, 0), "each workstation, and nothing that ends at once: {}", page.body);
    assert!(!page.body.contains("<script"));
    let asked = browser.open(ways[1].as_str()).await.expect("a page");
    let form = asked.forms().expect("forms").into_iter().find(|form| form.id == "question").expect("a question");
    let answer = (form.buttons[0].0.as_str(), form.buttons[0].1.as_str());
    assert_eq!(old.session(&lost.access).await.expect("answers").status, StatusCode::OK, "she is asked first");

    // The page of another browser, and a form of another site, forget nothing; nor does a link claim that something was.
    let other = ScriptedBrowser::new().expect("a browser").submit(&form, &[answer]).await.expect("a page");
    assert_eq!(other.status, StatusCode::BAD_REQUEST);
    let forged = browser.submit(&form, &[answer, ("form_guard", "forged")]).await.expect("a page");
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let claimed = browser.open(&format!("{address}&told=forgotten")).await.expect("a page");
    assert!(!claimed.text().expect("a page").contains("oublié"), "{}", claimed.body);
    assert_eq!(old.session(&lost.access).await.expect("answers").status, StatusCode::OK);

    let page = browser.submit(&form, &[answer]).await.expect("a page");
    assert!(page.text().expect("a page").contains("Le poste est oublié"), "{}", page.body);
    let again = browser.open(page.url.as_str()).await.expect("a page");
    assert!(again.text().expect("a page").contains("Le poste est oublié"), "Reload sends nothing a second time: {}", again.body);
    let call = old.session(&lost.access).await.expect("answers");
    assert_eq!(call.status, StatusCode::UNAUTHORIZED, "on the next call");
    assert_eq!(old.refresh(&lost.refresh).await.expect("answers").status, StatusCode::BAD_REQUEST);
    assert_eq!(here.session(&signed_in.access).await.expect("answers").status, StatusCode::OK);
    assert!(events(&stack.database()).await.contains(&"workstation_forgotten".to_owned()));

    stack.advance(601).await.expect("time passes");
    assert_eq!(browser.open(&address).await.expect("a page").status, StatusCode::GONE, "for some minutes only");
}
