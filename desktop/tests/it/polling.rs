//! The polling exchange in the app: the number, the letters, and every way out.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use vestibule_desktop::clock::Clock as _;
use vestibule_model::exchange::Exchange;
use vestibule_model::view::{AppRequest, CodeView, ProblemView, Screen, SignInNotice, WaitingStage, WaitingView};

use crate::app::{App, Workstation};
use crate::companion::{Companion, Request, answers_code};
use crate::doubles::{START_MS, a_moment, raw, visit};

const POLLING: &str = "exchange = \"polling\"\n";
const CANCEL: &str = "/api/v1/sign-ins/7F3K-9QXM";

async fn started(companion: &Companion, workstation: &Workstation) -> App {
    let mut app = workstation.start(companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    app
}

/// Waiting by polling, as the policy has it.
async fn polling() -> (Companion, Workstation, App) {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy(POLLING));
    let app = started(&companion, &workstation).await;
    (companion, workstation, app)
}

/// The same, for a person new to the workstation who picked the number.
async fn letters_due(letters: &'static str) -> (Companion, Workstation, App) {
    let (companion, workstation, mut app) = polling().await;
    companion.shows_letters(letters);
    companion.number_is_picked();
    app.enters_code().await;
    (companion, workstation, app)
}

impl App {
    pub async fn enters_code(&mut self) -> CodeView {
        self.code_that(|_| true).await
    }

    pub async fn code_that(&mut self, accept: impl Fn(&CodeView) -> bool) -> CodeView {
        let code = |screen: &Screen| match screen {
            Screen::EnteringCode(code) if accept(code) => Some(code.clone()),
            _ => None,
        };
        self.shows_patiently(code).await
    }

    pub fn types(&self, code: &str) {
        self.handle.request(AppRequest::ConfirmCode { code: code.to_owned() });
    }

    async fn waits_by(&mut self, exchange: Exchange) -> WaitingView {
        self.shows(|screen| match screen {
            Screen::WaitingForBrowser(waiting) if waiting.exchange == exchange => Some(waiting.clone()),
            _ => None,
        })
        .await
    }

    pub async fn is_in_trouble(&mut self) -> ProblemView {
        self.shows(|screen| match screen {
            Screen::Problem(problem) => Some(problem.clone()),
            _ => None,
        })
        .await
    }
}

/// Token requests of the polling exchange that carried letters.
fn letters_sent(companion: &Companion) -> Vec<String> {
    companion.requests("POST", "/oauth/token").iter().filter_map(|request| request.form("confirmation_code")).collect()
}

