//! Real input of the workstation, on a real X server.

use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use vestibule_tests::programs::{Programs, program};

/// A screen without a person.
struct Screen {
    _server: Child,
    display: String,
}

impl Screen {
    async fn start() -> Self {
        let mut server = Command::new("Xvfb")
            // It would begin anew when its last program leaves, and count from there.
            .args(["-noreset", "-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "64x64x24"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Xvfb starts");
        let mut number = String::new();
        BufReader::new(server.stdout.take().expect("piped")).read_line(&mut number).await.expect("a number");
        Self { _server: server, display: format!(":{}", number.trim()) }
    }

    async fn keyboard(&self, arguments: &[&str], more: &[(&str, &str)]) -> Output {
        let mut command = Command::new(program("keyboard").expect("built"));
        command.args(arguments).env_clear().env("DISPLAY", &self.display).envs(more.iter().copied());
        command.output().await.expect("runs")
    }

    async fn since_last(&self, arguments: &[&str]) -> u64 {
        let done = self.keyboard(arguments, &[]).await;
        let told = String::from_utf8_lossy(&done.stdout);
        told.trim().parse().unwrap_or_else(|_| panic!("{done:?}"))
    }
}

#[tokio::test]
async fn exi_11_a_key_on_the_screen_is_seen_and_silence_is_counted() {
    let screen = Screen::start().await;
    let before = screen.since_last(&[]).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    let after = screen.since_last(&[]).await;
    assert!(after >= before + 300, "silence is counted: {before}, then {after} ms");
    let pressed = screen.since_last(&["press"]).await;
    assert!(pressed < after, "a key is seen: {after}, then {pressed} ms");
}

#[tokio::test]
async fn the_server_of_old_programs_is_not_asked_under_wayland() {
    let screen = Screen::start().await;
    for variable in [("WAYLAND_DISPLAY", "wayland-0"), ("XDG_SESSION_TYPE", "wayland")] {
        let done = screen.keyboard(&["press"], &[variable]).await;
        assert!(!done.status.success() && String::from_utf8_lossy(&done.stderr).contains("does not say"), "{done:?}");
    }
}

#[tokio::test]
async fn the_diagnosis_says_whether_the_system_tells() {
    let (screen, programs) = (Screen::start().await, Programs::start().await.expect("the stack starts"));
    for (display, told) in [(screen.display.as_str(), "compte aussi"), ("", "seule la fenêtre compte")] {
        let (mut command, _address) = programs.command_line_for_test_browser(&["doctor"]).await.expect("ready");
        let done = command.env("DISPLAY", display).env_remove("WAYLAND_DISPLAY").output().await.expect("ends");
        let told_of = String::from_utf8_lossy(&done.stdout);
        let line = told_of.lines().find(|line| line.contains("Activité")).unwrap_or_else(|| panic!("{told_of}"));
        assert!(line.contains(told), "{line}");
    }
}
