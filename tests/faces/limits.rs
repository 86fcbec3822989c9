//! Limits, from outside (attacks 27 and 36): who asks too much is refused, everyone else is served, and what is under way goes on.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vestibule_tests::browser_double::authorize_path;
use vestibule_tests::http::client;
use vestibule_tests::raw_client::{Answer, CLIENT_ID, RawClient};

use crate::companion::TestCompanion;
use crate::sign_in::{VERIFIER, push, query_of, redeem};

const MANY_PENDING: &str = "pending_per_key = 100";

/// Seconds after which a refused caller may come back.
fn wait_of(refused: &Answer) -> i64 {
    assert_eq!(refused.status, 429, "{refused:?}");
    let wait_s = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=600).contains(&wait_s), "{wait_s}");
    wait_s
}

fn advance(companion: &TestCompanion, app: &RawClient, seconds: i64) {
    companion.clock.advance_seconds(seconds);
    app.advance_seconds(seconds);
}

/// Whoever is on this machine has less time for the head of a first request than whoever comes from afar.
#[tokio::test(flavor = "multi_thread")]
async fn the_administration_waits_less_long_for_a_head_than_the_public_listener() {
    let companion = TestCompanion::start().await;
    let half_a_head = async |address: &str| {
        let mut stream = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
        stream.write_all(b"GET /health HTTP/1.1\r\n").await.unwrap();
        stream
    };
    let mut public = half_a_head(&companion.url).await;
    let mut local = half_a_head(&companion.administration).await;
    let (mut of_public, mut of_local) = (Vec::new(), Vec::new());
    tokio::select! {
        _ = public.read_to_end(&mut of_public) => panic!("the first who came was given the shorter time"),
        _ = local.read_to_end(&mut of_local) => {}
    }
}

