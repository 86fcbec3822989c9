//! The person's own browser. The only file that names `open`.
//!
//! Two kinds of address can be opened and no other: the launch address of our own loopback listener, and in the polling exchange, whose
//! browser may be on another machine, the companion's page. Both are built here, so that a value of [`Destination`] is the proof.

use async_trait::async_trait;
use url::Url;
use vestibule_model::exchange::path;

mod choice;
mod named;
mod system;

pub use choice::{BrowserChoice, Profile};
pub use named::NamedBrowser;
pub use system::SystemBrowser;
pub(crate) use system::show_folder;

/// An address that may be given to the browser.
#[derive(Clone, PartialEq, Eq)]
pub struct Destination(Url);

impl Destination {
    /// `http://127.0.0.1:<port>/<random>/go`: it ends up in the arguments of a process, so it carries nothing of the request.
    ///
    /// Returns `None` when `launch_path` does not make a clean address.
    pub fn launch(port: u16, launch_path: &str) -> Option<Self> {
        let url = Url::parse(&format!("http://127.0.0.1:{port}{launch_path}")).ok()?;
        (url.path() == launch_path && url.port_or_known_default() == Some(port)).then_some(Self(url))
    }

    /// The companion's page: it leads to Pro Santé Connect once, and yields nothing by itself.
    pub fn page(page: &AuthorizePage) -> Self {
        Self(page.0.clone())
    }

    /// Whether it is our own listener's.
    pub fn is_launch(&self) -> bool {
        self.0.path() != path::AUTHORIZE
    }

    /// The address itself. Not for logs: it is good for one use.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// The companion's page that leads to Pro Santé Connect, with a one-time request.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizePage(Url);

/// Longest address that is shown or opened, in bytes. Ours have under two hundred.
const LONGEST_ADDRESS: usize = 2048;

impl AuthorizePage {
    /// `None` when `address` is anything but that page of this companion.
    pub(crate) fn of(companion: &Url, address: &str) -> Option<Self> {
        let url = Url::parse(address).ok().filter(|url| url.as_str().len() <= LONGEST_ADDRESS)?;
        let clean = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        (clean && url.origin() == companion.origin() && url.path() == path::AUTHORIZE && url.query().is_some()).then_some(Self(url))
    }

    /// The address, for a person who opens it on another machine. Not for logs: it is good for one use.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl std::fmt::Debug for AuthorizePage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("AuthorizePage").field("host", &self.0.host_str()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Destination {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Destination").field("host", &self.0.host_str()).finish_non_exhaustive()
    }
}

/// No browser could be asked to open.
#[derive(Debug, thiserror::Error)]
#[error("no browser could be asked to open: {0}")]
pub struct BrowserNotOpened(#[from] pub std::io::Error);

/// What opens an address on this workstation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Launcher {
    /// This program, and the browser it leads to when the system names one.
    Found { program: String, browser: Option<String> },
    /// The browser that the policy names, and the profile that it is to open.
    Named { program: String, profile: Option<String> },
    /// The policy names a browser that is not there.
    NamedMissing { program: String },
    /// This program, which finds no browser.
    WithoutBrowser { program: String },
    /// This program, which leads to something that shows no page.
    NotABrowser { program: String, handler: String },
    /// This program, which cuts the path that `BROWSER` gives at its blank.
    PathWithBlank { program: String, browser: String },
    /// No program at all.
    Missing,
}

impl Launcher {
    /// Whether it can open anything.
    pub const fn opens(&self) -> bool {
        matches!(self, Self::Found { .. } | Self::Named { .. })
    }
}

/// Something that shows an address to the person.
#[async_trait]
pub trait Browser: Send + Sync + std::fmt::Debug {
    /// Asks for the address to be shown. Success says nothing about a window appearing: only the launch hop does.
    ///
    /// # Errors
    /// [`BrowserNotOpened`] when every launcher of the system, or the browser that is named, failed at once.
    async fn open(&self, destination: &Destination) -> Result<(), BrowserNotOpened>;

    /// What would open it, for the diagnosis.
    async fn launcher(&self) -> Launcher;
}

#[cfg(test)]
mod tests;
