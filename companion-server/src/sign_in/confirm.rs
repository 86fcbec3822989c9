use std::net::IpAddr;

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use url::Url;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;
use vestibule_model::session::SignInId;

use super::browser::{Recognised, app_code, letters};
use super::follow::End;
use super::{
    BrowserCookies, ConfirmationFacts, ConfirmationReason, ConfirmationRefused, Decided, Decision, Onward, Question, SignIns, TypedCode,
    WayBack,
};
use crate::audit::{Entry, Event};
use crate::config::is_loopback_host;
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
        let row = self.of_cookie(cookie).await?;
        match row.state {
            SignInState::Authenticated => self.check_open(&row).await?,
            SignInState::Confirmed | SignInState::Redeemed | SignInState::Declined => return Err(ConfirmationRefused::Replayed(row.id)),
            SignInState::Created
            | SignInState::Opened
            | SignInState::AtPsc
            | SignInState::Exchanging
            | SignInState::Expired
            | SignInState::Cancelled
            | SignInState::Failed
            | SignInState::Burned => return Err(self.over(&row.id).await?),
        }
        let Some(grant) = self.around.store.grant(&row.id).await? else { return Err(self.over(&row.id).await?) };
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

    /// Takes the person's answer; the same answer again gets the same reply.
    ///
    /// # Errors
    /// [`ConfirmationRefused`]
    pub async fn decide(&self, cookie: &SecretString, guard: &SecretString, decision: Decision) -> Result<Decided, ConfirmationRefused> {
        let row = self.of_cookie(cookie).await?;
        let expected = form_guard(cookie);
        if !bool::from(expected.expose_secret().as_bytes().ct_eq(guard.expose_secret().as_bytes())) {
            let entry = Entry::new(Event::FormRefused).sign_in(&row.id).device(&row.jkt).from_known(row.browser());
            self.audit.record(entry.code(ErrorCode::FormRefused)).await?;
            return Err(ConfirmationRefused::FormRefused(row.id));
        }
        if row.state != SignInState::Authenticated {
            return self.decided_before(row, cookie, &decision).await;
        }
        self.check_open(&row).await?;
        match (&decision, &row.way_back) {
            (Decision::Decline, _) => self.not_me(row, cookie).await,
            (Decision::Accept, WayBack::Loopback(_) | WayBack::Scheme(_)) => match self.confirm(&row, cookie).await? {
                Some(onward) => Ok(Decided::Onward(onward)),
                None => self.decided_meanwhile(row, cookie, &decision).await,
            },
            (Decision::Number(number), WayBack::Polling) => self.number_picked(row, number, cookie).await,
            (Decision::Accept, WayBack::Polling) | (Decision::Number(_), WayBack::Loopback(_) | WayBack::Scheme(_)) => {
                Err(ConfirmationRefused::OtherQuestion(row.id))
            }
        }
    }

    /// What the page shows after the answer: the code or the letters once more while they serve, else how the attempt stands.
    ///
    /// # Errors
    /// [`ConfirmationRefused`]
    pub async fn decided(&self, cookie: &SecretString) -> Result<Decided, ConfirmationRefused> {
        let row = self.of_cookie(cookie).await?;
        if matches!(row.state, SignInState::Confirmed | SignInState::Redeemed) {
            return self.reply_again(row, cookie).await;
        }
        Ok(Decided::Onward(Onward::Stay(row.id)))
    }

    /// Which of these cookies is the attempt's; `None` for another browser.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn cookie_of(&self, id: &SignInId, cookies: &BrowserCookies) -> Result<Option<SecretString>, StoreError> {
        let Some(row) = self.around.store.sign_in(SignInKey::Id(id.clone())).await? else { return Ok(None) };
        Ok(match Recognised::of(&row, cookies, None) {
            Some(Recognised::Current(cookie)) => Some(cookie),
            Some(Recognised::AnswerLost(_)) | None => None,
        })
    }

    /// authenticated → confirmed: the code leaves for the app. `None` when the sign-in was elsewhere.
    pub(super) async fn confirm(&self, row: &SignInRow, cookie: &SecretString) -> Result<Option<Onward>, StoreError> {
        let code = app_code(cookie);
        if !self.release(row, Release::Code(SecretHash::of(&code)), CODE_S).await? {
            return Ok(None);
        }
        Ok(Some(self.onward(row, &[("code", code.expose_secret())])?))
    }

    /// The page that took the code to the app, once more; once the code has served, there is nothing more to take.
    pub(super) fn code_again(&self, row: &SignInRow, cookie: &SecretString) -> Result<Onward, StoreError> {
        if row.state != SignInState::Confirmed {
            return Ok(Onward::Stay(row.id.clone()));
        }
        self.onward(row, &[("code", app_code(cookie).expose_secret())])
    }

    /// The polling exchange: whoever sits in front of the app knows its number; someone new to the workstation types letters there too.
    async fn number_picked(&self, row: SignInRow, number: &str, cookie: &SecretString) -> Result<Decided, ConfirmationRefused> {
        let decision = Decision::Number(number.to_owned());
        if !is_right_number(&row, number) {
            return self.wrong_number(row, cookie, &decision).await;
        }
        let account_id = row.account_id.ok_or(StoreError::Unreadable("sign-in account"))?;
        if self.around.store.recall(account_id, &row.jkt).await?.pair_known {
            return match self.release(&row, Release::DeviceCode, CODE_S).await? {
                true => Ok(Decided::Onward(Onward::Stay(row.id))),
                false => self.decided_meanwhile(row, cookie, &decision).await,
            };
        }
        let mac = self.around.vault.short_code_mac(row.id.0.as_bytes(), letters(cookie).expose_secret());
        if !self.release(&row, Release::TypedCode { mac }, i64::from(TYPED_CODE_S)).await? {
            return self.decided_meanwhile(row, cookie, &decision).await;
        }
        self.letters_to_type(self.fresh(row).await?, cookie).await
    }

    async fn letters_to_type(&self, row: SignInRow, cookie: &SecretString) -> Result<Decided, ConfirmationRefused> {
        let Some(grant) = self.around.store.grant(&row.id).await? else { return Err(self.over(&row.id).await?) };
        let left = row.stage_ends_at.millis_since(self.around.clock.now()).max(0) / 1000;
        Ok(Decided::TypeCode(TypedCode {
            practitioner: unseal_practitioner(&self.around.vault, &row.id, &grant.practitioner_sealed)?,
            code: letters(cookie),
            expires_in_s: u32::try_from(left).unwrap_or_default(),
            form_guard: form_guard(cookie),
            sign_in_id: row.id,
        }))
    }

    /// Somebody else was faster, from this very browser: whether they agree is for [`Self::decided_before`] to say.
    async fn decided_meanwhile(&self, row: SignInRow, cookie: &SecretString, decision: &Decision) -> Result<Decided, ConfirmationRefused> {
        let row = self.fresh(row).await?;
        self.decided_before(row, cookie, decision).await
    }

    /// The same answer as the one that counts gets the same reply; another one is told that it came too late.
    async fn decided_before(&self, row: SignInRow, cookie: &SecretString, decision: &Decision) -> Result<Decided, ConfirmationRefused> {
        let is_polling = row.way_back == WayBack::Polling;
        let agrees = match decision {
            Decision::Accept => !is_polling,
            Decision::Number(number) => is_polling && is_right_number(&row, number),
            Decision::Decline => false,
        };
        match row.state {
            SignInState::Confirmed | SignInState::Redeemed if agrees => self.reply_again(row, cookie).await,
            // The page with the letters says no, as long as nobody typed them.
            SignInState::Confirmed if *decision == Decision::Decline && row.letters_due().is_some() => self.not_me(row, cookie).await,
            SignInState::Declined
                if row.error_code == Some(ErrorCode::NumberRefused) && matches!(decision, Decision::Number(_)) && !agrees =>
            {
                Err(ConfirmationRefused::WrongNumber(row.id))
            }
            SignInState::Declined if *decision == Decision::Decline => self.told(&row),
            SignInState::Authenticated | SignInState::Confirmed | SignInState::Redeemed | SignInState::Declined => {
                Err(ConfirmationRefused::Replayed(row.id))
            }
            SignInState::Created
            | SignInState::Opened
            | SignInState::AtPsc
            | SignInState::Exchanging
            | SignInState::Expired
            | SignInState::Cancelled
            | SignInState::Failed
            | SignInState::Burned => Err(self.over(&row.id).await?),
        }
    }

    async fn reply_again(&self, row: SignInRow, cookie: &SecretString) -> Result<Decided, ConfirmationRefused> {
        if row.letters_due().is_some() {
            return self.letters_to_type(row, cookie).await;
        }
        Ok(Decided::Onward(self.code_again(&row, cookie)?))
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
    async fn wrong_number(&self, row: SignInRow, cookie: &SecretString, decision: &Decision) -> Result<Decided, ConfirmationRefused> {
        let hint = self.hint(&row).await?;
        if !self.decline(&row, Event::NumberRefused, Some(ErrorCode::NumberRefused)).await? {
            return self.decided_meanwhile(row, cookie, decision).await;
        }
        self.end_at_psc(&row, hint);
        Err(ConfirmationRefused::WrongNumber(row.id))
    }

    /// Her name is on the page but she is someone else: nothing granted is kept, and Pro Santé Connect must ask again next time.
    async fn not_me(&self, row: SignInRow, cookie: &SecretString) -> Result<Decided, ConfirmationRefused> {
        let hint = self.hint(&row).await?;
        let event = if row.way_back == WayBack::Polling { Event::NothingAsked } else { Event::Declined };
        if !self.decline(&row, event, None).await? {
            // Boxed: from the letters this may come back here once.
            return Box::pin(self.decided_meanwhile(row, cookie, &Decision::Decline)).await;
        }
        self.end_at_psc(&row, hint);
        let row = self.fresh(row).await?;
        self.told(&row)
    }

    /// How the attempt ended, to the app.
    fn told(&self, row: &SignInRow) -> Result<Decided, ConfirmationRefused> {
        match self.end(row)? {
            End::Told { onward, code: _ } => Ok(Decided::Onward(onward)),
            End::Over(code) => Err(ConfirmationRefused::Over { id: row.id.clone(), code }),
            End::Elsewhere => Err(ConfirmationRefused::Replayed(row.id.clone())),
        }
    }

    /// Why nothing can be decided any more.
    async fn over(&self, id: &SignInId) -> Result<ConfirmationRefused, StoreError> {
        Ok(match self.end_of(id).await? {
            End::Told { onward, code: Some(code) } => ConfirmationRefused::Failed { code, onward },
            End::Over(code) => ConfirmationRefused::Over { id: id.clone(), code },
            End::Told { code: None, .. } | End::Elsewhere => ConfirmationRefused::Replayed(id.clone()),
        })
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

    async fn of_cookie(&self, cookie: &SecretString) -> Result<SignInRow, ConfirmationRefused> {
        let found = self.around.store.sign_in(SignInKey::Cookie(SecretHash::of(cookie))).await?;
        let row = self.in_time(found.ok_or(ConfirmationRefused::BrowserMismatch)?).await?;
        // The cookie of before the passage at Pro Santé Connect opens no confirmation.
        if matches!(row.state, SignInState::Created | SignInState::Opened | SignInState::AtPsc | SignInState::Exchanging) {
            return Err(ConfirmationRefused::BrowserMismatch);
        }
        Ok(row)
    }

    /// The rules may have changed since the person came back.
    async fn check_open(&self, row: &SignInRow) -> Result<(), ConfirmationRefused> {
        if self.is_open(row) {
            return Ok(());
        }
        self.fail(row, ErrorCode::ExchangeRefused).await?;
        Err(self.over(&row.id).await?)
    }
}

fn is_right_number(row: &SignInRow, number: &str) -> bool {
    bool::from(number.as_bytes().ct_eq(row.match_number.as_bytes()))
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
