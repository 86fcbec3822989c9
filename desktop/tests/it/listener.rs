//! The loopback listener under attack, inside a sign-in that must come to its end.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use url::Url;
use vestibule_model::view::{AppRequest, Screen, WaitingStage};

use crate::app::{App, Workstation};
use crate::companion::{Companion, answers_code};
use crate::doubles::{raw, visit};

struct Scene {
    companion: Companion,
    workstation: Workstation,
    app: App,
    port: u16,
    launch: Url,
    back: Url,
}

async fn scene() -> Scene {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    let launch = workstation.browser.address(0).await;
    let back = companion.return_address(answers_code());
    Scene { port: launch.port().expect("a port"), companion, workstation, app, launch, back }
}

impl Scene {
    fn target(&self) -> String {
        self.back[url::Position::BeforePath..url::Position::AfterQuery].to_owned()
    }

    /// Where the launch address leads once the app has heard what changed: until then, it leads where it did, and no connection is refused.
    async fn leads_elsewhere_than(&self, first: &Url) -> Url {
        let led = async {
            loop {
                let visited = visit(&self.launch).await;
                assert_eq!(visited.status, 303, "no refused connection");
                if visited.location() != *first {
                    return visited.location();
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), led).await.expect("led elsewhere")
    }

    async fn ends_well(mut self) {
        assert_eq!(visit(&self.back).await.status, 303);
        self.app.is_signed_in().await;
        assert_eq!(self.companion.requests("POST", "/oauth/token").len(), 1);
    }
}

#[tokio::test]
async fn attack_08_another_users_connection_gets_nothing() {
    let scene = scene().await;
    scene.workstation.owner.mine.store(false, Ordering::SeqCst);
    assert_eq!(visit(&scene.launch).await.status, 404);
    assert_eq!(visit(&scene.back).await.status, 404);
    scene.workstation.owner.mine.store(true, Ordering::SeqCst);
    scene.ends_well().await;
}

#[tokio::test]
async fn attack_10_the_return_address_is_the_literal_loopback_address() {
    let scene = scene().await;
    assert_eq!((scene.launch.host_str(), scene.back.host_str()), (Some("127.0.0.1"), Some("127.0.0.1")));
    assert_ne!(scene.launch.path().trim_end_matches("/go"), scene.back.path().trim_start_matches("/cb"), "two secrets");
    // A squatter on the same port of another address receives nothing: nobody is ever sent there.
    assert!(TcpListener::bind(("::1", scene.port)).await.is_ok());
    scene.ends_well().await;
}

#[tokio::test]
async fn attack_11_the_port_cannot_be_bound_a_second_time() {
    let scene = scene().await;
    for address in ["127.0.0.1", "0.0.0.0"] {
        assert!(TcpListener::bind((address, scene.port)).await.is_err(), "{address}");
    }
    scene.ends_well().await;
}

#[tokio::test]
async fn attack_12_pages_scans_and_rebinding_get_a_bare_404() {
    let scene = scene().await;
    let (port, target) = (scene.port, scene.target());
    let host = format!("Host: 127.0.0.1:{port}\r\n");
    for request in [
        format!("GET {target} HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\n{host}{host}\r\n"),
        format!("GET {target} HTTP/1.1\r\n{host}Origin: https://evil.example\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\n{host}Origin: null\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\n{host}Sec-Fetch-Mode: cors\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\n{host}Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n\r\n"),
        format!("POST {target} HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n"),
        format!("OPTIONS {target} HTTP/1.1\r\n{host}\r\n"),
        format!("HEAD {target} HTTP/1.1\r\n{host}\r\n"),
        format!("GET {target} HTTP/1.1\r\n{host}Content-Length: 1\r\n\r\nx"),
        format!("GET {target} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        format!("GET {target}&code=again HTTP/1.1\r\n{host}\r\n"),
        format!("GET http://127.0.0.1:{port}{target} HTTP/1.1\r\n{host}\r\n"),
        format!("GET /{target} HTTP/1.1\r\n{host}\r\n"),
        format!("GET / HTTP/1.1\r\n{host}\r\n"),
        format!("GET {target}&x={} HTTP/1.1\r\n{host}\r\n", "a".repeat(9000)),
        format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}{}\r\n\r\n", " ".repeat(9000)),
        "not http at all\r\n\r\n".to_owned(),
    ] {
        let answer = raw(port, &request).await;
        assert_eq!(answer.status, 404, "{request}");
        assert!(!answer.head.to_lowercase().contains("access-control"), "{request}");
    }
    scene.ends_well().await;
}

#[tokio::test]
async fn attack_03_an_answer_for_another_sign_in_is_ignored() {
    let scene = scene().await;
    let bent = |bend: &dyn Fn(&str, String) -> String| {
        let mut address = scene.back.clone();
        let pairs: Vec<_> = scene.back.query_pairs().map(|(name, value)| (name.to_string(), bend(&name, value.to_string()))).collect();
        address.query_pairs_mut().clear().extend_pairs(pairs);
        address
    };
    let state = bent(&|name, value| if name == "state" { "other".to_owned() } else { value });
    let issuer = bent(&|name, value| if name == "iss" { "https://evil.example".to_owned() } else { value });
    let mut bare = scene.back.clone();
    bare.set_query(None);
    let without = |gone: &str| {
        let mut address = scene.back.clone();
        let kept: Vec<_> = scene.back.query_pairs().into_owned().filter(|(name, _)| name != gone).collect();
        address.query_pairs_mut().clear().extend_pairs(kept);
        address
    };
    for address in [state, issuer, bare, without("code"), without("state"), without("iss")] {
        assert_eq!(visit(&address).await.status, 404, "{}", address.path());
    }
    scene.ends_well().await;
}

#[tokio::test]
async fn attack_13_forty_nine_junk_requests_change_nothing() {
    let scene = scene().await;
    for number in 0..49 {
        let mut address = scene.back.clone();
        address.set_query(Some(&format!("code=junk-{number}&state=junk")));
        assert_eq!(visit(&address).await.status, 404);
    }
    scene.ends_well().await;
}

#[tokio::test]
async fn attack_13_the_fifty_first_closes_the_listener() {
    let mut scene = scene().await;
    for _ in 0..51 {
        raw(scene.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    }
    assert_eq!(scene.app.has_problem().await, "VST-1007");
    scene.companion.has_seen("DELETE", "/api/v1/sign-ins/7F3K-9QXM", 1).await;
}

#[tokio::test]
async fn attack_45_kilobytes_of_foreign_cookies_keep_no_browser_out() {
    let scene = scene().await;
    for length in [9_000, 16_000, 200_000] {
        let host = format!("Host: 127.0.0.1:{}\r\nCookie: {}\r\n", scene.port, "nom=André; ".repeat(length / 11));
        assert_eq!(raw(scene.port, &format!("GET {} HTTP/1.1\r\n{host}\r\n", scene.launch.path())).await.status, 303, "{length}");
    }
    let cookies = format!("Cookie: {}\r\nHost: 127.0.0.1:{}\r\n", "a".repeat(16_000), scene.port);
    assert_eq!(raw(scene.port, &format!("GET {} HTTP/1.1\r\n{cookies}\r\n", scene.target())).await.status, 303);
    let mut scene = scene;
    scene.app.is_signed_in().await;
}

#[tokio::test]
async fn attack_47_connections_of_other_users_count_for_nothing_and_hold_no_place() {
    let scene = scene().await;
    scene.workstation.owner.mine.store(false, Ordering::SeqCst);
    let mut silent = Vec::new();
    for _ in 0..60 {
        silent.push(TcpStream::connect(("127.0.0.1", scene.port)).await.expect("connected"));
    }
    for _ in 0..60 {
        raw(scene.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    }
    scene.workstation.owner.mine.store(true, Ordering::SeqCst);
    // Forty-nine of our own are still left.
    for _ in 0..49 {
        assert_eq!(raw(scene.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.status, 404);
    }
    scene.ends_well().await;
    drop(silent);
}

#[tokio::test]
async fn the_launch_address_answers_again_until_the_companions_page_was_opened() {
    let mut scene = scene().await;
    let requests: Vec<Url> = [visit(&scene.launch).await, visit(&scene.launch).await].map(|answer| answer.location()).into();
    assert_eq!(requests[0], requests[1]);
    assert_eq!(requests[0].path(), "/oauth/authorize");
    // A visit has no effect: the help comes as if nobody had come.
    scene.workstation.clock.advance(Duration::from_secs(9));
    scene.app.shows(|screen| matches!(screen, Screen::WaitingForBrowser(waiting) if waiting.browser_missing).then_some(())).await;
    assert_eq!(visit(&scene.launch).await.location(), requests[0]);
    scene.companion.sign_in_is(json!({"state": "opened"}));
    let opened =
        |screen: &Screen| matches!(screen, Screen::WaitingForBrowser(waiting) if waiting.stage == WaitingStage::BrowserOpen).then_some(());
    scene.app.shows(opened).await;
    let late = visit(&scene.launch).await;
    assert_eq!((late.status, late.location().path()), (303, "/sign-in/return"), "the companion says how it stands");
    scene.ends_well().await;
}

/// The clock stands: that the request ran out, the companion says. By the app's own clock alone, see `renewed_launch`.
#[tokio::test]
async fn a_browser_that_comes_after_the_request_ran_out_is_given_a_fresh_one() {
    let mut scene = scene().await;
    let first = visit(&scene.launch).await.location();
    scene.companion.sign_in_is(json!({"state": "expired", "code": "VST-2001"}));
    let fresh = scene.leads_elsewhere_than(&first).await;
    assert!(fresh.query().is_some_and(|query| query.contains("canary-request-2")), "{fresh}");
    assert_eq!(scene.companion.facts.pushed.load(Ordering::SeqCst), 2);
    // The companion said that nothing comes of the first request: its answer is no answer any more.
    assert_eq!(visit(&scene.back).await.status, 404);
    assert_eq!(visit(&scene.companion.return_address(answers_code())).await.status, 303);
    scene.app.is_signed_in().await;
}

#[tokio::test]
async fn she_opens_the_same_page_again_while_nobody_opened_it() {
    let scene = scene().await;
    scene.app.handle.request(AppRequest::ReopenBrowser);
    assert_eq!(scene.workstation.browser.address(1).await, scene.launch);
    assert_eq!(scene.companion.facts.pushed.load(Ordering::SeqCst), 1);
    scene.ends_well().await;
}

#[tokio::test]
async fn a_browser_that_comes_after_she_withdrew_lands_on_a_page() {
    let mut scene = scene().await;
    scene.app.handle.request(AppRequest::Cancel);
    scene.app.rests().await;
    let late = visit(&scene.launch).await;
    assert_eq!((late.status, late.location().path()), (303, "/sign-in/return"));
}

#[tokio::test]
async fn a_connection_without_a_word_counts_for_nothing() {
    let scene = scene().await;
    for _ in 0..60 {
        drop(tokio::net::TcpStream::connect(("127.0.0.1", scene.port)).await.expect("connected"));
    }
    scene.ends_well().await;
}
