//! What an administrator does to sessions, workstations and what is kept about a person. Each is traced with who asked for it.

use std::time::Duration;

use vestibule_model::error_code::ErrorCode;
use vestibule_model::practitioner::NationalId;
use vestibule_model::session::{SessionEnd, SignInId};

use super::calls::{Calls, ProviderEnds, told};
use super::{SessionRefused, Sessions};
use crate::audit::{self, Entry, Event};
use crate::store::{AuditRow, Designated, Ending, Erased, SessionRow, StoreError};
use crate::surroundings::{GrantedTokens, SIGN_OUT_S};

/// Longest time whoever gives an order waits for Pro Santé Connect; the calls go on.
const WAIT_FOR_PROVIDER: Duration = Duration::from_secs(15);

/// What came to its end because an administrator asked for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Administered {
    /// Sessions that ended.
    pub sessions: Vec<SignInId>,
    /// What became of them at Pro Santé Connect.
    pub at_provider: ProviderEnds,
    /// Attempts that were cancelled: whoever waits for one is to be told.
    pub cancelled: Vec<SignInId>,
}

/// What the erasure of a person removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonErased {
    /// Sessions that ended for it.
    pub ended: Vec<SignInId>,
    /// What became of them, and of what was not redeemed yet, at Pro Santé Connect.
    pub at_provider: ProviderEnds,
    /// Rows removed.
    pub removed: Erased,
}

/// An end that somebody other than the session's own app asks for.
pub(super) struct Order {
    pub(super) end: SessionEnd,
    pub(super) event: Event,
    /// What the trail says of it.
    pub(super) line: AuditRow,
}

/// Each under its thread: that is how support finds out why it ended.
pub(super) fn tell_ended(sign_ins: &[SignInId], code: ErrorCode) {
    for id in sign_ins {
        tracing::info!(sign_in.id = %id, error.code = %code, "A sign-in under way was ended by an order");
    }
}

impl Sessions {
    /// Ends live sessions at once, and Pro Santé Connect's behind them as far as that can be done from here: whoever holds the workstation
    /// must not sign in again without a means. What Pro Santé Connect does not end is asked again every minute, for ten minutes.
    ///
    /// # Errors
    /// [`StoreError`]; those ended before stay so.
    pub async fn end_by_administrator(&self, which: &Designated, by: &str) -> Result<Administered, StoreError> {
        let (sessions, mut calls) = self.end_designated(which, by).await?;
        // Whoever signed out meanwhile, or was ended by an order before, may still be signed in at Pro Santé Connect.
        self.call_owed(&mut calls, self.around.store.owed_sign_outs(which, self.around.clock.now()).await?);
        Ok(Administered { sessions, at_provider: told(calls, WAIT_FOR_PROVIDER).await, cancelled: Vec::new() })
    }

    async fn end_designated(&self, which: &Designated, by: &str) -> Result<(Vec<SignInId>, Calls), StoreError> {
        let (mut ended, mut calls) = (Vec::new(), Calls::new());
        for row in self.around.store.designated_sessions(which).await? {
            let row = match self.still_live(row).await {
                Ok(row) => row,
                Err(SessionRefused::Store(error)) => return Err(error),
                // Out of time, and traced as such.
                Err(_) => continue,
            };
            let line = self.audit.line(Entry::new(Event::SessionEndedByAdministrator).by(by));
            let order = Order { end: SessionEnd::Administrator, event: Event::SessionEndedByAdministrator, line };
            if self.end_by_order(&row, order, &mut calls).await? {
                ended.push(row.sign_in_id);
            }
        }
        Ok((ended, calls))
    }

    /// Forgets a workstation by the whole thumbprint of its key: who signed in on it, its group, what it had under way; its session ends.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn forget_device(&self, jkt: &str, by: &str) -> Result<Administered, StoreError> {
        // First, so that nothing under way opens a session behind the ends of those that live.
        let line = self.audit.line(Entry::new(Event::DeviceForgotten).device(jkt).by(by));
        let cancelled = self.around.store.forget_device(jkt, self.around.owing(), line, self.around.clock.now()).await?;
        audit::kept(Event::DeviceForgotten, None);
        let (sessions, mut calls) = self.end_designated(&Designated::Device(jkt.to_owned()), by).await?;
        tell_ended(&cancelled.under_way, ErrorCode::SignInEndedByAdministrator);
        calls.extend(self.calls_owed(&cancelled.closed));
        self.call_owed(&mut calls, self.around.store.withdraw_sign_outs(jkt, self.around.clock.now()).await?);
        tracing::info!(device = jkt, sessions = sessions.len(), sign_ins = cancelled.sign_ins.len(), "A workstation was forgotten");
        Ok(Administered { sessions, at_provider: told(calls, WAIT_FOR_PROVIDER).await, cancelled: cancelled.sign_ins })
    }

    /// Removes all that is kept about a person but the audit trail, which keeps its own time; `None` when she is unknown.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn erase_person(&self, person: &NationalId, by: &str) -> Result<Option<PersonErased>, StoreError> {
        let (mut ended, mut calls) = (Vec::new(), Calls::new());
        let removed = loop {
            let (sessions, more) = self.end_designated(&Designated::Person(person.clone()), by).await?;
            ended.extend(sessions);
            calls.extend(more);
            let line = self.audit.line(Entry::new(Event::PersonErased).person(Some(person)).by(by));
            match self.around.store.erase_person(person, (self.around.owing(), line), self.around.clock.now()).await? {
                None => return Ok(None),
                // What was under way opened one behind the ends of the others.
                Some(removed) if removed.is_session_live => {}
                Some(removed) => break removed,
            }
        };
        tell_ended(&removed.attempts.under_way, ErrorCode::SignInEndedByAdministrator);
        calls.extend(self.calls_owed(&removed.attempts.closed));
        self.call_owed(&mut calls, removed.owed.clone());
        audit::kept(Event::PersonErased, None);
        Ok(Some(PersonErased { ended, at_provider: told(calls, WAIT_FOR_PROVIDER).await, removed }))
    }

    /// Ends a session that is not the one that asks, and begins the call to Pro Santé Connect; `false` when it was over.
    pub(super) async fn end_by_order(&self, row: &SessionRow, order: Order, calls: &mut Calls) -> Result<bool, StoreError> {
        let (id, now) = (&row.sign_in_id, self.around.clock.now());
        let grant = self.around.store.grant(id).await?;
        // Without a readable hint Pro Santé Connect cannot be told; our session dies all the same.
        let hint = grant.as_ref().and_then(|grant| GrantedTokens::unseal(&self.around.vault, id, &grant.tokens_sealed).ok());
        let hint = hint.map(|tokens| tokens.id_token);
        let id_token_sealed = hint.as_ref().map(|hint| self.around.seal_owed(id, hint));
        let ending = Ending::ForGood { end: order.end, id_token_sealed, ends_at: now.plus_seconds(SIGN_OUT_S) };
        if !self.around.store.end_session(id, ending, order.line, now).await? {
            return Ok(false);
        }
        self.announce_end(id, order.event);
        calls.insert(id.clone(), grant.and_then(|grant| self.tell_provider((id, &grant.provider), hint)));
        Ok(true)
    }
}
