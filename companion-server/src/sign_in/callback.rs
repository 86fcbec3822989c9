//! The provider's answer: the code is exchanged once, and whoever comes is known, asked or told.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;
use vestibule_model::practitioner::{NationalId, Practitioner};
use vestibule_model::session::SignInMeans;

use super::browser::{Recognised, after_provider};
use super::confirm::{CODE_S, code_hash};
use super::follow::End;
use super::{AfterCallback, Callback, CallbackRefused, ConfirmationReason, SignIns, naming, presence};
use crate::account::{confirmation_due, identity_changed};
use crate::audit::{self, Entry, Event};
use crate::group::Group;
use crate::measures::{self, Reached};
use crate::provider::{CHAIN_LIMIT, Identity, PendingAuthorization, Provider, ProviderError};
use crate::store::{Arrow, Asks, Designated, GrantRow, Judged, Judging, SecretHash, SignInKey, SignInRow, Stage, StoreError, Vouched};
use crate::surroundings::{GrantedTokens, Pending, seal_practitioner};

/// Seconds: longer than the calls of one exchange may take together, so that a slow provider is told from a lost exchange.
const EXCHANGE_S: i64 = 45;
const _: () = assert!(EXCHANGE_S as u64 > CHAIN_LIMIT.as_secs(), "the calls must end first");
/// Least time to answer the confirmation page, in seconds; it stays open to the end of the attempt, so that nobody who was called away
/// has to type a PIN again.
const CONFIRMATION_S: i64 = 120;
/// Longest time that a reload waits for the answer to the first request: under what a request may take in all.
const FIRST_ANSWER: Duration = Duration::from_secs(30);

/// What the browser came back with, for an attempt that waited for it.
struct Answered {
    pending_sealed: Vec<u8>,
    /// The one of after the passage at Pro Santé Connect.
    cookie: SecretString,
    code: SecretString,
    iss: Option<String>,
}

/// Whom Pro Santé Connect named, and what it granted.
struct Granted<'a> {
    practitioner: &'a Practitioner,
    means: Option<SignInMeans>,
    acr: Option<String>,
    tokens: &'a GrantedTokens,
}

impl SignIns {
    /// Takes a provider's answer. The browser may be closed in the middle: what was begun comes to its end all the same.
    ///
    /// Once browser and sign-in are known, every failure goes back to the app as an RFC 6749 error.
    ///
    /// # Errors
    /// [`CallbackRefused`]; the sign-in, if any, goes on.
    pub async fn callback(&self, callback: Callback) -> Result<AfterCallback, CallbackRefused> {
        let key = SignInKey::ProviderState(SecretHash::of(&callback.state));
        let Some(row) = self.around.store.sign_in(key).await? else {
            self.limits.stray_callback();
            return Err(CallbackRefused::Unknown);
        };
        let (sign_ins, id) = (self.clone(), row.id.clone());
        let after = self.around.background.run(async move { sign_ins.taken(row, callback).await });
        after.await.unwrap_or_else(|_| {
            tracing::error!(sign_in.id = %id, "What a provider's answer began was cut short");
            Err(CallbackRefused::Store(StoreError::Stopped))
        })
    }

    async fn taken(&self, row: SignInRow, callback: Callback) -> Result<AfterCallback, CallbackRefused> {
        // An answer that comes to another provider's address is nobody's.
        if row.provider != callback.provider {
            self.limits.stray_callback();
            return Err(CallbackRefused::Unknown);
        }
        let provider = self.around.provider(&row.provider)?;
        let Some(browser) = Recognised::of(&row, &callback.cookies, callback.code.as_ref()) else {
            self.limits.stray_callback();
            let entry = Entry::new(Event::BrowserMismatch).sign_in(&row.id).device(&row.jkt).from(callback.client_address.to_canonical());
            self.audit.record(entry.code(ErrorCode::BrowserMismatch)).await?;
            return Err(CallbackRefused::BrowserMismatch(row.id));
        };
        let row = self.in_time(row).await?;
        let cookie = match browser {
            Recognised::AnswerLost(cookie) => return self.answered_before(row, &cookie).await,
            Recognised::Current(cookie) => cookie,
        };
        let Stage::AtProvider { pending_sealed, .. } = &row.stage else { return self.returned_before(row, &callback).await };
        match (&callback.code, callback.error.as_deref()) {
            (Some(code), None) => {
                let (pending_sealed, cookie) = (pending_sealed.clone(), after_provider(&cookie, code));
                let answered = Answered { pending_sealed, cookie, code: code.clone(), iss: callback.iss.clone() };
                let arrow = Arrow::Exchange { stage_ends_at: self.around.clock.now().plus_seconds(EXCHANGE_S) };
                if !self.around.store.advance(&row.id, arrow, self.around.clock.now()).await? {
                    return self.returned_before(row, &callback).await;
                }
                self.wakeups.wake(&row.id);
                self.exchange_to_its_end(row, provider, answered).await
            }
            (None, Some(error)) => self.told_no(&row, provider, error, callback.iss.as_deref()).await,
            (None, None) | (Some(_), Some(_)) => Err(CallbackRefused::Malformed(row.id)),
        }
    }

