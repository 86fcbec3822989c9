//! What the engine is doing. Each variant holds what only it needs.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use vestibule_model::ErrorCode;
use vestibule_model::Session;
use vestibule_model::exchange::Exchange;
use vestibule_model::session::{SessionClocks, SessionEnd};
use vestibule_model::view::{CodeView, ProblemView, SignInNotice, WaitingView};

use crate::activity::Pace;
use crate::exchange::Ask;
use crate::session::ServiceSession;

use super::warning::Warned;

pub(super) enum State {
    Resuming,
    /// The same, and the keyring has not answered yet.
    AwaitingKeyring,
    SignIn {
        notice: Option<SignInNotice>,
    },
    Attempting(Attempting),
    Live(Box<Live>),
    SigningOut {
        then: AfterSignOut,
        task: JoinHandle<()>,
    },
    Ended {
        reason: Option<SessionEnd>,
        at_ms: u64,
        idle_limit_s: u32,
    },
    Problem(ProblemView),
}

/// A sign-in in progress.
pub(super) struct Attempting {
    /// By which exchange it began.
    pub exchange: Exchange,
    /// Whether the polling exchange may take its place, as far as is known.
    pub other_browser: bool,
    /// `None` until the companion knows of it.
    pub waiting: Option<WaitingView>,
    /// Letters that are due.
    pub code: Option<CodeView>,
    /// Shown while the confirmation page shows it too.
    pub match_number: String,
    pub asks: UnboundedSender<Ask>,
    pub cancel: CancellationToken,
    pub task: JoinHandle<()>,
}

/// A session and what the screens show of it.
pub(super) struct Live {
    pub service: Arc<ServiceSession>,
    pub session: Session,
    pub ends: Ends,
    /// The list of situations was asked for.
    pub choosing: bool,
    pub pace: Pace,
    /// Whether the companion answered when it was last asked.
    pub reachable: bool,
    pub warned: Warned,
    /// Something failed that does not end the session.
    pub trouble: Option<ProblemView>,
    /// Stops watching and reporting when the session is left.
    pub _watch: DropGuard,
    /// Stops the local countdown when the clocks change.
    pub _countdown: DropGuard,
}

/// The companion counts in whole seconds, and an answer is on its way for a while.
const REASON_MARGIN_MS: u64 = 2000;

/// When the session ends, by this workstation's wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ends {
    pub idle_at_ms: u64,
    pub at_ms: u64,
    pub idle_limit_s: u32,
}

impl Ends {
    /// Relative seconds become local time at once: workstation clocks are often wrong, but they advance.
    pub fn of(clocks: &SessionClocks, now_ms: u64) -> Self {
        let after = |seconds: u32| now_ms + u64::from(seconds) * 1000;
        Self { idle_at_ms: after(clocks.idle_in_s), at_ms: after(clocks.absolute_in_s), idle_limit_s: clocks.idle_limit_s }
    }

    /// Why a session that is over ended, as far as the clocks tell; `None` when it ended before either of them.
    pub fn reason(&self, now_ms: u64) -> Option<SessionEnd> {
        let over = |at_ms: u64| now_ms + REASON_MARGIN_MS >= at_ms;
        if self.idle_at_ms < self.at_ms && over(self.idle_at_ms) {
            return Some(SessionEnd::Idle);
        }
        over(self.at_ms).then_some(SessionEnd::Expired)
    }
}

/// What follows a sign-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterSignOut {
    Rest,
    /// Another person is waiting.
    NextPerson,
}

pub(super) fn problem(code: ErrorCode, sign_in_id: Option<String>) -> ProblemView {
    ProblemView { code, sign_in_id, can_retry: code.can_retry(), can_use_another_browser: false }
}
