//! How an attempt is told about and how it ends other than in a session.

use std::time::Duration;

use url::Url;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::{SignInEvent, SignInState};
use vestibule_model::session::SignInId;

use super::{AfterCallback, CallbackRefused, FollowRefused, Onward, OpenRefused, ReturnToApp, SignIns};
use crate::audit::{self, Entry, Event};
use crate::clock::Timestamp;
use crate::measures;
use crate::store::{Over, SignInEnd, SignInKey, SignInRow, Stage, StoreError};

impl SignIns {
    /// The app withdraws; a sign-in that is over stays as it is.
    ///
    /// # Errors
    /// [`FollowRefused`]
    pub async fn cancel(&self, jkt: &str, id: &SignInId) -> Result<(), FollowRefused> {
        let row = self.of_key(jkt, id).await?;
        if self.close(id, None, (SignInEnd::Cancelled, None), None).await? {
            // An app that was killed withdraws nothing: its thread ends otherwise, and the log is where that shows.
            tracing::info!(sign_in.id = %id, state = row.stage.state().name(), "A sign-in was withdrawn by its app");
        }
        Ok(())
    }

    /// The next state other than `after`; the current one when nothing changed within `wait`.
    ///
    /// # Errors
    /// [`FollowRefused`]
    pub async fn wait_event(
        &self,
        jkt: &str,
        id: &SignInId,
        after: Option<SignInState>,
        wait: Duration,
    ) -> Result<SignInEvent, FollowRefused> {
        let waiting = self.wakeups.watch(id, wait);
        loop {
            let changed = waiting.listen();
            let is_last = waiting.is_over();
            // Boxed: whoever waits holds no room for looking.
            let (event, stage_ends_at) = Box::pin(self.event(jkt, id)).await?;
            if is_last || after != Some(event.state) || event.state.is_end() {
                return Ok(event);
            }
            let left = stage_ends_at.millis_since(self.around.clock.now()).max(0);
            waiting.sleep(changed, Duration::from_millis(u64::try_from(left).unwrap_or_default() + 1)).await;
        }
    }

    /// How an attempt stands, for its app, and until when.
    async fn event(&self, jkt: &str, id: &SignInId) -> Result<(SignInEvent, Timestamp), FollowRefused> {
        let row = self.in_time(self.of_key(jkt, id).await?).await?;
        Ok((row.event(), row.stage_ends_at))
    }

