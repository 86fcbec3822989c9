//! One attempt to sign in, from the app's request to the app's session. Every arrow of its life is one conditional update.

mod browser;
mod callback;
mod confirm;
mod follow;
#[doc(hidden)]
pub mod fuzzing;
mod letters;
mod limits;
mod membership;
mod naming;
mod open;
mod own_page;
mod poll;
mod presence;
mod redeem;
mod refused;
mod return_address;
mod room;
mod start;

use std::net::IpAddr;
use std::sync::Arc;

use secrecy::SecretString;
use url::Url;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::{Confirmation, Exchange, SignOutAnswer};
use vestibule_model::language::Language;
use vestibule_model::practitioner::Practitioner;
use vestibule_model::session::SignInId;

pub use self::browser::BrowserCookies;
pub use self::confirm::KnownBrowser;
pub use self::letters::letters;
use self::limits::Limits;
pub use self::own_page::{OwnPage, OwnPageEnds, OwnPageForgot, OwnPageRefused};
pub use self::poll::POLL_INTERVAL_S;
use self::poll::Pace;
pub use self::refused::{CallbackRefused, ConfirmationRefused, FollowRefused, OpenRefused, PollRefused, RedeemRefused, StartRefused};
use crate::audit::Audit;
use crate::group::Enrolment;
use crate::provider_name::ProviderName;
use crate::session::Sessions;
use crate::store::StoreError;
pub use crate::store::{ConfirmationReason, ReturnAddress, WayBack};
use crate::surroundings::{Rules, Surroundings, Wakeups};

/// The pending sign-ins of this companion; cheap to clone.
#[derive(Clone)]
pub struct SignIns {
    around: Surroundings,
    sessions: Sessions,
    audit: Audit,
    wakeups: Wakeups,
    limits: Arc<Limits>,
    enrolment: Arc<Enrolment>,
    pace: Arc<Pace>,
}

impl SignIns {
    /// The sign-ins kept in these surroundings, which open these sessions.
    pub fn new(around: Surroundings, sessions: Sessions) -> Self {
        let limits = Limits::new(&around.rules, &around.clock);
        let enrolment = Arc::new(Enrolment::new(
            around.rules.groups.clone(),
            Arc::clone(&around.store),
            Arc::clone(&around.clock),
            around.audit.clone(),
        ));
        let (audit, limits, wakeups) = (around.audit.clone(), Arc::new(limits), around.wakeups.clone());
        Self { around, sessions, audit, wakeups, limits, enrolment, pace: Arc::default() }
    }

    /// Takes other groups and limits: what starts from now on is under them, and what is under way where it asks anew.
    pub fn take_rules(&self, rules: &Rules) {
        self.around.rules.groups.replace(rules.groups.now());
        self.limits.change(rules);
    }

    /// Tells whoever waits for them that these attempts are over.
    pub fn announce_cancelled(&self, ids: &[SignInId]) {
        ids.iter().for_each(|id| self.wakeups.wake(id));
    }

    /// Ends what ran out of time, sessions too, and tells whoever waits for an attempt that ended so.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sweep(&self) -> Result<(), StoreError> {
        self.sessions.sweep().await?.expired_sign_ins.iter().for_each(|closed| self.wakeups.wake(&closed.id));
        Ok(())
    }

    /// How many starts were refused their group since the companion started, by reason.
    pub fn enrolments_refused(&self) -> [(&'static str, u64); 3] {
        self.enrolment.refused()
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
    /// How the session comes to the app; addresses are checked here.
    pub way_back: WayBack,
    /// RFC 7636 S256 challenge, checked here.
    pub code_challenge: String,
    /// What the workstation calls itself; cleaned here.
    pub device_label: Option<String>,
    /// What makes the workstation a member of a group.
    pub enrolment_token: Option<SecretString>,
    /// What the pages are read in.
    pub language: Language,
}

/// A sign-in that now waits for its browser.
#[derive(Clone)]
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
    /// With [`WayBack::Polling`], and only then: what the app asks with.
    pub device_code: Option<SecretString>,
    /// What the person will have to do at least, besides signing in.
    pub confirmation: Confirmation,
    /// The exchanges open to the workstation, the preferred one first.
    pub exchanges: Vec<Exchange>,
}

/// Where the browser goes once its part is done.
#[derive(Debug, Clone)]
pub enum Onward {
    /// With the answer, to the app.
    ReturnToApp(ReturnToApp),
    /// Nowhere: in the polling exchange the app asks for itself, and the person goes back to it. The page says how the attempt stands.
    Stay(SignInId),
}

impl Onward {
    /// The thread of this attempt.
    pub const fn sign_in_id(&self) -> &SignInId {
        match self {
            Self::ReturnToApp(back) => &back.sign_in_id,
            Self::Stay(id) => id,
        }
    }
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
    /// Seconds left to open it.
    pub expires_in_s: u32,
}

