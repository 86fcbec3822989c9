//! The default browser of the desktop. The only file that names `open`.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use url::Url;

use super::{Browser, BrowserNotOpened, Destination, Launcher};
use crate::handlers::{SchemeHandlers as _, SystemSchemeHandlers};
use crate::ordinary_file;
use crate::outside::outside;

/// The default browser of the desktop.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemBrowser;

/// Each of the launchers is watched for a moment; a system that has several, all slow to fail, is past that.
const LIMIT: Duration = Duration::from_secs(10);

/// Names that launchers of Linux try when the desktop has no default (freedesktop.org's `xdg-open`, Debian's alternatives).
const FALLBACKS: [&str; 7] = ["x-www-browser", "firefox", "chromium", "chromium-browser", "google-chrome", "epiphany", "konqueror"];

#[async_trait]
impl Browser for SystemBrowser {
    async fn open(&self, destination: &Destination) -> Result<(), BrowserNotOpened> {
        let address = destination.0.clone();
        // The launcher is watched for a quarter of a second before it counts as handed off.
        let opening = outside(move || open::that_detached(address.as_str()).map_err(|error| unaddressed(&error, &address)));
        match tokio::time::timeout(LIMIT, opening).await {
            Ok(opened) => Ok(opened.map_err(|lost| BrowserNotOpened(std::io::Error::other(lost)))??),
            Err(_) => Err(BrowserNotOpened(std::io::ErrorKind::TimedOut.into())),
        }
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
        let registered = SystemSchemeHandlers.handler("http").await;
        // Launchers ask the desktop's register first, where there is a desktop.
        let has_desktop = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
        let by_variable = chosen.is_some() && (registered.is_none() || !has_desktop);
        if let Some(browser) = chosen.as_deref().filter(|_| by_variable).and_then(cut_at_a_blank) {
            return Launcher::PathWithBlank { program, browser };
        }
        if let Some(handler) = registered.as_deref().filter(|entry| !by_variable && shows_no_page(entry, &entries_folders())) {
            return Launcher::NotABrowser { program, handler: handler.to_owned() };
        }
        let browser = match if by_variable { chosen } else { registered } {
            Some(browser) => Some(browser),
            None => FALLBACKS.into_iter().find(|name| installed(name)).map(str::to_owned),
        };
        match browser {
            None => Launcher::WithoutBrowser { program },
            browser => Launcher::Found { program, browser },
        }
    }
}

/// Where desktop entries are (freedesktop.org's base directories).
fn entries_folders() -> Vec<PathBuf> {
    let folders = |name: &str, usual: &str| std::env::var(name).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| usual.to_owned());
    let own = std::env::home_dir().map(|home| home.join(".local/share").display().to_string()).unwrap_or_default();
    let all = [folders("XDG_DATA_HOME", &own), folders("XDG_DATA_DIRS", "/usr/local/share:/usr/share")].join(":");
    std::env::split_paths(&all).filter(|folder| folder.is_absolute()).map(|folder| folder.join("applications")).collect()
}

/// Whether a desktop entry says of itself that it opens neither pages nor their addresses. One that cannot be read says nothing. Performs I/O.
pub(super) fn shows_no_page(entry: &str, folders: &[PathBuf]) -> bool {
    let Some(text) = folders.iter().find_map(|folder| ordinary_file::read(&folder.join(entry)).ok()) else { return false };
    let text = String::from_utf8_lossy(&text);
    let lists = |key: &str, words: &[&str]| {
        let values = text.lines().filter_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='));
        values.flat_map(|values| values.split(';')).any(|value| words.contains(&value.trim()))
    };
    !lists("MimeType", &["x-scheme-handler/http", "x-scheme-handler/https", "text/html"]) && !lists("Categories", &["WebBrowser"])
}

/// A program among those that `BROWSER` lists whose path has a blank: launchers take what stands before it for the program.
pub(super) fn cut_at_a_blank(names: &str) -> Option<String> {
    names.split(':').find(|name| name.contains(char::is_whitespace) && std::path::Path::new(name).is_file()).map(str::to_owned)
}

/// The launchers' failure, on one line and without the address they were given: it goes to the log.
pub(super) fn unaddressed(error: &std::io::Error, address: &Url) -> std::io::Error {
    let told = error.to_string().replace(address.as_str(), "…");
    std::io::Error::new(error.kind(), told.lines().map(str::trim).collect::<Vec<_>>().join("; "))
}

/// Asks the desktop to show a folder, as it would an address.
pub(crate) async fn show_folder(folder: PathBuf) -> std::io::Result<()> {
    let showing =
        outside(move || if folder.is_dir() { open::that_detached(&folder) } else { Err(std::io::ErrorKind::NotADirectory.into()) });
    match tokio::time::timeout(LIMIT, showing).await {
        Ok(shown) => shown.map_err(std::io::Error::other)?,
        Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
    }
}
