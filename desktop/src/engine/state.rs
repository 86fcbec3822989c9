//! What the engine is doing. Each variant holds what only it needs.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use vestibule_model::ErrorCode;
use vestibule_model::Session;
use vestibule_model::exchange::Exchange;
use vestibule_model::session::SessionEnd;
use vestibule_model::view::{CardRemovalView, CodeView, OwnSessionView, SignInNotice, WaitingView};

use crate::activity::Pace;
use crate::card::policy::Guard;
use crate::exchange::Ask;
use crate::session::ServiceSession;
use crate::workstation_input::News;

use super::ends::Ends;
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
    /// Her session stands behind it, in [`Hidden`].
    Locked,
    SigningOut {
        then: AfterSignOut,
        task: JoinHandle<()>,
    },
    Ended {
        reason: Option<SessionEnd>,
        at_ms: u64,
        idle_limit_s: u32,
    },
    Problem(Trouble),
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
    pub own: OwnList,
    pub pace: Pace,
    /// What she types elsewhere, where it counts.
    pub elsewhere: Option<Arc<News>>,
    /// Whether the companion answered when it was last asked.
    pub reachable: bool,
    pub warned: Warned,
    /// Follows her card.
    pub guard: Guard,
    pub pulled: Option<Pulled>,
    /// Something failed that does not end the session.
    pub trouble: Option<Trouble>,
    /// Stops watching and reporting when the session is left.
    pub _watch: DropGuard,
    /// Stops the local countdown when the clocks change.
    pub _countdown: DropGuard,
}

/// What went wrong, before it is put into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub code: ErrorCode,
    /// The thread for support; absent when nothing had started.
    pub sign_in_id: Option<String>,
    pub can_retry: bool,
    pub can_use_another_browser: bool,
}

/// Her sessions on all her workstations, as she looks at them.
#[derive(Default)]
pub(super) struct OwnList {
    pub shown: bool,
    /// `None` until the companion has told.
    pub sessions: Option<Vec<OwnSessionView>>,
    /// One thing at a time is asked of the companion.
    pub busy: bool,
    /// How many the last request ended elsewhere.
    pub ended: Option<u32>,
    pub problem: Option<Trouble>,
}

/// A session that nothing is shown of, until its person signs in again.
pub(super) struct Hidden {
    pub live: Box<Live>,
    /// Of the session, which events are about.
    pub number: u64,
    /// Since when, by the wall clock.
    pub at_ms: u64,
    /// Whether it was locked here, which the companion has to be told.
    pub ours: bool,
}

impl Hidden {
    /// The nearer of its ends.
    pub fn ends_at_ms(&self) -> u64 {
        self.live.ends.idle_at_ms.min(self.live.ends.at_ms)
    }

    /// What the companion must know before anybody signs in: it is what has the next one identify herself anew.
    pub fn untold(&self) -> Option<Arc<ServiceSession>> {
        (self.ours && !self.live.service.is_lock_told()).then(|| self.live.service.clone())
    }

    /// As for [`State`].
    pub fn follow_wall_clock(&mut self, by_ms: i64) {
        shifted(&mut self.at_ms, by_ms);
        self.live.follow_wall_clock(by_ms);
    }
}

/// Her card left its reader: what comes next, unless it is put back.
pub(super) struct Pulled {
    pub view: CardRemovalView,
    /// Stops the countdown.
    pub _countdown: DropGuard,
}

/// What follows a sign-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterSignOut {
    Rest,
    /// Another person is waiting.
    NextPerson,
}

impl State {
    /// The wall clock was set by so much: what is shown in its hours moves with it.
    pub fn follow_wall_clock(&mut self, by_ms: i64) {
        let shift = |at_ms: &mut u64| shifted(at_ms, by_ms);
        match self {
            Self::Attempting(Attempting { waiting, code, .. }) => {
                if let Some(waiting) = waiting {
                    shift(&mut waiting.ends_at_ms);
                    waiting.link_ends_at_ms.iter_mut().for_each(shift);
                }
                code.iter_mut().for_each(|code| shift(&mut code.ends_at_ms));
            }
            Self::Live(live) => live.follow_wall_clock(by_ms),
            Self::Ended { at_ms, .. } => shift(at_ms),
            Self::Resuming | Self::AwaitingKeyring | Self::SignIn { .. } | Self::Locked | Self::SigningOut { .. } | Self::Problem(_) => {}
        }
    }
}

impl Live {
    /// As for [`State`].
    pub fn follow_wall_clock(&mut self, by_ms: i64) {
        let shift = |at_ms: &mut u64| shifted(at_ms, by_ms);
        shift(&mut self.ends.idle_at_ms);
        shift(&mut self.ends.at_ms);
        self.pulled.iter_mut().for_each(|pulled| shift(&mut pulled.view.at_ms));
        for session in self.own.sessions.iter_mut().flatten() {
            shift(&mut session.opened_at_ms);
            shift(&mut session.active_at_ms);
        }
    }
}

fn shifted(at_ms: &mut u64, by_ms: i64) {
    *at_ms = at_ms.saturating_add_signed(by_ms);
}

pub(super) fn problem(code: ErrorCode, sign_in_id: Option<String>) -> Trouble {
    Trouble { code, sign_in_id, can_retry: code.can_retry(), can_use_another_browser: false }
}
