//! Three ways to end: sign out of both sessions (EXI 20), close ours only (RECO 06), finish in the browser what the server could not.

use std::net::IpAddr;

use secrecy::SecretString;
use vestibule_model::exchange::SignOutAnswer;
use vestibule_model::session::{SessionEnd, SignInId};

use super::end_at_psc::{Attempt, Call, Place};
use super::sealed::{seal_hint, unseal_hint};
use super::{GrantedTokens, LiveSession, SessionRefused, Sessions, SignOutRefused, SignOutReturn};
use crate::audit::{Entry, Event};
use crate::psc::BrowserEndSession;
use crate::random::{Drawn, secret_256};
use crate::store::{Ending, SecretHash, SessionRow, StoreError, TokenKind};

/// Seconds during which Pro Santé Connect's session can still be ended after ours.
pub(super) const SIGN_OUT_S: i64 = 600;
impl Sessions {
    /// Ends the service session, durably, then Pro Santé Connect's, server to server (EXI 20).
    ///
    /// # Errors
    /// [`SessionRefused`] when the session was already over, or the memory failed.
    pub async fn sign_out(&self, live: &LiveSession) -> Result<SignOutAnswer, SessionRefused> {
        let row = self.around.store.session(&live.sign_in_id).await?.ok_or(SessionRefused::Unknown)?;
        self.sign_out_row(row, live.address).await
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
        from: IpAddr,
    ) -> Result<SignOutAnswer, SessionRefused> {
        let found = self.around.store.session_by_token(&SecretHash::of(token), kind).await?;
        let Some((row, _)) = found else { return Err(SessionRefused::Unknown) };
        if row.jkt != jkt {
            self.audit.record(Entry::new(Event::TokenOfOtherKey).sign_in(&row.sign_in_id).device(jkt).from(from)).await?;
            return Err(SessionRefused::Unknown);
        }
        let id = row.sign_in_id.clone();
        let left = match kind {
            TokenKind::Access => match self.authenticate(jkt, token, from).await {
                Ok(live) => self.sign_out(&live).await,
                Err(refused) => Err(refused),
            },
            TokenKind::Refresh => self.sign_out_row(row, from).await,
        };
        match left {
            Err(SessionRefused::Ended(SessionEnd::SignedOut)) => self.sign_out_again(&id).await,
            left => left,
        }
    }

    async fn sign_out_row(&self, row: SessionRow, from: IpAddr) -> Result<SignOutAnswer, SessionRefused> {
        let row = self.still_live(row).await?;
        match self.leave(&row, SessionEnd::SignedOut, Event::SignedOut, Some(from)).await? {
            Some(answer) => Ok(answer),
            None => Err(self.why_over(&row).await?),
        }
    }

    /// What became of a sign-out at Pro Santé Connect, which is asked again where it was not seen to do it.
    async fn sign_out_again(&self, id: &SignInId) -> Result<SignOutAnswer, SessionRefused> {
        let now = self.around.clock.now();
        let row = self.around.store.session(id).await?.ok_or(SessionRefused::Unknown)?;
        let is_recent = row.ended_at.is_some_and(|ended_at| now < ended_at.plus_seconds(SIGN_OUT_S));
        if !is_recent {
            return Err(SessionRefused::Ended(SessionEnd::SignedOut));
        }
        let Some(sealed) = self.around.store.unfinished_sign_out(id, now).await? else { return Ok(SignOutAnswer::Ended) };
        let hint = unseal_hint(&self.around.vault, id, &sealed)?;
        let (sessions, id) = (self.clone(), id.clone());
        let finished = self.background.run(async move {
            let call = Call { id: &id, hint: &hint, attempt: Attempt::Again, place: Place::First };
            sessions.finish_sign_out(call, sessions.farewells.begin(&id)).await
        });
        Ok(finished.await.map_err(|_| StoreError::Stopped)??)
    }

