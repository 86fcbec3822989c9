//! Where a person is known, and how she stops being.

use std::net::IpAddr;

use vestibule_model::error_code::ErrorCode;

use super::Sessions;
use super::administration::tell_ended;
use crate::audit::{self, Event};
use crate::store::{Forgetting, Forgotten, PairRow, StoreError};
use crate::surroundings::{GrantedTokens, SIGN_OUT_S};

impl Sessions {
    /// The workstations where a person is known, the last used first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn pairs_of(&self, account_id: i64) -> Result<Vec<PairRow>, StoreError> {
        self.around.store.pairs_of(account_id, self.around.pair_used_after()).await
    }

    /// Forgets a person on a workstation: what she has or is about to have there ends at once, Pro Santé Connect is told, and the next time she
    /// is new there. The sign-ins that ended with it; `None` when she was not known there.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn forget_pair(&self, account_id: i64, jkt: &str, from: Option<IpAddr>) -> Result<Option<Forgotten>, StoreError> {
        let store = &self.around.store;
        let live = store.live_session(account_id, jkt).await?;
        let granted = match &live {
            Some(row) => store.grant(&row.sign_in_id).await?.map(|grant| (&row.sign_in_id, grant)),
            None => None,
        };
        let hint = granted
            .as_ref()
            .and_then(|(id, grant)| GrantedTokens::unseal(&self.around.vault, id, &grant.tokens_sealed).ok().map(|tokens| tokens.id_token));
        let sealed = granted.as_ref().zip(hint.as_ref()).map(|((id, _), hint)| ((*id).clone(), self.around.seal_owed(id, hint)));
        let now = self.around.clock.now();
        let forgetting = Forgetting {
            account_id,
            jkt: jkt.to_owned(),
            hint: sealed,
            hint_ends_at: now.plus_seconds(SIGN_OUT_S),
            owing: self.around.owing(),
            line: self.line(Event::WorkstationForgotten, from),
        };
        let Some(forgotten) = store.forget_pair(forgetting, now).await? else { return Ok(None) };
        audit::kept(Event::WorkstationForgotten, forgotten.session.as_ref());
        tell_ended(&forgotten.attempts.under_way, ErrorCode::WorkstationForgotten);
        let mut calls = self.calls_owed(&forgotten.attempts.closed);
        if let Some(id) = &forgotten.session {
            self.wakeups.wake(id);
            let call = granted.as_ref().and_then(|(_, grant)| self.tell_provider((id, &grant.provider), hint));
            calls.insert(id.clone(), call);
        }
        self.call_owed(&mut calls, forgotten.owed.clone());
        Ok(Some(forgotten))
    }
}
