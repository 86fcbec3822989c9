//! Desktop entries with `x-scheme-handler/…` among their types, as the desktop's own tool finds them.

use std::process::{Command, Stdio};

pub(super) fn handler(scheme: &str) -> Option<String> {
    let output = Command::new("xdg-mime")
        .args(["query", "default"])
        .arg(format!("x-scheme-handler/{scheme}"))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .inspect_err(|error| tracing::debug!(%error, "the desktop's register of schemes cannot be asked"))
        .ok()?;
    entry(&String::from_utf8_lossy(&output.stdout))
}

/// The first entry that is named.
fn entry(answer: &str) -> Option<String> {
    answer.lines().map(str::trim).find(|line| line.ends_with(".desktop")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::entry;

    #[test]
    fn only_a_desktop_entry_is_a_handler() {
        assert_eq!(entry("fr.vestibule.app.desktop\n").as_deref(), Some("fr.vestibule.app.desktop"));
        for nothing in ["", "\n", "xdg-mime: no method available\n"] {
            assert_eq!(entry(nothing), None, "{nothing:?}");
        }
    }
}
