//! What Pro Santé Connect opened for an attempt that came to nothing here.

use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::oneshot;
use tokio::time::timeout;
use vestibule_model::exchange::SignOutAnswer;
use vestibule_model::session::SignInId;

use super::Sessions;
use super::calls::Calls;
use super::end_at_provider::{Attempt, Begun, Call, Precedence};
use super::farewells::EndAtProvider;
use super::sign_out::not_told;
use crate::provider_name::ProviderName;
use crate::store::{ClosedSignIn, SignOut, StoreError};
use crate::surroundings::SIGN_OUT_S;

/// Longest time that a page waits for the call about what it says.
const PAGE_WAITS: Duration = Duration::from_secs(2);

impl Sessions {
    /// Asks Pro Santé Connect in the background for the end of what is owed of an attempt that came to nothing just now. Begun at once: what is
    /// taken up every minute would ask a second time, and a page waits for what was begun.
    pub(crate) fn tell_owed(&self, closed: &ClosedSignIn) {
        drop(self.tell_of(closed, Precedence::First));
    }

    /// The same of many, a few at once.
    pub(crate) fn tell_all_owed(&self, closed: &[ClosedSignIn]) {
        closed.iter().for_each(|closed| drop(self.tell_of(closed, Precedence::InTurn)));
    }

    /// The calls of those; `None` where what ends Pro Santé Connect's session cannot be read.
    pub(super) fn calls_owed(&self, closed: &[ClosedSignIn]) -> Calls {
        closed.iter().map(|closed| (closed.id.clone(), self.tell_of(closed, Precedence::InTurn))).collect()
    }

    fn tell_of(&self, closed: &ClosedSignIn, precedence: Precedence) -> Option<oneshot::Receiver<EndAtProvider>> {
        if !closed.is_owed {
            return None;
        }
        let (sessions, id, begun) = (self.clone(), closed.id.clone(), self.farewells.begin(&closed.id));
        Some(self.around.background.run(async move {
            sessions.end_kept(&id, begun, precedence).await.unwrap_or_else(|error| {
                tracing::error!(sign_in.id = %id, %error, "A sign-out could not be finished");
                EndAtProvider::NotDone(None)
            })
        }))
    }

    /// Read once the call is begun: what was owed before that may be finished.
    async fn end_kept(&self, id: &SignInId, begun: Begun, precedence: Precedence) -> Result<EndAtProvider, StoreError> {
        let owed = match self.around.store.sign_out(id, self.around.clock.now()).await? {
            Some(SignOut::Owed(owed)) => owed,
            Some(SignOut::Finished) => return Ok(EndAtProvider::Done),
            None => return Ok(EndAtProvider::NotDone(None)),
        };
        let hint = self.around.unseal_hint(&owed)?;
        let call = Call { id, provider: &owed.provider, hint: &hint, attempt: Attempt::First, precedence };
        self.end_at_provider(call, begun).await
    }

    /// What a page says of Pro Santé Connect's session behind an attempt or a session that is over; `None` when nothing was owed, or no more. A call that
    /// is under way is waited for a moment: the page would else offer a way that nobody needs.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) async fn known_to_page(&self, id: &SignInId) -> Result<Option<SignOutAnswer>, StoreError> {
        if let Err(other) = self.farewells.begin(id) {
            // What the memory says counts, whatever came of it.
            drop(timeout(PAGE_WAITS, other.end()).await);
        }
        self.known_end(id).await.or_else(|error| not_told(id, error))
    }

    /// Ends the session that Pro Santé Connect opened for an attempt that came to nothing here; owed until that is done.
    ///
    /// # Errors
    /// [`StoreError`]: Pro Santé Connect is asked all the same, once.
    pub(crate) async fn end_ungranted(&self, (id, provider): (&SignInId, &ProviderName), hint: SecretString) -> Result<(), StoreError> {
        let now = self.around.clock.now();
        let owed = self.around.seal_owed(id, &hint);
        let kept = self.around.store.owe_sign_out((id, provider), owed, now.plus_seconds(SIGN_OUT_S), now).await;
        drop(self.tell_provider((id, provider), Some(hint)));
        kept
    }
}
