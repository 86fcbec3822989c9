//! What an administrator sees, names and removes.

use vestibule_model::practitioner::NationalId;
use vestibule_model::session::SignInId;

use super::{ClosedSignIn, OwedSignOut, SessionRow};
use crate::clock::Timestamp;

/// A live session as an administrator may see it: nothing of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEntry {
    pub session: SessionRow,
    /// Self-declared.
    pub device_label: Option<String>,
    /// `None` for the default group of workstations.
    pub group_name: Option<String>,
}

/// A device as an administrator may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceEntry {
    pub jkt: String,
    /// Self-declared, at the last sign-in.
    pub label: Option<String>,
    /// `None` for the default group of workstations.
    pub group_name: Option<String>,
    /// `None` when nobody ever did.
    pub last_sign_in_at: Option<Timestamp>,
    /// How many people it is known for.
    pub people: i64,
    pub has_session: bool,
}

/// Which sessions an administrator means.
#[derive(Clone)]
pub enum Designated {
    Session(SignInId),
    /// The whole thumbprint of its key.
    Device(String),
    Person(NationalId),
    All,
}

/// Attempts that were ended in the middle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cancelled {
    /// Whoever waits for one is to be told.
    pub sign_ins: Vec<SignInId>,
    /// Those to which something was granted: Pro Santé Connect's sessions behind them are open.
    pub closed: Vec<ClosedSignIn>,
    /// Those that had not come to an end.
    pub under_way: Vec<SignInId>,
}

/// What the erasure of a person removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erased {
    pub sessions: u64,
    pub sign_ins: u64,
    pub pairs: u64,
    /// Her attempts, which nothing ties to her any more.
    pub attempts: Cancelled,
    /// What is owed of her sessions; no browser is sent any more.
    pub owed: Vec<OwedSignOut>,
    /// Nothing was removed: a session is not ended, and is to be ended first.
    pub is_session_live: bool,
}
