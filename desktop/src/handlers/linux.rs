//! Desktop entries with `x-scheme-handler/…` among their types, as the desktop's own tool finds them.

use tokio::process::Command;

pub(super) async fn handler(scheme: &str) -> Option<String> {
    let mut tool = Command::new("xdg-mime");
    tool.args(["query", "default"]).arg(format!("x-scheme-handler/{scheme}"));
    entry(&super::answer(tool).await?)
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
