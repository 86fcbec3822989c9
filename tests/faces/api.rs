//! The session and its events, a pending sign-in, the administration, shutdown.

use std::time::Duration;

use http::Method;
use serde_json::json;
use tokio::task::JoinHandle;
use vestibule_lying_provider::Reply;
use vestibule_tests::http::client;
use vestibule_tests::raw_client::{Answer, Body, RawClient};

use crate::companion::TestCompanion;
use crate::sign_in::{push, query_of};

/// Pro Santé Connect ends no session for the moment.
const DOWN: Reply = Reply::Text(503, "text/plain", |_, _| String::new());

async fn send_json(app: &RawClient, method: Method, path: &str, token: &str, body: serde_json::Value) -> Answer {
    Answer::to(app.proven(method, path, Some(token)).await.unwrap().json(&body)).await.unwrap()
}

async fn follow(app: &RawClient, path: &str) -> Answer {
    Answer::to(app.proven(Method::GET, path, None).await.unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_practice_situation_is_chosen_among_hers() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let tokens = companion.sign_in(&app).await;
    let token = tokens["access_token"].as_str().unwrap();
    let session = app.session(token).await.unwrap().json();
    assert_eq!(session["situation_id"], json!(null));
    let situations = session["practitioner"]["practices"][0]["situations"].as_array().unwrap();
    assert_eq!(situations.len(), 2, "{session}");
    let path = "/api/v1/session/situation";
    let chosen = send_json(&app, Method::PUT, path, token, json!({"situation_id": situations[1]["id"]})).await.json();
    assert_eq!(chosen["situation_id"], situations[1]["id"]);
    assert_eq!(send_json(&app, Method::PUT, path, token, json!({"situation_id": "another"})).await.refusal(), (404, "not_found".into()));
    assert_eq!(send_json(&app, Method::PUT, path, token, json!({})).await.refusal(), (400, "invalid_request".into()));
    assert_eq!(
        send_json(&app, Method::PUT, path, token, json!({"situation_id": "x", "more": 1})).await.refusal(),
        (400, "invalid_request".into())
    );
    let form = app.proven(Method::PUT, path, Some(token)).await.unwrap().form(&[("situation_id", "x")]);
    assert_eq!(Answer::to(form).await.unwrap().refusal(), (415, "invalid_request".into()));
}

/// EXI 11 and 32: only real input feeds the idle clock, and an idle end tells Pro Santé Connect nothing.
#[tokio::test(flavor = "multi_thread")]
async fn exi_32_an_idle_session_ends_here_and_psc_hears_nothing() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let tokens = companion.sign_in(&app).await;
    let advance = |seconds| {
        companion.clock.advance_seconds(seconds);
        app.advance_seconds(seconds);
    };
    advance(240);
    let token = tokens["access_token"].as_str().unwrap();
    let clocks = send_json(&app, Method::POST, "/api/v1/session/activity", token, json!({"idle_ms": 0})).await.json();
    assert_eq!(clocks["idle_in_s"], 900);
    let before = companion.provider.heard();
    assert!(before.iter().any(|path| path.ends_with("/token")), "what the provider is asked is recorded: {before:?}");
    let mut refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        advance(280);
        app.learn_nonce().await.unwrap();
        let tokens = app.refresh(&refresh).await.unwrap();
        assert_eq!(tokens.status, 200, "{tokens:?}");
        refresh = tokens.json()["refresh_token"].as_str().unwrap().to_owned();
    }
    advance(61);
    app.learn_nonce().await.unwrap();
    assert_eq!(app.refresh(&refresh).await.unwrap().refusal(), (400, "invalid_grant".into()), "refreshes are not activity");
    assert_eq!(companion.provider.heard(), before, "neither a sign-out, nor a revocation, nor a refresh, nor anything else");
}

/// EXI 20.
#[tokio::test(flavor = "multi_thread")]
async fn exi_20_sign_out_ends_both_sessions() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let tokens = companion.sign_in(&app).await;
    let token = tokens["access_token"].as_str().unwrap();
    let answer = app.call(Method::POST, "/api/v1/session/sign-out", Some(token), Body::None).await.unwrap();
    assert_eq!(answer.json(), json!({"psc_session": "ended"}));
    assert_eq!(app.session(token).await.unwrap().status, 401);
    let sign_outs = companion.provider.sign_outs();
    assert_eq!(sign_outs.len(), 1);
    assert!(sign_outs[0]["id_token_hint"].starts_with("ey"));
}

