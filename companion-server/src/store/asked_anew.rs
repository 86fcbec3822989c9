//! Devices whose next sign-in asks anew who it is.

use super::visit::{Visit, values};
use crate::clock::Timestamp;
use crate::store::StoreError;

/// The next sign-in on a device key must ask anew who it is: the last one was signed out of, locked, or refused by the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedAnew {
    /// Whether the last session was locked, and nobody showed since who she is.
    pub was_locked: bool,
}

/// The next sign-in on the device asks who it is, whatever Pro Santé Connect or a local provider remember.
pub(super) fn ask_anew(visit: &mut dyn Visit, jkt: &str, now: Timestamp) -> Result<(), StoreError> {
    visit.note(
        "INSERT INTO asked_anew (jkt, since) VALUES (?1, ?2) ON CONFLICT (jkt) DO UPDATE SET since = excluded.since",
        values![jkt, now.0],
    )
}

/// The same, of a session that is locked: it may be anybody who stands before the workstation now.
pub(super) fn ask_anew_after_lock(visit: &mut dyn Visit, jkt: &str, now: Timestamp) -> Result<(), StoreError> {
    visit.note(
        "INSERT INTO asked_anew (jkt, since, locked_at) VALUES (?1, ?2, ?2)
         ON CONFLICT (jkt) DO UPDATE SET since = excluded.since, locked_at = excluded.locked_at",
        values![jkt, now.0],
    )
}
