//! The default browser of the desktop. The only file that names `open`.

use std::path::PathBuf;

use async_trait::async_trait;
use url::Url;

use super::{Browser, BrowserNotOpened, Destination, Launcher};
use crate::handlers::{SchemeHandlers as _, SystemSchemeHandlers};

/// The default browser of the desktop.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemBrowser;

/// Names that launchers of Linux try when the desktop has no default (freedesktop.org's `xdg-open`, Debian's alternatives).
const FALLBACKS: [&str; 7] = ["x-www-browser", "firefox", "chromium", "chromium-browser", "google-chrome", "epiphany", "konqueror"];

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

    async fn launcher(&self) -> Launcher {
        if cfg!(windows) {
            return Launcher::Found { program: "Windows".to_owned(), browser: SystemSchemeHandlers.handler("http").await };
        }
        let folders: Vec<PathBuf> = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
        let installed = |name: &str| folders.iter().any(|folder| folder.join(name).is_file());
        let mut programs =
            open::commands("http://127.0.0.1/").into_iter().map(|command| command.get_program().to_string_lossy().into_owned());
        let Some(program) = programs.find(|program| installed(program)) else { return Launcher::Missing };
        let chosen = std::env::var("BROWSER").ok().filter(|names| !names.is_empty());
        let browser = match SystemSchemeHandlers.handler("http").await.or(chosen) {
            Some(browser) => Some(browser),
            None => FALLBACKS.into_iter().find(|name| installed(name)).map(str::to_owned),
        };
        match browser {
            None => Launcher::WithoutBrowser { program },
            browser => Launcher::Found { program, browser },
        }
    }
}

/// The launchers' failure, on one line and without the address they were given: it goes to the log.
pub(super) fn unaddressed(error: &std::io::Error, address: &Url) -> std::io::Error {
    let told = error.to_string().replace(address.as_str(), "…");
    std::io::Error::new(error.kind(), told.lines().map(str::trim).collect::<Vec<_>>().join("; "))
}
