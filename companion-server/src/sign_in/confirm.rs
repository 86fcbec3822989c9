use std::net::IpAddr;

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use url::Url;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;

use super::{
    ConfirmationFacts, ConfirmationReason, ConfirmationRefused, Decided, Decision, Onward, Question, SignIns, TypedCode, WayBack, naming,
};
use crate::audit::{Entry, Event};
use crate::config::is_loopback_host;
use crate::random::secret_256;
use crate::session::{GrantedTokens, Rules, unseal_practitioner};
use crate::store::{Arrow, Release, SecretHash, SignInKey, SignInRow, StoreError};

/// Seconds for the code to reach the app and come back.
const CODE_S: i64 = 60;
/// Seconds to type the letters into the app.
const TYPED_CODE_S: u32 = 120;

impl SignIns {
    /// What the confirmation page shows.
    ///
    /// # Errors
    /// [`ConfirmationRefused`]
    pub async fn confirmation(&self, cookie: &SecretString) -> Result<ConfirmationFacts, ConfirmationRefused> {
        let row = self.awaiting(cookie, None).await?;
        let gone = || ConfirmationRefused::Expired(row.id.clone());
        let grant = self.around.store.grant(&row.id).await?.ok_or_else(gone)?;
        let reason = row.confirmation_reason.as_deref().and_then(ConfirmationReason::from_name);
        let left = row.stage_ends_at.millis_since(self.around.clock.now()).max(0) / 1000;
        Ok(ConfirmationFacts {
            practitioner: unseal_practitioner(&self.around.vault, &row.id, &grant.practitioner_sealed)?,
            same_network: is_same_network(&row, &self.around.rules),
            form_guard: form_guard(cookie),
            reason: reason.ok_or(StoreError::Unreadable("confirmation reason"))?,
            expires_in_s: u32::try_from(left).unwrap_or_default(),
            sign_in_id: row.id,
            device_label: row.device_label,
            question: match row.way_back {
                WayBack::Polling => Question::Choose(row.number_choices),
                WayBack::Loopback(_) | WayBack::Scheme(_) => Question::Compare(row.match_number),
            },
        })
    }

    /// Takes the person's answer.
    ///
    /// # Errors
    /// [`ConfirmationRefused`]
    pub async fn decide(&self, cookie: &SecretString, guard: &SecretString, decision: Decision) -> Result<Decided, ConfirmationRefused> {
        let row = self.awaiting(cookie, Some(&decision)).await?;
        let expected = form_guard(cookie);
        if !bool::from(expected.expose_secret().as_bytes().ct_eq(guard.expose_secret().as_bytes())) {
            let entry = Entry::new(Event::FormRefused).sign_in(&row.id).device(&row.jkt);
            self.audit.record(entry.code(ErrorCode::FormRefused)).await?;
            return Err(ConfirmationRefused::FormRefused(row.id));
        }
        match (decision, &row.way_back) {
            (Decision::Decline, _) => Ok(Decided::Onward(self.not_me(&row).await?)),
            (Decision::Accept, WayBack::Loopback(_) | WayBack::Scheme(_)) => {
                self.confirm(&row).await?.map(Decided::Onward).ok_or(ConfirmationRefused::Replayed(row.id))
            }
            (Decision::Number(number), WayBack::Polling) => self.number_picked(row, &number, cookie).await,
            (Decision::Accept, WayBack::Polling) | (Decision::Number(_), WayBack::Loopback(_) | WayBack::Scheme(_)) => {
                Err(ConfirmationRefused::OtherQuestion(row.id))
            }
        }
    }

    /// authenticated → confirmed: the code leaves for the app. `None` when the sign-in was elsewhere.
    pub(super) async fn confirm(&self, row: &SignInRow) -> Result<Option<Onward>, StoreError> {
        let code = secret_256(&*self.around.random);
        if !self.release(row, Release::Code(SecretHash::of(&code)), CODE_S).await? {
            return Ok(None);
        }
        Ok(Some(self.onward(row, &[("code", code.expose_secret())])?))
    }