    async fn exchange_to_its_end(
        &self,
        row: SignInRow,
        provider: &dyn Provider,
        answered: Answered,
    ) -> Result<AfterCallback, CallbackRefused> {
        let after = self.exchange(&row, provider, answered).await;
        if let Err(CallbackRefused::Store(error)) = &after {
            // The app is told at once, as far as the memory still can.
            self.fail(&row, error.code()).await?;
        }
        after
    }

    /// The right browser once more: a reload while Pro Santé Connect's code is being exchanged waits for the one answer, and gets it too.
    async fn returned_before(&self, row: SignInRow, callback: &Callback) -> Result<AfterCallback, CallbackRefused> {
        let row = self.once_past(self.fresh(row).await?, SignInState::Exchanging, FIRST_ANSWER).await?;
        if let Some(Recognised::AnswerLost(cookie)) = Recognised::of(&row, &callback.cookies, callback.code.as_ref()) {
            return self.answered_before(row, &cookie).await;
        }
        let end = self.end(&row)?;
        if matches!(end, End::Elsewhere) { Err(self.replayed(&row, callback).await?) } else { end.after_callback(&row.id) }
    }

    /// The answer that was lost, again.
    async fn answered_before(&self, row: SignInRow, cookie: &SecretString) -> Result<AfterCallback, CallbackRefused> {
        let asks_nothing = |row: &SignInRow| row.stage.who().is_some_and(|who| who.asks == Asks::Nothing);
        let row = if asks_nothing(&row) { self.once_past(row, SignInState::Authenticated, FIRST_ANSWER).await? } else { row };
        match &row.stage {
            Stage::Confirmed { .. } | Stage::Redeemed(_) if asks_nothing(&row) => {
                Ok(AfterCallback::StraightOn { onward: self.code_again(&row, cookie)?, cookie: cookie.clone() })
            }
            // Once decided, the confirmation page knows more.
            Stage::Authenticated(_) | Stage::Confirmed { .. } | Stage::Redeemed(_) => {
                Ok(AfterCallback::Confirm { sign_in_id: row.id, cookie: cookie.clone() })
            }
            Stage::Created | Stage::Opened(_) | Stage::AtProvider { .. } | Stage::Exchanging(_) | Stage::Over(_) => {
                self.end(&row)?.after_callback(&row.id)
            }
        }
    }

    async fn replayed(&self, row: &SignInRow, callback: &Callback) -> Result<CallbackRefused, StoreError> {
        let entry = Entry::new(Event::CallbackReplayed).sign_in(&row.id).device(&row.jkt).from(callback.client_address);
        self.audit.record(entry.code(ErrorCode::CallbackReplayed)).await?;
        Ok(CallbackRefused::Replayed(row.id.clone()))
    }

    /// The provider answers with an error: the person's refusal is an outcome, the rest is a failure.
    async fn told_no(
        &self,
        row: &SignInRow,
        provider: &dyn Provider,
        error: &str,
        iss: Option<&str>,
    ) -> Result<AfterCallback, CallbackRefused> {
        let failure = match provider.check_issuer(iss) {
            Err(mismatch) => Some(mismatch),
            Ok(()) => ProviderError::from_authorization_answer(error),
        };
        match failure {
            None => {
                self.decline(row, (Event::Declined, None)).await?;
                self.end_of(&row.id).await?.after_callback(&row.id)
            }
            Some(error) => self.give_up(row, &error).await,
        }
    }

    async fn exchange(&self, row: &SignInRow, provider: &dyn Provider, answered: Answered) -> Result<AfterCallback, CallbackRefused> {
        let Answered { pending_sealed, cookie, code, iss } = answered;
        let pending = Pending::unseal(&self.around.vault, &row.id, &pending_sealed)?;
        if let Err(error) = provider.check_issuer(iss.as_deref()) {
            return self.give_up(row, &error).await;
        }
        let asked = PendingAuthorization { nonce: &pending.nonce, pkce_verifier: &pending.pkce_verifier };
        match provider.exchange(&code, asked).await {
            Ok(known) => self.authenticated(row, cookie, known).await,
            Err(error) => self.give_up(row, &error).await,
        }
    }

