//! Two ways to end: sign out of both sessions (EXI 20), close ours only (RECO 06).

use std::net::IpAddr;

use secrecy::SecretString;
use vestibule_model::exchange::{SignOutAnswer, SignOutReason};
use vestibule_model::session::{SessionEnd, SignInId};

use super::end_at_provider::{Attempt, Call, Precedence};
use super::{Found, LiveSession, SessionRefused, Sessions};
use crate::audit::{self, Entry, Event};
use crate::store::{Ending, OwedSignOut, SecretHash, SessionRow, SignOut, StoreError, TokenKind};
use crate::surroundings::{GrantedTokens, SIGN_OUT_S};

/// What came of ending a session in the person's name.
pub(super) enum Departure {
    /// Over before.
    WasOver,
    /// With what she is told of Pro Santé Connect's; `None` when nothing can be done about that any more.
    Left(Option<SignOutAnswer>),
}

/// What came of "Je n'ai rien demandé" about a session.
#[derive(Debug)]
pub(crate) struct Disowned {
    /// Whether it was this that ended it.
    pub(crate) was_open: bool,
    /// What is known of Pro Santé Connect's; `None` when nothing was owed.
    pub(crate) psc: Option<SignOutAnswer>,
}

impl Sessions {
    /// Ends the service session, durably, then Pro Santé Connect's, server to server (EXI 20).
    ///
    /// # Errors
    /// [`SessionRefused`] when the session was already over, or the memory failed.
    pub async fn sign_out(&self, live: &LiveSession, reason: Option<SignOutReason>) -> Result<SignOutAnswer, SessionRefused> {
        let row = self.around.store.session(&live.sign_in_id).await?.ok_or(SessionRefused::Unknown)?;
        self.sign_out_row(row, reason, live.address).await
    }

    /// The same by a token, and again: whoever lost the answer asks once more, and learns what became of it as long as a ticket lives.
    ///
    /// A refresh token suffices, of whichever generation: with it and its key nothing is gained but an end, and rotating it first would
    /// only be one more answer that can be lost.
    ///
    /// # Errors
    /// [`SessionRefused`]
    pub async fn sign_out_by_token(
        &self,
        jkt: &str,
        (kind, token): (TokenKind, &SecretString),
        reason: Option<SignOutReason>,
        from: IpAddr,
    ) -> Result<SignOutAnswer, SessionRefused> {
        let found = self.around.store.session_by_token(&SecretHash::of(token), kind).await?;
        let Some((row, held)) = found else { return Err(SessionRefused::Unknown) };
        if row.jkt != jkt {
            self.audit.record(Entry::new(Event::TokenOfOtherKey).sign_in(&row.sign_in_id).device(jkt).from(from)).await?;
            return Err(SessionRefused::Unknown);
        }
        let id = row.sign_in_id.clone();
        let left = match kind {
            TokenKind::Access => match self.admit_even_locked(jkt, Found(Ok(Some((row, held)))), from).await {
                Ok(live) => self.sign_out(&live, reason).await,
                Err(refused) => Err(refused),
            },
            TokenKind::Refresh => self.sign_out_row(row, reason, from).await,
        };
        match left {
            Err(SessionRefused::Ended(SessionEnd::SignedOut)) => self.sign_out_again(&id).await,
            left => left,
        }
    }

    async fn sign_out_row(&self, row: SessionRow, reason: Option<SignOutReason>, from: IpAddr) -> Result<SignOutAnswer, SessionRefused> {
        let row = self.still_live(row).await?;
        let event = match reason {
            Some(SignOutReason::NotMe) => Event::NotMe,
            None => Event::SignedOut,
        };
        match self.leave(&row, SessionEnd::SignedOut, event, Some(from)).await? {
            Departure::Left(Some(answer)) => Ok(answer),
            // Over, or nothing to be told any more: whoever asks again is told why.
            Departure::Left(None) | Departure::WasOver => Err(self.why_over(&row).await?),
        }
    }

