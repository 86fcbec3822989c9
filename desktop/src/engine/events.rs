//! What the tasks find, and of which attempt or session.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use vestibule_model::exchange::{CompanionMetadata, OwnSession, SessionEvent};
use vestibule_model::session::{SessionClocks, SessionEnd, SignInId};
use vestibule_model::view::{CheckView, SignInNotice, SupportFolder};
use vestibule_model::{ErrorCode, Session};

use super::warning::Near;
use crate::card::Watching;
use crate::companion::CompanionError;
use crate::exchange::{Outcome, Progress};
use crate::link::Link;
use crate::report::Report;
use crate::session::{CallError, ServiceSession};

/// Something that a task found.
pub(super) struct Event {
    /// The attempt or session that it is about: of another one, it is late. `None` for what is about none of them.
    pub of: Option<u64>,
    pub what: Happening,
}

pub(super) enum Happening {
    /// The keyring takes its time.
    KeyringSlow,
    Linked(Result<Link, ErrorCode>),
    Companion(Box<CompanionMetadata>),
    /// Whether this workstation is, as the companion has it now.
    WorkstationShared(bool),
    Resumed(Result<Option<Opened>, CompanionError>),
    Progress(Progress),
    AttemptEnded(Outcome),
    Session(SessionEvent),
    Clocks(SessionClocks),
    SessionOver(Option<SessionEnd>),
    Chosen(Result<Session, CallError>),
    /// Her sessions, and what became of those that she ends.
    Own(OwnAnswer),
    /// She typed outside our window, this long ago.
    InputElsewhere(Duration),
    ReportDue,
    /// The companion could not be told that she was active; it may be later.
    ActivityUntold,
    LocalEnd,
    /// The readers of this workstation.
    Cards(Watching),
    /// Her card was not put back in time.
    CardGone,
    /// Somebody locked the session: this app, or another software of hers.
    Locked,
    EndNear(Near),
    /// Whether the companion answers.
    Reached(bool),
    /// A sign-out is owed still.
    Owing,
    /// The sign-outs that were owed are settled; what there is to say of it.
    Settled(Option<SignInNotice>),
    SignedOut(SignInNotice),
    /// For the page of settings and checks.
    Support(News),
    WallClockSet,
}

/// What she asks about her sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OwnAsked {
    List,
    /// The end of one that is not this one.
    One(SignInId),
    Others,
    /// The same, and this one afterwards.
    All,
}

/// What the companion said about them.
pub(super) struct OwnAnswer {
    pub asked: OwnAsked,
    /// How many ended elsewhere; `None` when only the list was asked.
    pub ended: Result<Option<u32>, CallError>,
    /// As they stand afterwards; `None` when that was not asked any more.
    pub sessions: Option<Result<Vec<OwnSession>, CallError>>,
}

/// What was found for the page of settings and checks, and for which one.
pub(super) struct News {
    pub page: u64,
    pub what: Found,
}

pub(super) enum Found {
    Check(CheckView),
    /// All of them, with what they say as the report has it.
    AllChecks(String),
    Report(Box<Report>),
    /// Where it is, or why it is not.
    Written(Result<PathBuf, (ErrorCode, String)>),
    /// The system did not show this folder.
    Unopened(SupportFolder),
    /// The work was lost: it panicked.
    Nothing,
}

/// A session that was opened or resumed.
pub(super) type Opened = (Arc<ServiceSession>, Session);

/// Where a task brings what it finds. What that is about is said once, when the task starts.
#[derive(Clone)]
pub(super) struct Events {
    of: Option<u64>,
    into: UnboundedSender<Event>,
}

impl Events {
    /// About none of them, until [`Self::of`] says otherwise.
    pub fn channel() -> (Self, UnboundedReceiver<Event>) {
        let (into, events) = mpsc::unbounded_channel();
        (Self { of: None, into }, events)
    }

    /// For a task of this attempt or session.
    pub fn of(&self, number: u64) -> Self {
        Self { of: Some(number), into: self.into.clone() }
    }

    /// An engine that has quit hears nothing any more, and needs not to.
    pub fn send(&self, what: Happening) {
        let _ = self.into.send(Event { of: self.of, what });
    }
}
