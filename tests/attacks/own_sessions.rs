//! Ending sessions from elsewhere: one's own, and nobody else's.

use reqwest::{Method, StatusCode};
use serde_json::json;
use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::raw_client::{Answer, Body, RawClient, Tokens};

use super::scene::{events, stack};

const SESSIONS: &str = "/api/v1/sessions";

async fn end(app: &RawClient, tokens: &Tokens, id: &str) -> Answer {
    app.call(Method::DELETE, &format!("{SESSIONS}/{id}"), Some(&tokens.access), Body::None).await.expect("answers")
}

async fn own(app: &RawClient, tokens: &Tokens) -> Answer {
    app.call(Method::GET, SESSIONS, Some(&tokens.access), Body::None).await.expect("answers")
}

fn id_of(tokens: &Tokens) -> String {
    tokens.session["sign_in_id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn attack_54_the_number_of_another_persons_session_is_answered_like_one_that_never_was() {
    let stack = stack().await;
    let (hers, other) = (stack.app().expect("an app"), stack.app().expect("an app"));
    let camille = stack.sign_in(&hers, "camille").await.expect("signed in");
    let alix = stack.sign_in(&other, "alix").await.expect("signed in");
    let mut answers = Vec::new();
    for id in [id_of(&camille).as_str(), "ZZZZ-ZZZZ", "nothing", "..%2f..", "%00"] {
        let refused = end(&other, &alix, id).await;
        assert_eq!((refused.status, &refused.body["code"]), (StatusCode::NOT_FOUND, &json!("VST-2051")), "{id}: {refused:?}");
        answers.push(refused.text);
    }
    assert!(answers.iter().all(|text| *text == answers[0]), "word for word: {answers:?}");
    assert_eq!(hers.session(&camille.access).await.expect("answers").status, StatusCode::OK);

    // Nor does the list tell of anybody else, nor of her more than where and since when.
    let listed = own(&other, &alix).await;
    let members: Vec<_> = listed.body["sessions"][0].as_object().expect("one").keys().cloned().collect();
    assert_eq!(listed.body["sessions"].as_array().map(Vec::len), Some(1), "{listed:?}");
    assert_eq!(members, ["active_s_ago", "device_label", "id", "is_this", "locked", "opened_s_ago"]);

    // With her token and another key, or as a bearer's: nothing.
    for which in ["", "?which=others", "?which=all"] {
        let stolen = other.call(Method::DELETE, &format!("{SESSIONS}{which}"), Some(&camille.access), Body::None).await.expect("answers");
        assert_eq!(stolen.status, StatusCode::UNAUTHORIZED, "{which}");
    }
    assert_eq!(end(&other, &camille, &id_of(&camille)).await.status, StatusCode::UNAUTHORIZED);
    // Nor does what was meant otherwise end all: an empty value, a slip.
    for slip in ["which=hers", "which=", "which", "wich=others", "others", "which=others&which=all"] {
        let refused = other.call(Method::DELETE, &format!("{SESSIONS}?{slip}"), Some(&alix.access), Body::None).await.expect("answers");
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{slip}: {refused:?}");
    }
    assert_eq!(other.session(&alix.access).await.expect("answers").status, StatusCode::OK);
    assert_eq!(hers.session(&camille.access).await.expect("answers").status, StatusCode::OK);
    assert!(!events(&stack.database()).await.contains(&"session_ended_elsewhere".to_owned()));
}

#[tokio::test]
async fn exi_20_what_she_ends_elsewhere_is_dead_on_the_next_call_and_its_app_is_told_why() {
    let stack = stack().await;
    let (left, here) = (stack.app().expect("an app"), stack.app().expect("an app"));
    let forgotten = stack.sign_in(&left, "camille").await.expect("signed in");
    // Two sessions of one moment have no order.
    stack.advance(1).await.expect("time passes");
    let tokens = stack.sign_in(&here, "camille").await.expect("signed in");
    let listed = own(&here, &tokens).await;
    let seen: Vec<_> = listed.body["sessions"].as_array().expect("a list").iter().map(|one| (&one["id"], &one["is_this"])).collect();
    assert_eq!(seen, [(&json!(id_of(&forgotten)), &json!(false)), (&json!(id_of(&tokens)), &json!(true))], "{listed:?}");

    let (waits, id) = ("/api/v1/session/events?wait=25&after=1", id_of(&forgotten));
    let (told, ended) = tokio::join!(left.call(Method::GET, waits, Some(&forgotten.access), Body::None), end(&here, &tokens, &id));
    assert_eq!(ended.status, StatusCode::NO_CONTENT, "{ended:?}");
    assert_eq!(told.expect("answers").body["ended"], json!("ended_elsewhere"));
    assert_eq!(left.session(&forgotten.access).await.expect("answers").body["ended"], json!("ended_elsewhere"));
    let refreshed = left.refresh(&forgotten.refresh).await.expect("answers");
    assert_eq!((refreshed.status, &refreshed.body["ended"]), (StatusCode::BAD_REQUEST, &json!("ended_elsewhere")));
    assert_eq!(here.session(&tokens.access).await.expect("answers").status, StatusCode::OK);
    assert_eq!(end(&here, &tokens, &id_of(&forgotten)).await.status, StatusCode::NOT_FOUND, "it is over");

    // All of them: this one is signed out, and asked again the companion says what became of Pro Santé Connect's.
    let again = stack.sign_in(&left, "camille").await.expect("signed in");
    let all = here.call(Method::DELETE, SESSIONS, Some(&tokens.access), Body::None).await.expect("answers");
    assert_eq!((all.status, &all.body), (StatusCode::OK, &json!({"ended": 2})), "{all:?}");
    assert_eq!(left.session(&again.access).await.expect("answers").body["ended"], json!("ended_elsewhere"));
    let out = here.call(Method::POST, "/api/v1/session/sign-out", Some(&tokens.access), Body::None).await.expect("answers");
    assert_eq!(out.body["psc_session"], json!("ended"), "{out:?}");
    let trail = events(&stack.database()).await;
    assert_eq!(trail.iter().filter(|event| *event == "session_ended_elsewhere").count(), 2, "{trail:?}");
}

#[tokio::test]
async fn attack_54_a_forged_form_of_her_page_ends_nothing_and_her_own_ends_hers() {
    let stack = stack().await;
    let (left, colleague, here) = (stack.app().expect("an app"), stack.app().expect("an app"), stack.app().expect("an app"));
    let forgotten = stack.sign_in(&left, "camille").await.expect("signed in");
    let alix = stack.sign_in(&colleague, "alix").await.expect("signed in");
    stack.advance(61).await.expect("time passes");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let tokens = stack.sign_in_with(&here, &mut browser, &Person::named("camille")).await.expect("answers").tokens().expect("signed in");
    let address = format!("{}/sign-in/workstations?id={}", stack.companion_url, id_of(&tokens));
    let page = browser.open(&address).await.expect("a page");
    assert!(page.text().expect("a page").contains("dernière activité il y a une minute"), "{}", page.body);
    let mut of = async |name: &str| {
        let way = page.links_with(name).expect("links").remove(0);
        let asked = browser.open(way.as_str()).await.expect("a page");
        asked.forms().expect("forms").into_iter().find(|form| form.id == "question").expect("a question")
    };
    let (one, others, id) = (of("session").await, of("others").await, id_of(&forgotten));

    let foreign = ScriptedBrowser::new().expect("a browser").submit(&others, &[("others", "all")]).await.expect("a page");
    assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
    for (form, button) in [(&one, ("session", id.as_str())), (&others, ("others", "all"))] {
        let forged = browser.submit(form, &[button, ("form_guard", "forged")]).await.expect("a page");
        assert_eq!(forged.status, StatusCode::FORBIDDEN, "{button:?}");
    }
    // A number that she typed into the form herself is not hers for that.
    browser.submit(&one, &[("session", &id_of(&alix))]).await.expect("a page");
    for (app, tokens) in [(&left, &forgotten), (&colleague, &alix)] {
        assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::OK);
    }

    let page = browser.submit(&one, &[("session", &id)]).await.expect("a page");
    assert!(page.text().expect("a page").contains("La session est fermée sur ce poste"), "{}", page.body);
    assert_eq!(left.session(&forgotten.access).await.expect("answers").body["ended"], json!("ended_elsewhere"));
    stack.sign_in(&left, "camille").await.expect("signed in");
    let page = browser.submit(&others, &[("others", "all")]).await.expect("a page");
    assert!(page.text().expect("a page").contains("fermées sur tous les autres postes"), "{}", page.body);
    for (app, tokens) in [(&colleague, &alix), (&here, &tokens)] {
        assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::OK, "another person's, and her own here");
    }
}