#[tokio::test(flavor = "multi_thread")]
async fn exi_20_attack_51_when_psc_refuses_the_browser_signs_out_once() {
    let companion = TestCompanion::start().await;
    companion.provider.bend(|behaviour| behaviour.end_session = DOWN);
    let app = companion.app();
    let tokens = companion.sign_in(&app).await;
    let token = tokens["access_token"].as_str().unwrap();
    let answer = app.call(Method::POST, "/api/v1/session/sign-out", Some(token), Body::None).await.unwrap().json();
    assert_eq!(answer["psc_session"], "browser_needed");
    assert_eq!(app.session(token).await.unwrap().status, 401, "dead here all the same");
    let path = answer["browser_url"].as_str().unwrap().strip_prefix(&companion.url).unwrap().to_owned();
    let mut browser = companion.browser();
    let head = browser.request(Method::HEAD, &path);
    assert_eq!(browser.send(head).await.unwrap().status, 405, "a scanner does not use it up");
    for _ in 0..20 {
        let looked = companion.browser().get(&path).await.unwrap();
        assert_eq!(looked.status, 200, "a scanner that looks does not use it up either");
        assert!(looked.headers["content-security-policy"].to_str().unwrap().contains("form-action 'self'"));
    }
    let start = browser.get(&path).await.unwrap();
    let ticket = start.hidden_field("ticket").unwrap();
    let elsewhere = browser.request(Method::POST, "/sign-out").header("Sec-Fetch-Site", "cross-site").form(&[("ticket", &ticket)]);
    assert_eq!(browser.send(elsewhere).await.unwrap().status, 403, "another site's form does not use it up");
    let page = browser.post("/sign-out", &[("ticket", &ticket)]).await.unwrap();
    assert_eq!(page.status, 200);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains(&format!("form-action {}", companion.provider.origin())), "{policy}");
    let state = page.hidden_field("state").unwrap();
    let again = browser.post("/sign-out", &[("ticket", &ticket)]).await.unwrap();
    assert_eq!(again.hidden_field("state").unwrap(), state, "a double click gets the same form");
    assert_eq!(page.hidden_field("post_logout_redirect_uri").unwrap(), format!("{}/psc/logout-return", companion.url));
    let unknown = browser.get("/psc/logout-return?state=forged").await.unwrap();
    assert!(unknown.status == 200 && !unknown.body.contains("fermées toutes les deux"), "no more is said than is known: {}", unknown.body);
    let head = browser.request(Method::HEAD, &format!("/psc/logout-return?state={state}"));
    assert_eq!(browser.send(head).await.unwrap().status, 405, "a scanner ends nothing");
    let known = browser.get(&format!("/psc/logout-return?state={state}")).await.unwrap();
    assert!(known.status == 200 && known.body.contains("fermées toutes les deux"), "{}", known.body);
    for page in [
        browser.get(&path).await.unwrap(),
        browser.post("/sign-out", &[("ticket", &ticket)]).await.unwrap(),
        companion.browser().get(&path).await.unwrap(),
    ] {
        assert!(page.status == 200 && page.body.contains("fermées toutes les deux"), "it says that it is done: {}", page.body);
    }
    let dead = browser.get("/sign-out?ticket=unknown").await.unwrap();
    assert!(dead.status == 410 && dead.body.contains("VST-2049") && !dead.body.contains("dentifiez-vous"), "{}", dead.body);
}

