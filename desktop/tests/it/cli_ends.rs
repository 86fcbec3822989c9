//! `vestibule login` that ends without a session: what is told is what happened.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;
use url::Url;
use vestibule_desktop::cli::{self, Output, Typing};

use crate::app::Workstation;
use crate::cli::{ClosedPipe, FullDisk, login_that_nobody_ends, run};
use crate::cli_log::while_time_passes;
use crate::companion::{Companion, answers_code};
use crate::doubles::visit;

const CANCEL: &str = "/api/v1/sign-ins/7F3K-9QXM";
const LIMIT: Duration = Duration::from_secs(5);
const LOGIN: [&str; 4] = ["login", "--json", "--timeout", "5"];

#[tokio::test]
async fn a_companion_that_never_answered_is_not_a_person_who_did_not_come() {
    let (mut companion, workstation) = (Companion::start().await, Workstation::new());
    let frozen = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    companion.origin = Url::parse(&format!("http://{}", frozen.local_addr().expect("an address"))).expect("an address");
    let pass = async {
        let held = frozen.accept().await.expect("asked");
        workstation.clock.advance(LIMIT);
        held
    };
    let (done, _held) = tokio::join!(run(&workstation, &companion, &LOGIN), pass);
    assert_eq!((done.exit, done.json()["error"]["code"].as_str()), (3, Some("VST-2041")), "{}", done.err);
    assert!(!done.err.contains("navigateur n’a pas répondu"), "{}", done.err);
    assert_eq!(workstation.browser.count(), 0, "nothing was opened");
}

#[tokio::test]
async fn a_companion_that_went_away_meanwhile_is_told_too_with_the_thread() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let pass = async {
        workstation.browser.address(0).await;
        companion.has_seen("GET", &format!("{CANCEL}/events"), 1).await;
        companion.is_down(true);
        workstation.clock.advance(LIMIT);
    };
    let (done, ()) = tokio::join!(run(&workstation, &companion, &LOGIN), pass);
    let error = &done.json()["error"];
    assert_eq!((done.exit, error["code"].as_str(), error["sign_in_id"].as_str()), (3, Some("VST-2041"), Some("7F3K-9QXM")));
}

#[tokio::test]
async fn an_end_that_is_no_error_names_its_thread_and_what_to_do_on_the_screen_too() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let late = login_that_nobody_ends(&workstation, &companion, &LOGIN, LIMIT).await;
    let walk = async {
        visit(&workstation.browser.address(1).await).await;
        visit(&companion.refusal_address("access_denied", None)).await;
    };
    let (declined, ()) = tokio::join!(run(&workstation, &companion, &["login"]), walk);
    for (done, told) in [(late, "Le navigateur n’a pas répondu à temps."), (declined, "La connexion a été refusée dans le navigateur.")]
    {
        assert!(done.exit == 1 && done.err.contains(&format!("7F3K-9QXM  {told}")) && done.err.contains("Recommencez"), "{}", done.err);
    }
    companion.has_seen("DELETE", CANCEL, 1).await;
}

#[tokio::test]
async fn another_sign_in_of_the_workstation_that_took_over_is_named() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let pass = async {
        workstation.browser.address(0).await;
        companion.sign_in_is(json!({"state": "cancelled", "code": "VST-2032"}));
        // A browser may still be landing: time passes until nobody waits for it any more.
        loop {
            companion.is_quiet().await;
            workstation.clock.advance(Duration::from_secs(1));
        }
    };
    let done = tokio::select! {
        done = run(&workstation, &companion, &["login", "--json"]) => done,
        () = pass => unreachable!("time passes for ever"),
    };
    let error = &done.json()["error"];
    assert_eq!((done.exit, error["code"].as_str(), error["sign_in_id"].as_str()), (1, Some("VST-2032"), Some("7F3K-9QXM")));
    assert!(done.err.contains("Une autre connexion a pris la suite"), "{}", done.err);
    assert!(done.err.contains("vestibule status") && !done.err.contains("fenêtre"), "there is no window here: {}", done.err);
}

