//! One attempt to sign in, from the app's request to the app's session. Every arrow of its life is one conditional update.

mod callback;
mod confirm;
mod follow;
#[doc(hidden)]
pub mod fuzzing;
pub(crate) mod limits;
mod naming;
mod open;
mod redeem;
mod refused;
mod return_address;
mod start;

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use url::Url;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::practitioner::Practitioner;
use vestibule_model::session::SignInId;

use self::limits::Limits;
pub use self::refused::{CallbackRefused, ConfirmationRefused, FollowRefused, OpenRefused, RedeemRefused, StartRefused};
pub use crate::account::ConfirmationReason;
use crate::audit::Audit;
use crate::clock::Timestamp;
use crate::session::{Sessions, Surroundings, Wakeups};

/// The pending sign-ins of this companion; cheap to clone.
#[derive(Clone)]
pub struct SignIns {
    around: Surroundings,
    sessions: Sessions,
    audit: Audit,
    wakeups: Wakeups,
    limits: Arc<Limits>,
    last_sweep: Arc<Mutex<Timestamp>>,
}

impl SignIns {
    /// The sign-ins kept in these surroundings, which open these sessions.
    pub fn new(around: Surroundings, sessions: Sessions) -> Self {
        let limits = Limits::new(&around.rules, &around.clock);
        let last_sweep = Arc::new(Mutex::new(around.clock.now()));
        Self { audit: around.audit(), around, sessions, wakeups: Wakeups::default(), limits: Arc::new(limits), last_sweep }
    }

    /// What each limit on sign-ins refused since the start, by name.
    pub fn refused_by_limit(&self) -> [(&'static str, u64); 4] {
        self.limits.refused()
    }
}

/// What the app asks for (RFC 9126), after the face checked client, response type and proof.
#[derive(Clone)]
pub struct NewSignIn {
    /// RFC 7638 thumbprint of the key that signed the proof.
    pub jkt: String,
    /// Where the app calls from.
    pub client_address: IpAddr,
    /// `http://127.0.0.1:<port>/cb/<random>`, checked here.
    pub redirect_uri: String,
    /// RFC 7636 S256 challenge, checked here.
    pub code_challenge: String,
    /// The app's own `state`, given back untouched.
    pub app_state: String,
    /// What the workstation calls itself; cleaned here.
    pub device_label: Option<String>,
}

/// A sign-in that now waits for its browser.
#[derive(Clone, PartialEq, Eq)]
pub struct Started {
    /// RFC 9126.
    pub request_uri: String,
    /// Seconds during which `request_uri` may be opened.
    pub request_expires_in_s: u32,
    /// The thread of this attempt.
    pub sign_in_id: SignInId,
    /// Two digits.
    pub match_number: String,
    /// Seconds until the attempt ends.
    pub expires_in_s: u32,
}

/// The answer for the app, through the browser: the only way out of the companion's pages towards `redirect_uri`.
#[derive(Clone)]
pub struct ReturnToApp {
    /// The thread of this attempt.
    pub sign_in_id: SignInId,
    /// `redirect_uri` with `code`, or `error` and `error_code`; always `state` and `iss` (RFC 9207). A secret: never logged.
    pub url: Url,
}

/// A request that may still be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The thread of this attempt.
    pub sign_in_id: SignInId,
    /// What the workstation calls itself: self-declared.
    pub device_label: Option<String>,
}

/// The request is consumed and the browser may leave for Pro Santé Connect.
pub struct Opened {
    /// The thread of this attempt.
    pub sign_in_id: SignInId,
    /// Value of the browser's cookie.
    pub cookie: SecretString,
    /// Pro Santé Connect's authorization page. A secret: never logged.
    pub psc_url: Url,
}

/// What came to the callback address.
#[derive(Debug, Clone)]
pub struct Callback {
    /// `state`.
    pub state: SecretString,
    /// `code`.
    pub code: Option<SecretString>,
    /// `error`.
    pub error: Option<String>,
    /// `iss`.
    pub iss: Option<String>,
    /// Value of the browser's cookie.
    pub cookie: Option<SecretString>,
    /// Where the browser calls from.
    pub client_address: IpAddr,
}

/// What follows Pro Santé Connect's answer.
#[derive(Debug)]
pub enum AfterCallback {
    /// A confirmation is due: redirect to the confirmation page with the new cookie.
    Confirm {
        /// The thread of this attempt.
        sign_in_id: SignInId,
        /// Replaces the browser's cookie.
        cookie: SecretString,
    },
    /// Straight on, or a failure or refusal the app is to be told.
    ReturnToApp {
        /// Where to send the browser.
        back: ReturnToApp,
        /// `None` on success and when the person declined.
        code: Option<ErrorCode>,
    },
}

/// What the confirmation page shows.
#[derive(Debug, Clone)]
pub struct ConfirmationFacts {
    /// The thread of this attempt.
    pub sign_in_id: SignInId,
    /// Who signed in.
    pub practitioner: Practitioner,
    /// What the workstation calls itself: self-declared.
    pub device_label: Option<String>,
    /// Whether app and browser call from the same address; `None` when a proxy hides where they call from.
    pub same_network: Option<bool>,
    /// Two digits, shown by the app too.
    pub match_number: String,
    /// Hidden field of the form.
    pub form_guard: SecretString,
    /// Why the person is asked.
    pub reason: ConfirmationReason,
    /// Seconds left.
    pub expires_in_s: u32,
}

/// What the person answers on the confirmation page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// "Ouvrir l’application".
    Accept,
    /// "Ce n’est pas moi".
    Decline,
}

/// A token request with `authorization_code`, after the face checked client and proof.
#[derive(Debug, Clone)]
pub struct Redemption {
    /// RFC 7638 thumbprint of the key that signed the proof.
    pub jkt: String,
    /// `code`.
    pub code: SecretString,
    /// RFC 7636.
    pub code_verifier: SecretString,
    /// Must equal the pushed one.
    pub redirect_uri: String,
    /// Where the app calls from.
    pub client_address: IpAddr,
}

macro_rules! debug_without_secrets {
    ($($name:ident { $($shown:ident),* }),+) => {
        $(impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.debug_struct(stringify!($name))$(.field(stringify!($shown), &self.$shown))*.finish_non_exhaustive()
            }
        })+
    };
}

// Addresses and states are worth as much as the secrets they carry.
debug_without_secrets!(
    NewSignIn { client_address, device_label },
    Started { sign_in_id },
    ReturnToApp { sign_in_id },
    Opened { sign_in_id }
);

#[cfg(test)]
mod tests;
