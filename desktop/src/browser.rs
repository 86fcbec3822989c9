//! The person's own browser. The only file that names `open`.
//!
//! One kind of address can be opened and no other: the launch address of our own loopback listener. It is built here, so that a value of
//! [`Destination`] is the proof.

use async_trait::async_trait;
use url::Url;

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

    /// The address itself. Not for logs: it is good for one use.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
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

/// Something that shows an address to the person.
#[async_trait]
pub trait Browser: Send + Sync + std::fmt::Debug {
    /// Asks for the address to be shown. Success says nothing about a window appearing: only the launch hop does.
    ///
    /// # Errors
    /// [`BrowserNotOpened`] when every launcher of the system failed at once.
    async fn open(&self, destination: &Destination) -> Result<(), BrowserNotOpened>;

    /// Name of the program that would be asked, for the diagnosis; `None` when there is none.
    fn launcher(&self) -> Option<String>;
}

/// The default browser of the desktop.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemBrowser;

#[async_trait]
impl Browser for SystemBrowser {
    async fn open(&self, destination: &Destination) -> Result<(), BrowserNotOpened> {
        let address = destination.0.clone();
        // The launcher is watched for a quarter of a second before it counts as handed off.
        let opened =
            tokio::task::spawn_blocking(move || open::that_detached(address.as_str()).map_err(|error| unaddressed(&error, &address)));
        opened.await.map_err(|fault| BrowserNotOpened(std::io::Error::other(fault)))??;
        Ok(())
    }

    fn launcher(&self) -> Option<String> {
        if cfg!(windows) {
            return Some("Windows".to_owned());
        }
        let folders: Vec<_> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
        open::commands("http://127.0.0.1/").into_iter().map(|command| command.get_program().to_owned()).find_map(|program| {
            folders.iter().any(|folder| folder.join(&program).is_file()).then(|| program.to_string_lossy().into_owned())
        })
    }
}

/// The launchers' failure, on one line and without the address they were given: it goes to the log.
fn unaddressed(error: &std::io::Error, address: &Url) -> std::io::Error {
    let told = error.to_string().replace(address.as_str(), "…");
    std::io::Error::new(error.kind(), told.lines().map(str::trim).collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests;
