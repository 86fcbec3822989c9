//! Devices whose next sign-in asks anew who it is.

use vestibule_model::session::SignInId;

use super::visit::{Visit, values};
use crate::clock::Timestamp;
use crate::store::{SecretHash, Store, StoreError};

impl Store {
    /// What a browser that opens an attempt of this device key with this cookie must know first.
    pub async fn before_opening(&self, jkt: &str, cookie: &SecretHash) -> Result<BeforeOpening, StoreError> {
        let (jkt, cookie) = (jkt.to_owned(), *cookie);
        self.read(move |visit| before_opening(visit, &jkt, &cookie)).await
    }
}

/// The next sign-in on a device key must ask anew who it is: the last one was signed out of, locked, or refused by the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedAnew {
    /// Whether the last session was locked, and nobody showed since who she is.
    pub was_locked: bool,
}

/// See [`Store::before_opening`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeforeOpening {
    /// The attempt that has this cookie.
    pub cookie_of: Option<SignInId>,
    /// Of the device key.
    pub asked_anew: Option<AskedAnew>,
}

fn before_opening(visit: &mut dyn Visit, jkt: &str, cookie: &SecretHash) -> Result<BeforeOpening, StoreError> {
    let row = visit.row(
        "SELECT (SELECT id FROM sign_ins WHERE cookie_hash = ?2) AS cookie_of,
                asked_anew.jkt IS NOT NULL AS is_asked_anew, asked_anew.locked_at IS NOT NULL AS was_locked
         FROM (SELECT 1 AS one) AS here LEFT JOIN asked_anew ON asked_anew.jkt = ?1",
        values![jkt, cookie],
    )?;
    let is_asked_anew: bool = row.get("is_asked_anew")?;
    let asked_anew = is_asked_anew.then(|| Ok::<_, StoreError>(AskedAnew { was_locked: row.get("was_locked")? })).transpose()?;
    Ok(BeforeOpening { cookie_of: row.get("cookie_of")?, asked_anew })
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
