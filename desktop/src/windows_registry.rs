//! Values of the registry of Windows, read with the system's own tool: no call of ours is unsafe.

#[cfg(windows)]
pub(crate) fn value(key: &str, name: &str) -> Option<String> {
    use std::os::windows::process::CommandExt as _;
    use std::process::{Command, Stdio};

    /// No console window flashes up for it.
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;

    // Without a path: Windows looks in its own folder before it looks in `PATH`.
    let output = Command::new("reg")
        .args(["query", key, "/v", name])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .creation_flags(CREATE_NO_WINDOW)
        .output()
        .inspect_err(|error| tracing::debug!(%error, "The registry cannot be asked"))
        .ok()?;
    written(&String::from_utf8_lossy(&output.stdout), name)
}

/// The value in the tool's answer: a name, a kind, a value, each apart by blanks.
fn written(answer: &str, name: &str) -> Option<String> {
    answer.lines().find_map(|line| {
        let rest = line.trim().strip_prefix(name)?.strip_prefix(' ')?.trim_start();
        let (kind, value) = rest.split_once(' ')?;
        kind.starts_with("REG_").then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn a_value_is_found_behind_its_name_and_its_kind() {
        let answer = "\r\nHKEY_CURRENT_USER\\Software\\X\r\n    ProxyServer    REG_SZ    proxy:8080\r\n    Common AppData    REG_SZ    D:\\Program Data\r\n\r\n";
        assert_eq!(written(answer, "ProxyServer").as_deref(), Some("proxy:8080"));
        assert_eq!(written(answer, "Common AppData").as_deref(), Some("D:\\Program Data"));
        assert_eq!(written(answer, "Proxy"), None);
        assert_eq!(written("ERROR: not found\r\n", "ProxyServer"), None);
    }
}
