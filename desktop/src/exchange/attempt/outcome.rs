//! How an attempt goes and ends, in the engine's words.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use vestibule_model::exchange::{CompanionMetadata, Exchange, SignInEvent, SignInState, TokenAnswer};
use vestibule_model::session::SignInId;
use vestibule_model::view::WaitingStage;
use vestibule_model::{ErrorCode, Session};

use crate::browser::{AuthorizePage, Destination};
use crate::companion::{Cause, CompanionError};
use crate::session::ServiceSession;

/// How far it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The companion answered for the first time.
    Companion(Box<CompanionMetadata>),
    /// The request is known to the companion and the browser is being asked for.
    Started(Box<Started>),
    /// See [`WaitingStage`].
    Stage(WaitingStage),
    /// The page asks which of three numbers this app shows.
    NumberAsked,
    /// The browser did not come in [`LAUNCH_HOP`](super::LAUNCH_HOP).
    BrowserMissing,
    /// No browser could be asked to open this; told only where a window shows it to be copied.
    NotOpened(Destination),
    /// The letters that the page shows are to be typed here.
    LettersDue { tries_left: u32, ends_in: Duration, refused: bool },
    /// Letters are on their way to the companion.
    CheckingLetters,
}

/// An attempt that the companion knows of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    pub sign_in_id: SignInId,
    /// Two digits.
    pub match_number: String,
    pub ends_in: Duration,
    pub exchange: Exchange,
    /// The exchanges open to this workstation, in the companion's order.
    pub exchanges: Vec<Exchange>,
    /// In the polling exchange: the page to open, on whichever machine.
    pub link: Option<AuthorizePage>,
    /// How long that page may be opened.
    pub link_ends_in: Duration,
}

/// What a person may ask of an attempt in progress.
#[derive(Debug)]
pub enum Ask {
    /// Open the same page again.
    OpenAgain,
    /// The letters that she typed, normalised.
    Letters(SecretString),
}

/// How one exchange ended.
#[derive(Debug)]
pub(in crate::exchange) enum Ended {
    /// For good.
    For(Outcome),
    /// A session came, whether or not somebody waits for it still.
    Brought(Box<Brought>),
    /// Before it began: the companion does not open it to this workstation, and says which it opens.
    NotOpen { open: Vec<Exchange> },
}

/// A session as the companion gave it.
#[derive(Debug)]
pub(in crate::exchange) struct Brought {
    pub id: SignInId,
    pub answer: TokenAnswer,
    pub timings: Timings,
    pub exchange: Exchange,
}

impl From<Brought> for Ended {
    fn from(brought: Brought) -> Self {
        Self::Brought(Box::new(brought))
    }
}

impl Ended {
    /// See [`Outcome::log`]; a session is told of once it is open.
    pub fn log(&self, id: &SignInId) {
        match self {
            Self::For(outcome) => outcome.log(id),
            Self::Brought(_) | Self::NotOpen { .. } => {}
        }
    }

    pub fn problem(code: ErrorCode, sign_in_id: Option<SignInId>) -> Self {
        Self::For(Outcome::problem(code, sign_in_id))
    }
}

impl From<Outcome> for Ended {
    fn from(outcome: Outcome) -> Self {
        Self::For(outcome)
    }
}

/// How it ended. Only `Problem` is an error.
#[derive(Debug)]
pub enum Outcome {
    /// A session is open, and kept where it may be.
    SignedIn(Box<SignedIn>),
    /// Withdrawn here.
    Cancelled,
    /// Declined at Pro Santé Connect or on the confirmation page.
    Declined,
    /// Nothing came back in time.
    TimedOut,
    /// Refused or broken.
    Problem { code: ErrorCode, sign_in_id: Option<SignInId>, cause: Option<Cause> },
}

/// A session and how long its parts took.
#[derive(Debug)]
pub struct SignedIn {
    pub service: Arc<ServiceSession>,
    pub session: Session,
    /// For measurements.
    pub timings: Timings,
    /// The exchange that brought it.
    pub exchange: Exchange,
}

/// Durations of one attempt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// From the request of the person to the browser's first visit.
    pub start_to_browser: Duration,
    /// From there to the browser's return.
    pub browser_to_callback: Duration,
    /// From there to the session.
    pub callback_to_session: Duration,
}

impl Timings {
    /// Their sum.
    pub fn total(&self) -> Duration {
        self.start_to_browser + self.browser_to_callback + self.callback_to_session
    }
}

impl Outcome {
    /// With nothing more to tell than its code.
    pub(in crate::exchange) fn problem(code: ErrorCode, sign_in_id: Option<SignInId>) -> Self {
        Self::Problem { code, sign_in_id, cause: None }
    }

