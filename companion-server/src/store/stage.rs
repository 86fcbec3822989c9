//! Where an attempt stands: each state with what it holds, and nothing else.

use std::net::IpAddr;

use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;

use super::SecretHash;

/// A state of an attempt, with what it holds.
#[derive(Clone)]
pub enum Stage {
    /// The request waits for its browser.
    Created,
    /// A browser is bound to it, and Pro Santé Connect is being asked for.
    Opened(Browser),
    /// The browser is at Pro Santé Connect.
    AtProvider { browser: Browser, pending_sealed: Vec<u8> },
    /// Pro Santé Connect's code is being exchanged.
    Exchanging(Browser),
    /// Known who: she answers, or what asks her nothing is about to go on.
    Authenticated(Identified),
    /// The app may come for its session.
    Confirmed {
        who: Identified,
        /// Where letters are still to be typed into the app: how often some came.
        letters_tried: Option<u32>,
    },
    /// The app had its session.
    Redeemed(Identified),
    /// It came to nothing.
    Over(Over),
}

/// The browser that is bound to an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// Of the cookie it must bring.
    pub cookie: SecretHash,
    /// Where it called from; `None` once its person was erased.
    pub address: Option<IpAddr>,
}

/// Who signed in, in which browser, and what she is asked before the app gets its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    pub browser: Browser,
    pub account_id: i64,
    /// Whether somebody else used the device last.
    pub identity_changed: bool,
    pub asks: Asks,
}

/// What the person is asked in her browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// Nothing: straight on.
    Nothing,
    /// Whether it is her, and her app.
    Click(ConfirmationReason),
    /// Which of these numbers the app shows: her presence there is to be proved.
    Number { reason: ConfirmationReason, choices: Vec<String> },
}

/// Why a confirmation is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmationReason {
    /// This person never signed in on this workstation.
    NewWorkstation,
    /// The last person on this workstation was another one.
    IdentityChanged,
    /// The workstation is shared, by configuration.
    SharedWorkstation,
    /// The companion asks every time, by configuration.
    Always,
    /// The app asks for its session by itself: who signs in must sit in front of it.
    AppAsks,
}

impl ConfirmationReason {
    pub(crate) const ALL: [Self; 5] = [Self::NewWorkstation, Self::IdentityChanged, Self::SharedWorkstation, Self::Always, Self::AppAsks];

    /// As kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NewWorkstation => "new_workstation",
            Self::IdentityChanged => "identity_changed",
            Self::SharedWorkstation => "shared_workstation",
            Self::Always => "always",
            Self::AppAsks => "app_asks",
        }
    }

    /// From what was kept.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// An attempt that opened no session and never will.
#[derive(Clone)]
pub struct Over {
    pub end: SignInEnd,
    /// Why, where the end alone does not say it.
    pub code: Option<ErrorCode>,
    /// The one it had, if any: it is told the same as before.
    pub browser: Option<Browser>,
    /// Whether the code for the app had left through the browser.
    pub code_left: bool,
}

/// How an attempt comes to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInEnd {
    /// The person said no.
    Declined,
    /// Out of time.
    Expired,
    /// By the app, or by an administrator.
    Cancelled,
    Failed,
    /// Too many wrong answers, or a code in other hands.
    Burned,
}

impl From<SignInEnd> for SignInState {
    fn from(end: SignInEnd) -> Self {
        match end {
            SignInEnd::Declined => Self::Declined,
            SignInEnd::Expired => Self::Expired,
            SignInEnd::Cancelled => Self::Cancelled,
            SignInEnd::Failed => Self::Failed,
            SignInEnd::Burned => Self::Burned,
        }
    }
}

impl Stage {
    /// As told to the app, and kept.
    pub fn state(&self) -> SignInState {
        match self {
            Self::Created => SignInState::Created,
            Self::Opened(_) => SignInState::Opened,
            Self::AtProvider { .. } => SignInState::AtProvider,
            Self::Exchanging(_) => SignInState::Exchanging,
            Self::Authenticated(_) => SignInState::Authenticated,
            Self::Confirmed { .. } => SignInState::Confirmed,
            Self::Redeemed(_) => SignInState::Redeemed,
            Self::Over(over) => over.end.into(),
        }
    }

    /// The browser that is bound to it.
    pub const fn browser(&self) -> Option<&Browser> {
        match self {
            Self::Created => None,
            Self::Opened(browser) | Self::Exchanging(browser) | Self::AtProvider { browser, .. } => Some(browser),
            Self::Authenticated(who) | Self::Confirmed { who, .. } | Self::Redeemed(who) => Some(&who.browser),
            Self::Over(over) => over.browser.as_ref(),
        }
    }

    /// Who signed in, unless it came to nothing since.
    pub const fn who(&self) -> Option<&Identified> {
        match self {
            Self::Authenticated(who) | Self::Confirmed { who, .. } | Self::Redeemed(who) => Some(who),
            Self::Created | Self::Opened(_) | Self::Exchanging(_) | Self::AtProvider { .. } | Self::Over(_) => None,
        }
    }
}

impl Asks {
    /// Whether the person picks the app's number among others.
    pub const fn is_number(&self) -> bool {
        matches!(self, Self::Number { .. })
    }

    /// Why she is asked.
    pub const fn reason(&self) -> Option<ConfirmationReason> {
        match self {
            Self::Nothing => None,
            Self::Click(reason) | Self::Number { reason, .. } => Some(*reason),
        }
    }

    /// What the page offers to choose from.
    pub fn choices(&self) -> &[String] {
        match self {
            Self::Nothing | Self::Click(_) => &[],
            Self::Number { choices, .. } => choices,
        }
    }
}