    /// The polling exchange: whoever sits in front of the app knows its number; someone new to the workstation types letters there too.
    async fn number_picked(&self, row: SignInRow, number: &str, cookie: &SecretString) -> Result<Decided, ConfirmationRefused> {
        if !bool::from(number.as_bytes().ct_eq(row.match_number.as_bytes())) {
            return Err(self.wrong_number(row).await?);
        }
        let account_id = row.account_id.ok_or(StoreError::Unreadable("sign-in account"))?;
        if self.around.store.recall(account_id, &row.jkt).await?.pair_known {
            return match self.release(&row, Release::DeviceCode, CODE_S).await? {
                true => Ok(Decided::Onward(Onward::Stay(row.id))),
                false => Err(ConfirmationRefused::Replayed(row.id)),
            };
        }
        let Some(grant) = self.around.store.grant(&row.id).await? else { return Err(ConfirmationRefused::Expired(row.id)) };
        let practitioner = unseal_practitioner(&self.around.vault, &row.id, &grant.practitioner_sealed)?;
        let code = naming::typed_code(&*self.around.random);
        let mac = self.around.vault.short_code_mac(row.id.0.as_bytes(), code.expose_secret());
        if !self.release(&row, Release::TypedCode { mac }, i64::from(TYPED_CODE_S)).await? {
            return Err(ConfirmationRefused::Replayed(row.id));
        }
        Ok(Decided::TypeCode(TypedCode {
            sign_in_id: row.id,
            practitioner,
            code,
            expires_in_s: TYPED_CODE_S,
            form_guard: form_guard(cookie),
        }))
    }

    async fn release(&self, row: &SignInRow, release: Release, stage_s: i64) -> Result<bool, StoreError> {
        let now = self.around.clock.now();
        let arrow = Arrow::Confirm { release, stage_ends_at: now.plus_seconds(stage_s) };
        let is_confirmed = self.around.store.advance(&row.id, arrow, now).await?;
        if is_confirmed {
            self.wakeups.wake(&row.id);
        }
        Ok(is_confirmed)
    }

    /// She does not see the app that asks: nothing is opened, and someone may have sent her here.
    async fn wrong_number(&self, row: SignInRow) -> Result<ConfirmationRefused, StoreError> {
        let hint = self.hint(&row).await?;
        if !self.decline(&row, Event::NumberRefused, Some(ErrorCode::NumberRefused)).await? {
            return Ok(ConfirmationRefused::Replayed(row.id));
        }
        self.end_at_psc(&row, hint);
        Ok(ConfirmationRefused::WrongNumber(row.id))
    }

    /// Her name is on the page but she is someone else: nothing granted is kept, and Pro Santé Connect must ask again next time.
    async fn not_me(&self, row: &SignInRow) -> Result<Onward, ConfirmationRefused> {
        let hint = self.hint(row).await?;
        let event = if row.way_back == WayBack::Polling { Event::NothingAsked } else { Event::Declined };
        if self.decline(row, event, None).await? {
            self.end_at_psc(row, hint);
        }
        Ok(self.onward(row, &[("error", "access_denied")])?)
    }

    async fn hint(&self, row: &SignInRow) -> Result<Option<SecretString>, StoreError> {
        let Some(grant) = self.around.store.grant(&row.id).await? else { return Ok(None) };
        Ok(Some(GrantedTokens::unseal(&self.around.vault, &row.id, &grant.tokens_sealed)?.id_token))
    }

    fn end_at_psc(&self, row: &SignInRow, hint: Option<SecretString>) {
        let (Some(hint), sign_ins, id) = (hint, self.clone(), row.id.clone()) else { return };
        drop(self.sessions.background().run(async move {
            if let Err(error) = sign_ins.around.provider.end_session(&hint).await {
                tracing::warn!(sign_in.id = %id, error.code = %error.code(), error = %error, "Pro Santé Connect did not end the session");
            }
        }));
    }

    async fn awaiting(&self, cookie: &SecretString, decision: Option<&Decision>) -> Result<SignInRow, ConfirmationRefused> {
        let found = self.around.store.sign_in(SignInKey::Cookie(SecretHash::of(cookie))).await?;
        let row = self.in_time(found.ok_or(ConfirmationRefused::BrowserMismatch)?).await?;
        match row.state {
            SignInState::Authenticated if self.is_open(&row) => Ok(row),
            SignInState::Authenticated => {
                self.fail(&row, ErrorCode::ExchangeRefused).await?;
                Err(ConfirmationRefused::Expired(row.id))
            }
            // The page with the letters says no, as long as nobody typed them.
            SignInState::Confirmed if row.letters_due().is_some() && matches!(decision, Some(Decision::Decline)) => Ok(row),
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

/// `None` behind a reverse proxy of this machine, or a trusted one that did not say for whom it speaks: everyone then seems to call from
/// there, which says nothing of where they are.
fn is_same_network(row: &SignInRow, rules: &Rules) -> Option<bool> {
    let parse = |text: &str| text.parse::<IpAddr>().ok();
    match (parse(&row.app_address), row.browser_address.as_deref().and_then(parse)) {
        (Some(app), Some(browser)) if app.is_loopback() && browser.is_loopback() => {
            Url::parse(&rules.issuer).is_ok_and(|issuer| is_loopback_host(&issuer)).then_some(true)
        }
        (Some(app), Some(browser)) if rules.trusted_proxies.iter().any(|proxy| proxy.holds(app) || proxy.holds(browser)) => None,
        (Some(app), Some(browser)) => Some(app == browser),
        _ => Some(false),
    }
}