#[tokio::test]
async fn a_known_person_picks_the_number_and_the_session_arrives_at_once() {
    let (companion, workstation, mut app) = polling().await;
    let raised = app.handle.raise_requested();
    let waiting = app.waits().await;
    assert_eq!((waiting.exchange, waiting.match_number.as_deref()), (Exchange::Polling, Some("07")), "the number from the start");
    assert!(!waiting.can_use_another_browser, "it already may be anywhere");
    assert_eq!(waiting.link_ends_at_ms, Some(START_MS + 120_000));
    let page = workstation.browser.address(0).await;
    assert_eq!(waiting.link.as_deref(), Some(page.as_str()), "what opens here may be opened elsewhere");
    let picture = waiting.link_picture.expect("for a telephone");
    assert!(picture.side > 40 && picture.path.starts_with("M4 4h1v1h-1z"), "{} {}", picture.side, picture.path);
    assert_eq!((page.origin(), page.path()), (companion.origin.origin(), "/oauth/authorize"));
    for (state, stage) in
        [("opened", WaitingStage::BrowserOpen), ("at_provider", WaitingStage::AtProvider), ("authenticated", WaitingStage::Confirming)]
    {
        companion.sign_in_is(json!({"state": state}));
        let number = app
            .shows(|screen| match screen {
                Screen::WaitingForBrowser(waiting) if waiting.stage == stage => Some(waiting.match_number.clone()),
                _ => None,
            })
            .await;
        assert_eq!(number.as_deref(), Some("07"));
    }
    companion.number_is_picked();
    let session = app.is_signed_in().await;
    assert_eq!(session.family_name, "FICTIF-EXEMPLE");
    assert_eq!(*raised.borrow(), 1, "the window comes to the front");
    assert!(letters_sent(&companion).is_empty() && companion.requests("POST", "/oauth/par").is_empty());
    let start = &companion.requests("POST", "/oauth/device_authorization")[0];
    assert_eq!(start.form("code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(start.form("device_label").as_deref(), Some("Salle 3"));
    assert_eq!(start.form("exchange_hint").as_deref(), Some("polling"));
    assert_eq!(start.form("ui_locales").as_deref(), Some("fr"), "the pages are in the language of the window");
}

#[tokio::test]
async fn attack_01_the_app_sends_the_letters_that_are_typed_into_it_and_shows_and_logs_them_nowhere() {
    let (companion, workstation, mut app) = polling().await;
    let raised = app.handle.raise_requested();
    companion.shows_letters("BCDFGHJK");
    companion.number_is_picked();
    let code = app.enters_code().await;
    assert_eq!((code.sign_in_id.as_str(), code.tries_left, code.last_refused, code.checking), ("7F3K-9QXM", 5, false, false));
    assert!((START_MS + 120_000..START_MS + 220_000).contains(&code.ends_at_ms), "{}", code.ends_at_ms);
    assert_eq!(*raised.borrow(), 1, "what is to be done next is here");
    app.types("bcdf-ghjk");
    app.code_that(|code| code.checking).await;
    let session = app.shows_patiently(|screen| matches!(screen, Screen::SignedIn { .. }).then(|| screen.clone())).await;
    assert_eq!(letters_sent(&companion), ["BCDFGHJK"], "capitals, nothing between them, once");
    let shown = format!("{session:?}{}", serde_json::to_string(&*app.view.borrow()).expect("JSON"));
    for secret in ["BCDFGHJK", "bcdf-ghjk", "canary"] {
        assert!(!shown.contains(secret) && !workstation.files().contains(secret), "{secret}");
    }
    let request = format!("{:?}", AppRequest::ConfirmCode { code: "bcdf-ghjk".to_owned() });
    assert!(!request.contains("bcdf"), "{request}");
}

#[tokio::test]
async fn attack_02_letters_that_cannot_be_a_code_never_leave_and_cost_no_try() {
    let (companion, _workstation, mut app) = letters_due("BCDFGHJK").await;
    for slip in ["", "BCDF", "BCDF GHJ", "BCDFGHJKL", "ACDFGHJK", "BCDFGHJ1", "ＢCDFGHJK", "BCDFGHJ\u{301}"] {
        app.types(slip);
    }
    let code = app.code_that(|code| code.last_refused).await;
    assert_eq!((code.tries_left, code.checking), (5, false));
    app.types("zzzzzzzz");
    let code = app.code_that(|code| code.tries_left == 4).await;
    assert!(code.last_refused && !code.checking);
    assert_eq!(letters_sent(&companion), ["ZZZZZZZZ"], "only what could be a code was sent");
    app.types(" b c\u{a0}d f\u{2011}g h j k\n");
    app.shows_patiently(|screen| matches!(screen, Screen::SignedIn { .. }).then_some(())).await;
}

#[tokio::test]
async fn five_wrong_tries_end_it() {
    let (companion, _workstation, mut app) = letters_due("BCDFGHJK").await;
    for left in (1..5).rev() {
        app.types("ZZZZZZZZ");
        app.code_that(|code| code.tries_left == left && !code.checking).await;
    }
    app.types("ZZZZZZZZ");
    let problem = |screen: &Screen| match screen {
        Screen::Problem(problem) => Some((problem.code.to_string(), problem.sign_in_id.clone(), problem.can_use_another_browser)),
        _ => None,
    };
    let ended = app.shows_patiently(problem).await;
    assert_eq!(ended, ("VST-2020".to_owned(), Some("7F3K-9QXM".to_owned()), false));
    assert_eq!(letters_sent(&companion).len(), 5);
}

#[tokio::test]
async fn letters_that_nobody_types_run_out_quietly() {
    let (companion, _workstation, mut app) = letters_due("BCDFGHJK").await;
    // The report is silent: the app asks by itself once the time is over.
    companion.refuses("/oauth/token", 400, json!({"error": "expired_token", "error_description": "", "code": "VST-2001"}));
    let asked = companion.requests("POST", "/oauth/token").len();
    let ends_at_ms = app.enters_code().await.ends_at_ms;
    app.clock.advance(Duration::from_millis(ends_at_ms - app.clock.unix_ms()) - Duration::from_secs(1));
    a_moment().await;
    assert!(matches!(app.view.borrow().screen, Screen::EnteringCode(_)), "up to the last second they may be typed");
    assert_eq!(companion.requests("POST", "/oauth/token").len(), asked);
    app.clock.advance(Duration::from_secs(1));
    let notice = app
        .shows_patiently(|screen| match screen {
            Screen::SignIn { notice } => Some(*notice),
            _ => None,
        })
        .await;
    assert_eq!((notice, companion.requests("POST", "/oauth/token").len()), (Some(SignInNotice::TimedOut), asked + 1));
}

#[tokio::test]
async fn a_handle_that_is_no_longer_good_is_explained_by_the_report() {
    let (companion, _workstation, mut app) = letters_due("BCDFGHJK").await;
    companion.refuses("/oauth/token", 400, json!({"error": "invalid_grant", "error_description": "", "code": "VST-2005"}));
    app.types("BCDFGHJK");
    let problem = |screen: &Screen| match screen {
        Screen::Problem(problem) => Some(problem.code.to_string()),
        _ => None,
    };
    assert_eq!(app.shows_patiently(problem).await, "VST-2005", "the report knows of no end either");
    companion.facts.refusal.lock().expect("unpoisoned").take();
    companion.facts.letters.lock().expect("unpoisoned").take();
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    companion.has_seen("POST", "/oauth/device_authorization", 2).await;
    companion.sign_in_is(json!({"state": "burned", "code": "VST-2004"}));
    assert_eq!(app.has_problem().await, "VST-2004");
}

#[tokio::test]
async fn a_number_that_was_not_ours_is_told_and_a_plain_no_is_quiet() {
    let (companion, _workstation, mut app) = polling().await;
    companion.sign_in_is(json!({"state": "declined", "code": "VST-2021"}));
    assert_eq!(app.has_problem().await, "VST-2021");
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    companion.has_seen("POST", "/oauth/device_authorization", 2).await;
    companion.sign_in_is(json!({"state": "declined"}));
    assert_eq!(app.rests().await, Some(SignInNotice::Declined));
}

#[tokio::test]
async fn cancelling_withdraws_and_what_the_companion_then_says_is_not_heard() {
    let (companion, _workstation, mut app) = letters_due("BCDFGHJK").await;
    app.handle.request(AppRequest::Cancel);
    assert_eq!(app.rests().await, Some(SignInNotice::Cancelled));
    companion.has_seen("DELETE", CANCEL, 1).await;
    app.types("BCDFGHJK");
    app.handle.quit().await;
    assert!(letters_sent(&companion).is_empty());
}

#[tokio::test]
async fn a_session_that_was_on_its_way_when_she_withdrew_is_given_back() {
    let (companion, _workstation, mut app) = polling().await;
    // The companion gave the session before it heard of the withdrawal.
    companion.refuses(CANCEL, 404, json!({"error": "not_found", "error_description": "", "code": "VST-2016"}));
    companion.has_seen("POST", "/oauth/token", 1).await;
    app.handle.request(AppRequest::Cancel);
    app.rests().await;
    companion.has_seen("DELETE", CANCEL, 1).await;
    companion.number_is_picked();
    companion.has_seen("POST", "/oauth/revoke", 1).await;
    assert_eq!(app.rests().await, Some(SignInNotice::Cancelled));
}

/// The companion being down, until it was asked for the session so many times more.
async fn asks_in_vain(companion: &Companion, app: &App, times: usize) {
    let asked = || companion.heard().iter().filter(|request| request.path == "/oauth/token").count();
    let before = asked();
    let pass = async {
        while asked() < before + times {
            companion.is_quiet().await;
            app.clock.advance(Duration::from_secs(1));
        }
    };
    tokio::time::timeout(Duration::from_secs(20), pass).await.unwrap_or_else(|_| panic!("not asked {times} times more"));
}

#[tokio::test]
async fn a_companion_that_comes_and_goes_does_not_end_it() {
    let (companion, _workstation, mut app) = polling().await;
    companion.has_seen("POST", "/oauth/token", 1).await;
    companion.is_down(true);
    companion.sign_in_is(json!({"state": "at_provider"}));
    asks_in_vain(&companion, &app, 3).await;
    companion.is_down(false);
    companion.number_is_picked();
    app.shows_patiently(|screen| matches!(screen, Screen::SignedIn { .. }).then_some(())).await;
}

#[tokio::test]
async fn letters_whose_answer_was_lost_are_sent_again_only_if_they_had_not_arrived() {
    let (companion, _workstation, mut app) = letters_due("BCDFGHJK").await;
    let before = companion.requests("POST", "/oauth/token").len();
    companion.is_down(true);
    app.types("BCDFGHJK");
    app.code_that(|code| code.checking).await;
    asks_in_vain(&companion, &app, 2).await;
    companion.is_down(false);
    app.shows_patiently(|screen| matches!(screen, Screen::SignedIn { .. }).then_some(())).await;
    let answered = companion.requests("POST", "/oauth/token");
    let asked: Vec<bool> = answered[before..].iter().map(|request| request.form("confirmation_code").is_some()).collect();
    assert_eq!(asked, [false, true], "first whether they are still due, then the letters");
}

#[tokio::test]
async fn a_companion_that_wants_to_be_asked_less_often_is_obeyed() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy(POLLING));
    companion.refuses("/oauth/token", 400, json!({"error": "slow_down", "error_description": "", "code": "VST-2018"}));
    let mut app = started(&companion, &workstation).await;
    let mut next = Duration::ZERO;
    // Two seconds at first, and five more each time.
    for (asked, interval) in [(1, 7), (2, 12), (3, 17)].map(|(asked, seconds)| (asked, Duration::from_secs(seconds))) {
        companion.has_seen("POST", "/oauth/token", asked).await;
        next += interval;
        app.clock.is_awaited_at(next).await;
        assert_eq!(companion.requests("POST", "/oauth/token").len(), asked);
        app.clock.advance(interval);
    }
    companion.has_seen("POST", "/oauth/token", 4).await;
    *companion.facts.refusal.lock().expect("unpoisoned") = None;
    companion.number_is_picked();
    app.shows_patiently(|screen| matches!(screen, Screen::SignedIn { .. }).then_some(())).await;
}

