//! The registry's classes, read with the system's own tool: no call of ours is unsafe.

use std::os::windows::process::CommandExt as _;
use std::process::{Command, Stdio};

/// No console window flashes up for it.
const CREATE_NO_WINDOW: u32 = 0x0800_0000;

pub(super) fn handler(scheme: &str) -> Option<String> {
    let output = Command::new("reg")
        .args(["query", &format!(r"HKCR\{scheme}\shell\open\command"), "/ve"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .creation_flags(CREATE_NO_WINDOW)
        .output()
        .inspect_err(|error| tracing::debug!(%error, "the registry of schemes cannot be asked"))
        .ok()?;
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    answer
        .lines()
        .find_map(|line| line.split_once("REG_SZ"))
        .map(|(_, command)| command.trim().to_owned())
        .filter(|command| !command.is_empty())
}
