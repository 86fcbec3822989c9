//! Heads that arrive before their bodies, as on any real network: whatever is answered, the connection then does what was said of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vestibule_tests::http::builder;

use crate::companion::TestCompanion;
use crate::sizes::PATHS;

const BODY: &str = "client_id=vestibule-desktop&response_type=code";

/// One connection, and what came on it.
struct Line {
    to: String,
    stream: TcpStream,
    received: Vec<u8>,
}

struct Answered {
    status: u16,
    closes: bool,
    text: String,
}

impl Line {
    async fn to(url: &str) -> Self {
        let to = url.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&to).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { to, stream, received: Vec::new() }
    }

    async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Whether an answer begins by itself, before others who come later have theirs.
    async fn answers_by_itself(&mut self) -> bool {
        let to = self.to.clone();
        tokio::select! {
            _ = self.more() => true,
            () = others_are_answered(&to) => false,
        }
    }

    async fn more(&mut self) -> usize {
        let read = self.stream.read_buf(&mut self.received).await.unwrap();
        assert!(read > 0, "closed after {:?}", String::from_utf8_lossy(&self.received));
        read
    }

    /// The next final answer, read whole.
    async fn answer(&mut self, has_body: bool) -> Answered {
        loop {
            let text = String::from_utf8_lossy(&self.received).into_owned();
            if let Some((head, rest)) = text.split_once("\r\n\r\n") {
                let lower = head.to_ascii_lowercase();
                let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |text| text.parse().unwrap());
                let length = if has_body { length } else { 0 };
                if rest.len() >= length {
                    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                    self.received.drain(..head.len() + 4 + length);
                    return Answered { status, closes: lower.contains("\r\nconnection: close"), text };
                }
            }
            self.more().await;
        }
    }

    /// The connection does what the answer said of it.
    async fn keeps_its_word(mut self, answered: &Answered, what: &str) {
        if answered.closes {
            assert_eq!(self.stream.read_to_end(&mut self.received).await.unwrap(), 0, "{what}: closed, and nothing reset");
            return;
        }
        self.send("HEAD /terms HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        let next = self.answer(false).await;
        assert!(matches!(next.status, 200 | 404), "{what}: {}", next.status);
    }
}

/// One after the other: what is answered without waiting for anything is answered by then.
async fn others_are_answered(address: &str) {
    for _ in 0..5 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"HEAD /terms HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
        assert!(stream.read_to_end(&mut Vec::new()).await.unwrap() > 0);
    }
}

fn head(method: &str, path: &str, more: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n{more}\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_comes_before_its_body_leaves_a_connection_that_can_be_used_again_on_every_path() {
    let companion = TestCompanion::start().await;
    let public = PATHS.iter().map(|(method, path)| (companion.url.as_str(), *method, *path));
    let wrong_methods = PATHS.iter().map(|(_, path)| (companion.url.as_str(), "PATCH", *path));
    let admin = ["/health", "/metrics", "/no/such/path"].map(|path| (companion.administration.as_str(), "POST", path));
    let asked: Vec<_> = public.chain(wrong_methods).chain(admin).collect();
    let all = asked.into_iter().flat_map(|asked| ["application/json", "text/html"].map(|accept| (asked, accept)));
    futures::future::join_all(all.map(async |((url, method, path), accept)| {
        let what = format!("{method} {path} {accept}");
        let mut line = Line::to(url).await;
        line.send(&head(method, path, &format!("Accept: {accept}\r\nContent-Length: {}\r\n", BODY.len()))).await;
        let early = line.answers_by_itself().await;
        line.send(BODY).await;
        let answered = line.answer(true).await;
        assert!(!early || answered.closes, "{what}: answered unread, and the connection was said to go on");
        line.keeps_its_word(&answered, &what).await;
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_client_whose_form_comes_after_its_head_learns_the_nonce_and_goes_on_on_the_same_connection() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let mut line = Line::to(&companion.url).await;
    for expected in ["use_dpop_nonce", "invalid_request"] {
        let proof = app.device.sign(&app.proof(&http::Method::POST, "/oauth/par", None));
        line.send(&head("POST", "/oauth/par", &format!("DPoP: {proof}\r\nContent-Length: {}\r\n", BODY.len()))).await;
        assert!(!line.answers_by_itself().await, "{expected}: answered before the form was taken");
        line.send(BODY).await;
        let answered = line.answer(true).await;
        let body: Value = serde_json::from_str(answered.text.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert_eq!((answered.status, answered.closes, body["error"].as_str().unwrap()), (400, false, expected));
        app.learn_nonce().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_too_slow_or_only_announced_is_answered_and_the_connection_said_to_end() {
    let companion = TestCompanion::start().await;
    for (what, more, sent) in [
        ("too long", "Content-Length: 70000\r\n", "x".repeat(70_000)),
        ("chunks without end", "Transfer-Encoding: chunked\r\n", "400\r\n".to_owned() + &"x".repeat(1024) + "\r\n"),
        ("half a form", "Content-Length: 40\r\n", "client_id=".to_owned()),
        ("asks first", "Expect: 100-continue\r\nContent-Length: 40\r\n", String::new()),
    ] {
        let mut line = Line::to(&companion.url).await;
        line.send(&(head("POST", "/oauth/par", more) + &sent)).await;
        let answered = line.answer(true).await;
        assert!((400..500).contains(&answered.status) && answered.closes, "{what}: {}", answered.text);
        line.keeps_its_word(&answered, what).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_2_a_form_that_comes_after_its_refusal_is_no_broken_stream() {
    let companion = TestCompanion::start().await;
    let client = builder().http2_prior_knowledge().build().unwrap();
    let taken = Arc::new(AtomicUsize::new(0));
    for round in 1..=10 {
        // The form is only sent once a refusal that did not wait for it would have come, and have broken its stream off.
        let (count, address) = (Arc::clone(&taken), companion.url.trim_start_matches("http://").to_owned());
        let late = futures::stream::once(async move {
            others_are_answered(&address).await;
            count.fetch_add(1, Ordering::SeqCst);
            Ok::<_, std::io::Error>(BODY)
        });
        let form = client.post(format!("{}/oauth/par", companion.url)).header("Content-Type", "application/x-www-form-urlencoded");
        let answer = form.body(reqwest::Body::wrap_stream(late)).send().await.unwrap();
        assert_eq!((answer.version(), answer.status().as_u16()), (http::Version::HTTP_2, 400));
        answer.bytes().await.unwrap();
        assert_eq!(taken.load(Ordering::SeqCst), round, "answered before the form was taken");
    }
}