#[tokio::test]
async fn the_same_page_is_opened_again_while_nobody_opened_it_and_a_new_one_afterwards() {
    let (companion, workstation, mut app) = polling().await;
    let first = workstation.browser.address(0).await;
    app.handle.request(AppRequest::ReopenBrowser);
    assert_eq!(workstation.browser.address(1).await, first);
    assert_eq!(companion.requests("POST", "/oauth/device_authorization").len(), 1);
    companion.sign_in_is(json!({"state": "opened"}));
    app.shows(|screen| matches!(screen, Screen::WaitingForBrowser(waiting) if waiting.stage == WaitingStage::BrowserOpen).then_some(()))
        .await;
    app.handle.request(AppRequest::ReopenBrowser);
    companion.has_seen("DELETE", CANCEL, 1).await;
    companion.has_seen("POST", "/oauth/device_authorization", 2).await;
    // And so does a page that can no longer be opened.
    app.waits_by(Exchange::Polling).await;
    workstation.browser.address(2).await;
    app.clock.advance(Duration::from_secs(121));
    app.handle.request(AppRequest::ReopenBrowser);
    companion.has_seen("POST", "/oauth/device_authorization", 3).await;
}

#[tokio::test]
async fn without_a_browser_here_the_link_remains() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy(POLLING));
    workstation.browser.missing.store(true, Ordering::SeqCst);
    let mut app = started(&companion, &workstation).await;
    let waiting = app
        .shows(|screen| match screen {
            Screen::WaitingForBrowser(waiting) if waiting.browser_missing => Some(waiting.clone()),
            _ => None,
        })
        .await;
    assert!(waiting.link.is_some());
    companion.number_is_picked();
    app.is_signed_in().await;
}

