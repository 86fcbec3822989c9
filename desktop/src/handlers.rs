//! Which program of this workstation opens the addresses of a scheme: the person's browser for `http`, this app for its own.

use async_trait::async_trait;

#[cfg(target_os = "linux")]
#[path = "handlers/linux.rs"]
mod system;
#[cfg(windows)]
#[path = "handlers/windows.rs"]
mod system;
#[cfg(not(any(target_os = "linux", windows)))]
#[path = "handlers/elsewhere.rs"]
mod system;

/// What the system knows of schemes.
#[async_trait]
pub trait SchemeHandlers: Send + Sync + std::fmt::Debug {
    /// Name of the program, or of its desktop entry, that opens addresses of `scheme`; `None` when nothing does or the system does not tell.
    async fn handler(&self, scheme: &str) -> Option<String>;
}

/// The answer of the system's own tool. A tool that does not answer in time is ended; it must not keep anyone waiting.
#[cfg(target_os = "linux")]
async fn answer(mut tool: tokio::process::Command) -> Option<String> {
    const LIMIT: std::time::Duration = std::time::Duration::from_secs(3);
    tool.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).kill_on_drop(true);
    let output = async { crate::outside::spawn(tool).await?.wait_with_output().await };
    match tokio::time::timeout(LIMIT, output).await {
        Ok(Ok(output)) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(Err(error)) => {
            tracing::debug!(%error, "The register of schemes cannot be asked");
            None
        }
        Err(_) => {
            tracing::warn!("The register of schemes did not answer in time");
            None
        }
    }
}

/// The desktop's own register.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemSchemeHandlers;

#[async_trait]
impl SchemeHandlers for SystemSchemeHandlers {
    async fn handler(&self, scheme: &str) -> Option<String> {
        system::handler(scheme).await
    }
}
