//! The registry's classes, read with the system's own tool: no call of ours is unsafe.

use tokio::process::Command;

/// No console window flashes up for it.
const CREATE_NO_WINDOW: u32 = 0x0800_0000;

pub(super) async fn handler(scheme: &str) -> Option<String> {
    let mut tool = Command::new("reg");
    tool.args(["query", &format!(r"HKCR\{scheme}\shell\open\command"), "/ve"]).creation_flags(CREATE_NO_WINDOW);
    let answer = super::answer(tool).await?;
    answer
        .lines()
        .find_map(|line| line.split_once("REG_SZ"))
        .map(|(_, command)| command.trim().to_owned())
        .filter(|command| !command.is_empty())
}