#[tokio::test]
async fn a_page_that_is_not_the_companions_is_never_opened() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy(POLLING));
    let evil = "https://evil.example/oauth/authorize?request_uri=u";
    companion.refuses(
        "/oauth/device_authorization",
        200,
        json!({
            "device_code": "d", "user_code": "u", "verification_uri": evil, "verification_uri_complete": evil, "expires_in": 600,
            "interval": 2, "link_expires_in": 120, "sign_in_id": "7F3K-9QXM", "match_number": "07", "confirmation": "code",
            "events_uri": format!("{}api/v1/sign-ins/7F3K-9QXM/events", companion.origin), "exchanges": ["polling"]
        }),
    );
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    assert_eq!(app.has_problem().await, "VST-2042");
    assert_eq!(workstation.browser.count(), 0);
}

#[tokio::test]
async fn a_browser_that_does_not_come_in_eight_seconds_offers_another_one() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = started(&companion, &workstation).await;
    let missing = |screen: &Screen| match screen {
        Screen::WaitingForBrowser(waiting) if waiting.browser_missing => Some(waiting.can_use_another_browser),
        _ => None,
    };
    assert!(app.shows_in_time(Duration::from_secs(12), missing).await);
    app.handle.request(AppRequest::UseAnotherBrowser);
    companion.has_seen("DELETE", CANCEL, 1).await;
    app.waits_by(Exchange::Polling).await;
    companion.number_is_picked();
    app.is_signed_in().await;

    // Nobody has to find out twice in one run.
    app.handle.request(AppRequest::SignOut);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    app.waits_by(Exchange::Polling).await;
    assert_eq!(companion.requests("POST", "/oauth/par").len(), 1);
}

