//! The workstation's log, found by the thread of a ticket: what ended a `vestibule login`, and nothing that did not.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use vestibule_desktop::cli::{self, Output, Typing};
use vestibule_model::view::AppRequest;

use crate::app::Workstation;
use crate::cli::{ClosedPipe, Done, login, run, run_typing};
use crate::companion::{Companion, answers_code};
use crate::doubles::visit;
use crate::paper::Paper;
use crate::polling_cli::{self, types};

/// The double numbers a session otherwise than the sign-in that opened it.
const THREAD: &str = "sign_in.id=7F3K-9QX";

/// Runs it to its end, a second at a step.
pub async fn while_time_passes<T>(workstation: &Workstation, companion: &Companion, done: impl Future<Output = T>) -> T {
    let pass = async {
        loop {
            companion.is_quiet().await;
            workstation.clock.advance(Duration::from_secs(1));
        }
    };
    tokio::select! {
        done = done => done,
        () = pass => unreachable!("time passes for ever"),
    }
}

/// A person who is asked for letters, which is told, and types none.
fn asked_and_silent() -> (Typing, oneshot::Receiver<()>, mpsc::UnboundedSender<SecretString>) {
    let (asked_in, asked) = oneshot::channel();
    let (open, lines) = mpsc::unbounded_channel();
    let typing: Typing = Box::new(move || {
        asked_in.send(()).expect("awaited");
        lines
    });
    (typing, asked, open)
}

/// Logs in where letters are due and nobody types them; `meanwhile` once they are asked for.
async fn letters_that_nobody_types(workstation: &Workstation, companion: &Companion, meanwhile: impl FnOnce()) -> Done {
    companion.shows_letters("BCDFGHJK");
    let (typing, asked, _open) = asked_and_silent();
    let arguments = ["login", "--exchange", "polling", "--timeout", "30"];
    // On the heap: one command is much for the stack of a test, and each layer around it holds it once more.
    let login = Box::pin(run_typing(&arguments, Ok(workstation.settings(companion)), workstation.ports(), typing));
    let pick = async {
        companion.has_seen("POST", "/oauth/token", 1).await;
        companion.number_is_picked();
        asked.await.expect("letters are asked for");
        meanwhile();
    };
    let both = async { tokio::join!(login, pick).0 };
    while_time_passes(workstation, companion, both).await
}

/// The companion says this of a sign-in for which the browser is awaited.
async fn told_meanwhile(workstation: &Workstation, companion: &Companion, event: Value) {
    let tell = async {
        workstation.browser.address(0).await;
        companion.sign_in_is(event);
    };
    let both = async { tokio::join!(Box::pin(run(workstation, companion, &["login"])), tell).0 };
    while_time_passes(workstation, companion, both).await;
}

#[derive(Debug, Clone, Copy)]
enum End {
    InputClosed,
    SituationUnknown,
    TooMany,
    FrozenBefore,
    FrozenMeanwhile,
    ByAdministrator,
    Replaced,
    Unheard,
    InterruptedBefore,
    AnotherServer,
    CancelledByHer,
    LettersNotTyped,
    NobodyCame,
}

async fn comes_to(end: End, companion: &Companion, workstation: &Workstation, paper: &Paper) {
    match end {
        End::InputClosed => {
            companion.shows_letters("BCDFGHJK");
            Box::pin(polling_cli::login(workstation, companion, &["login", "--exchange", "polling"], types(&[]))).await;
        }
        End::SituationUnknown => {
            Box::pin(login(workstation, companion, &["login", "--situation", "nulle-part"])).await;
        }
        End::TooMany => {
            companion.refuses("/oauth/par", 429, json!({"error": "temporarily_unavailable", "code": "VST-2007"}));
            Box::pin(run(workstation, companion, &["login"])).await;
        }
        End::FrozenBefore => {
            companion.is_frozen(true);
            let login = Box::pin(run(workstation, companion, &["login", "--timeout", "4"]));
            while_time_passes(workstation, companion, login).await;
        }
        End::FrozenMeanwhile => {
            letters_that_nobody_types(workstation, companion, || companion.is_frozen(true)).await;
        }
        End::ByAdministrator => told_meanwhile(workstation, companion, json!({"state": "cancelled", "code": "VST-2046"})).await,
        End::Replaced => told_meanwhile(workstation, companion, json!({"state": "cancelled", "code": "VST-2032"})).await,
        End::Unheard => {
            let nobody: Typing = Box::new(|| mpsc::unbounded_channel().1);
            let mut err = Vec::new();
            let output = Output { out: &mut ClosedPipe, err: &mut err };
            let arguments = ["vestibule", "login", "--json"].map(str::to_owned).to_vec();
            let login = Box::pin(cli::run(arguments, Ok(workstation.settings(companion)), workstation.ports(), nobody, output));
            let walk = async {
                visit(&workstation.browser.address(0).await).await;
                visit(&companion.return_address(answers_code())).await;
            };
            tokio::join!(login, walk);
        }
        End::InterruptedBefore => {
            companion.is_frozen(true);
            workstation.orders.stop();
            let login = Box::pin(run(workstation, companion, &["login", "--json"]));
            let done = while_time_passes(workstation, companion, login).await;
            assert_eq!((done.exit, done.json()["outcome"].as_str()), (1, Some("cancelled")), "{}", done.err);
        }
        End::AnotherServer => {
            companion.refuses("/.well-known/oauth-authorization-server", 404, json!({"error": "not_found", "code": "VST-2017"}));
            Box::pin(run(workstation, companion, &["login"])).await;
        }
        End::CancelledByHer => {
            let mut app = workstation.start(companion);
            app.rests().await;
            app.handle.request(AppRequest::SignIn);
            app.waits().await;
            app.handle.request(AppRequest::Cancel);
            paper.tells("The sign-in was cancelled").await;
            app.handle.quit().await;
        }
        End::LettersNotTyped => {
            letters_that_nobody_types(workstation, companion, || {}).await;
        }
        End::NobodyCame => {
            let login = Box::pin(run(workstation, companion, &["login", "--timeout", "5"]));
            while_time_passes(workstation, companion, login).await;
        }
    }
}

