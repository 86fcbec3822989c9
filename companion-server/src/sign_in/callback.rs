use secrecy::SecretString;
use subtle::ConstantTimeEq as _;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;

use super::{AfterCallback, Callback, CallbackRefused, ConfirmationReason, SignIns, WayBack, naming};
use crate::account::{confirmation_due, identity_changed};
use crate::audit::{Entry, Event};
use crate::psc::{AuthorizationAnswer, CHAIN_LIMIT, PendingAuthorization, PscError, PscSignIn};
use crate::random::secret_256;
use crate::session::{GrantedTokens, Pending, means_name, seal_practitioner};
use crate::store::{Arrow, GrantRow, SecretHash, SignInKey, SignInRow, StoreError};

/// Seconds: longer than the calls of one exchange may take together, so that a slow provider is told from a lost exchange.
const EXCHANGE_S: i64 = 45;
const _: () = assert!(EXCHANGE_S as u64 > CHAIN_LIMIT.as_secs(), "the calls must end first");
/// Seconds to answer the confirmation page.
const CONFIRMATION_S: i64 = 120;

impl SignIns {
    /// Takes Pro Santé Connect's answer.
    ///
    /// Once browser and sign-in are known, every failure goes back to the app as an RFC 6749 error.
    ///
    /// # Errors
    /// [`CallbackRefused`]; the sign-in, if any, goes on.
    pub async fn callback(&self, callback: Callback) -> Result<AfterCallback, CallbackRefused> {
        let address = callback.client_address.to_canonical();
        let key = SignInKey::PscState(SecretHash::of(&callback.state));
        let Some(row) = self.around.store.sign_in(key).await? else {
            self.limits.stray_callback();
            return Err(CallbackRefused::Unknown);
        };
        if !is_same_browser(&row, callback.cookie.as_ref()) {
            self.limits.stray_callback();
            let entry = Entry::new(Event::BrowserMismatch).sign_in(&row.id).device(&row.jkt).from(address);
            self.audit.record(entry.code(ErrorCode::BrowserMismatch)).await?;
            return Err(CallbackRefused::BrowserMismatch(row.id));
        }
        let row = self.in_time(row).await?;
        if matches!(row.state, SignInState::Expired | SignInState::Cancelled) {
            return Err(CallbackRefused::Expired(row.id));
        }
        if row.state != SignInState::AtPsc {
            return Err(self.replayed(&row, &callback).await?);
        }
        match (&callback.code, callback.error.as_deref()) {
            (Some(code), None) => {
                let arrow = Arrow::Exchange { stage_ends_at: self.around.clock.now().plus_seconds(EXCHANGE_S) };
                if !self.around.store.advance(&row.id, arrow, self.around.clock.now()).await? {
                    return Err(self.replayed(&row, &callback).await?);
                }
                self.wakeups.wake(&row.id);
                let (sign_ins, id, code) = (self.clone(), row.id.clone(), code.clone());
                // The browser may be closed in the middle: the exchange comes to its end all the same.
                let after = self.sessions.background().run(async move {
                    let after = sign_ins.exchange(&row, &code, callback.iss.as_deref()).await;
                    if let Err(CallbackRefused::Store(_)) = &after {
                        // The app is told at once, as far as the memory still can.
                        sign_ins.fail(&row, ErrorCode::StorageUnavailable).await?;
                    }
                    after
                });
                after.await.unwrap_or_else(|_| {
                    tracing::error!(sign_in.id = %id, "The exchange with Pro Santé Connect was cut short");
                    Err(CallbackRefused::Store(StoreError::Stopped))
                })
            }
            (None, Some(error)) => self.told_no(&row, error, callback.iss.as_deref()).await,
            _ => Err(CallbackRefused::Malformed(row.id)),
        }
    }

    async fn replayed(&self, row: &SignInRow, callback: &Callback) -> Result<CallbackRefused, StoreError> {
        let entry = Entry::new(Event::CallbackReplayed).sign_in(&row.id).device(&row.jkt).from(callback.client_address);
        self.audit.record(entry.code(ErrorCode::CallbackReplayed)).await?;
        Ok(CallbackRefused::Replayed(row.id.clone()))
    }

    /// Pro Santé Connect answers with an error: the person's refusal is an outcome, the rest is a failure.
    async fn told_no(&self, row: &SignInRow, error: &str, iss: Option<&str>) -> Result<AfterCallback, CallbackRefused> {
        let failure = match self.around.provider.check_issuer(iss) {
            Err(mismatch) => Some(mismatch),
            Ok(()) => PscError::from_authorization_answer(error),
        };
        match failure {
            None => {
                self.decline(row, Event::Declined, None).await?;
                Ok(AfterCallback::Onward { onward: self.onward(row, &[("error", "access_denied")])?, code: None })
            }
            Some(error) => self.give_up(row, &error).await,
        }
    }

