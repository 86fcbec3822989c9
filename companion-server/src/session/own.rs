//! The sessions of one person, on all her workstations: she sees them from any one of them, and ends them.

use std::net::IpAddr;

use vestibule_model::exchange::{OwnSession, OwnSessions, WhichSessions};
use vestibule_model::session::{SessionEnd, SignInId};

use super::administration::Order;
use super::calls::Calls;
use super::lock::unlocked;
use super::sign_out::Departure;
use super::{LiveSession, SessionRefused, Sessions};
use crate::audit::{Entry, Event};
use crate::clock::Timestamp;
use crate::store::{OwnSessionRow, SessionRow, StoreError};

impl Sessions {
    /// Hers, the one that asks among them, the oldest first.
    ///
    /// # Errors
    /// [`SessionRefused`]
    pub async fn own(&self, live: &LiveSession) -> Result<OwnSessions, SessionRefused> {
        let asking = self.asking(live).await?;
        let now = self.around.clock.now();
        let sessions = self.sessions_of(asking.account_id).await?;
        Ok(OwnSessions { sessions: sessions.into_iter().map(|own| described(own, &asking.sign_in_id, now)).collect() })
    }

    /// Ends one of hers at once, and Pro Santé Connect's behind it as by a sign-out there. What is not hers is answered as what never was.
    ///
    /// # Errors
    /// [`SessionRefused`]
    pub async fn end_own(&self, live: &LiveSession, id: &SignInId) -> Result<(), SessionRefused> {
        let asking = self.asking(live).await?;
        let hers = self.sessions_of(asking.account_id).await?.into_iter().find(|own| own.session.sign_in_id == *id);
        let row = hers.ok_or(SessionRefused::NotHers)?.session;
        if self.end_from(&row, &asking.sign_in_id, Some(live.address)).await? { Ok(()) } else { Err(SessionRefused::NotHers) }
    }

    /// Ends several of hers, the one that asks last; how many.
    ///
    /// # Errors
    /// [`SessionRefused`]; those ended before stay so.
    pub async fn end_all_own(&self, live: &LiveSession, which: WhichSessions) -> Result<u32, SessionRefused> {
        let asking = self.asking(live).await?;
        let mut ended = self.end_others(&asking, Some(live.address)).await?;
        if which == WhichSessions::All && self.end_from(&asking, &asking.sign_in_id, Some(live.address)).await? {
            ended += 1;
        }
        Ok(ended)
    }

    /// Those of an account that live at this moment.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) async fn sessions_of(&self, account_id: i64) -> Result<Vec<OwnSessionRow>, StoreError> {
        self.around.store.live_sessions_of(account_id, self.around.clock.now()).await
    }

    /// Ends all of a person but one; how many.
    ///
    /// # Errors
    /// [`StoreError`]; those ended before stay so.
    pub(crate) async fn end_others(&self, asking: &SessionRow, from: Option<IpAddr>) -> Result<u32, StoreError> {
        let mut ended = 0;
        for own in self.sessions_of(asking.account_id).await? {
            let is_other = own.session.sign_in_id != asking.sign_in_id;
            if is_other && self.end_from(&own.session, &asking.sign_in_id, from).await? {
                ended += 1;
            }
        }
        Ok(ended)
    }

    /// Ends a session because its person says so in another one, or in that very one: then it is a sign-out, which asked next says what became of
    /// Pro Santé Connect's. `false` when it was over.
    pub(crate) async fn end_from(&self, row: &SessionRow, asking: &SignInId, from: Option<IpAddr>) -> Result<bool, StoreError> {
        if row.sign_in_id == *asking {
            return Ok(matches!(self.leave(row, SessionEnd::SignedOut, Event::SignedOut, from).await?, Departure::Left(_)));
        }
        let by = format!("session:{asking}");
        let line = self.audit.line(Entry::new(Event::SessionEndedElsewhere).by(&by).from_known(from));
        let order = Order { end: SessionEnd::EndedElsewhere, event: Event::SessionEndedElsewhere, line };
        // Nobody waits for Pro Santé Connect: what it does not end is asked again every minute.
        self.end_by_order(row, order, &mut Calls::new()).await
    }

    async fn asking(&self, live: &LiveSession) -> Result<SessionRow, SessionRefused> {
        let row = self.around.store.session(&live.sign_in_id).await?.ok_or(SessionRefused::Unknown)?;
        unlocked(self.still_live(row).await?)
    }
}

fn described(own: OwnSessionRow, asking: &SignInId, now: Timestamp) -> OwnSession {
    let OwnSessionRow { session, device_label } = own;
    OwnSession {
        device_label,
        is_this: session.sign_in_id == *asking,
        opened_s_ago: seconds_since(session.created_at, now),
        active_s_ago: seconds_since(session.last_activity_at, now),
        locked: session.locked_at.is_some(),
        id: session.sign_in_id,
    }
}

/// Two companions may read their clock in another order.
fn seconds_since(moment: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.millis_since(moment) / 1000).unwrap_or_default()
}
