//! The loopback listener under attack, inside a sign-in that must come to its end.

use std::sync::atomic::Ordering;

use tokio::net::TcpListener;
use url::Url;
use vestibule_model::view::AppRequest;

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
        format!("GET {target} HTTP/1.1\r\n{host}X: {}\r\n\r\n", "a".repeat(9000)),
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
async fn the_launch_address_serves_once() {
    let scene = scene().await;
    assert_eq!(visit(&scene.launch).await.status, 303);
    assert_eq!(visit(&scene.launch).await.status, 404);
    scene.ends_well().await;
}

#[tokio::test]
async fn a_connection_without_a_word_counts_for_nothing() {
    let scene = scene().await;
    for _ in 0..60 {
        drop(tokio::net::TcpStream::connect(("127.0.0.1", scene.port)).await.expect("connected"));
    }
    scene.ends_well().await;
}
