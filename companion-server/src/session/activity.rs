//! Real activity, and the refresh at Pro Santé Connect that may follow it. No timer does (EXI 11).

use vestibule_model::error_code::Severity;
use vestibule_model::session::{SessionClocks, SignInId};

use super::{LiveSession, SessionRefused, Sessions};
use crate::audit::{self, Entry, Event};
use crate::provider::ProviderError;
use crate::store::StoreError;
use crate::surroundings::GrantedTokens;

/// Seconds after the last exchange with Pro Santé Connect before another is worth it; its refresh tokens live for 30 minutes.
const PSC_REFRESH_AFTER_S: i64 = 600;
/// Seconds during which nobody else tries; also the pause after a try that failed.
const PSC_LEASE_S: i64 = 60;
/// Milliseconds: input older than this does not show that the person is at work.
const RECENT_INPUT_MS: u64 = 300_000;

impl Sessions {
    /// Real input happened `idle_ms` milliseconds ago. In its wake Pro Santé Connect's session may be refreshed (EXI 11).
    ///
    /// # Errors
    /// [`SessionRefused`]
    pub async fn activity(&self, live: &LiveSession, idle_ms: u64) -> Result<SessionClocks, SessionRefused> {
        let now = self.around.clock.now();
        let at = crate::clock::Timestamp(now.0.saturating_sub_unsigned(idle_ms));
        let row = self.touch(live, at).await?;
        self.wakeups.wake(&live.sign_in_id);
        if idle_ms < RECENT_INPUT_MS {
            let (sessions, id) = (self.clone(), live.sign_in_id.clone());
            // The person does not wait for Pro Santé Connect.
            drop(self.around.background.run(async move {
                if let Err(error) = sessions.refresh_at_provider(&id).await {
                    tracing::error!(sign_in.id = %id, error = %error, "The refresh at Pro Santé Connect could not be kept");
                }
            }));
        }
        Ok(self.clocks(&row))
    }

    /// Single flight: whoever takes the lease asks, the others do nothing.
    pub(super) async fn refresh_at_provider(&self, id: &SignInId) -> Result<(), StoreError> {
        let now = self.around.clock.now();
        let (older_than, until) = (now.plus_seconds(-PSC_REFRESH_AFTER_S), now.plus_seconds(PSC_LEASE_S));
        let Some(grant) = self.around.store.lease_grant(id, older_than, until, now).await? else { return Ok(()) };
        let tokens = GrantedTokens::unseal(&self.around.vault, id, &grant.tokens_sealed)?;
        let Some(refresh_token) = &tokens.refresh_token else {
            self.around.store.mark_provider_over(id, None).await?;
            return Ok(());
        };
        match self.around.provider(&grant.provider)?.refresh(refresh_token, &tokens.subject).await {
            Ok(refreshed) => {
                let sealed = tokens.refreshed(refreshed).seal(&self.around.vault, id)?;
                self.around.store.renew_grant(id, sealed, self.around.clock.now()).await?;
                tracing::debug!(sign_in.id = %id, "The session at Pro Santé Connect was refreshed");
            }
            Err(ProviderError::RefreshRefused) => {
                // Our session goes on to its own limits; it only stops asking.
                if self.around.store.mark_provider_over(id, Some(self.line(Event::PscSessionOver, None))).await? {
                    audit::kept(Event::PscSessionOver, Some(id));
                }
            }
            Err(error) => {
                tracing::warn!(sign_in.id = %id, error.code = %error.code(), error = %error, "Pro Santé Connect did not refresh the session");
                // Another person's tokens, a wrong signature: someone may stand in between.
                if error.code().severity() == Severity::Security {
                    self.audit.record(Entry::new(Event::PscRefreshSuspect).sign_in(id).code(error.code())).await?;
                }
            }
        }
        Ok(())
    }
}
