//! Sizes, drips and crowds, from outside: what is larger, slower or more than ours ever is is refused before it costs anything.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use http::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use vestibule_tests::http::builder;
use vestibule_tests::raw_client::{Answer, RawClient};

use crate::companion::TestCompanion;
use crate::sign_in::pushed_form;

const KIB: usize = 1024;

/// Every path that takes a request, and one that does not.
pub const PATHS: [(&str, &str); 25] = [
    ("GET", "/.well-known/oauth-authorization-server"),
    ("POST", "/oauth/par"),
    ("POST", "/oauth/device_authorization"),
    ("POST", "/oauth/token"),
    ("POST", "/oauth/revoke"),
    ("GET", "/oauth/authorize"),
    ("POST", "/oauth/authorize"),
    ("GET", "/psc/callback"),
    ("GET", "/sign-in/confirm"),
    ("POST", "/sign-in/confirm"),
    ("GET", "/sign-in/return"),
    ("GET", "/api/v1/sign-ins/7F3K-9QXM/events"),
    ("DELETE", "/api/v1/sign-ins/7F3K-9QXM"),
    ("GET", "/api/v1/session"),
    ("PUT", "/api/v1/session/situation"),
    ("POST", "/api/v1/session/activity"),
    ("GET", "/api/v1/session/events"),
    ("POST", "/api/v1/session/sign-out"),
    ("GET", "/sign-out"),
    ("GET", "/psc/logout-return"),
    ("GET", "/terms"),
    ("GET", "/privacy"),
    ("GET", "/accessibility"),
    ("GET", "/logo"),
    ("POST", "/no/such/path"),
];

fn address(companion: &TestCompanion) -> SocketAddr {
    companion.url.trim_start_matches("http://").parse().unwrap()
}

async fn connect_from(companion: &TestCompanion, last: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into()).unwrap();
    socket.connect(address(companion)).await.unwrap()
}

