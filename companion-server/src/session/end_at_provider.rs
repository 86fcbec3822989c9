//! Tells Pro Santé Connect that a session is over, once for all who ask at the same time.

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::oneshot;
use vestibule_model::exchange::{SignOutAnswer, path};
use vestibule_model::session::SignInId;

use super::Sessions;
use super::farewells::{Awaited, EndAtProvider, Farewell, UnderWay, WAIT_FOR_ANOTHER};
use crate::audit::{self, Entry, Event};
use crate::clock::Timestamp;
use crate::provider::ProviderError;
use crate::provider_name::ProviderName;
use crate::random::{Drawn, secret_256};
use crate::store::{NewAddress, OwedSignOut, SecretHash, SignOut, StoreError};
use crate::surroundings::OwedEnd;

/// Seconds after which a companion that was asking is taken for dead: what one call takes. Whoever waited so long asks then.
const TELLING_S: i64 = WAIT_FOR_ANOTHER.as_secs() as i64;

/// Whether the trail knows already that Pro Santé Connect did not end a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    First,
    Again,
}

/// Whether the call of an ask can begin, or is another's.
pub(super) type Begun = Result<Farewell, UnderWay>;

/// Whose call it is.
enum Telling {
    /// This companion's, until then.
    Ours { until: Timestamp },
    /// Nobody's, or another companion's, who made it.
    Known(EndAtProvider),
}

/// What one ask wants of Pro Santé Connect.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) id: &'a SignInId,
    pub(super) provider: &'a ProviderName,
    pub(super) hint: &'a SecretString,
    pub(super) attempt: Attempt,
    pub(super) precedence: Precedence,
}

/// Whether a person waits in front of a screen.
#[derive(Clone, Copy)]
pub(super) enum Precedence {
    First,
    InTurn,
}

impl Sessions {
    /// Tells Pro Santé Connect in the background that its session is over, where a hint says which one.
    pub(super) fn tell_provider(
        &self,
        (id, provider): (&SignInId, &ProviderName),
        hint: Option<SecretString>,
    ) -> Option<oneshot::Receiver<EndAtProvider>> {
        let (sessions, id, provider, hint, begun) = (self.clone(), id.clone(), provider.clone(), hint?, self.farewells.begin(id));
        Some(self.around.background.run(async move {
            let call = Call { id: &id, provider: &provider, hint: &hint, attempt: Attempt::First, precedence: Precedence::InTurn };
            sessions.tried_end(call, begun).await
        }))
    }

    /// What came of a call that nobody waits for in front of a screen.
    pub(super) async fn tried_end(&self, call: Call<'_>, begun: Begun) -> EndAtProvider {
        self.end_at_provider(call, begun).await.unwrap_or_else(|error| {
            tracing::error!(sign_in.id = %call.id, error = %error, "A sign-out could not be finished");
            EndAtProvider::NotDone(None)
        })
    }

    /// What the person is told; `None` when nothing can be done any more: the time is over, or no browser is sent any more.
    ///
    /// What the memory says counts: it may be finished meanwhile, by another call or the browser.
    pub(super) async fn finish_sign_out(&self, call: Call<'_>, begun: Begun) -> Result<Option<SignOutAnswer>, StoreError> {
        let end = self.end_at_provider(call, begun).await?;
        if end == EndAtProvider::Done {
            return Ok(Some(SignOutAnswer::Ended));
        }
        Ok(match self.known_end(call.id).await? {
            Some(SignOutAnswer::BrowserNeeded { browser_url }) if end == EndAtProvider::Unproven => {
                Some(SignOutAnswer::Unknown { browser_url })
            }
            known => known,
        })
    }

    /// What is known of Pro Santé Connect's session, without asking; with the way for the browser while its end is owed. `None` when nothing is
    /// known, or nothing can be done any more.
    pub(super) async fn known_end(&self, id: &SignInId) -> Result<Option<SignOutAnswer>, StoreError> {
        loop {
            let now = self.around.clock.now();
            let owed = match self.around.store.sign_out(id, now).await? {
                None => return Ok(None),
                Some(SignOut::Finished) => return Ok(Some(SignOutAnswer::Ended)),
                Some(SignOut::Owed(owed)) => owed,
            };
            let end = OwedEnd::unseal(&self.around.vault, id, &owed.id_token_sealed)?;
            let Some(secret) = end.secret.filter(|_| owed.is_for_browser) else { return Ok(None) };
            // Lost to who asked at the same time, or to the browser that used the former one: read again.
            let Some(browser_url) = self.give_address(&secret, &owed, now).await? else { continue };
            return Ok(Some(SignOutAnswer::BrowserNeeded { browser_url: browser_url.into() }));
        }
    }

    /// From the secret and a number: whoever asks again is told the same address until a browser used it, and then another, so that the one in
    /// that browser's history stays dead.
    async fn give_address(&self, secret: &SecretString, owed: &OwedSignOut, now: Timestamp) -> Result<Option<String>, StoreError> {
        let number = owed.address_number + i64::from(owed.is_address_used);
        let ticket = secret_256(&Drawn::from(secret, "ticket of the sign-out", &format!("{}\n{number}", owed.id)));
        let address = NewAddress { number, ticket: SecretHash::of(&ticket) };
        let given = self.around.store.give_address(&owed.id, address, now).await?;
        Ok(given.then(|| format!("{}{}?ticket={}", self.around.rules.issuer, path::SIGN_OUT_PAGE, ticket.expose_secret())))
    }