    /// For the return page: how it stands. An unknown id is `None`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn outcome(&self, id: &SignInId) -> Result<Option<SignInEvent>, StoreError> {
        let Some(row) = self.around.store.sign_in(SignInKey::Id(id.clone())).await? else { return Ok(None) };
        Ok(Some(self.in_time(row).await?.event()))
    }

    /// Another key's sign-in looks the same as none.
    async fn of_key(&self, jkt: &str, id: &SignInId) -> Result<SignInRow, FollowRefused> {
        let row = self.around.store.sign_in(SignInKey::Id(id.clone())).await?;
        row.filter(|row| row.jkt == jkt).ok_or(FollowRefused::Unknown)
    }

    /// The row as it stands now: what ran out of time expires on being looked at.
    pub(super) async fn in_time(&self, row: SignInRow) -> Result<SignInRow, StoreError> {
        let state = row.stage.state();
        if state.is_end() || row.stage_ends_at > self.around.clock.now() {
            return Ok(row);
        }
        let code = Some(ErrorCode::SignInExpired);
        self.close(&row.id, Some(state), (SignInEnd::Expired, code), None).await?;
        let fresh = self.around.store.sign_in(SignInKey::Id(row.id.clone())).await?;
        Ok(fresh.unwrap_or_else(|| {
            let (browser, code_left) = (row.stage.browser().cloned(), false);
            SignInRow { stage: Stage::Over(Over { end: SignInEnd::Expired, code, browser, code_left }), ..row }
        }))
    }

    /// The row as the memory has it now.
    pub(super) async fn fresh(&self, row: SignInRow) -> Result<SignInRow, StoreError> {
        match self.around.store.sign_in(SignInKey::Id(row.id.clone())).await? {
            Some(fresh) => self.in_time(fresh).await,
            None => Ok(row),
        }
    }

    /// The row once it has left this state; as it is when that takes longer.
    pub(super) async fn once_past(&self, row: SignInRow, state: SignInState, at_most: Duration) -> Result<SignInRow, StoreError> {
        if row.stage.state() != state {
            return Ok(row);
        }
        let waiting = self.wakeups.watch(&row.id, at_most);
        loop {
            let changed = waiting.listen();
            let is_last = waiting.is_over();
            let Some(found) = self.around.store.sign_in(SignInKey::Id(row.id.clone())).await? else { return Ok(row) };
            let found = self.in_time(found).await?;
            if is_last || found.stage.state() != state {
                return Ok(found);
            }
            let left = found.stage_ends_at.millis_since(self.around.clock.now()).max(0);
            waiting.sleep(changed, Duration::from_millis(u64::try_from(left).unwrap_or_default() + 1)).await;
        }
    }

    /// Ends an attempt that is still under way, in this state if one is given, and tells whoever waits for it; `false` when it was elsewhere.
    /// Pro Santé Connect is asked for what becomes owed with it; what the trail says of it is kept with it.
    pub(super) async fn close(
        &self,
        id: &SignInId,
        from: Option<SignInState>,
        as_what: (SignInEnd, Option<ErrorCode>),
        told: Option<Entry<'_>>,
    ) -> Result<bool, StoreError> {
        let (store, owing, now) = (&self.around.store, self.around.owing(), self.around.clock.now());
        let event = told.as_ref().map(Entry::event);
        let line = told.map(|entry| self.audit.line(entry));
        let Some(closed) = store.close_sign_in(id, from, as_what, (owing, line), now).await? else { return Ok(false) };
        if let Some(event) = event {
            audit::kept(event, Some(id));
        }
        self.sessions.tell_owed(&closed);
        self.wakeups.wake(id);
        Ok(true)
    }

    /// Ends as failed, if nothing else ended it first, and says how it ended.
    pub(super) async fn fail(&self, row: &SignInRow, code: ErrorCode) -> Result<End, StoreError> {
        let entry = Entry::new(Event::SignInFailed).device(&row.jkt).from_known(row.browser_address()).code(code);
        if self.close(&row.id, None, (SignInEnd::Failed, Some(code)), Some(entry)).await? {
            // The browser is sent back to the app with it: no answer of ours refuses anything.
            measures::failed(code);
        }
        self.end_of(&row.id).await
    }

    /// How an attempt stands whose end somebody else may have decided meanwhile: what the memory says, and nothing else.
    pub(super) async fn end_of(&self, id: &SignInId) -> Result<End, StoreError> {
        match self.around.store.sign_in(SignInKey::Id(id.clone())).await? {
            Some(row) => self.end(&self.in_time(row).await?),
            None => Ok(End::Over(ErrorCode::SignInUnknown)),
        }
    }

    /// The same, of a row just read.
    pub(super) fn end(&self, row: &SignInRow) -> Result<End, StoreError> {
        // Under way, or it ended well.
        let Stage::Over(over) = &row.stage else { return Ok(End::Elsewhere) };
        match over.end {
            SignInEnd::Declined => {
                let code = over.code;
                let number = code.map(|code| code.to_string());
                let mut parameters = vec![("error", "access_denied")];
                parameters.extend(number.as_deref().map(|number| ("error_code", number)));
                Ok(End::Told { onward: self.onward(row, &parameters)?, code })
            }
            SignInEnd::Failed => {
                let code = cause_of(over);
                let is_outage = matches!(code, ErrorCode::PscUnreachable | ErrorCode::PscUnavailable);
                let error = if is_outage { "temporarily_unavailable" } else { "server_error" };
                let onward = self.onward(row, &[("error", error), ("error_code", &code.to_string())])?;
                Ok(End::Told { onward, code: Some(code) })
            }
            SignInEnd::Expired | SignInEnd::Cancelled | SignInEnd::Burned => Ok(End::Over(cause_of(over))),
        }
    }

    /// Ends as declined from the state it was seen in; `false` when it was elsewhere: [`Self::end_of`] then says where.
    pub(super) async fn decline(&self, row: &SignInRow, (event, code): (Event, Option<ErrorCode>)) -> Result<bool, StoreError> {
        let national_id = match row.stage.who() {
            Some(who) => self.around.store.national_id(who.account_id).await?,
            None => None,
        };
        let mut entry = Entry::new(event).device(&row.jkt).person(national_id.as_ref()).from_known(row.browser_address());
        if let Some(code) = code {
            entry = entry.code(code);
        }
        self.close(&row.id, Some(row.stage.state()), (SignInEnd::Declined, code), Some(entry)).await
    }

    /// The one place that writes the app's address: checked at the start, then only completed.
    pub(super) fn onward(&self, row: &SignInRow, parameters: &[(&str, &str)]) -> Result<Onward, StoreError> {
        let Some(address) = row.way_back.address() else { return Ok(Onward::Stay(row.id.clone())) };
        let mut url = Url::parse(&address.redirect_uri).map_err(|_| StoreError::Unreadable("return address"))?;
        url.query_pairs_mut()
            .extend_pairs(parameters)
            .append_pair("state", &address.app_state)
            .append_pair("iss", &self.around.rules.issuer);
        Ok(Onward::ReturnToApp(ReturnToApp { sign_in_id: row.id.clone(), url }))
    }
}

/// How an attempt ended, for its browser.
#[derive(Debug)]
pub(super) enum End {
    /// The app is told through the browser, with the code of a failure.
    Told { onward: Onward, code: Option<ErrorCode> },
    /// The app knows by itself, and the person reads why.
    Over(ErrorCode),
    /// It is not over, or it ended well: elsewhere.
    Elsewhere,
}

impl End {
    pub(super) fn after_opening(self, id: &SignInId) -> OpenRefused {
        match self {
            Self::Told { onward, code: Some(code) } => OpenRefused::Failed { code, onward },
            Self::Over(code) => OpenRefused::Over { id: id.clone(), code },
            Self::Told { code: None, .. } | Self::Elsewhere => OpenRefused::Past(id.clone()),
        }
    }

    pub(super) fn after_callback(self, id: &SignInId) -> Result<AfterCallback, CallbackRefused> {
        match self {
            Self::Told { onward, code } => Ok(AfterCallback::Onward { onward, code }),
            Self::Over(code) => Err(CallbackRefused::Over { id: id.clone(), code }),
            Self::Elsewhere => Err(CallbackRefused::Replayed(id.clone())),
        }
    }
}

/// Why an attempt is over, as the memory knows it.
pub(super) fn cause_of(over: &Over) -> ErrorCode {
    over.code.unwrap_or(match over.end {
        SignInEnd::Cancelled => ErrorCode::SignInCancelled,
        SignInEnd::Burned => ErrorCode::SignInBurned,
        SignInEnd::Failed => ErrorCode::CompanionFault,
        SignInEnd::Expired | SignInEnd::Declined => ErrorCode::SignInExpired,
    })
}
