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

/// The desktop's own register.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemSchemeHandlers;

#[async_trait]
impl SchemeHandlers for SystemSchemeHandlers {
    async fn handler(&self, scheme: &str) -> Option<String> {
        let scheme = scheme.to_owned();
        tokio::task::spawn_blocking(move || system::handler(&scheme)).await.ok().flatten()
    }
}