    /// The person says in her browser that she asked for nothing: ends the session of that sign-in and Pro Santé Connect's, and tells the
    /// administrator. `None` when it was over before.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) async fn disown(&self, id: &SignInId, from: Option<IpAddr>) -> Result<Option<SignOutAnswer>, StoreError> {
        let Some(row) = self.around.store.session(id).await?.filter(|row| row.ended != Some(SessionEnd::Disowned)) else { return Ok(None) };
        let left = match self.still_live(row.clone()).await {
            Ok(live) => self.leave(&live, SessionEnd::Disowned, Event::NothingAsked, from).await?,
            Err(SessionRefused::Store(error)) => return Err(error),
            Err(_) => None,
        };
        if left.is_none() {
            self.trace(&row, Event::NothingAsked, from).await?;
        }
        Ok(left)
    }

    /// Ends a session in the person's name, durably, then Pro Santé Connect's. `None` when it was over before.
    async fn leave(
        &self,
        row: &SessionRow,
        end: SessionEnd,
        event: Event,
        from: Option<IpAddr>,
    ) -> Result<Option<SignOutAnswer>, StoreError> {
        let id = &row.sign_in_id;
        let Some(grant) = self.around.store.grant(id).await? else { return Ok(None) };
        let hint = GrantedTokens::unseal(&self.around.vault, id, &grant.tokens_sealed).map(|tokens| tokens.id_token);

        let now = self.around.clock.now();
        let id_token_sealed = hint.as_ref().ok().map(|hint| seal_hint(&self.around.vault, id, hint));
        // Pro Santé Connect's session outlives one whose hint cannot be read, and nobody shall be told otherwise by asking again.
        let end = if hint.is_err() && end == SessionEnd::SignedOut { SessionEnd::Closed } else { end };
        // From before it is owed: what is taken up every minute would ask a second time.
        let farewell = self.farewells.begin(id);
        let ending = Ending::ByPerson { end, id_token_sealed, ends_at: now.plus_seconds(SIGN_OUT_S) };
        if !self.around.store.end_session(id, ending, now).await? {
            return Ok(None);
        }
        self.announce_end(row, event, from).await?;
        // Without a readable hint Pro Santé Connect cannot be told; our session is dead all the same.
        let hint = hint?;
        let (sessions, id) = (self.clone(), id.clone());
        let finished = self.background.run(async move {
            let call = Call { id: &id, hint: &hint, attempt: Attempt::First, place: Place::First };
            sessions.finish_sign_out(call, farewell).await
        });
        finished.await.map_err(|_| StoreError::Stopped)?.map(Some)
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
        if self.around.store.end_session(&row.sign_in_id, Ending::Closed, self.around.clock.now()).await? {
            self.announce_end(&row, Event::SessionClosed, Some(from)).await?;
        }
        Ok(())
    }

    /// Whether a one-time ticket would serve, without using it.
    ///
    /// # Errors
    /// [`SignOutRefused`]
    pub async fn check_sign_out_ticket(&self, ticket: &SecretString) -> Result<(), SignOutRefused> {
        let found = self.around.store.ticket(&SecretHash::of(ticket), self.around.clock.now()).await?;
        found.map(drop).ok_or(SignOutRefused::Unknown)
    }

    /// Uses a one-time ticket: the form that signs the browser out of Pro Santé Connect. Asked again, by a double click or a reload, it is the
    /// same form for a minute, until the browser came back from there.
    ///
    /// # Errors
    /// [`SignOutRefused`]
    pub async fn browser_sign_out(&self, ticket: &SecretString) -> Result<BrowserEndSession, SignOutRefused> {
        let (served, now) = (SecretHash::of(ticket), self.around.clock.now());
        let (id, sealed) = self.around.store.ticket(&served, now).await?.ok_or(SignOutRefused::Unknown)?;
        let hint = unseal_hint(&self.around.vault, &id, &sealed)?;
        // From the hint, which no history holds: whoever finds the address of the form cannot say that the browser came back. One for the
        // whole sign-out: what came of another ask meanwhile, the browser's true return is known.
        let state = secret_256(&Drawn::from(&hint, "state of the sign-out", &id.0));
        if !self.around.store.take_ticket(&served, SecretHash::of(&state), now).await? {
            return Err(SignOutRefused::Unknown);
        }
        Ok(self.around.provider.browser_end_session(&hint, &state))
    }

    /// The browser came back from a sign-out; Pro Santé Connect may have dropped the state.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sign_out_returned(&self, state: Option<&str>, from: IpAddr) -> Result<SignOutReturn, StoreError> {
        let Some(state) = state else { return Ok(SignOutReturn::Unrelated) };
        match self.around.store.finish_sign_out_by_state(&SecretHash::of_text(state), self.around.clock.now()).await? {
            Some(id) => {
                self.audit.record(Entry::new(Event::PscSessionEnded).sign_in(&id).from(from)).await?;
                Ok(SignOutReturn::Finished)
            }
            None => Ok(SignOutReturn::Unrelated),
        }
    }
}
