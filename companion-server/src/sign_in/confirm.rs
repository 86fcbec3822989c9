use std::net::IpAddr;

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use url::Url;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;

use super::{ConfirmationFacts, ConfirmationReason, ConfirmationRefused, Decision, ReturnToApp, SignIns};
use crate::audit::{Entry, Event};
use crate::config::is_loopback_host;
use crate::random::secret_256;
use crate::session::{GrantedTokens, unseal_practitioner};
use crate::store::{Arrow, SecretHash, SignInKey, SignInRow, StoreError};

/// Seconds for the code to reach the app and come back.
const CODE_S: i64 = 60;

impl SignIns {
    /// What the confirmation page shows.
    ///
    /// # Errors
    /// [`ConfirmationRefused`]
    pub async fn confirmation(&self, cookie: &SecretString) -> Result<ConfirmationFacts, ConfirmationRefused> {
        let row = self.awaiting(cookie).await?;
        let gone = || ConfirmationRefused::Expired(row.id.clone());
        let grant = self.around.store.grant(&row.id).await?.ok_or_else(gone)?;
        let reason = row.confirmation_reason.as_deref().and_then(ConfirmationReason::from_name);
        let left = row.stage_ends_at.millis_since(self.around.clock.now()).max(0) / 1000;
        Ok(ConfirmationFacts {
            practitioner: unseal_practitioner(&self.around.vault, &row.id, &grant.practitioner_sealed)?,
            same_network: is_same_network(&row, &self.around.rules.issuer),
            form_guard: form_guard(cookie),
            reason: reason.ok_or(StoreError::Unreadable("confirmation reason"))?,
            expires_in_s: u32::try_from(left).unwrap_or_default(),
            sign_in_id: row.id,
            device_label: row.device_label,
            match_number: row.match_number,
        })
    }

    /// Takes the person's answer.
    ///
    /// # Errors
    /// [`ConfirmationRefused`]
    pub async fn decide(
        &self,
        cookie: &SecretString,
        guard: &SecretString,
        decision: Decision,
    ) -> Result<ReturnToApp, ConfirmationRefused> {
        let row = self.awaiting(cookie).await?;
        let expected = form_guard(cookie);
        if !bool::from(expected.expose_secret().as_bytes().ct_eq(guard.expose_secret().as_bytes())) {
            let entry = Entry::new(Event::FormRefused).sign_in(&row.id).device(&row.jkt);
            self.audit.record(entry.code(ErrorCode::FormRefused)).await?;
            return Err(ConfirmationRefused::FormRefused(row.id));
        }
        match decision {
            Decision::Accept => self.confirm(&row).await?.ok_or(ConfirmationRefused::Replayed(row.id)),
            Decision::Decline => self.not_me(&row).await,
        }
    }

    /// authenticated → confirmed: the code leaves for the app. `None` when the sign-in was elsewhere.
    pub(super) async fn confirm(&self, row: &SignInRow) -> Result<Option<ReturnToApp>, StoreError> {
        let code = secret_256(&*self.around.random);
        let now = self.around.clock.now();
        let arrow = Arrow::Confirm { code: SecretHash::of(&code), stage_ends_at: now.plus_seconds(CODE_S) };
        if !self.around.store.advance(&row.id, arrow, now).await? {
            return Ok(None);
        }
        self.wakeups.wake(&row.id);
        Ok(Some(self.return_to_app(row, &[("code", code.expose_secret())])?))
    }

    /// Her name is on the page but she is someone else: nothing granted is kept, and Pro Santé Connect must ask again next time.
    async fn not_me(&self, row: &SignInRow) -> Result<ReturnToApp, ConfirmationRefused> {
        let grant = self.around.store.grant(&row.id).await?;
        let back = self.decline(row, SignInState::Authenticated, row.account_id).await?;
        if let Some(grant) = grant {
            let hint = GrantedTokens::unseal(&self.around.vault, &row.id, &grant.tokens_sealed)?.id_token;
            let (sign_ins, id) = (self.clone(), row.id.clone());
            drop(self.sessions.background().run(async move {
                if let Err(error) = sign_ins.around.provider.end_session(&hint).await {
                    tracing::warn!(sign_in.id = %id, error.code = %error.code(), error = %error, "Pro Santé Connect did not end the session");
                }
            }));
        }
        Ok(back)
    }

    async fn awaiting(&self, cookie: &SecretString) -> Result<SignInRow, ConfirmationRefused> {
        let found = self.around.store.sign_in(SignInKey::Cookie(SecretHash::of(cookie))).await?;
        let row = self.in_time(found.ok_or(ConfirmationRefused::BrowserMismatch)?).await?;
        match row.state {
            SignInState::Authenticated => Ok(row),
            // The cookie of before the passage at Pro Santé Connect opens no confirmation.
            SignInState::Created | SignInState::Opened | SignInState::AtPsc | SignInState::Exchanging => {
                Err(ConfirmationRefused::BrowserMismatch)
            }
            SignInState::Confirmed | SignInState::Redeemed | SignInState::Declined => Err(ConfirmationRefused::Replayed(row.id)),
            SignInState::Expired | SignInState::Cancelled | SignInState::Failed | SignInState::Burned => {
                Err(ConfirmationRefused::Expired(row.id))
            }
        }
    }
}

/// Known to the page only: made from the cookie, which no other site can read, and not from what the database holds.
fn form_guard(cookie: &SecretString) -> SecretString {
    use base64::Engine as _;
    let hash = SecretHash::of_text(&format!("form guard\n{}", cookie.expose_secret()));
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash.as_bytes()).into()
}

/// `None` behind a reverse proxy of this machine: everyone then seems to call from here, which says nothing of where they are.
fn is_same_network(row: &SignInRow, issuer: &str) -> Option<bool> {
    let parse = |text: &str| text.parse::<IpAddr>().ok();
    match (parse(&row.app_address), row.browser_address.as_deref().and_then(parse)) {
        (Some(app), Some(browser)) if app.is_loopback() && browser.is_loopback() => {
            Url::parse(issuer).is_ok_and(|issuer| is_loopback_host(&issuer)).then_some(true)
        }
        (Some(app), Some(browser)) => Some(app == browser),
        _ => Some(false),
    }
}