    async fn exchange(&self, row: &SignInRow, code: &SecretString, iss: Option<&str>) -> Result<AfterCallback, CallbackRefused> {
        let sealed = row.psc_pending_sealed.as_deref().ok_or(StoreError::Unreadable("pending request"))?;
        let pending = Pending::unseal(&self.around.vault, &row.id, sealed)?;
        if let Err(error) = self.around.provider.check_issuer(iss) {
            return self.give_up(row, &error).await;
        }
        let answer = AuthorizationAnswer { code, iss };
        let asked = PendingAuthorization { nonce: &pending.nonce, pkce_verifier: &pending.pkce_verifier };
        match self.around.provider.exchange(answer, asked).await {
            Ok(known) => self.authenticated(row, known).await,
            Err(error) => self.give_up(row, &error).await,
        }
    }

    /// Known who: remember it, sealed, and see whether a confirmation is due.
    async fn authenticated(&self, row: &SignInRow, known: PscSignIn) -> Result<AfterCallback, CallbackRefused> {
        let Some(group) = self.group_of(row) else { return self.group_gone(row).await };
        if !group.admits(row.way_back.exchange()) {
            let code = ErrorCode::ExchangeRefused;
            return Ok(AfterCallback::Onward { onward: self.fail(row, code).await?, code: Some(code) });
        }
        let store = &self.around.store;
        let now = self.around.clock.now();
        let national_id = &known.practitioner.national_id;
        let recognition = store.recognise(national_id, &row.jkt, now).await?;
        let is_polling = row.way_back == WayBack::Polling;
        let reason = confirmation_due(&recognition, group.shared_workstation, group.always_confirm)
            // Polling alone never yields a session: the person must prove to sit in front of the app.
            .or_else(|| is_polling.then_some(ConfirmationReason::AppAsks));
        let number_choices = if is_polling { naming::number_choices(&*self.around.random, &row.match_number) } else { Vec::new() };
        let cookie = secret_256(&*self.around.random);
        let grant = GrantRow {
            practitioner_sealed: seal_practitioner(&self.around.vault, &row.id, &known.practitioner)?,
            tokens_sealed: GrantedTokens::new(known.tokens, known.subject).seal(&self.around.vault, &row.id)?,
            means: known.means.map(|means| means_name(means).to_owned()),
            acr: known.acr,
            last_exchange_at: now,
            psc_over: false,
        };
        let arrow = Arrow::Authenticate {
            cookie: SecretHash::of(&cookie),
            account_id: recognition.account_id,
            confirmation_reason: reason.map(ConfirmationReason::name),
            identity_changed: identity_changed(&recognition),
            number_choices,
            grant,
            stage_ends_at: now.plus_seconds(CONFIRMATION_S),
        };
        if !store.advance(&row.id, arrow, now).await? {
            return Err(CallbackRefused::Expired(row.id.clone()));
        }
        self.wakeups.wake(&row.id);
        let entry = Entry::new(Event::Authenticated).sign_in(&row.id).device(&row.jkt).person(Some(national_id));
        self.audit.record(entry).await?;
        if reason.is_some() {
            return Ok(AfterCallback::Confirm { sign_in_id: row.id.clone(), cookie });
        }
        match self.confirm(row).await? {
            Some(onward) => Ok(AfterCallback::Onward { onward, code: None }),
            None => Err(CallbackRefused::Expired(row.id.clone())),
        }
    }

    /// The configuration lost the group of the workstation in the meantime: under which rules to go on is not known.
    async fn group_gone(&self, row: &SignInRow) -> Result<AfterCallback, CallbackRefused> {
        let code = ErrorCode::EnrolmentRefused;
        Ok(AfterCallback::Onward { onward: self.fail(row, code).await?, code: Some(code) })
    }

    async fn give_up(&self, row: &SignInRow, error: &PscError) -> Result<AfterCallback, CallbackRefused> {
        tracing::warn!(sign_in.id = %row.id, error.code = %error.code(), error = %error, "Pro Santé Connect's answer cannot be used");
        let onward = self.fail(row, error.code()).await?;
        Ok(AfterCallback::Onward { onward, code: Some(error.code()) })
    }
}

fn is_same_browser(row: &SignInRow, cookie: Option<&SecretString>) -> bool {
    match (&row.cookie, cookie) {
        (Some(kept), Some(presented)) => bool::from(kept.as_slice().ct_eq(SecretHash::of(presented).as_bytes())),
        _ => false,
    }
}
