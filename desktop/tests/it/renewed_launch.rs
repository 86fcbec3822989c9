//! The browser came late and was given a fresh request: the answer to one that somebody opened before still counts.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use url::Url;
use vestibule_model::view::{AppRequest, Screen, SignInNotice};

use crate::app::{App, Workstation};
use crate::companion::Companion;
use crate::doubles::visit;

const FIRST: &str = "/api/v1/sign-ins/7F3K-9QXM";
const SECOND: &str = "/api/v1/sign-ins/AB2C-D3EF";
const THIRD: &str = "/api/v1/sign-ins/GH4J-K5MN";
const FOURTH: &str = "/api/v1/sign-ins/PQ6R-S7TV";

struct Scene {
    companion: Companion,
    workstation: Workstation,
    app: App,
    launch: Url,
}

/// Waiting for a browser that is on its way, of which the app hears nothing: The report is out of reach.
async fn unheard(workstation: Workstation) -> Scene {
    let companion = Companion::start().await;
    companion.facts.own_ids.store(true, Ordering::SeqCst);
    companion.refuses(&format!("{FIRST}/events"), 504, json!({}));
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    let launch = workstation.browser.address(0).await;
    assert!(visit(&launch).await.location().query().is_some_and(|query| query.ends_with("canary-request")));
    Scene { companion, workstation, app, launch }
}

impl Scene {
    /// Something visits the launch address when the request has run out.
    async fn is_visited_late(&self) -> Url {
        self.workstation.clock.advance(Duration::from_secs(122));
        visit(&self.launch).await.location()
    }

    async fn is_renewed(&self, number: u32) {
        let onward = self.is_visited_late().await;
        assert!(onward.query().is_some_and(|query| query.ends_with(&format!("canary-request-{number}"))), "{onward}");
    }

    fn code_of(&self, number: usize) -> Url {
        self.companion.return_address_of(number, &[("code", &format!("canary-code-of-{number}"))])
    }

    fn withdrawn(&self, path: &str) -> usize {
        self.companion.requests("DELETE", path).len()
    }

    async fn is_signed_in_once(&mut self) {
        self.app.is_signed_in().await;
        assert_eq!(self.companion.requests("POST", "/oauth/token").len(), 1);
    }
}

#[tokio::test]
async fn an_answer_to_an_earlier_request_is_taken() {
    let mut scene = unheard(Workstation::new()).await;
    scene.is_renewed(2).await;
    // Neither a mixture nor another companion's counts.
    for (name, value) in [("state", "other"), ("iss", "https://evil.example")] {
        let mut bent = scene.code_of(1);
        let pairs: Vec<_> =
            bent.query_pairs().into_owned().map(|(key, old)| if key == name { (key, value.to_owned()) } else { (key, old) }).collect();
        bent.query_pairs_mut().clear().extend_pairs(pairs);
        assert_eq!(visit(&bent).await.status, 404, "{name}");
    }
    let back = visit(&scene.code_of(1)).await;
    assert_eq!((back.status, back.location().path()), (303, "/sign-in/return"));
    assert_eq!(back.location().query(), Some("id=7F3K-9QXM&ui_locales=fr"), "the page speaks of the sign-in that came back");
    scene.is_signed_in_once().await;
    assert_eq!((scene.withdrawn(FIRST), scene.withdrawn(SECOND)), (0, 1), "what was not answered is not left pending");
}

#[tokio::test]
async fn an_answer_to_the_fresh_request_is_taken_and_the_earlier_one_withdrawn() {
    let mut scene = unheard(Workstation::new()).await;
    scene.is_renewed(2).await;
    let back = visit(&scene.code_of(2)).await;
    assert_eq!((back.status, back.location().query()), (303, Some("id=AB2C-D3EF&ui_locales=fr")));
    scene.is_signed_in_once().await;
    assert_eq!((scene.withdrawn(FIRST), scene.withdrawn(SECOND)), (1, 0));
}

#[tokio::test]
async fn a_no_to_an_earlier_request_is_heard() {
    let mut scene = unheard(Workstation::new()).await;
    scene.is_renewed(2).await;
    assert_eq!(visit(&scene.companion.return_address_of(1, &[("error", "access_denied")])).await.status, 303);
    assert_eq!(scene.app.rests().await, Some(SignInNotice::Declined));
    assert_eq!((scene.withdrawn(FIRST), scene.withdrawn(SECOND)), (0, 1));
}

#[tokio::test]
async fn an_answer_to_an_earlier_request_is_taken_by_the_scheme() {
    let workstation = Workstation::with_policy("exchange = \"scheme\"\n");
    workstation.handlers.registered.store(true, Ordering::SeqCst);
    let mut scene = unheard(workstation).await;
    scene.is_renewed(2).await;
    let mut mixed = scene.code_of(2);
    mixed.set_path(scene.code_of(1).path());
    scene.app.handle.returned(mixed.to_string());
    scene.app.handle.returned(scene.code_of(1).to_string());
    scene.app.handle.returned(scene.code_of(2).to_string());
    scene.is_signed_in_once().await;
    let redeemed = scene.companion.requests("POST", "/oauth/token").remove(0);
    assert_eq!(redeemed.form("code").as_deref(), Some("canary-code-of-1"), "the first good one, and no other");
    assert_eq!((scene.withdrawn(FIRST), scene.withdrawn(SECOND)), (0, 1));
}

#[tokio::test]
async fn she_withdraws_all_of_them() {
    let mut scene = unheard(Workstation::new()).await;
    scene.is_renewed(2).await;
    // A later run withdraws both, should this one be killed.
    scene.workstation.has_unfinished(2).await;
    scene.app.handle.request(AppRequest::Cancel);
    assert_eq!(scene.app.rests().await, Some(SignInNotice::Cancelled));
    scene.companion.has_seen("DELETE", FIRST, 1).await;
    scene.companion.has_seen("DELETE", SECOND, 1).await;
    scene.workstation.has_unfinished(0).await;
}

#[tokio::test]
async fn no_more_than_the_companion_lets_be_pending_are_kept() {
    let mut scene = unheard(Workstation::new()).await;
    for number in 2..=4 {
        scene.is_renewed(number).await;
    }
    let order: Vec<_> =
        scene.companion.heard().into_iter().filter(|heard| heard.method == "DELETE" || heard.path == "/oauth/par").collect();
    let last = order.iter().rposition(|heard| heard.path == "/oauth/par").expect("pushed");
    assert!(order[..last].iter().any(|heard| heard.path == FIRST), "withdrawn before the fourth is asked for");
    assert_eq!(visit(&scene.code_of(1)).await.status, 404, "the oldest made room");
    assert_eq!(visit(&scene.code_of(2)).await.status, 303);
    scene.is_signed_in_once().await;
    assert_eq!([FIRST, SECOND, THIRD, FOURTH].map(|path| scene.withdrawn(path)), [1, 0, 1, 1]);
}

#[tokio::test]
async fn a_fresh_request_that_is_refused_ends_nothing() {
    let mut scene = unheard(Workstation::new()).await;
    scene.companion.refuses("/oauth/par", 429, json!({"error": "slow_down", "error_description": "trop", "code": "VST-2007"}));
    let onward = scene.is_visited_late().await;
    assert_eq!(
        (onward.path(), onward.query()),
        ("/sign-in/return", Some("id=7F3K-9QXM&ui_locales=fr")),
        "the companion says how it stands"
    );
    assert!(matches!(scene.app.view.borrow().screen, Screen::WaitingForBrowser(_)), "the first request may still be answered");
    assert_eq!(visit(&scene.code_of(1)).await.status, 303);
    scene.is_signed_in_once().await;
}
