//! A locked session: whoever holds its tokens and its key gets nothing of it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vestibule_tests::raw_client::{Answer, Body, RawClient, Tokens};
use vestibule_tests::stack::Stack;

use super::scene::stack;

const SESSION: &str = "/api/v1/session";

async fn signed_in() -> (Stack, RawClient, Tokens) {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let tokens = stack.sign_in(&app, "camille").await.expect("signed in");
    (stack, app, tokens)
}

async fn call(app: &RawClient, method: Method, path: &str, access: &str, body: Body<'_>) -> Answer {
    app.call(method, &format!("{SESSION}{path}"), Some(access), body).await.expect("answers")
}

async fn lock(app: &RawClient, access: &str) -> Answer {
    call(app, Method::POST, "/lock", access, Body::None).await
}

fn is_locked(answer: &Answer, what: &str) {
    assert_eq!((answer.status, &answer.body["code"]), (StatusCode::LOCKED, &Value::from("VST-2050")), "{what}: {answer:?}");
    let told = answer.body.to_string();
    assert!(!told.contains("FICTIF") && !told.contains("8997") && answer.body.get("clocks").is_none(), "{what} tells of her: {told}");
}

#[tokio::test]
async fn attack_53_a_locked_session_gives_nothing_and_still_ends() {
    let (stack, app, tokens) = signed_in().await;
    assert_eq!(lock(&app, &tokens.access).await.status, StatusCode::OK);
    assert_eq!(lock(&app, &tokens.access).await.status, StatusCode::OK, "an answer may be lost");
    let (situation, activity) = (json!({"situation_id": "x"}), json!({"idle_ms": 0}));
    is_locked(&call(&app, Method::GET, "", &tokens.access, Body::None).await, "session");
    is_locked(&call(&app, Method::PUT, "/situation", &tokens.access, Body::Json(&situation)).await, "situation");
    is_locked(&call(&app, Method::POST, "/activity", &tokens.access, Body::Json(&activity)).await, "activity");
    is_locked(&app.refresh(&tokens.refresh).await.expect("answers"), "refresh");
    let told = call(&app, Method::GET, "/events?wait=1&after=0", &tokens.access, Body::None).await;
    assert_eq!((told.status, &told.body["locked"]), (StatusCode::OK, &json!(true)), "{told:?}");
    assert_eq!(stack.provider_saw("/logout", None).await.expect("a journal"), 0, "the provider is told nothing");
    let left = call(&app, Method::POST, "/sign-out", &tokens.access, Body::None).await;
    assert_eq!((left.status, &left.body["psc_session"]), (StatusCode::OK, &json!("ended")), "EXI 20: {left:?}");
    let trail = stack.trail().await.expect("a trail");
    assert_eq!(trail.iter().filter(|event| *event == "session_locked").count(), 1, "{trail:?}");
}

#[tokio::test]
async fn attack_53_of_calls_at_the_same_moment_none_outlives_the_lock() {
    let (stack, app, mut tokens) = signed_in().await;
    for round in 0..12 {
        let activity = json!({"idle_ms": 0});
        let (locked, refreshed, told) = tokio::join!(
            lock(&app, &tokens.access),
            app.refresh(&tokens.refresh),
            call(&app, Method::POST, "/activity", &tokens.access, Body::Json(&activity))
        );
        assert_eq!(locked.status, StatusCode::OK, "{round}: {locked:?}");
        assert!([StatusCode::OK, StatusCode::LOCKED].contains(&told.status), "{round}: {told:?}");
        let refreshed = refreshed.expect("answers");
        // Rotated just before: the new tokens are those of the locked session.
        let (access, refresh) = match refreshed.status {
            StatusCode::OK => {
                let next = refreshed.tokens().expect("tokens");
                (next.access, next.refresh)
            }
            _ => {
                is_locked(&refreshed, "refresh");
                (tokens.access.clone(), tokens.refresh.clone())
            }
        };
        is_locked(&call(&app, Method::GET, "", &access, Body::None).await, "session");
        is_locked(&app.refresh(&refresh).await.expect("answers"), "refresh after");
        stack.advance(61).await.expect("time passes");
        tokens = stack.sign_in(&app, "camille").await.expect("she comes back");
        assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::OK);
    }
    let trail = stack.trail().await.expect("a trail");
    let count = |name: &str| trail.iter().filter(|event| *event == name).count();
    assert_eq!((count("session_locked"), count("session_unlocked")), (12, 12), "{trail:?}");
}

#[tokio::test]
async fn attack_53_another_person_takes_nothing_over() {
    let (stack, app, tokens) = signed_in().await;
    let hers = app.session(&tokens.access).await.expect("answers").body["practitioner"]["national_id"].clone();
    assert_eq!(lock(&app, &tokens.access).await.status, StatusCode::OK);
    let other = stack.sign_in(&app, "alix").await.expect("signed in");
    let session = app.session(&other.access).await.expect("answers");
    assert_ne!(session.body["practitioner"]["national_id"], hers);
    assert_eq!(session.body["identity_changed"], json!(true));
    let former = app.session(&tokens.access).await.expect("answers");
    assert_eq!((former.status, &former.body["ended"]), (StatusCode::UNAUTHORIZED, &json!("replaced")), "{former:?}");
    let trail = stack.trail().await.expect("a trail");
    assert!(!trail.iter().any(|event| event == "session_unlocked"), "{trail:?}");
}