    /// What became of a sign-out at Pro Santé Connect, which is asked again where it was not seen to do it.
    async fn sign_out_again(&self, id: &SignInId) -> Result<SignOutAnswer, SessionRefused> {
        let now = self.around.clock.now();
        let owed = match self.around.store.sign_out(id, now).await? {
            Some(SignOut::Owed(owed)) => owed,
            Some(SignOut::Finished) => return Ok(SignOutAnswer::Ended),
            None => return Err(SessionRefused::Ended(SessionEnd::SignedOut)),
        };
        // The workstation was forgotten: to its key no way is shown any more.
        if !owed.is_for_browser {
            return Err(SessionRefused::Unknown);
        }
        let ends_at = owed.ends_at;
        match self.ask_again(owed).await? {
            Some(answer) => Ok(answer),
            None if self.around.clock.now() < ends_at => Err(SessionRefused::Unknown),
            None => Err(SessionRefused::Ended(SessionEnd::SignedOut)),
        }
    }

    /// Asks Pro Santé Connect once more for somebody who waits; see [`Self::finish_sign_out`].
    async fn ask_again(&self, owed: OwedSignOut) -> Result<Option<SignOutAnswer>, StoreError> {
        let hint = self.around.unseal_hint(&owed)?;
        let sessions = self.clone();
        let finished = self.around.background.run(async move {
            let call = Call { id: &owed.id, provider: &owed.provider, hint: &hint, attempt: Attempt::Again, precedence: Precedence::First };
            sessions.finish_sign_out(call, sessions.farewells.begin(&owed.id)).await
        });
        finished.await.map_err(|_| StoreError::Stopped)?
    }