#[tokio::test]
async fn a_session_whose_reader_left_is_closed() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    for (turn, arguments) in [&["vestibule", "login", "--json"][..], &["vestibule", "login"]].into_iter().enumerate() {
        let nobody: Typing = Box::new(|| tokio::sync::mpsc::unbounded_channel().1);
        let (arguments, mut err) = (arguments.iter().copied().map(str::to_owned).collect(), Vec::new());
        let output = Output { out: &mut ClosedPipe, err: &mut err };
        let login = cli::run(arguments, Ok(workstation.settings(&companion)), workstation.ports(), nobody, output);
        let walk = async {
            visit(&workstation.browser.address(turn).await).await;
            visit(&companion.return_address(answers_code())).await;
        };
        let (exit, ()) = tokio::join!(login, walk);
        assert_eq!((exit, companion.requests("POST", "/oauth/revoke").len()), (1, turn + 1));
        let told = String::from_utf8_lossy(&err).into_owned();
        assert!(told.contains("plus personne ne lit la sortie") && told.contains("venait de s’ouvrir a été fermée"), "{told}");
        assert!(told.contains("VST-1030 · 7F3K-9QX") && !told.contains("imprévu"), "it is no fault of the application: {told}");
        assert_eq!(run(&workstation, &companion, &["status"]).await.exit, 1, "nobody is signed in");
    }
}

#[tokio::test]
async fn what_is_to_be_done_follows_from_the_cause() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.is_down(true);
    let done = run(&workstation, &companion, &["login", "--json"]).await;
    let error = &done.json()["error"];
    assert_eq!((error["code"].as_str(), error["cause"].as_str()), (Some("VST-2041"), Some("cut_off")));
    let remedy = error["remedy"].as_str().expect("a remedy");
    assert!(remedy.contains("support") && !remedy.contains("relié au réseau"), "the server was reached: {remedy}");
    companion.is_down(false);
    companion.is_frozen(true);
    let done = while_time_passes(&workstation, &companion, run(&workstation, &companion, &LOGIN)).await;
    let error = &done.json()["error"];
    let remedy = error["remedy"].as_str().expect("a remedy");
    assert_eq!(error["cause"], "no_answer");
    assert!(remedy.contains("support") && remedy.contains("relié au réseau"), "nobody can tell which: {remedy}");
}

#[tokio::test]
async fn the_address_of_the_administration_is_told_as_an_address_that_was_set_wrongly() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.refuses("/.well-known/oauth-authorization-server", 404, json!({"error": "not_found", "code": "VST-2017"}));
    for arguments in [&["login"][..], &["doctor"]] {
        let done = run(&workstation, &companion, arguments).await;
        let told = format!("{}{}", done.out, done.err);
        assert!(told.contains("VST-1011") && !told.contains("VST-2017") && !told.contains("page n’existe pas"), "{told}");
    }
}

#[tokio::test]
async fn an_error_output_that_cannot_be_written_decides_nothing() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let deaf = async |arguments: &[&str]| {
        let nobody: Typing = Box::new(|| tokio::sync::mpsc::unbounded_channel().1);
        let arguments = std::iter::once("vestibule").chain(arguments.iter().copied()).map(str::to_owned).collect();
        let mut out = Vec::new();
        let output = Output { out: &mut out, err: &mut FullDisk };
        let exit = cli::run(arguments, Ok(workstation.settings(&companion)), workstation.ports(), nobody, output).await;
        (exit, serde_json::from_slice::<serde_json::Value>(&out).expect("one document"))
    };
    let walk = async {
        visit(&workstation.browser.address(0).await).await;
        visit(&companion.return_address(answers_code())).await;
    };
    let ((exit, login), ()) = tokio::join!(deaf(&["login", "--json"]), walk);
    assert!(exit == 0 && login["session"].is_object(), "{login}");
    let (exit, status) = deaf(&["status", "--json"]).await;
    assert!(exit == 0 && status["session"].is_object(), "{status}");
    let (exit, logout) = deaf(&["logout", "--json"]).await;
    assert_eq!((exit, &logout["psc_session"]), (0, &json!("ended")));
    assert_eq!(deaf(&["status", "--json"]).await.0, 1);
    let walk = async {
        visit(&workstation.browser.address(1).await).await;
        visit(&companion.refusal_address("access_denied", None)).await;
    };
    let ((exit, declined), ()) = tokio::join!(deaf(&["login", "--json"]), walk);
    assert_eq!((exit, &declined["outcome"]), (1, &json!("declined")));
    companion.is_down(true);
    let (exit, away) = deaf(&["login", "--json"]).await;
    assert_eq!((exit, &away["error"]["code"]), (3, &json!("VST-2041")));
}

#[tokio::test]
async fn nothing_is_proposed_that_the_policy_forbids() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy("exchange = \"scheme\"\n"));
    let done = run(&workstation, &companion, &["login"]).await;
    assert!(done.exit == 2 && done.err.contains("ne fonctionne qu’avec la fenêtre"), "{}", done.err);
    assert!(!done.err.contains("--exchange polling"), "{}", done.err);
    assert_eq!(companion.facts.pushed.load(Ordering::SeqCst), 0);
}