/// The request is consumed and the browser may leave for Pro Santé Connect.
pub struct Opened {
    /// The thread of this attempt.
    pub sign_in_id: SignInId,
    /// Value of the browser's cookie: the one it brought.
    pub cookie: SecretString,
    /// Pro Santé Connect's authorization page. A secret: never logged.
    pub provider_url: Url,
    /// Seconds left to come back from there.
    pub expires_in_s: u32,
}

/// What came to the callback address.
#[derive(Debug, Clone)]
pub struct Callback {
    /// Whose answer it is, as the address says.
    pub provider: ProviderName,
    /// `state`.
    pub state: SecretString,
    /// `code`.
    pub code: Option<SecretString>,
    /// `error`.
    pub error: Option<String>,
    /// `iss`.
    pub iss: Option<String>,
    /// What the browser presents.
    pub cookies: BrowserCookies,
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
    /// Straight on.
    StraightOn {
        /// Where to send the browser.
        onward: Onward,
        /// Replaces the browser's cookie: it may still say that she asked for nothing.
        cookie: SecretString,
    },
    /// A failure or refusal the app is to be told.
    Onward {
        /// Where to send the browser.
        onward: Onward,
        /// `None` when the person declined.
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
    /// Whether app and browser call from the same address; `None` where that says nothing: a proxy hides where they call from, or several
    /// people are at work on one machine.
    pub same_network: Option<bool>,
    /// What the person is asked.
    pub question: Question,
    /// Hidden field of the form.
    pub form_guard: SecretString,
    /// Why the person is asked.
    pub reason: ConfirmationReason,
    /// Seconds left.
    pub expires_in_s: u32,
}

/// What the person is asked on the confirmation page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Whether the app shows this number too: browser and app share a machine, so that nobody else can be meant.
    Compare(String),
    /// Which of these the app shows: the way back alone says nothing of who sits in front of the app.
    Choose(Vec<String>),
}

/// What the person answers on the confirmation page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// "Ouvrir l’application".
    Accept,
    /// The number that the app shows.
    Number(String),
    /// "Ce n’est pas moi", "Aucun de ces nombres", "Ce n’est pas ma connexion".
    Decline,
}

/// What follows the person's answer.
#[derive(Debug)]
pub enum Decided {
    /// The browser has done its part.
    Onward(Onward),
    /// The right number, but she is new to the workstation: letters are to be typed into the app.
    TypeCode(TypedCode),
    /// The same, and the browser first takes the code to the app: the page it comes back to shows the letters.
    Deliver(ReturnToApp),
    /// She said no before the app had its session: nothing was opened.
    Declined(Onward),
    /// She said no after the app had its session: that is over now.
    SessionEnded {
        /// The thread of this attempt, and of the session.
        sign_in_id: SignInId,
        /// Whether it was this that ended it.
        was_open: bool,
        /// What became of Pro Santé Connect's session; `None` when nothing was owed there.
        psc: Option<SignOutAnswer>,
    },
}

/// What the browser that signed in may still do once its part is done.
#[derive(Debug)]
pub enum Afterwards {
    /// Letters are to be typed into the app.
    TypeCode(Box<TypedCode>),
    /// She may say that she asked for nothing.
    MayObject {
        /// Hidden field of the form that says so.
        form_guard: SecretString,
        /// What the workstation calls itself.
        device_label: Option<String>,
    },
    /// She said so, and the session is over.
    SessionEnded {
        /// Whether it was this that ended it.
        was_open: bool,
        /// What is known of Pro Santé Connect's; `None` when nothing was owed, or no more.
        psc: Option<SignOutAnswer>,
    },
}

/// Letters to be typed into the app: kept nowhere as they are, and drawn again from the browser's cookie when the page is asked for again.
pub struct TypedCode {
    /// The thread of this attempt.
    pub sign_in_id: SignInId,
    /// Who signed in.
    pub practitioner: Practitioner,
    /// Eight letters.
    pub code: SecretString,
    /// Seconds left.
    pub expires_in_s: u32,
    /// Hidden field of the form that says no.
    pub form_guard: SecretString,
    /// Where the browser hands the code over to the app while the page stays. A secret: never logged.
    pub opens_app: Option<Url>,
}

/// Letters that are still to be typed into the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LettersDue {
    /// How often they may still be typed.
    pub tries_left: u32,
    /// Seconds left.
    pub expires_in_s: u32,
}

/// A token request with a device code, after the face checked client and proof.
#[derive(Clone)]
pub struct Poll {
    /// RFC 7638 thumbprint of the key that signed the proof.
    pub jkt: String,
    /// `device_code`.
    pub device_code: SecretString,
    /// RFC 7636.
    pub code_verifier: SecretString,
    /// What was typed into the app, as [`letters`] reads it.
    pub letters: Option<SecretString>,
    /// Where the app calls from.
    pub client_address: IpAddr,
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
    /// What was typed into the app, as [`letters`] reads it.
    pub letters: Option<SecretString>,
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
    Opened { sign_in_id },
    TypedCode { sign_in_id, expires_in_s },
    Poll { client_address }
);

#[cfg(test)]
mod tests;