/// Sends these bytes and reads until the companion closes.
async fn raw(companion: &TestCompanion, bytes: &[u8]) -> String {
    let mut stream = connect_from(companion, 1).await;
    // Whoever is refused in the middle of a long request may be cut off while writing: what was answered counts.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn refusal(companion: &TestCompanion, head: &str) -> (u16, bool) {
    let answer = raw(companion, format!("{head}Host: compagnon.example\r\nConnection: close\r\n\r\n").as_bytes()).await;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer to {head:.80}"));
    (status, answer.contains("VST-2024"))
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_what_announces_too_much_is_refused_on_every_path_before_anything_else() {
    let companion = TestCompanion::start().await;
    for (method, path) in PATHS {
        let line = format!("{method} {path} HTTP/1.1\r\n");
        let body = refusal(&companion, &format!("{line}Content-Length: {}\r\n", 64 * KIB + 1)).await;
        assert_eq!(body, (413, true), "{method} {path}: body");
        let query = refusal(&companion, &format!("{method} {path}?x={} HTTP/1.1\r\n", "a".repeat(8 * KIB))).await;
        assert_eq!(query, (414, true), "{method} {path}: address");
        let head = refusal(&companion, &format!("{line}X-Padding: {}\r\n", "a".repeat(16 * KIB))).await;
        assert_eq!(head, (431, true), "{method} {path}: head");
        for accept in ["text/html", "application/json"] {
            let ordinary = refusal(&companion, &format!("{line}Accept: {accept}\r\n")).await;
            assert!(!matches!(ordinary.0, 413 | 414 | 431), "{method} {path}: {ordinary:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_an_endless_head_is_not_even_read() {
    let companion = TestCompanion::start().await;
    for head in [
        format!("GET /terms?{} HTTP/1.1\r\n", "a".repeat(80 * KIB)),
        format!("GET /terms HTTP/1.1\r\nX-Padding: {}\r\n", "a".repeat(80 * KIB)),
        format!("GET /terms HTTP/1.1\r\n{}", "X-Line: a\r\n".repeat(200)),
    ] {
        let (status, _) = refusal(&companion, &head).await;
        assert!(matches!(status, 414 | 431), "{status} for {head:.40}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_the_same_sizes_hold_over_http_2() {
    let companion = TestCompanion::start().await;
    let client = builder().http2_prior_knowledge().build().unwrap();
    let terms = format!("{}/terms", companion.url);
    let ordinary = client.get(&terms).header("X-Padding", "a".repeat(8 * KIB)).send().await.unwrap();
    assert_eq!((ordinary.version(), ordinary.status().as_u16()), (http::Version::HTTP_2, 200));
    let long = client.get(format!("{terms}?{}", "a".repeat(8 * KIB))).send().await.unwrap();
    assert_eq!(long.status(), 414);
    let heavy = client.get(&terms).header("X-Padding", "a".repeat(17 * KIB)).send().await.unwrap();
    assert_eq!(heavy.status(), 431);
    let large = client.post(format!("{}/oauth/par", companion.url)).body("x".repeat(64 * KIB + 1)).send().await.unwrap();
    assert_eq!(large.status(), 413);
    assert_eq!(client.get(&terms).send().await.unwrap().status(), 200, "the connection goes on");
}

async fn chunked(app: &RawClient, method: Method, path: &str, token: Option<&str>, kind: &str) -> Answer {
    let chunks = futures::stream::iter((0..70).map(|_| Ok::<_, std::io::Error>("x".repeat(KIB))));
    let request = app.proven(method, path, token).await.unwrap().header("Content-Type", kind).body(reqwest::Body::wrap_stream(chunks));
    Answer::to(request).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_a_body_that_does_not_announce_its_length_is_measured_as_it_comes() {
    let companion = TestCompanion::start().await;
    let app = companion.app().on_new_connections().unwrap();
    let tokens = companion.sign_in(&app).await;
    let (form, json) = ("application/x-www-form-urlencoded", "application/json");
    let token = tokens["access_token"].as_str();
    for (method, path, token, kind) in [
        (Method::POST, "/oauth/par", None, form),
        (Method::POST, "/oauth/device_authorization", None, form),
        (Method::POST, "/oauth/token", None, form),
        (Method::POST, "/oauth/revoke", None, form),
        (Method::POST, "/oauth/authorize", None, form),
        (Method::POST, "/api/v1/session/activity", token, json),
        (Method::PUT, "/api/v1/session/situation", token, json),
    ] {
        let answer = chunked(&app, method, path, token, kind).await;
        assert!(answer.status == 413 && answer.text.contains("VST-2024"), "{path}: {answer:?}");
    }
    // Without a proof, nobody reads it at all.
    let chunks = futures::stream::pending::<Result<String, std::io::Error>>();
    let unproven = app.bare(Method::POST, "/oauth/par").header("Content-Type", form).body(reqwest::Body::wrap_stream(chunks));
    assert_eq!(Answer::to(unproven).await.unwrap().refusal(), (400, "invalid_dpop_proof".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_many_parameters_and_endless_proofs_are_refused() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let names: Vec<String> = (0..65).map(|index| format!("p{index}")).collect();
    let form: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    for path in ["/oauth/par", "/oauth/token", "/oauth/revoke", "/oauth/device_authorization"] {
        assert_eq!(app.post_form(path, &form).await.unwrap().refusal(), (400, "invalid_request".into()), "{path}");
    }
    app.learn_nonce().await.unwrap();
    let mut proof = app.proof(&Method::POST, "/oauth/par", None);
    proof.claims["padding"] = serde_json::json!("x".repeat(4 * KIB));
    let request = app.bare(Method::POST, "/oauth/par").header("DPoP", app.device.sign(&proof)).form(&pushed_form());
    assert_eq!(Answer::to(request).await.unwrap().refusal(), (400, "invalid_dpop_proof".into()));
}

/// Asks on this connection and stays connected; `None` when the companion closed it.
async fn ask(stream: &mut TcpStream) -> Option<u16> {
    stream.write_all(b"HEAD /terms HTTP/1.1\r\nHost: compagnon.example\r\n\r\n").await.ok()?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.ok()?);
    }
    std::str::from_utf8(&answer).unwrap().split(' ').nth(1).unwrap().parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_a_full_house_refuses_the_newest_connection_and_keeps_the_others() {
    let companion = TestCompanion::with_limits("connections = 40\nconnections_per_address = 4").await;
    let mut open = Vec::new();
    for _ in 0..4 {
        let mut stream = connect_from(&companion, 2).await;
        assert_eq!(ask(&mut stream).await, Some(200));
        open.push(stream);
    }
    for _ in 0..20 {
        assert_eq!(ask(&mut connect_from(&companion, 2).await).await, None, "the newest of this address is refused");
    }
    assert_eq!(ask(&mut connect_from(&companion, 3).await).await, Some(200), "another address is served");
    for stream in &mut open {
        assert_eq!(ask(stream).await, Some(200), "nobody was put out");
    }
    let app = companion.app();
    companion.sign_in(&app).await;
    drop(open.pop());
    let mut stream = connect_from(&companion, 2).await;
    while ask(&mut stream).await.is_none() {
        stream = connect_from(&companion, 2).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_a_head_that_never_ends_is_cut_off() {
    let companion = TestCompanion::start().await;
    let mut slow = connect_from(&companion, 1).await;
    slow.write_all(b"GET /terms HTTP/1.1\r\nHost: compagnon.example\r\nX-Slow: ").await.unwrap();
    let mut rest = Vec::new();
    // The limit is ten seconds of the real clock; without it, this would wait for ever.
    let ended = tokio::time::timeout(Duration::from_secs(40), slow.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "still open");
    assert!(!String::from_utf8_lossy(&rest).contains(" 200 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_a_request_for_two_hosts_or_for_none_is_refused_on_both_listeners() {
    let companion = TestCompanion::start().await;
    let administration = companion.administration.trim_start_matches("http://").parse().unwrap();
    let status = async |address: SocketAddr, head: String| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok()).unwrap_or_else(|| panic!("no answer to {head}: {answer}"))
    };
    for (address, path, host) in [(address(&companion), "/terms", "a.example"), (administration, "/metrics", "localhost")] {
        for unsound in [
            format!("GET {path} HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n"),
            format!("GET {path} HTTP/1.1\r\nHost: a.example\r\nHost: a.example\r\n"),
            format!("GET {path} HTTP/1.0\r\nHost: a.example\r\nHost: b.example\r\n"),
            format!("GET {path} HTTP/1.1\r\nHost:\r\n"),
            format!("GET {path} HTTP/1.1\r\n"),
            format!("GET {path} HTTP/1.1\r\nHost: a.example, b.example\r\n"),
            format!("GET {path} HTTP/1.1\r\nHost: someone@a.example\r\n"),
            format!("GET http://a.example{path} HTTP/1.1\r\nHost: b.example\r\n"),
        ] {
            assert_eq!(status(address, unsound.clone()).await, 400, "{unsound}");
        }
        for sound in [
            format!("GET {path} HTTP/1.1\r\nHost: {host}:8443\r\n"),
            format!("GET http://{host}{path} HTTP/1.1\r\nHost: {}\r\n", host.to_uppercase()),
            format!("GET {path} HTTP/1.0\r\n"),
        ] {
            assert_eq!(status(address, sound.clone()).await, 200, "{sound}");
        }
    }
}
