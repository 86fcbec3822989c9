//! Sends the browser to a page of the companion through our own listener, so that the page's address, which is good for one use, never
//! stands in the arguments of a process where other users of the machine may read it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::path;
use vestibule_model::language::Language;

use super::loopback::{Arrival, BindError, Expected, Listener};
use crate::browser::{BrowserNotOpened, Destination};
use crate::clock::Clock;
use crate::ports::Ports;

/// How long the browser may take to come through. A cold one is slow.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long the address goes on answering after the first visit: what opens addresses may look at them before the browser does.
const AFTERGLOW: Duration = Duration::from_secs(3);

/// The companion's one-time sign-out page: the only one that the browser is sent to outside a sign-in.
#[derive(Clone, PartialEq, Eq)]
pub struct SignOutPage(Url);

impl SignOutPage {
    /// In this language; `None` when `address` is anything but that page of this companion.
    pub fn of(companion: &Url, address: &str, language: Language) -> Option<Self> {
        let mut url = Url::parse(address).ok()?;
        let clean = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        (clean && url.origin() == companion.origin() && url.path() == path::SIGN_OUT_PAGE).then(|| {
            let kept: Vec<_> = url
                .query_pairs()
                .filter(|(name, _)| name != "ui_locales")
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect();
            url.query_pairs_mut().clear().extend_pairs(kept).append_pair("ui_locales", language.tag());
            Self(url)
        })
    }
}

impl std::fmt::Debug for SignOutPage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SignOutPage").field("host", &self.0.host_str()).finish_non_exhaustive()
    }
}

/// Why the browser did not get there.
#[derive(Debug, thiserror::Error)]
pub enum HopError {
    /// See [`BindError`].
    #[error(transparent)]
    Bind(#[from] BindError),
    /// See [`BrowserNotOpened`].
    #[error(transparent)]
    Browser(#[from] BrowserNotOpened),
    /// It was asked for and did not come in time.
    #[error("the browser did not come")]
    NotSeen,
}

impl HopError {
    /// The catalogue's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Bind(error) => error.code(),
            Self::Browser(_) | Self::NotSeen => ErrorCode::BrowserNotOpened,
        }
    }
}

/// The browser was sent there.
#[derive(Debug)]
pub struct Sent {
    serving: JoinHandle<()>,
}

impl Sent {
    /// Until nothing answers any more: for a program that would end before.
    pub async fn linger(self) {
        // A listener that is gone answers nobody.
        let _ = self.serving.await;
    }
}

/// Opens the page in the browser; returns once the browser was sent there.
///
/// # Errors
/// [`HopError`].
pub async fn send_browser(ports: &Ports, page: SignOutPage) -> Result<Sent, HopError> {
    let listener = Listener::bind(ports.random.as_ref()).await?;
    let destination = Destination::launch(listener.port(), listener.launch_path())
        .ok_or_else(|| BrowserNotOpened::from(std::io::Error::other("the launch address is malformed")))?;
    let expected = watch::channel(Expected { returned: page.0.clone(), answers: Vec::new(), issuer: String::new() }).1;
    let stop = CancellationToken::new();
    let (arrivals_in, arrivals) = mpsc::unbounded_channel();
    tokio::spawn(listener.serve(expected, ports.peer_owner.clone(), arrivals_in, stop.clone()));
    let (seen_in, seen) = oneshot::channel();
    let serving = tokio::spawn(lead_on(arrivals, page, seen_in, ports.clock.clone(), stop.clone().drop_guard()));
    let late = ports.clock.sleep(PATIENCE);
    let unseen = stop.drop_guard();
    ports.browser.open(&destination).await?;
    tokio::select! {
        seen = seen => {
            seen.map_err(|_| HopError::NotSeen)?;
            unseen.disarm();
            Ok(Sent { serving })
        }
        () = late => Err(HopError::NotSeen),
    }
}

/// Tells whoever comes to the launch address where to go, until a moment after the first one came.
async fn lead_on(
    mut arrivals: mpsc::UnboundedReceiver<Arrival>,
    page: SignOutPage,
    seen: oneshot::Sender<()>,
    clock: Arc<dyn Clock>,
    _stop: DropGuard,
) {
    if !lead(arrivals.recv().await, &page) {
        return;
    }
    // Whoever waited for it may have left.
    let _ = seen.send(());
    let mut over = clock.sleep(AFTERGLOW);
    loop {
        tokio::select! {
            () = &mut over => return,
            arrival = arrivals.recv() => if !lead(arrival, &page) { return },
        }
    }
}

/// Whether it was led on; nothing but a launch is expected here.
fn lead(arrival: Option<Arrival>, page: &SignOutPage) -> bool {
    match arrival {
        Some(Arrival::Launching(onward)) => {
            // A browser that left meanwhile is welcome again.
            let _ = onward.send(page.0.clone());
            true
        }
        Some(Arrival::Answer { .. } | Arrival::Flooded) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sign_out_page_of_the_companion_is_accepted() {
        let companion = Url::parse("https://vestibule.example").expect("a valid address");
        let page = SignOutPage::of(&companion, "https://vestibule.example/sign-out?ticket=t", Language::En).expect("accepted");
        assert_eq!(page.0.as_str(), "https://vestibule.example/sign-out?ticket=t&ui_locales=en", "in the language of the window");
        let said = "https://vestibule.example/sign-out?ui_locales=fr&ticket=t";
        assert_eq!(SignOutPage::of(&companion, said, Language::En).expect("accepted"), page, "said once");
        for address in [
            "https://evil.example/sign-out?ticket=t",
            "http://vestibule.example/sign-out?ticket=t",
            "https://vestibule.example:444/sign-out",
            "https://vestibule.example/oauth/authorize",
            "https://user@vestibule.example/sign-out",
            "https://vestibule.example/sign-out#x",
            "file:///etc/passwd",
            "--help",
        ] {
            assert!(SignOutPage::of(&companion, address, Language::Fr).is_none(), "{address}");
        }
    }

    #[test]
    fn the_debug_form_hides_the_ticket() {
        let companion = Url::parse("https://vestibule.example").expect("a valid address");
        let page = SignOutPage::of(&companion, "https://vestibule.example/sign-out?ticket=canary", Language::Fr).expect("accepted");
        assert!(!format!("{page:?}").contains("canary"));
    }
}