/// What the administrator reads of a metric.
pub async fn metric(companion: &TestCompanion, name: &str) -> u64 {
    let metrics = client().unwrap().get(format!("{}/metrics", companion.administration)).send().await.unwrap().text().await.unwrap();
    let line =
        metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap_or_else(|| panic!("no {name}: {metrics}"));
    line.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_the_seventh_start_of_a_key_in_a_minute_waits_and_its_sign_in_under_way_ends_well() {
    let companion = TestCompanion::with_limits(MANY_PENDING).await;
    let (app, mut browser) = (companion.app(), companion.browser());
    let at_psc = companion.lead_to_psc(&app, &mut browser).await;
    for _ in 0..5 {
        assert_eq!(push(&app).await.status, 201);
    }
    let wait_s = wait_of(&push(&app).await);
    assert_eq!(push(&companion.app()).await.status, 201, "another workstation is not concerned");
    let page = companion.come_back(&at_psc, &mut browser).await;
    let back = companion.go_to_app(page, &mut browser).await;
    assert_eq!(redeem(&app, &query_of(&back)["code"], VERIFIER).await.status, 200, "under way, and not put out");
    advance(&companion, &app, wait_s);
    assert_eq!(push(&app).await.status, 201);
    assert_eq!(metric(&companion, "vestibule_refused_total{limit=\"starts_per_key\"}").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_strangers_behind_an_address_wait_and_those_who_signed_in_there_before_do_not() {
    let companion =
        TestCompanion::with_limits("starts_per_minute_per_address = 10\nstarts_per_minute_per_key = 100\npending_per_key = 100").await;
    let known = companion.app();
    companion.sign_in(&known).await;
    let first = companion.app();
    let pushed = push(&first).await.json();
    for _ in 0..8 {
        assert_eq!(push(&companion.app()).await.status, 201, "a fresh key each time");
    }
    let late = companion.app();
    let wait_s = wait_of(&push(&late).await);
    for _ in 0..20 {
        assert_eq!(push(&known).await.status, 201, "known here: what strangers spend is not hers");
    }
    assert_eq!(push(&companion.app().calling_from([127, 0, 0, 2], &[]).unwrap()).await.status, 201, "another address is not concerned");
    let page = companion.browser().get(&authorize_path(pushed["request_uri"].as_str().unwrap())).await.unwrap();
    assert_eq!(page.status, 200, "the first of them goes on");
    advance(&companion, &late, wait_s);
    assert_eq!(push(&late).await.status, 201);
    assert_eq!(metric(&companion, "vestibule_refused_total{limit=\"starts_per_address\"}").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_42_a_foreign_page_with_a_thousand_returns_costs_no_sign_in_behind_its_address() {
    let companion = TestCompanion::start().await;
    let (before, mut browser) = (companion.app(), companion.browser());
    let at_psc = companion.lead_to_psc(&before, &mut browser).await;
    let visitor = companion.browser();
    for images in 0..50 {
        let fetched = (0..20).map(|image| visitor.request(Method::GET, &format!("/psc/callback?state=j{images}-{image}")).send());
        for answer in futures::future::join_all(fetched).await {
            assert_eq!(answer.unwrap().status(), 400);
        }
    }
    let page = companion.come_back(&at_psc, &mut browser).await;
    let back = companion.go_to_app(page, &mut browser).await;
    assert_eq!(redeem(&before, &query_of(&back)["code"], VERIFIER).await.status, 200, "under way when the page was opened");
    companion.sign_in(&companion.app()).await;
    assert_eq!(metric(&companion, "vestibule_refused_total{limit=\"stray_callbacks\"}").await, 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_a_fourth_sign_in_at_once_waits_and_the_three_go_on() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let mut requests = Vec::new();
    for _ in 0..3 {
        requests.push(push(&app).await.json()["request_uri"].as_str().unwrap().to_owned());
    }
    wait_of(&push(&app).await);
    for request in requests {
        assert_eq!(companion.browser().open_request(&request).await.unwrap().status, 200);
    }
    assert_eq!(metric(&companion, "vestibule_refused_total{limit=\"pending_per_key\"}").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_an_app_that_refreshes_in_a_loop_waits_and_keeps_its_session() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let mut tokens = companion.sign_in(&app).await;
    for _ in 0..10 {
        tokens = app.refresh(tokens["refresh_token"].as_str().unwrap()).await.unwrap().json();
    }
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let wait_s = wait_of(&app.refresh(refresh).await.unwrap());
    assert_eq!(app.session(tokens["access_token"].as_str().unwrap()).await.unwrap().status, 200);
    advance(&companion, &app, wait_s);
    assert_eq!(app.refresh(refresh).await.unwrap().status, 200, "the refused token was not spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_a_key_that_calls_without_end_waits_and_the_others_do_not() {
    let companion = TestCompanion::with_limits("calls_per_minute_per_key = 20").await;
    let (app, other) = (companion.app(), companion.app());
    let tokens = companion.sign_in(&app).await;
    let others = companion.sign_in(&other).await;
    let show = async |app: &RawClient, tokens: &Value| app.session(tokens["access_token"].as_str().unwrap()).await.unwrap();
    let mut answer = show(&app, &tokens).await;
    for _ in 0..20 {
        answer = show(&app, &tokens).await;
    }
    let wait_s = wait_of(&answer);
    let revoke = [("client_id", CLIENT_ID), ("token", "unknown")];
    wait_of(&app.post_form("/oauth/revoke", &revoke).await.unwrap());
    assert_eq!(show(&other, &others).await.status, 200);
    advance(&companion, &app, wait_s);
    assert_eq!(show(&app, &tokens).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn exi_32_reports_of_activity_beyond_one_a_minute_change_nothing() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let tokens = companion.sign_in(&app).await;
    let report = async || {
        let path = "/api/v1/session/activity";
        let request = app.proven(Method::POST, path, tokens["access_token"].as_str()).await.unwrap().json(&json!({ "idle_ms": 0 }));
        Answer::to(request).await.unwrap().json()["idle_in_s"].as_i64().unwrap()
    };
    advance(&companion, &app, 100);
    assert_eq!(report().await, 900);
    advance(&companion, &app, 10);
    assert_eq!(report().await, 900, "of an app that counts its minute a little short");
    for _ in 0..3 {
        advance(&companion, &app, 10);
        report().await;
    }
    assert_eq!(report().await, 870, "thirty seconds after the last that counted");
    advance(&companion, &app, 30);
    assert_eq!(report().await, 900);
}

/// Sends a long poll for a sign-in and waits until it is parked.
async fn park(companion: &TestCompanion, app: &RawClient, id: &str, parked: u64) -> tokio::task::JoinHandle<Answer> {
    let request = app.proven(Method::GET, &format!("/api/v1/sign-ins/{id}/events?after=created&wait=25"), None).await.unwrap();
    let answer = tokio::spawn(async move { Answer::to(request).await.unwrap() });
    while metric(companion, "vestibule_parked_requests").await < parked && !answer.is_finished() {
        tokio::task::yield_now().await;
    }
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_of_two_requests_that_wait_for_the_same_thing_the_first_is_answered_at_once() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let id = push(&app).await.json()["sign_in_id"].as_str().unwrap().to_owned();
    let first = park(&companion, &app, &id, 1).await;
    let second = app.proven(Method::GET, &format!("/api/v1/sign-ins/{id}/events?after=created&wait=25"), None).await.unwrap();
    let second = tokio::spawn(async move { Answer::to(second).await.unwrap() });
    let answer = tokio::time::timeout(Duration::from_secs(15), first).await.expect("before its time is up").unwrap();
    assert_eq!(answer.json(), json!({ "state": "created" }));
    let delete = app.proven(Method::DELETE, &format!("/api/v1/sign-ins/{id}"), None).await.unwrap();
    assert_eq!(delete.send().await.unwrap().status(), 204);
    assert_eq!(second.await.unwrap().json(), json!({ "state": "cancelled" }));
    assert_eq!(metric(&companion, "vestibule_parked_requests").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_requests_that_wait_leave_places_to_other_addresses() {
    let companion = TestCompanion::with_limits("parked_requests = 3").await;
    let [app, neighbour] = [companion.app(), companion.app()];
    let elsewhere = companion.app().calling_from([127, 0, 0, 2], &[]).unwrap();
    let mut ids = Vec::new();
    for app in [&app, &neighbour, &elsewhere] {
        ids.push(push(app).await.json()["sign_in_id"].as_str().unwrap().to_owned());
    }
    let _parked = park(&companion, &app, &ids[0], 1).await;
    let crowded = park(&companion, &neighbour, &ids[1], 2).await.await.unwrap();
    assert_eq!((crowded.refusal(), &crowded.json()["code"]), ((503, "temporarily_unavailable".into()), &json!("VST-2026")));
    assert!(crowded.headers.contains_key("retry-after"));
    let _other = park(&companion, &elsewhere, &ids[2], 2).await;
    assert_eq!(metric(&companion, "vestibule_parked_requests").await, 2, "a place for another address");
}

const NARROW: &str = "starts_per_minute_per_address = 2\nstarts_per_minute_per_key = 100\npending_per_key = 100";

#[tokio::test(flavor = "multi_thread")]
async fn attack_36_a_trusted_proxy_speaks_for_its_clients_and_a_spoofed_chain_changes_nothing() {
    let companion = TestCompanion::with_listener_and_limits("trusted_proxies = [\"127.0.0.2\", \"10.0.0.0/28\"]", NARROW).await;
    let start = async |chain: &str| {
        let app = companion.app().calling_from([127, 0, 0, 2], &[("x-forwarded-for", chain), ("forwarded", "for=192.0.2.99")]).unwrap();
        push(&app).await.status.as_u16()
    };
    assert_eq!([start("203.0.113.1").await, start("203.0.113.1").await, start("203.0.113.1").await], [201, 201, 429]);
    for spoofed in ["198.51.100.7, 203.0.113.1", "127.0.0.1, 203.0.113.1:4711", "evil\", 203.0.113.1, 10.0.0.3", "203.0.113.1, 127.0.0.2"] {
        assert_eq!(start(spoofed).await, 429, "{spoofed}: still the client that the proxy saw");
    }
    assert_eq!(start("203.0.113.2").await, 201, "another client of the same proxy");
    // A proxy that says nothing usable counts as one caller itself.
    for unreadable in ["unknown", "", "203.0.113.3, nobody"] {
        assert_eq!(start(unreadable).await, if unreadable.starts_with('2') { 429 } else { 201 }, "{unreadable}");
    }
    assert_eq!(metric(&companion, "vestibule_refused_total{limit=\"forwarded_header_unreadable\"}").await, 3 * 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_36_a_stranger_speaks_for_nobody() {
    let companion = TestCompanion::with_listener_and_limits("trusted_proxies = [\"127.0.0.2\"]", NARROW).await;
    let start = async |claimed: &str| {
        let headers = [("x-forwarded-for", claimed), ("x-real-ip", claimed), ("forwarded", "for=192.0.2.99")];
        push(&companion.app().calling_from([127, 0, 0, 3], &headers).unwrap()).await.status.as_u16()
    };
    assert_eq!([start("203.0.113.1").await, start("203.0.113.2").await, start("203.0.113.3").await], [201, 201, 429]);
    assert_eq!(push(&companion.app()).await.status, 201, "nobody was counted in his place");
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_36_only_the_header_that_was_chosen_is_read() {
    let listener = "trusted_proxies = [\"127.0.0.2\"]\nforwarded_header = \"forwarded\"";
    let companion = TestCompanion::with_listener_and_limits(listener, NARROW).await;
    let start = async |forwarded: &str| {
        let headers = [("x-forwarded-for", "192.0.2.99"), ("forwarded", forwarded)];
        push(&companion.app().calling_from([127, 0, 0, 2], &headers).unwrap()).await.status.as_u16()
    };
    let line = "for=198.51.100.7;host=evil.example, for=\"[2001:db8:1:2::7]:4711\";proto=https";
    assert_eq!([start(line).await, start(line).await, start("for=\"[2001:db8:1:2:9::1]\"").await], [201, 201, 429], "one IPv6 network");
    assert_eq!(start("for=\"[2001:db8:1:3::1]\"").await, 201);
}