    /// What came of the one call about this session, whoever makes it; traced for the first who asked.
    pub(super) async fn end_at_provider(&self, call: Call<'_>, mut begun: Begun) -> Result<EndAtProvider, StoreError> {
        let end = loop {
            let other = match begun {
                Ok(farewell) => break self.call_provider(call, farewell).await?,
                Err(other) => other,
            };
            match other.outcome().await {
                Awaited::Told(end) => break end,
                Awaited::GivenUp => begun = self.farewells.begin(call.id),
                Awaited::StillUnderWay => {
                    self.trace_later(call, other);
                    return Ok(EndAtProvider::Unproven);
                }
            }
        };
        if call.attempt == Attempt::First {
            self.trace_failure(call.id, end).await?;
        }
        Ok(end)
    }

    /// Nobody waits any more; what comes of it is traced all the same, and not before it is known.
    fn trace_later(&self, call: Call<'_>, other: UnderWay) {
        if call.attempt == Attempt::Again {
            return;
        }
        let (sessions, id) = (self.clone(), call.id.clone());
        drop(self.around.background.run(async move {
            if let Some(end) = other.end().await
                && let Err(error) = sessions.trace_failure(&id, end).await
            {
                tracing::error!(sign_in.id = %id, error = %error, "What came of a sign-out could not be traced");
            }
        }));
    }

    async fn trace_failure(&self, id: &SignInId, end: EndAtProvider) -> Result<(), StoreError> {
        let failure = match end {
            EndAtProvider::Unproven => Some((Event::PscSignOutUnproven, ProviderError::EndUnproven.code())),
            EndAtProvider::NotDone(code) => code.map(|code| (Event::PscSignOutFailed, code)),
            EndAtProvider::Done => None,
        };
        match failure {
            Some((event, code)) => self.audit.record(Entry::new(event).sign_in(id).code(code)).await,
            None => Ok(()),
        }
    }

    async fn call_provider(
        &self,
        Call { id, provider, hint, attempt, precedence }: Call<'_>,
        farewell: Farewell,
    ) -> Result<EndAtProvider, StoreError> {
        let _turn = match precedence {
            Precedence::First => None,
            Precedence::InTurn => match farewell.turn().await {
                Some(turn) => Some(turn),
                None => return Ok(EndAtProvider::NotDone(None)),
            },
        };
        let until = match self.told_elsewhere(id, attempt).await? {
            Telling::Ours { until } => until,
            Telling::Known(known) => {
                farewell.over(known);
                return Ok(known);
            }
        };
        let end = match self.around.provider(provider)?.end_session(hint).await {
            Ok(()) => {
                let line = self.line(Event::PscSessionEnded, None);
                if self.around.store.finish_sign_out(id, line, self.around.clock.now()).await? {
                    audit::kept(Event::PscSessionEnded, Some(id));
                }
                // Whoever waits at another companion.
                self.wakeups.wake(id);
                farewell.over(EndAtProvider::Done);
                return Ok(EndAtProvider::Done);
            }
            Err(error @ ProviderError::EndUnproven) => {
                tracing::warn!(sign_in.id = %id, error.code = %error.code(), "Whether Pro Santé Connect ended the session is not known");
                EndAtProvider::Unproven
            }
            Err(error) => {
                tracing::warn!(sign_in.id = %id, error.code = %error.code(), error = %error, "Pro Santé Connect did not end the session");
                EndAtProvider::NotDone(Some(error.code()))
            }
        };
        if let Err(error) = self.around.store.end_telling(id, until).await {
            tracing::warn!(sign_in.id = %id, %error, "Other companions wait before they ask for a sign-out again");
        }
        self.wakeups.wake(id);
        farewell.over(end);
        Ok(end)
    }

    /// What is known without a call of this companion's, unless it is its to make.
    async fn told_elsewhere(&self, id: &SignInId, attempt: Attempt) -> Result<Telling, StoreError> {
        let (mut is_to_be_read, waiting) = (attempt == Attempt::Again, self.wakeups.watch(id, WAIT_FOR_ANOTHER));
        loop {
            let (changed, now) = (waiting.listen(), self.around.clock.now());
            if is_to_be_read {
                match self.around.store.sign_out(id, now).await? {
                    Some(SignOut::Owed(_)) => {}
                    // Since this ask looked, by the call that it did not have to wait for.
                    Some(SignOut::Finished) => return Ok(Telling::Known(EndAtProvider::Done)),
                    None => return Ok(Telling::Known(EndAtProvider::NotDone(None))),
                }
            }
            let until = now.plus_seconds(TELLING_S);
            match self.around.store.begin_telling(id, until, now).await {
                Ok(true) => return Ok(Telling::Ours { until }),
                Ok(false) => {}
                // Asked twice is better than never.
                Err(error) => {
                    tracing::warn!(sign_in.id = %id, %error, "Whether another companion asks for a sign-out is not known");
                    return Ok(Telling::Ours { until });
                }
            }
            if waiting.is_over() {
                return Ok(Telling::Known(EndAtProvider::Unproven));
            }
            waiting.sleep(changed, WAIT_FOR_ANOTHER).await;
            is_to_be_read = true;
        }
    }
}
