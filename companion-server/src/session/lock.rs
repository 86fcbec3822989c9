//! A session that gives nothing any more until its person signs in again. Pro Santé Connect is not asked and not told.

use vestibule_model::session::SessionClocks;

use super::{LiveSession, SessionRefused, Sessions};
use crate::audit::{self, Event};
use crate::store::SessionRow;

impl Sessions {
    /// Locks the session; one that is locked stays so. No call undoes it: a new sign-in on the same workstation opens another in its place.
    ///
    /// # Errors
    /// [`SessionRefused`]
    pub async fn lock(&self, live: &LiveSession) -> Result<SessionClocks, SessionRefused> {
        let (now, line) = (self.around.clock.now(), self.line(Event::SessionLocked, Some(live.address)));
        if self.around.store.lock_session(&live.sign_in_id, line, now).await? {
            self.wakeups.wake(&live.sign_in_id);
            audit::kept(Event::SessionLocked, Some(&live.sign_in_id));
        }
        let row = self.around.store.session(&live.sign_in_id).await?.ok_or(SessionRefused::Unknown)?;
        Ok(self.clocks(&self.still_live(row).await?))
    }
}

/// Refuses what is locked.
pub(super) fn unlocked(row: SessionRow) -> Result<SessionRow, SessionRefused> {
    if row.locked_at.is_some() { Err(SessionRefused::Locked) } else { Ok(row) }
}