    /// Who reads the log learns why no session came, or how long it took.
    pub(in crate::exchange) fn log(&self, id: &SignInId) {
        match self {
            Self::SignedIn(signed_in) => {
                let duration_ms = u64::try_from(signed_in.timings.total().as_millis()).unwrap_or(u64::MAX);
                tracing::info!(sign_in.id = %id, outcome = "signed_in", exchange = signed_in.exchange.name(), duration_ms, "Signed in");
            }
            Self::Cancelled => tracing::info!(sign_in.id = %id, outcome = "cancelled", "The sign-in was cancelled"),
            Self::Declined => tracing::info!(sign_in.id = %id, outcome = "declined", "The sign-in was declined in the browser"),
            Self::TimedOut => tracing::info!(sign_in.id = %id, outcome = "timed_out", "The sign-in came to nothing in its time"),
            Self::Problem { code, cause, .. } => {
                let cause = cause.map(Cause::name);
                tracing::warn!(sign_in.id = %id, outcome = "failed", error.code = %code, cause, "The sign-in failed");
            }
        }
    }

    pub(in crate::exchange) fn of(error: &CompanionError, sign_in_id: Option<&SignInId>) -> Self {
        let cause = error.cause().map(Cause::name);
        tracing::warn!(outcome = "failed", error.code = %error.code(), cause, %error, "The companion did not help the sign-in on");
        Self::Problem { code: error.code(), sign_in_id: sign_in_id.or(error.sign_in_id()).cloned(), cause: error.cause() }
    }
}

/// RFC 8628 section 3.5, with our numbers.
pub(in crate::exchange) fn refused(error: &CompanionError, id: &SignInId) -> Outcome {
    let Some(refusal) = error.refusal() else { return Outcome::of(error, Some(id)) };
    match (refusal.error.as_str(), refusal.code) {
        (_, code @ (ErrorCode::ConfirmationTriesSpent | ErrorCode::NumberRefused)) => Outcome::problem(code, Some(id.clone())),
        ("expired_token", _) | (_, ErrorCode::SignInExpired) => Outcome::TimedOut,
        ("access_denied", code) if is_a_no(code) => Outcome::Declined,
        (_, ErrorCode::SignInCancelled) => Outcome::Cancelled,
        (_, _) => Outcome::of(error, Some(id)),
    }
}

/// Whether the number says no more than that the person declined. Companions from before that had one send a general one.
fn is_a_no(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::SignInDeclined | ErrorCode::SignInPending | ErrorCode::CodeRefused | ErrorCode::SignInUnknown)
}

/// `None` where there is nothing to say that the listener does not say better.
pub(in crate::exchange) fn stage(state: SignInState) -> Option<WaitingStage> {
    match state {
        SignInState::Opened => Some(WaitingStage::BrowserOpen),
        SignInState::AtProvider => Some(WaitingStage::AtProvider),
        SignInState::Exchanging | SignInState::Confirmed => Some(WaitingStage::Checking),
        SignInState::Authenticated => Some(WaitingStage::Confirming),
        SignInState::Created
        | SignInState::Redeemed
        | SignInState::Declined
        | SignInState::Expired
        | SignInState::Cancelled
        | SignInState::Failed
        | SignInState::Burned => None,
    }
}

/// RFC 6749 section 4.1.2.1. Without a number of ours, `access_denied` means that the person declined.
pub(in crate::exchange) fn refusal(error: &str, code: Option<ErrorCode>, id: SignInId) -> Outcome {
    match (error, code) {
        (_, Some(ErrorCode::SignInExpired)) => Outcome::TimedOut,
        (_, Some(code)) => Outcome::problem(code, Some(id)),
        ("access_denied", None) => Outcome::Declined,
        ("temporarily_unavailable", None) => Outcome::problem(ErrorCode::PscUnavailable, Some(id)),
        (_, None) => Outcome::problem(ErrorCode::CompanionFault, Some(id)),
    }
}

pub(in crate::exchange) fn reported(event: SignInEvent, id: SignInId) -> Outcome {
    match event.state {
        // A number that was not ours is no mere "no": she is to be told.
        SignInState::Declined if event.code == Some(ErrorCode::NumberRefused) => Outcome::problem(ErrorCode::NumberRefused, Some(id)),
        SignInState::Declined => Outcome::Declined,
        SignInState::Expired => Outcome::TimedOut,
        SignInState::Cancelled => withdrawn(event.code, id),
        SignInState::Burned => Outcome::problem(event.code.unwrap_or(ErrorCode::SignInBurned), Some(id)),
        SignInState::Failed
        | SignInState::Created
        | SignInState::Opened
        | SignInState::AtProvider
        | SignInState::Exchanging
        | SignInState::Authenticated
        | SignInState::Confirmed
        | SignInState::Redeemed => Outcome::problem(event.code.unwrap_or(ErrorCode::CompanionFault), Some(id)),
    }
}

/// A person who did not cancel it herself is told who did.
fn withdrawn(code: Option<ErrorCode>, id: SignInId) -> Outcome {
    match code {
        Some(code @ (ErrorCode::SignInEndedByAdministrator | ErrorCode::WorkstationForgotten | ErrorCode::SignInReplaced)) => {
            Outcome::problem(code, Some(id))
        }
        _ => Outcome::Cancelled,
    }
}

/// What stands in the way is this workstation's browser or the road back from it.
pub(crate) fn is_of_this_host(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::BrowserNotOpened | ErrorCode::LoopbackUnavailable | ErrorCode::LoopbackFlooded | ErrorCode::ReturnSchemeUnregistered
    )
}
