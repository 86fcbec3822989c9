//! Where a person stands, in one word: what the icon beside the clock and its sentences turn on.

use vestibule_model::view::Screen;

/// Where she stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A session is being looked for, begun or ended.
    Busy,
    SignedOut,
    SignedIn,
    Locked,
    /// Something is to be read in the window.
    Problem,
}

impl Standing {
    /// What this screen means for her.
    pub(crate) fn of(screen: &Screen) -> Self {
        match screen {
            Screen::Resuming
            | Screen::AwaitingKeyring
            | Screen::OpeningBrowser
            | Screen::WaitingForBrowser(_)
            | Screen::EnteringCode(_)
            | Screen::SigningOut => Self::Busy,
            Screen::SignIn { .. } | Screen::Ended { .. } => Self::SignedOut,
            Screen::ChoosingSituation { .. } | Screen::SignedIn { .. } | Screen::OwnSessions(_) => Self::SignedIn,
            Screen::Locked { .. } => Self::Locked,
            Screen::Problem(_) => Self::Problem,
        }
    }
}
