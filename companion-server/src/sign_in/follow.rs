//! How an attempt is told about and how it ends other than in a session.

use std::time::Duration;

use url::Url;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::{SignInEvent, SignInState};
use vestibule_model::session::SignInId;

use super::{FollowRefused, Onward, ReturnToApp, SignIns};
use crate::audit::{Entry, Event};
use crate::store::{SignInKey, SignInRow, StoreError};

impl SignIns {
    /// The app withdraws; a sign-in that is over stays as it is.
    ///
    /// # Errors
    /// [`FollowRefused`]
    pub async fn cancel(&self, jkt: &str, id: &SignInId) -> Result<(), FollowRefused> {
        self.of_key(jkt, id).await?;
        if self.around.store.close_sign_in(id, None, SignInState::Cancelled, None).await? {
            self.wakeups.wake(id);
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
            let row = self.in_time(self.of_key(jkt, id).await?).await?;
            if is_last || after != Some(row.state) || row.state.is_end() {
                return Ok(SignInEvent { state: row.state, code: row.error_code, confirmation: row.letters_due() });
            }
            let left = row.stage_ends_at.millis_since(self.around.clock.now()).max(0);
            waiting.sleep(changed, Duration::from_millis(u64::try_from(left).unwrap_or_default() + 1)).await;
        }
    }

    /// For the return page: how it stands. An unknown id is `None`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn outcome(&self, id: &SignInId) -> Result<Option<SignInEvent>, StoreError> {
        let Some(row) = self.around.store.sign_in(SignInKey::Id(id.clone())).await? else { return Ok(None) };
        let row = self.in_time(row).await?;
        Ok(Some(SignInEvent { state: row.state, code: row.error_code, confirmation: None }))
    }

    /// Another key's sign-in looks the same as none.
    async fn of_key(&self, jkt: &str, id: &SignInId) -> Result<SignInRow, FollowRefused> {
        let row = self.around.store.sign_in(SignInKey::Id(id.clone())).await?;
        row.filter(|row| row.jkt == jkt).ok_or(FollowRefused::Unknown)
    }

    /// The row as it stands now: what ran out of time expires on being looked at.
    pub(super) async fn in_time(&self, row: SignInRow) -> Result<SignInRow, StoreError> {
        if row.state.is_end() || row.stage_ends_at > self.around.clock.now() {
            return Ok(row);
        }
        let code = Some(ErrorCode::SignInExpired);
        if self.around.store.close_sign_in(&row.id, Some(row.state), SignInState::Expired, code).await? {
            self.wakeups.wake(&row.id);
        }
        let fresh = self.around.store.sign_in(SignInKey::Id(row.id.clone())).await?;
        Ok(fresh.unwrap_or(SignInRow { state: SignInState::Expired, error_code: code, ..row }))
    }

    pub(super) async fn expire_if_late(&self, id: &SignInId) -> Result<(), StoreError> {
        if let Some(row) = self.around.store.sign_in(SignInKey::Id(id.clone())).await? {
            self.in_time(row).await?;
        }
        Ok(())
    }

    /// Ends as failed, and tells the app through the browser.
    pub(super) async fn fail(&self, row: &SignInRow, code: ErrorCode) -> Result<Onward, StoreError> {
        if self.around.store.close_sign_in(&row.id, None, SignInState::Failed, Some(code)).await? {
            self.wakeups.wake(&row.id);
            self.audit.record(Entry::new(Event::SignInFailed).sign_in(&row.id).device(&row.jkt).code(code)).await?;
        }
        let is_outage = matches!(code, ErrorCode::PscUnreachable | ErrorCode::PscUnavailable);
        let error = if is_outage { "temporarily_unavailable" } else { "server_error" };
        self.onward(row, &[("error", error), ("error_code", &code.to_string())])
    }

    /// Ends as declined from the state it was seen in; `false` when it was elsewhere. The app is still to be told.
    pub(super) async fn decline(&self, row: &SignInRow, event: Event, code: Option<ErrorCode>) -> Result<bool, StoreError> {
        if !self.around.store.close_sign_in(&row.id, Some(row.state), SignInState::Declined, code).await? {
            return Ok(false);
        }
        self.wakeups.wake(&row.id);
        let national_id = match row.account_id {
            Some(account_id) => self.around.store.national_id(account_id).await?,
            None => None,
        };
        let mut entry = Entry::new(event).sign_in(&row.id).device(&row.jkt).person(national_id.as_ref());
        if let Some(code) = code {
            entry = entry.code(code);
        }
        self.audit.record(entry).await?;
        Ok(true)
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
