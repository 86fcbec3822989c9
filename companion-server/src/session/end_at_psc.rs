//! Tells Pro Santé Connect that a session is over, once for all who ask at the same time.

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::oneshot;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::{SignOutAnswer, path};
use vestibule_model::session::SignInId;

use super::Sessions;
use super::farewells::{Farewell, UnderWay};
use super::sealed::unseal_hint;
use crate::audit::{Entry, Event};
use crate::psc::PscError;
use crate::random::{Drawn, secret_256};
use crate::store::{SecretHash, StoreError};

/// What is known of Pro Santé Connect's session after it was asked to end it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndAtPsc {
    Done,
    /// Why not; `None` when it was not even asked.
    NotDone(Option<ErrorCode>),
    /// It answered, and nothing proves anything.
    Unproven,
}

/// Sign-outs taken up in one round, whatever else is owed.
const RESUMED: u32 = 500;

/// Whether the trail knows already that Pro Santé Connect did not end a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    First,
    Again,
}

/// Whether the call of an ask can begin, or is another's.
pub(super) type Begun = Result<Farewell, UnderWay>;

/// What one ask wants of Pro Santé Connect.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) id: &'a SignInId,
    pub(super) hint: &'a SecretString,
    pub(super) attempt: Attempt,
    pub(super) place: Place,
}

/// Whether a person waits in front of a screen.
#[derive(Clone, Copy)]
pub(super) enum Place {
    First,
    InTurn,
}

impl Sessions {
    /// Tells Pro Santé Connect about sign-outs that a crash interrupted, or that an administrator ordered and it did not end. Waits for none.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn take_up_sign_outs(&self) -> Result<(), StoreError> {
        self.take_up(Attempt::Again).await
    }

    pub(super) async fn take_up(&self, attempt: Attempt) -> Result<(), StoreError> {
        for (id, sealed) in self.around.store.interrupted_sign_outs(RESUMED, self.around.clock.now()).await? {
            match unseal_hint(&self.around.vault, &id, &sealed) {
                // What is being asked is not owed a second call.
                Ok(hint) => drop(self.farewells.begin(&id).ok().map(|farewell| self.farewell(&id, hint, attempt, Ok(farewell)))),
                Err(error) => tracing::warn!(sign_in.id = %id, error = %error, "An interrupted sign-out cannot be finished"),
            }
        }
        Ok(())
    }

    /// Tells Pro Santé Connect in the background that its session is over, where a hint says which one.
    pub(super) fn tell_provider(&self, id: &SignInId, hint: Option<SecretString>) -> Option<oneshot::Receiver<EndAtPsc>> {
        Some(self.farewell(id, hint?, Attempt::First, self.farewells.begin(id)))
    }

    fn farewell(&self, id: &SignInId, hint: SecretString, attempt: Attempt, begun: Begun) -> oneshot::Receiver<EndAtPsc> {
        let (sessions, id) = (self.clone(), id.clone());
        self.background.run(async move {
            let call = Call { id: &id, hint: &hint, attempt, place: Place::InTurn };
            sessions.end_at_psc(call, begun).await.unwrap_or_else(|error| {
                tracing::error!(sign_in.id = %id, error = %error, "A sign-out could not be finished");
                EndAtPsc::NotDone(None)
            })
        })
    }

    pub(super) async fn finish_sign_out(&self, call: Call<'_>, begun: Begun) -> Result<SignOutAnswer, StoreError> {
        let end = self.end_at_psc(call, begun).await?;
        if end == EndAtPsc::Done {
            return Ok(SignOutAnswer::Ended);
        }
        // From the hint: whoever asks again is told the same address, and the one that another was told leads on.
        let ticket = secret_256(&Drawn::from(call.hint, "ticket of the sign-out", &call.id.0));
        if !self.around.store.ticket_sign_out(call.id, SecretHash::of(&ticket)).await? {
            // Finished meanwhile, by what a start takes up again: a page that leads nowhere would be no help.
            return Ok(SignOutAnswer::Ended);
        }
        let browser_url = format!("{}{}?ticket={}", self.around.rules.issuer, path::SIGN_OUT_PAGE, ticket.expose_secret());
        Ok(match end {
            EndAtPsc::Unproven => SignOutAnswer::Unknown { browser_url },
            EndAtPsc::Done | EndAtPsc::NotDone(_) => SignOutAnswer::BrowserNeeded { browser_url },
        })
    }

    /// What came of the one call about this session, whoever makes it; traced for the first who asked.
    async fn end_at_psc(&self, call: Call<'_>, mut begun: Begun) -> Result<EndAtPsc, StoreError> {
        let end = loop {
            match begun {
                Ok(farewell) => break self.call_psc(call, farewell).await?,
                Err(other) => match other.outcome().await {
                    Some(end) => break end,
                    None => begun = self.farewells.begin(call.id),
                },
            }
        };
        let failure = match end {
            EndAtPsc::Unproven => Some((Event::PscSignOutUnproven, PscError::EndUnproven.code())),
            EndAtPsc::NotDone(code) => code.map(|code| (Event::PscSignOutFailed, code)),
            EndAtPsc::Done => None,
        };
        if let Some((event, code)) = failure.filter(|_| call.attempt == Attempt::First) {
            self.audit.record(Entry::new(event).sign_in(call.id).code(code)).await?;
        }
        Ok(end)
    }

    async fn call_psc(&self, Call { id, hint, attempt, place }: Call<'_>, farewell: Farewell) -> Result<EndAtPsc, StoreError> {
        let _turn = match place {
            Place::First => None,
            Place::InTurn => match farewell.turn().await {
                Some(turn) => Some(turn),
                None => return Ok(EndAtPsc::NotDone(None)),
            },
        };
        // Finished since this ask looked, by the call that it did not have to wait for.
        if attempt == Attempt::Again && self.around.store.unfinished_sign_out(id, self.around.clock.now()).await?.is_none() {
            return Ok(EndAtPsc::Done);
        }
        let end = match self.around.provider.end_session(hint).await {
            Ok(()) => {
                if self.around.store.finish_sign_out(id).await? {
                    self.audit.record(Entry::new(Event::PscSessionEnded).sign_in(id)).await?;
                }
                EndAtPsc::Done
            }
            Err(error @ PscError::EndUnproven) => {
                tracing::warn!(sign_in.id = %id, error.code = %error.code(), "Whether Pro Santé Connect ended the session is not known");
                EndAtPsc::Unproven
            }
            Err(error) => {
                tracing::warn!(sign_in.id = %id, error.code = %error.code(), error = %error, "Pro Santé Connect did not end the session");
                EndAtPsc::NotDone(Some(error.code()))
            }
        };
        farewell.over(end);
        Ok(end)
    }
}
