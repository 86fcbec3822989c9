//! What the engine asks of the outside, in one bundle, so that a test can put something else in its place.

use std::sync::Arc;

use crate::browser::{Browser, NamedBrowser, SystemBrowser};
use crate::card::{CardService, SystemCards};
use crate::clock::{Clock, SystemClock};
use crate::file_manager::{FileManager, SystemFileManager};
use crate::handlers::{SchemeHandlers, SystemSchemeHandlers};
use crate::interruption::{Interruption, SystemInterruption};
use crate::keyring::{SecretStore, SystemKeyring};
use crate::notifications::{Notifications, SystemNotifications};
use crate::peer_owner::{PeerOwner, Strict, SystemPeerOwner};
use crate::random::{Random, SystemRandom};
use crate::settings::Settings;
use crate::standard_output::{StandardOutput, SystemStandardOutput};
use crate::workstation_input::{SystemWorkstationInput, WorkstationInput};

/// Browser, keyring, clock, randomness, the owner of a connection, the register of schemes, the desktop's notices, input outside our window, card readers, folders to show, orders to stop and whoever reads the output. The HTTP client is built from the settings: it only ever talks to one companion.
#[derive(Debug, Clone)]
pub struct Ports {
    /// The person's own browser.
    pub browser: Arc<dyn Browser>,
    /// The operating system's secret store.
    pub keyring: Arc<dyn SecretStore>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Whose connection reaches the loopback listener.
    pub peer_owner: Arc<dyn PeerOwner>,
    /// Which program opens the addresses of a scheme.
    pub handlers: Arc<dyn SchemeHandlers>,
    /// What the desktop shows outside the window.
    pub notifications: Arc<dyn Notifications>,
    /// Real input outside our window.
    pub workstation_input: Arc<dyn WorkstationInput>,
    /// Readers of smart cards.
    pub cards: Arc<dyn CardService>,
    /// What shows her a folder.
    pub file_manager: Arc<dyn FileManager>,
    /// What ends a command before its time.
    pub interruption: Arc<dyn Interruption>,
    /// Who reads what a command answers.
    pub standard_output: Arc<dyn StandardOutput>,
}

impl Ports {
    /// The real ones.
    pub fn system() -> Self {
        Self {
            browser: Arc::new(SystemBrowser),
            keyring: Arc::new(SystemKeyring),
            clock: Arc::new(SystemClock::new()),
            random: Arc::new(SystemRandom),
            peer_owner: Arc::new(SystemPeerOwner),
            handlers: Arc::new(SystemSchemeHandlers),
            notifications: Arc::new(SystemNotifications::default()),
            workstation_input: Arc::new(SystemWorkstationInput::default()),
            cards: Arc::new(SystemCards),
            file_manager: Arc::new(SystemFileManager),
            interruption: Arc::new(SystemInterruption),
            standard_output: Arc::new(SystemStandardOutput),
        }
    }

    /// As the administrator wants them.
    #[must_use]
    pub fn under(self, settings: &Settings) -> Self {
        let browser = match &settings.browser {
            Some(choice) => Arc::new(NamedBrowser(choice.clone())),
            None => self.browser,
        };
        let peer_owner = if settings.strict_loopback { Arc::new(Strict(self.peer_owner)) } else { self.peer_owner };
        Self { browser, peer_owner, ..self }
    }
}
