//! How a companion leaves: whoever shares out the requests is told first, and everybody is answered meanwhile.

use std::time::Duration;

use http::StatusCode;
use http::header::{CACHE_CONTROL, CONNECTION};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vestibule_tests::http::client;

use crate::companion::TestCompanion;

const METADATA: &str = "/.well-known/oauth-authorization-server";

async fn ready(companion: &TestCompanion) -> StatusCode {
    client().unwrap().get(format!("{}/ready", companion.url)).send().await.unwrap().status()
}

async fn until_it_leaves(companion: &TestCompanion) {
    companion.leave.cancel();
    let mut attempts = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..600 {
        attempts.tick().await;
        if ready(companion).await == StatusCode::SERVICE_UNAVAILABLE {
            return;
        }
    }
    panic!("the check is never refused");
}

/// A request on a connection that is kept, and the head of its answer.
async fn ask(stream: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap().to_lowercase()
}

#[tokio::test]
async fn whoever_leaves_refuses_the_check_and_answers_all_else_until_it_is_told_again() {
    let companion = TestCompanion::with_listener_and_limits("drain_s = 60", "").await;
    assert_eq!(ready(&companion).await, StatusCode::OK);
    until_it_leaves(&companion).await;
    let answer = client().unwrap().get(format!("{}{METADATA}", companion.url)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[CONNECTION], "close");
    assert!(!companion.running.is_finished());
    companion.shutdown.cancel();
    companion.running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_that_was_kept_is_told_to_close() {
    let companion = TestCompanion::with_listener_and_limits("drain_s = 60", "").await;
    let mut stream = TcpStream::connect(companion.url.trim_start_matches("http://")).await.unwrap();
    let head = ask(&mut stream, "/nowhere").await;
    assert!(head.starts_with("http/1.1 404") && !head.contains("connection: close"), "{head}");
    let mut body = vec![0; length(&head)];
    stream.read_exact(&mut body).await.unwrap();
    until_it_leaves(&companion).await;
    let head = ask(&mut stream, "/nowhere").await;
    assert!(head.starts_with("http/1.1 404") && head.contains("connection: close"), "{head}");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest.len(), length(&head));
}

fn length(head: &str) -> usize {
    head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn a_companion_alone_over_its_memory_ends_when_told_to_leave() {
    let companion = TestCompanion::start().await;
    assert_eq!(ready(&companion).await, StatusCode::OK);
    companion.leave.cancel();
    companion.running.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_check_is_never_answered_from_somewhere_else() {
    let companion = TestCompanion::start().await;
    let answer = client().unwrap().get(format!("{}/ready", companion.url)).send().await.unwrap();
    assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
}

/// A balancer says for whom it speaks with the requests of others, not with its own question.
#[tokio::test]
async fn the_check_of_a_trusted_balancer_is_no_refusal() {
    let companion = TestCompanion::with_listener_and_limits("trusted_proxies = [\"127.0.0.1\"]", "").await;
    assert_eq!(ready(&companion).await, StatusCode::OK);
    let unreadable = "vestibule_refused_total{limit=\"forwarded_header_unreadable\"}";
    assert_eq!(crate::limits::metric(&companion, unreadable).await, 0);
    let page = client().unwrap().get(format!("{}/nowhere", companion.url)).send().await.unwrap();
    assert_eq!((page.status(), crate::limits::metric(&companion, unreadable).await), (StatusCode::NOT_FOUND, 1));
}
