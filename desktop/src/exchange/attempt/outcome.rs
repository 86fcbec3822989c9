//! How an attempt goes and ends, in the engine's words.

use std::time::Duration;

use vestibule_model::ErrorCode;
use vestibule_model::exchange::{CompanionMetadata, SignInEvent, SignInState, TokenAnswer};
use vestibule_model::session::SignInId;
use vestibule_model::view::WaitingStage;

use crate::companion::CompanionError;

/// How far it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The companion answered for the first time.
    Companion(Box<CompanionMetadata>),
    /// The request is known to the companion and the browser is being asked for.
    Started { sign_in_id: SignInId, match_number: String, ends_in: Duration },
    /// See [`WaitingStage`].
    Stage(WaitingStage),
    /// The browser did not come in [`LAUNCH_HOP`].
    BrowserMissing,
}

/// How it ended. Only `Problem` is an error.
#[derive(Debug)]
pub enum Outcome {
    /// The code was redeemed.
    SignedIn(Box<SignedIn>),
    /// Withdrawn here.
    Cancelled,
    /// Declined at Pro Santé Connect or on the confirmation page.
    Declined,
    /// Nothing came back in time.
    TimedOut,
    /// Refused or broken.
    Problem { code: ErrorCode, sign_in_id: Option<SignInId> },
}

/// A session and how long its parts took.
#[derive(Debug)]
pub struct SignedIn {
    /// Tokens and session.
    pub answer: TokenAnswer,
    /// For measurements.
    pub timings: Timings,
}

/// Durations of one attempt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// From the request of the person to the browser's first visit at the listener.
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
    pub(super) fn of(error: &CompanionError, sign_in_id: Option<&SignInId>) -> Self {
        tracing::warn!(error.code = %error.code(), %error, "the companion did not help the sign-in on");
        Self::Problem { code: error.code(), sign_in_id: sign_in_id.or(error.sign_in_id()).cloned() }
    }
}

/// `None` where there is nothing to say that the listener does not say better.
pub(super) fn stage(state: SignInState) -> Option<WaitingStage> {
    match state {
        SignInState::Opened => Some(WaitingStage::BrowserOpen),
        SignInState::AtPsc => Some(WaitingStage::AtPsc),
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
pub(super) fn refusal(error: &str, code: Option<ErrorCode>, id: SignInId) -> Outcome {
    match (error, code) {
        (_, Some(ErrorCode::SignInExpired)) => Outcome::TimedOut,
        (_, Some(code)) => Outcome::Problem { code, sign_in_id: Some(id) },
        ("access_denied", None) => Outcome::Declined,
        ("temporarily_unavailable", None) => Outcome::Problem { code: ErrorCode::PscUnavailable, sign_in_id: Some(id) },
        (_, None) => Outcome::Problem { code: ErrorCode::CompanionFault, sign_in_id: Some(id) },
    }
}

pub(super) fn reported(event: SignInEvent, id: SignInId) -> Outcome {
    match event.state {
        SignInState::Declined => Outcome::Declined,
        SignInState::Expired => Outcome::TimedOut,
        SignInState::Cancelled => Outcome::Cancelled,
        SignInState::Burned => Outcome::Problem { code: event.code.unwrap_or(ErrorCode::SignInBurned), sign_in_id: Some(id) },
        SignInState::Failed
        | SignInState::Created
        | SignInState::Opened
        | SignInState::AtPsc
        | SignInState::Exchanging
        | SignInState::Authenticated
        | SignInState::Confirmed
        | SignInState::Redeemed => Outcome::Problem { code: event.code.unwrap_or(ErrorCode::CompanionFault), sign_in_id: Some(id) },
    }
}