    /// The person says in her browser that she asked for nothing: ends the session of that sign-in and Pro Santé Connect's, and tells the
    /// administrator. Where it was over before, Pro Santé Connect is asked again for what it owes: whoever opened it may have closed it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) async fn disown(&self, id: &SignInId, from: Option<IpAddr>) -> Result<Disowned, StoreError> {
        let Some(row) = self.around.store.session(id).await? else { return Ok(Disowned { was_open: false, psc: None }) };
        if row.ended != Some(SessionEnd::Disowned) {
            let left = match self.still_live(row.clone()).await {
                Ok(live) => self.leave(&live, SessionEnd::Disowned, Event::NothingAsked, from).await?,
                Err(SessionRefused::Store(error)) => return Err(error),
                Err(_) => Departure::WasOver,
            };
            match left {
                Departure::Left(psc) => return Ok(Disowned { was_open: true, psc }),
                Departure::WasOver if self.objects(id, from).await? => audit::kept(Event::NothingAsked, Some(id)),
                Departure::WasOver => {}
            }
        }
        let psc = match self.around.store.sign_out(id, self.around.clock.now()).await? {
            Some(SignOut::Owed(owed)) => self.ask_again(owed).await.or_else(|error| not_told(id, error))?,
            Some(SignOut::Finished) => Some(SignOutAnswer::Ended),
            None => None,
        };
        Ok(Disowned { was_open: false, psc })
    }

    /// What came of [`Self::disown`], for whoever looks again; `None` where she did not say so.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) async fn disowned(&self, id: &SignInId) -> Result<Option<Disowned>, StoreError> {
        let Some(row) = self.around.store.session(id).await? else { return Ok(None) };
        let was_open = row.ended == Some(SessionEnd::Disowned);
        if !was_open && row.objected_at.is_none() {
            return Ok(None);
        }
        Ok(Some(Disowned { was_open, psc: self.known_to_page(id).await? }))
    }

    /// Notes, once, that she says she asked for nothing.
    async fn objects(&self, id: &SignInId, from: Option<IpAddr>) -> Result<bool, StoreError> {
        self.around.store.note_objection(id, self.line(Event::NothingAsked, from), self.around.clock.now()).await
    }

    /// Ends a session in the person's name, durably, then Pro Santé Connect's.
    pub(super) async fn leave(
        &self,
        row: &SessionRow,
        end: SessionEnd,
        event: Event,
        from: Option<IpAddr>,
    ) -> Result<Departure, StoreError> {
        let id = &row.sign_in_id;
        let Some(grant) = self.around.store.grant(id).await? else { return Ok(Departure::WasOver) };
        let hint = GrantedTokens::unseal(&self.around.vault, id, &grant.tokens_sealed).map(|tokens| tokens.id_token);

        let now = self.around.clock.now();
        let (ends_at, id_token_sealed) = (now.plus_seconds(SIGN_OUT_S), hint.as_ref().ok().map(|hint| self.around.seal_owed(id, hint)));
        // Pro Santé Connect's session outlives one whose hint cannot be read, and nobody shall be told otherwise by asking again.
        let end = if hint.is_err() && end == SessionEnd::SignedOut { SessionEnd::Closed } else { end };
        // From before it is owed: what is taken up every minute would ask a second time.
        let farewell = self.farewells.begin(id);
        let ending = Ending::ForGood { end, id_token_sealed, ends_at };
        if !self.around.store.end_session(id, ending, self.line(event, from), now).await? {
            return Ok(Departure::WasOver);
        }
        self.announce_end(id, event);
        // Without a readable hint Pro Santé Connect cannot be told; our session is dead all the same.
        let hint = match hint {
            Ok(hint) => hint,
            Err(error) if end == SessionEnd::Disowned => return not_told(&row.sign_in_id, error).map(Departure::Left),
            Err(error) => return Err(error),
        };
        let (sessions, id) = (self.clone(), id.clone());
        let finished = self.around.background.run(async move {
            let call = Call { id: &id, provider: &grant.provider, hint: &hint, attempt: Attempt::First, precedence: Precedence::First };
            sessions.finish_sign_out(call, farewell).await
        });
        finished.await.map_err(|_| StoreError::Stopped)?.map(Departure::Left)
    }

    /// RFC 7009: ends the service session of an access or refresh token; Pro Santé Connect is left alone (RECO 06). A token of 256 bits
    /// that nobody can guess needs nothing beside it to end itself, and works once: there is nothing here to count. With the key of a
    /// proof, only its own.
    ///
    /// # Errors
    /// [`StoreError`]; an unknown token is not an error.
    pub async fn end(&self, jkt: Option<&str>, token: &SecretString, from: IpAddr) -> Result<(), StoreError> {
        let hash = SecretHash::of(token);
        let mut found = self.around.store.session_by_token(&hash, TokenKind::Refresh).await?;
        if found.is_none() {
            found = self.around.store.session_by_token(&hash, TokenKind::Access).await?;
        }
        let Some((row, _)) = found else { return Ok(()) };
        if let Some(other) = jkt.filter(|jkt| *jkt != row.jkt) {
            let entry = Entry::new(Event::TokenOfOtherKey).sign_in(&row.sign_in_id).device(other);
            return self.audit.record(entry.from(from)).await;
        }
        let line = self.line(Event::SessionClosed, Some(from));
        if self.around.store.end_session(&row.sign_in_id, Ending::Closed, line, self.around.clock.now()).await? {
            self.announce_end(&row.sign_in_id, Event::SessionClosed);
        }
        Ok(())
    }
}

/// A no is heard although Pro Santé Connect cannot be told of it.
pub(super) fn not_told(id: &SignInId, error: StoreError) -> Result<Option<SignOutAnswer>, StoreError> {
    let (StoreError::Unreadable(_) | StoreError::Sealed(_)) = error else { return Err(error) };
    tracing::error!(sign_in.id = %id, error = %error, "What ends a session at Pro Santé Connect cannot be read");
    Ok(None)
}