    /// Known who: remember it, sealed, and see whether a confirmation is due. What comes to nothing from here on leaves no session open at Pro
    /// Santé Connect.
    async fn authenticated(&self, row: &SignInRow, cookie: SecretString, known: Identity) -> Result<AfterCallback, CallbackRefused> {
        let granted = GrantedTokens::new(known.tokens, known.subject);
        let who = Granted { practitioner: &known.practitioner, means: known.means, acr: known.acr, tokens: &granted };
        let asks = match self.remember(row, &cookie, &who).await {
            Ok(Some(asks)) => asks,
            Ok(None) => {
                // A memory that does not say it keeps nothing open.
                if self.is_owed_unkept(row, &known.practitioner.national_id).await.unwrap_or(true) {
                    self.sessions.end_ungranted((&row.id, &row.provider), granted.id_token).await?;
                }
                return self.end_of(&row.id).await?.after_callback(&row.id);
            }
            Err(error) => {
                if let Err(also) = self.sessions.end_ungranted((&row.id, &row.provider), granted.id_token).await {
                    tracing::error!(sign_in.id = %row.id, error = %also, "What Pro Santé Connect granted in vain could not be kept as owed");
                }
                return Err(error.into());
            }
        };
        audit::kept(Event::Authenticated, Some(&row.id));
        measures::reached(Reached::Identified, self.around.clock.now().millis_since(row.created_at));
        if asks != Asks::Nothing {
            self.wakeups.wake(&row.id);
            return Ok(AfterCallback::Confirm { sign_in_id: row.id.clone(), cookie });
        }
        self.released(&row.id, false);
        Ok(AfterCallback::StraightOn { onward: self.with_code(row, &cookie)?, cookie })
    }

    /// Whether what was never kept, since the attempt was over by then, is owed as if it had been.
    async fn is_owed_unkept(&self, row: &SignInRow, person: &NationalId) -> Result<bool, StoreError> {
        let Some(row) = self.around.store.sign_in(SignInKey::Id(row.id.clone())).await? else { return Ok(true) };
        let row = self.in_time(row).await?;
        let Stage::Over(over) = &row.stage else { return Ok(false) };
        let now = self.around.clock.now();
        let hers = self.around.store.designated_sessions(&Designated::Person(person.clone())).await?;
        let is_held = hers.iter().any(|session| session.jkt == row.jkt && session.is_live(now));
        Ok(self.around.is_end_owed(over.end, is_held, row.group_name.as_deref()))
    }

    /// `None` when the attempt was over, or is now; otherwise what the person is asked.
    async fn remember(&self, row: &SignInRow, cookie: &SecretString, who: &Granted<'_>) -> Result<Option<Asks>, StoreError> {
        let Some(group) = self.group_of(row) else {
            self.fail(row, ErrorCode::GroupGone).await?;
            return Ok(None);
        };
        if !group.admits(row.way_back.exchange()) {
            self.fail(row, ErrorCode::ExchangeRefused).await?;
            return Ok(None);
        }
        let now = self.around.clock.now();
        let line = Entry::new(Event::Authenticated).device(&row.jkt).person(Some(&who.practitioner.national_id));
        let vouched = Vouched {
            national_id: who.practitioner.national_id.clone(),
            jkt: row.jkt.clone(),
            pair_used_after: self.around.pair_used_after(),
            judging: self.judging(row, &group),
            grant: GrantRow {
                provider: row.provider.clone(),
                practitioner_sealed: seal_practitioner(&self.around.vault, &row.id, who.practitioner)?,
                tokens_sealed: who.tokens.seal(&self.around.vault, &row.id)?,
                means: who.means.map(|means| means.name().to_owned()),
                acr: who.acr.clone(),
                last_exchange_at: now,
                is_provider_over: false,
            },
            cookie: SecretHash::of(cookie),
            answer_ends_at: row.ends_at.max(now.plus_seconds(CONFIRMATION_S)),
            code: code_hash(&row.way_back, cookie),
            code_ends_at: now.plus_seconds(CODE_S),
            line: self.audit.line(line.from_known(row.browser_address())),
        };
        self.around.store.arrive(&row.id, vouched, now).await
    }

    /// What somebody is asked, as the group and the way back have it.
    fn judging(&self, row: &SignInRow, group: &Group) -> Judging {
        let choices = naming::number_choices(&*self.around.random, &row.match_number);
        let (way_back, group) = (row.way_back.clone(), group.clone());
        Arc::new(move |recognition| {
            let reason = confirmation_due(recognition, group.session.shared_workstation, group.always_confirm);
            // The way back may say nothing of who sits in front of the app: the person proves it.
            let asks = if presence::proof_is_due(&way_back, &group, recognition.pair_known) {
                Asks::Number { reason: reason.unwrap_or(ConfirmationReason::AppAsks), choices: choices.clone() }
            } else {
                reason.map_or(Asks::Nothing, Asks::Click)
            };
            Judged { asks, identity_changed: identity_changed(recognition) }
        })
    }

    async fn give_up(&self, row: &SignInRow, error: &ProviderError) -> Result<AfterCallback, CallbackRefused> {
        tracing::warn!(sign_in.id = %row.id, error.code = %error.code(), error = %error, "Pro Santé Connect's answer cannot be used");
        self.fail(row, error.code()).await?.after_callback(&row.id)
    }
}