#[tokio::test]
async fn where_polling_is_closed_it_is_not_offered() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.opens(&["loopback"]);
    let mut app = started(&companion, &workstation).await;
    assert!(!app.waits().await.can_use_another_browser);
    app.handle.request(AppRequest::UseAnotherBrowser);
    app.clock.advance(Duration::from_secs(9));
    let port = workstation.browser.address(0).await.port().expect("a port");
    for _ in 0..51 {
        raw(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    }
    let problem = app.is_in_trouble().await;
    assert_eq!((problem.code.to_string().as_str(), problem.can_use_another_browser), ("VST-1007", false));
    assert!(companion.requests("POST", "/oauth/device_authorization").is_empty());
}

#[tokio::test]
async fn attack_13_the_fifty_first_junk_request_closes_the_listener_and_polling_is_offered() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = started(&companion, &workstation).await;
    let port = workstation.browser.address(0).await.port().expect("a port");
    for number in 0..51 {
        raw(port, &format!("GET /cb/x?code=junk-{number}&state=junk HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")).await;
    }
    let problem = app.is_in_trouble().await;
    assert_eq!((problem.code.to_string().as_str(), problem.can_use_another_browser), ("VST-1007", true));
    companion.has_seen("DELETE", CANCEL, 1).await;
    app.handle.request(AppRequest::UseAnotherBrowser);
    app.waits_by(Exchange::Polling).await;
    companion.number_is_picked();
    app.is_signed_in().await;
}

