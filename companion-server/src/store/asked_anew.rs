//! Devices whose next sign-in asks anew who it is.

use super::visit::{Visit, values};
use crate::clock::Timestamp;
use crate::store::{Store, StoreError};

impl Store {
    /// Whether the next sign-in on this device key must ask anew who it is: the last one was signed out of, or refused by the person.
    pub async fn must_ask_anew(&self, jkt: &str) -> Result<bool, StoreError> {
        let jkt = jkt.to_owned();
        self.read(move |visit| must_ask_anew(visit, &jkt)).await
    }

    /// Whether the last session of this device key was locked, and nobody showed since who she is.
    pub async fn was_locked(&self, jkt: &str) -> Result<bool, StoreError> {
        let jkt = jkt.to_owned();
        let locked = "SELECT EXISTS (SELECT 1 FROM asked_anew WHERE jkt = ?1 AND locked_at IS NOT NULL)";
        self.read(move |visit| visit.scalar(locked, values![jkt])).await
    }
}

pub(super) fn must_ask_anew(visit: &mut dyn Visit, jkt: &str) -> Result<bool, StoreError> {
    visit.scalar("SELECT EXISTS (SELECT 1 FROM asked_anew WHERE jkt = ?1)", values![jkt])
}

/// The next sign-in on the device asks who it is, whatever Pro Santé Connect or a local provider remember.
pub(super) fn ask_anew(visit: &mut dyn Visit, jkt: &str, now: Timestamp) -> Result<(), StoreError> {
    visit.execute(
        "INSERT INTO asked_anew (jkt, since) VALUES (?1, ?2) ON CONFLICT (jkt) DO UPDATE SET since = excluded.since",
        values![jkt, now.0],
    )?;
    Ok(())
}

/// The same, of a session that is locked: it may be anybody who stands before the workstation now.
pub(super) fn ask_anew_after_lock(visit: &mut dyn Visit, jkt: &str, now: Timestamp) -> Result<(), StoreError> {
    visit.execute(
        "INSERT INTO asked_anew (jkt, since, locked_at) VALUES (?1, ?2, ?2)
         ON CONFLICT (jkt) DO UPDATE SET since = excluded.since, locked_at = excluded.locked_at",
        values![jkt, now.0],
    )?;
    Ok(())
}
