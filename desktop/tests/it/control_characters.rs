//! A companion that is not to be trusted with a terminal: control characters in every member of every answer, one at a time.

use serde_json::Value;
use vestibule_installation::log::Until;
use vestibule_model::view::{AppRequest, Screen};
use vestibule_model::wire::is_unseen;

use crate::app::Workstation;
use crate::cli::{Done, run_with};
use crate::companion::{Companion, answers_code};
use crate::doubles::visit;
use crate::paper::Paper;

/// Moves the cursor, names the window, rings, begins a line that looks like one of ours, turns the writing, hides.
const HOSTILE: &str = "\u{1b}]0;x\u{7}\u{1b}[2J\r\n2026-01-01T00:00:00Z ERROR forged\u{9b}31m\u{202e}\u{200b}\u{2066}\u{ad}\u{0}";

/// What this thread logs, at the most talkative level.
fn logged() -> (Paper, Until) {
    Paper::of_this_thread(tracing::Level::TRACE)
}

#[track_caller]
fn is_clean(text: &str, what: &str) {
    assert!(text.chars().all(|character| character == '\n' || !is_unseen(character)), "{what}: {text:?}");
    assert!(!text.lines().any(|line| line.starts_with("2026-01-01")), "{what}: a forged line: {text}");
}

/// One command, with a browser that walks as far as it is led.
async fn command(workstation: &Workstation, companion: &Companion, arguments: &[&str]) -> Done {
    let number = workstation.browser.count();
    let walk = async {
        let launch = workstation.browser.address(number).await;
        visit(&launch).await;
        if launch.path().ends_with("/go") {
            visit(&companion.return_address(answers_code())).await;
        }
        companion.number_is_picked();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        done = run_with(arguments, Ok(workstation.settings(companion)), workstation.ports()) => done,
        () = walk => unreachable!("walks on"),
    }
}

const COMMANDS: [&[&str]; 8] = [
    &["doctor"],
    &["login"],
    &["status"],
    &["status", "--json"],
    &["situation"],
    &["sessions"],
    &["login", "--exchange", "polling", "--json"],
    &["logout"],
];

/// Under Windows, paths have backslashes of their own.
fn without_paths(text: &str) -> String {
    let folder = std::env::temp_dir().display().to_string();
    let escaped = folder.escape_default().to_string();
    text.replace(folder.trim_end_matches('\\'), "…").replace(escaped.trim_end_matches('\\'), "…")
}

#[tokio::test]
async fn attack_49_control_characters_in_any_member_reach_neither_terminal_nor_log() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    for arguments in COMMANDS {
        assert_eq!(command(&workstation, &companion, arguments).await.exit, 0, "{arguments:?}: honest");
    }
    let members = companion.members_told();
    assert!(members.len() > 60, "{members:?}");
    for (path, member) in members {
        let what = format!("{path}{member}");
        let (companion, workstation) = (Companion::start().await, Workstation::new());
        companion.poisons(&path, &member, HOSTILE);
        let (paper, _guard) = logged();
        for arguments in COMMANDS {
            let done = command(&workstation, &companion, arguments).await;
            is_clean(&done.out, &what);
            is_clean(&done.err, &what);
            let told = without_paths(&done.out);
            assert!(!told.contains("\\u00") && !told.contains("\\r"), "{what}: escaped, and a program would undo it: {told}");
        }
        is_clean(&paper.text(), &what);
    }
}

#[tokio::test]
async fn attack_49_control_characters_in_a_refusal_reach_neither_terminal_nor_log() {
    for member in ["error", "error_description", "message", "code", "sign_in_id"] {
        let (companion, workstation) = (Companion::start().await, Workstation::new());
        let mut body = serde_json::json!({
            "error": "invalid_request", "error_description": "x", "message": "x", "code": "VST-2011", "sign_in_id": "7F3K-9QXM",
        });
        body[member] = HOSTILE.into();
        companion.refuses("/oauth/par", 400, body);
        let (paper, _guard) = logged();
        let done = command(&workstation, &companion, &["login"]).await;
        assert_ne!(done.exit, 0);
        is_clean(&done.out, member);
        is_clean(&done.err, member);
        is_clean(&paper.text(), member);
    }
}

#[tokio::test]
async fn attack_49_control_characters_reach_no_screen_of_the_window() {
    for (path, member) in [
        ("/.well-known/oauth-authorization-server", "/service_name"),
        ("/.well-known/oauth-authorization-server", "/companion_version"),
        ("/oauth/token", "/session/practitioner/given_name"),
        ("/oauth/token", "/session/practitioner/family_name"),
        ("/oauth/token", "/session/practitioner/title"),
        ("/oauth/token", "/session/practitioner/practices/0/profession/label"),
        ("/oauth/token", "/session/practitioner/practices/0/situations/0/structure/name"),
    ] {
        let (companion, workstation) = (Companion::start().await, Workstation::new());
        companion.poisons(path, member, HOSTILE);
        let mut app = workstation.start(&companion);
        app.rests().await;
        app.handle.request(AppRequest::SignIn);
        app.waits().await;
        visit(&workstation.browser.address(0).await).await;
        visit(&companion.return_address(answers_code())).await;
        app.shows(|screen| matches!(screen, Screen::SignedIn { .. }).then_some(())).await;
        let view: Value = serde_json::to_value(&*app.handle.view().borrow()).expect("JSON");
        each_text(&view, &mut |text| is_clean(text, member));
        app.handle.quit().await;
    }
}

fn each_text(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, visit)),
        Value::Object(members) => members.values().for_each(|member| each_text(member, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