/// The log of one end.
async fn log_of(end: End) -> String {
    // Of this thread alone, where all of this test runs.
    let (paper, _until_its_end) = Paper::of_this_thread(tracing::Level::INFO);
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    Box::pin(comes_to(end, &companion, &workstation, &paper)).await;
    paper.text()
}

/// What may only be said where it is so.
const CAUSES: [&str; 5] = ["was cancelled", "reason=\"cancelled\"", "was declined", "nobody came back", "came to nothing in its time"];

#[tokio::test]
async fn the_log_tells_by_the_thread_what_ended_a_sign_in_and_nothing_else() {
    for (end, code, thread, causes, also) in [
        (End::InputClosed, Some("VST-1025"), true, &[][..], &["reason=\"input closed\"", "The sign-in failed"][..]),
        (End::SituationUnknown, Some("VST-2014"), true, &[], &["Signed in", "the session that had just opened is closed"]),
        (End::TooMany, Some("VST-2007"), false, &[], &["The companion did not help the sign-in on"]),
        (
            End::FrozenBefore,
            Some("VST-2041"),
            false,
            &[],
            &["The time that was given is over limit_s=4", "opened=false", "cause=\"no_answer\""],
        ),
        (
            End::FrozenMeanwhile,
            Some("VST-2041"),
            true,
            &[],
            &["opened=true letters_asked=true", "The sign-in failed", "cause=\"no_answer\""],
        ),
        (End::ByAdministrator, Some("VST-2046"), true, &[], &["The sign-in failed"]),
        (End::Replaced, Some("VST-2032"), true, &[], &["The sign-in failed"]),
        (End::Unheard, Some("VST-1030"), true, &[], &["output=\"unheard\"", "the session that had just opened is closed"]),
        (End::InterruptedBefore, None, false, &[], &["The command was told to stop"]),
        (End::AnotherServer, Some("VST-1011"), false, &[], &["status 404 at /.well-known/oauth-authorization-server"]),
        (End::CancelledByHer, None, true, &["was cancelled", "reason=\"cancelled\""], &[]),
        (End::LettersNotTyped, None, true, &["came to nothing in its time"], &["limit_s=30 opened=true letters_asked=true"]),
        (End::NobodyCame, None, true, &["came to nothing in its time"], &["limit_s=5 opened=false letters_asked=false"]),
    ] {
        let log = log_of(end).await;
        let ticket: Vec<&str> = log.lines().filter(|line| !thread || line.contains(THREAD)).collect();
        let stopped: Vec<&&str> = ticket.iter().filter(|line| line.contains("The command stopped")).collect();
        assert_eq!(stopped.len(), usize::from(code.is_some()), "{end:?}: {log}");
        assert!(code.is_none_or(|code| stopped[0].contains(&format!("error.code={code}"))), "{end:?}: {log}");
        for cause in CAUSES {
            assert_eq!(ticket.iter().any(|line| line.contains(cause)), causes.contains(&cause), "{end:?} {cause}: {log}");
        }
        for told in also {
            assert!(ticket.iter().any(|line| line.contains(told)), "{end:?} {told}: {log}");
        }
        let empty = |line: &str| line.ends_with("sign_in.id=") || line.contains("sign_in.id= ");
        assert!(!log.lines().any(empty) && thread == log.contains("sign_in.id="), "{end:?}: {log}");
    }
}

#[tokio::test]
async fn the_support_page_quotes_how_a_command_ends() {
    let page = include_str!("../../../docs/fr/support.md");
    let (source, attempt) = (include_str!("../../src/cli.rs"), include_str!("../../src/exchange/attempt/outcome.rs"));
    let conversation = include_str!("../../src/cli/login/conversation.rs");
    let (command, session) = (include_str!("../../src/cli/unkept.rs"), include_str!("../../src/cli/session.rs"));
    for (quoted, said_by) in [
        ("The command stopped", source),
        ("The companion did not help the sign-in on", attempt),
        ("The time that was given is over", conversation),
        ("the session that had just opened is closed", command),
        ("A sign-out is still owed", session),
        ("Signed out", session),
        ("The command was told to stop", conversation),
        ("The command stopped; a sign-out is still owed", session),
    ] {
        let is_quoted = page.contains(&format!("«\u{a0}{quoted}\u{a0}»")) || page.contains(&format!("« {quoted} »"));
        assert!(is_quoted && said_by.contains(quoted), "{quoted}");
    }
    assert!(page.contains("VST-1025") && page.contains("input closed"));
}
