//! What runs out of time.

use vestibule_model::session::SignInId;

use super::{AuditRow, ClosedSignIn};
use crate::clock::Timestamp;

/// What is too old.
#[derive(Debug, Clone, Copy)]
pub struct PurgeRules {
    /// What was over before then is removed.
    pub over_before: Timestamp,
    /// Pairs that were not used after this moment are forgotten.
    pub pair_used_after: Timestamp,
    /// Rows of each kind at a time.
    pub limit: u32,
}

/// What the trail says of each thing that runs out of time.
#[derive(Clone)]
pub struct PurgeLines {
    pub idle: AuditRow,
    pub expired: AuditRow,
    pub pair: AuditRow,
}

/// What a purge did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purged {
    pub expired_sign_ins: Vec<ClosedSignIn>,
    pub idle_sessions: Vec<SignInId>,
    pub expired_sessions: Vec<SignInId>,
    /// Accounts and the device keys on which they are no longer known.
    pub expired_pairs: Vec<(i64, String)>,
    /// Rows removed.
    pub removed: u64,
    /// Whether one of these reached the limit of the pass: there may be more.
    pub has_more: bool,
}

impl Purged {
    /// Adds what the next pass did.
    pub fn absorb(&mut self, next: Self) {
        self.expired_sign_ins.extend(next.expired_sign_ins);
        self.idle_sessions.extend(next.idle_sessions);
        self.expired_sessions.extend(next.expired_sessions);
        self.expired_pairs.extend(next.expired_pairs);
        self.removed += next.removed;
        self.has_more = next.has_more;
    }
}