async fn twelve_sign_outs_at_once(app: &RawClient, refresh: &str) -> Vec<Answer> {
    let form = [("refresh_token", refresh)];
    let asks = (0..12).map(|_| app.post_form("/api/v1/session/sign-out", &form));
    futures::future::try_join_all(asks).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_outs_of_one_session_at_once_ask_psc_once() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let tokens = companion.sign_in(&app).await;
    companion.provider.hold_sign_outs(true);
    // As much as the others take to arrive; those that come later find it done.
    let released = async {
        while companion.provider.sign_outs().is_empty() {
            tokio::task::yield_now().await;
        }
        let other = companion.app();
        for _ in 0..100 {
            other.learn_nonce().await.unwrap();
        }
        companion.provider.hold_sign_outs(false);
    };
    let (answers, ()) = tokio::join!(twelve_sign_outs_at_once(&app, tokens["refresh_token"].as_str().unwrap()), released);
    for answer in answers {
        assert_eq!(answer.json(), json!({"psc_session": "ended"}));
    }
    assert_eq!(companion.provider.sign_outs().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_outs_of_one_session_at_once_are_told_one_address_and_the_browser_s_return_is_known_whoever_asks_meanwhile() {
    let companion = TestCompanion::start().await;
    companion.provider.bend(|behaviour| behaviour.end_session = DOWN);
    let app = companion.app();
    let tokens = companion.sign_in(&app).await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let told = twelve_sign_outs_at_once(&app, refresh).await;
    let address = told[0].json()["browser_url"].as_str().unwrap().to_owned();
    for answer in &told {
        assert_eq!(answer.json(), json!({"psc_session": "browser_needed", "browser_url": address}));
    }
    let path = address.strip_prefix(&companion.url).unwrap();
    let mut browser = companion.browser();
    let start = browser.get(path).await.unwrap();
    let form = browser.post("/sign-out", &[("ticket", &start.hidden_field("ticket").unwrap())]).await.unwrap();
    let state = form.hidden_field("state").unwrap();
    let again = app.post_form("/api/v1/session/sign-out", &[("refresh_token", refresh)]).await.unwrap().json();
    assert!(again["psc_session"] == "browser_needed" && again["browser_url"] != *address, "used, it is another: {again}");
    assert_eq!(companion.browser().get(path).await.unwrap().status, 410, "the one of the history stays dead");
    let known = browser.get(&format!("/psc/logout-return?state={state}")).await.unwrap();
    assert!(known.status == 200 && known.body.contains("fermées toutes les deux"), "{}", known.body);
    let ended = app.post_form("/api/v1/session/sign-out", &[("refresh_token", refresh)]).await.unwrap();
    assert_eq!(ended.json(), json!({"psc_session": "ended"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_51_who_reads_the_address_in_the_history_gets_no_id_token_and_cannot_say_that_the_browser_came_back() {
    let companion = TestCompanion::start().await;
    companion.provider.bend(|behaviour| behaviour.end_session = DOWN);
    let app = companion.app();
    let tokens = companion.sign_in(&app).await;
    let form = [("refresh_token", tokens["refresh_token"].as_str().unwrap())];
    let told = app.post_form("/api/v1/session/sign-out", &form).await.unwrap().json();
    let path = told["browser_url"].as_str().unwrap().strip_prefix(&companion.url).unwrap();
    let (mut hers, mut reader) = (companion.browser(), companion.browser());
    // Before her: a scanner, or whoever reads over her shoulder.
    let looked = reader.get(path).await.unwrap();
    let start = hers.get(path).await.unwrap();
    let ticket = start.hidden_field("ticket").unwrap();
    let page = hers.post("/sign-out", &[("ticket", &ticket)]).await.unwrap();
    let set = start.headers["set-cookie"].to_str().unwrap();
    assert_ne!(looked.headers["set-cookie"].to_str().unwrap(), set, "each browser has its own");
    assert!(
        set.starts_with("__Host-vestibule-sign-out-") && set.ends_with("; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax"),
        "{set}"
    );
    for answer in [reader.get(path).await.unwrap(), reader.post("/sign-out", &[("ticket", &ticket)]).await.unwrap()] {
        assert!(answer.status == 410 && !answer.body.contains("id_token_hint"), "{}", answer.body);
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    let back = format!("/psc/logout-return?state={}", page.hidden_field("state").unwrap());
    let calls = companion.provider.sign_outs().len();
    let forged = reader.get(&back).await.unwrap();
    assert!(forged.status == 200 && !forged.body.contains("fermées toutes les deux"), "{}", forged.body);
    assert_eq!(companion.provider.sign_outs().len(), calls + 1, "it is the provider who is asked");
    let again = app.post_form("/api/v1/session/sign-out", &form).await.unwrap().json();
    assert_eq!(again["psc_session"], "browser_needed", "still owed");
    assert_eq!(reader.get(path).await.unwrap().status, 410, "that the app asked again revives nothing");
    assert_eq!(hers.get(path).await.unwrap().status, 200, "she may go back");
    let known = hers.get(&back).await.unwrap();
    assert!(known.status == 200 && known.body.contains("fermées toutes les deux"), "{}", known.body);
}

/// On one thread, whose time can be moved on.
#[tokio::test]
async fn what_psc_did_not_end_is_asked_again_a_minute_later_by_the_companion_that_runs() {
    let companion = TestCompanion::start().await;
    companion.provider.bend(|behaviour| behaviour.end_session = DOWN);
    companion.sign_in(&companion.app()).await;
    let ended = companion.order("/administration/sessions/end", &json!({"which": "all", "by": "dsi"})).await;
    assert_eq!(ended.json()["psc"], json!({"ended": 0, "failed": 1, "under_way": 0}));
    companion.provider.bend(|behaviour| behaviour.end_session = Reply::ENDED);
    assert_eq!(companion.provider.sign_outs().len(), 1);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(60)).await;
    tokio::time::resume();
    let asked_again = async {
        while companion.provider.sign_outs().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asked_again).await.expect("asked again");
}

/// Attack 17.
#[tokio::test(flavor = "multi_thread")]
async fn a_pending_sign_in_exists_for_its_own_key_only() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let pushed = push(&app).await.json();
    let path = format!("/api/v1/sign-ins/{}/events", pushed["sign_in_id"].as_str().unwrap());
    assert_eq!(follow(&app, &path).await.json(), json!({"state": "created"}));
    let (other, unknown) = (companion.app(), "/api/v1/sign-ins/AAAA-AAAA/events");
    assert_eq!(follow(&other, &path).await.text, follow(&app, unknown).await.text, "the same as unknown");
    assert_eq!(follow(&other, &path).await.refusal(), (404, "not_found".into()));
    assert_eq!(follow(&app, &format!("{path}?after=nonsense")).await.refusal(), (400, "invalid_request".into()));
    let unproven = Answer::to(app.bare(Method::GET, &path)).await.unwrap();
    assert_eq!(unproven.refusal(), (401, "invalid_dpop_proof".into()));
    let delete = companion.app().proven(Method::DELETE, path.trim_end_matches("/events"), None).await.unwrap();
    assert_eq!(Answer::to(delete).await.unwrap().status, 404);
}

/// Asks what the companion has no answer to yet, and comes back once it waits there.
async fn park(companion: &TestCompanion, app: &RawClient, path: &str, token: Option<&str>) -> JoinHandle<Answer> {
    let asked = app.proven(Method::GET, path, token).await.unwrap();
    let parked = tokio::spawn(async move { Answer::to(asked).await.unwrap() });
    companion.until_parked(1).await;
    parked
}

async fn answered(parked: JoinHandle<Answer>) -> Answer {
    tokio::time::timeout(Duration::from_secs(20), parked).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_request_wakes_with_the_event() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let pushed = push(&app).await.json();
    let id = pushed["sign_in_id"].as_str().unwrap();
    let parked = park(&companion, &app, &format!("/api/v1/sign-ins/{id}/events?after=created&wait=25"), None).await;
    let delete = app.proven(Method::DELETE, &format!("/api/v1/sign-ins/{id}"), None).await.unwrap();
    assert_eq!(Answer::to(delete).await.unwrap().status, 204);
    assert_eq!(answered(parked).await.json(), json!({"state": "cancelled"}));
    assert_eq!(companion.browser().open_request(pushed["request_uri"].as_str().unwrap()).await.unwrap().status, 410);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_tells_the_session_and_its_end() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let tokens = companion.sign_in(&app).await;
    let token = tokens["access_token"].as_str().unwrap();
    let mut stream = app.proven(Method::GET, "/api/v1/session/events", Some(token)).await.unwrap().send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut told = String::new();
    let mut read_until = async |part: &str| {
        while !told.contains(part) {
            told.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap());
        }
    };
    read_until("\"ended\":null").await;
    app.call(Method::POST, "/api/v1/session/sign-out", Some(token), Body::None).await.unwrap();
    read_until("\"ended\":\"signed_out\"").await;
    assert_eq!(stream.chunk().await.unwrap(), None, "then it is over");
    assert!(!told.contains("FICTIF"), "states and clocks only");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_followed_by_long_polls() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let tokens = companion.sign_in(&app).await;
    let token = tokens["access_token"].as_str().unwrap();
    let now = app.call(Method::GET, "/api/v1/session/events?wait=0", Some(token), Body::None).await.unwrap().json();
    assert_eq!((now["ended"].clone(), now["clocks"]["idle_limit_s"].as_u64()), (json!(null), Some(900)));
    let path = format!("/api/v1/session/events?wait=25&after={}", now["version"]);
    let parked = park(&companion, &app, &path, Some(token)).await;
    // The head alone: what follows a stream that was opened by mistake would never end.
    let unreadable = app.proven(Method::GET, "/api/v1/session/events?wait=x", Some(token)).await.unwrap().send().await.unwrap();
    assert_eq!(unreadable.status(), 400, "{:?}", unreadable.headers());
    assert_eq!(Answer::read(unreadable).await.unwrap().refusal(), (400, "invalid_request".into()));
    app.call(Method::POST, "/api/v1/session/sign-out", Some(token), Body::None).await.unwrap();
    let event = answered(parked).await;
    assert_eq!((event.status, &event.json()["ended"]), (http::StatusCode::OK, &json!("signed_out")), "{event:?}");
    assert_eq!(app.call(Method::GET, &path, Some(token), Body::None).await.unwrap().status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_administrator_learns_health_and_counts_and_no_name() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    companion.sign_in(&app).await;
    let http = client().unwrap();
    let get = |path: &str| Answer::to(http.get(format!("{}{path}", companion.administration)));
    let health = get("/health").await.unwrap();
    assert_eq!(health.status, 200);
    assert_eq!((health.json()["status"].as_str(), health.json()["environment"].as_str()), (Some("ok"), Some("simulator")));
    let metrics = get("/metrics").await.unwrap();
    let lines = ["vestibule_sign_ins{state=\"redeemed\"} 1", "vestibule_live_sessions 1", "vestibule_parked_requests 0"];
    assert!(lines.iter().all(|line| metrics.text.contains(&format!("{line}\n"))), "{}", metrics.text);
    assert!(!metrics.text.contains("FICTIF") && !metrics.text.contains("POSTE-ESSAI"));
    assert_eq!(get("/api/v1/session").await.unwrap().status, 404, "nothing public is here");
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_answers_the_parked_and_ends() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let pushed = push(&app).await.json();
    let id = pushed["sign_in_id"].as_str().unwrap();
    let parked = park(&companion, &app, &format!("/api/v1/sign-ins/{id}/events?after=created&wait=25"), None).await;
    companion.shutdown.cancel();
    assert_eq!(answered(parked).await.json(), json!({"state": "created"}));
    drop(app);
    tokio::time::timeout(Duration::from_secs(20), companion.running).await.unwrap().unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_out_of_reach_is_told_to_the_app() {
    let companion = TestCompanion::start().await;
    let mut browser = companion.browser();
    let at_psc = companion.lead_to_psc(&companion.app(), &mut browser).await;
    // A code that Pro Santé Connect does not know.
    let page = browser.get(&format!("/psc/callback?code=unknown&state={}", at_psc.request["state"])).await.unwrap();
    let answer = query_of(&page.way_on().unwrap());
    assert_eq!((answer["error"].as_str(), answer["error_code"].as_str()), ("server_error", "VST-4005"));
    let id = at_psc.pushed["sign_in_id"].as_str().unwrap();
    let told = browser.get(&format!("/sign-in/return?id={id}")).await.unwrap();
    assert!(told.body.contains("VST-4005"), "{}", told.body);
}