#[tokio::test]
async fn attack_09_a_group_without_loopback_goes_by_the_first_exchange_that_this_app_can_do() {
    for (open, registered, way) in [
        (&["scheme", "polling"][..], false, Exchange::Polling),
        (&["scheme", "polling"], true, Exchange::Scheme),
        (&["polling", "scheme"], true, Exchange::Polling),
    ] {
        let (companion, workstation) = (Companion::start().await, Workstation::new());
        companion.opens(open);
        workstation.handlers.registered.store(registered, Ordering::SeqCst);
        let mut app = started(&companion, &workstation).await;
        app.waits_by(way).await;
        let asked = companion.requests("POST", "/oauth/par");
        assert!(asked[0].form("redirect_uri").expect("an address").starts_with("http://127.0.0.1:"), "loopback is tried first");
    }
}

#[tokio::test]
async fn an_exchange_that_nobody_opens_is_a_problem_for_the_administrator() {
    for (policy, open, code) in [
        ("", &[][..], "VST-2022"),
        ("", &["scheme"], "VST-1010"),
        ("exchange = \"loopback\"\n", &["polling"], "VST-2022"),
        (POLLING, &["loopback"], "VST-2022"),
        ("exchange = \"scheme\"\n", &["scheme"], "VST-1010"),
    ] {
        let (companion, workstation) = (Companion::start().await, Workstation::with_policy(policy));
        companion.opens(open);
        let mut app = workstation.start(&companion);
        app.rests().await;
        app.handle.request(AppRequest::SignIn);
        assert_eq!(app.has_problem().await, code, "{policy:?} {open:?}");
        assert_eq!(workstation.browser.count(), 0);
    }
}

#[tokio::test]
async fn a_policy_that_fixes_the_loopback_listener_offers_nothing_else() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy("exchange = \"loopback\"\n"));
    let mut app = started(&companion, &workstation).await;
    assert!(!app.waits().await.can_use_another_browser);
    app.handle.request(AppRequest::UseAnotherBrowser);
    assert_eq!(visit(&workstation.browser.address(0).await).await.status, 303);
    assert_eq!(visit(&companion.return_address(answers_code())).await.status, 303);
    app.is_signed_in().await;
    assert!(companion.requests("POST", "/oauth/device_authorization").is_empty());
}

#[tokio::test]
async fn the_enrolment_token_goes_with_every_start_and_what_is_asked_of_its_rules_and_nowhere_else() {
    const RULES: &str = "/api/v1/workstation";
    for (exchange, start) in [("loopback", "/oauth/par"), ("polling", "/oauth/device_authorization")] {
        let policy = format!("exchange = \"{exchange}\"\nenrolment_token = \"vst-poste-marque\"\n");
        let (companion, workstation) = (Companion::start().await, Workstation::with_policy(&policy));
        let mut app = started(&companion, &workstation).await;
        app.handle.request(AppRequest::Cancel);
        app.rests().await;
        app.handle.request(AppRequest::SignIn);
        let starts = companion.has_seen("POST", start, 2).await;
        assert!(starts.iter().all(|request| request.form("enrolment_token").as_deref() == Some("vst-poste-marque")));
        let shown = format!("{:?}{:?}", app.view.borrow(), workstation.settings(&companion));
        assert!(!shown.contains("vst-poste-marque"), "{shown}");
        let (starts, others): (Vec<_>, Vec<_>) =
            companion.heard().into_iter().partition(|request| [start, RULES].contains(&request.path.as_str()));
        let tells = |request: &Request| request.text().contains("vst-poste-marque");
        assert!(starts.iter().all(tells) && !others.is_empty(), "the search finds it where it belongs");
        assert!(!others.iter().any(tells), "the token went elsewhere");
    }
}

#[tokio::test]
async fn an_unknown_enrolment_token_is_a_problem_for_the_administrator() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy("enrolment_token = \"vst-poste-x\"\n"));
    companion.refuses("/oauth/par", 400, json!({"error": "invalid_request", "error_description": "", "code": "VST-2023"}));
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    assert_eq!(app.has_problem().await, "VST-2023");
}
