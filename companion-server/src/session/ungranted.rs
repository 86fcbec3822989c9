//! What Pro Santé Connect opened for an attempt that came to nothing here.

use std::time::Duration;

use secrecy::SecretString;
use tokio::time::timeout;
use vestibule_model::exchange::SignOutAnswer;
use vestibule_model::session::SignInId;

use super::Sessions;
use super::end_at_provider::{Attempt, Begun, Call, Place};
use super::sign_out::not_told;
use crate::store::{ClosedSignIn, SignOut, StoreError};
use crate::surroundings::SIGN_OUT_S;

/// Longest time that a page waits for the call about what it says.
const PAGE_WAITS: Duration = Duration::from_secs(2);

impl Sessions {
    /// Asks Pro Santé Connect in the background for the end of what is owed of an attempt that came to nothing just now. Begun at once: what is
    /// taken up every minute would ask a second time, and a page waits for what was begun.
    pub(crate) fn tell_owed(&self, closed: &ClosedSignIn) {
        self.tell_of(closed, Place::First);
    }

    /// The same of many, a few at once.
    pub(crate) fn tell_all_owed(&self, closed: &[ClosedSignIn]) {
        closed.iter().for_each(|closed| self.tell_of(closed, Place::InTurn));
    }

    fn tell_of(&self, closed: &ClosedSignIn, place: Place) {
        if !closed.is_owed {
            return;
        }
        let (sessions, id, begun) = (self.clone(), closed.id.clone(), self.farewells.begin(&closed.id));
        drop(self.around.background.run(async move {
            if let Err(error) = sessions.end_kept(&id, begun, place).await {
                tracing::error!(sign_in.id = %id, %error, "A sign-out could not be finished");
            }
        }));
    }

    /// Read once the call is begun: what was owed before that may be finished.
    async fn end_kept(&self, id: &SignInId, begun: Begun, place: Place) -> Result<(), StoreError> {
        let Some(SignOut::Owed(owed)) = self.around.store.sign_out(id, self.around.clock.now()).await? else { return Ok(()) };
        let hint = self.around.unseal_hint(&owed)?;
        self.end_at_provider(Call { id, hint: &hint, attempt: Attempt::First, place }, begun).await.map(drop)
    }

    /// What is known of Pro Santé Connect's session behind an attempt that came to nothing; `None` when nothing was owed, or no more. A call that
    /// is under way is waited for a moment: the page would else offer a way that nobody needs.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) async fn end_of_ungranted(&self, id: &SignInId) -> Result<Option<SignOutAnswer>, StoreError> {
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
    pub(crate) async fn end_ungranted(&self, id: &SignInId, hint: SecretString) -> Result<(), StoreError> {
        let now = self.around.clock.now();
        let owed = self.around.seal_owed(id, &hint);
        let kept = self.around.store.owe_sign_out(id, owed, now.plus_seconds(SIGN_OUT_S), now).await;
        drop(self.tell_provider(id, Some(hint)));
        kept
    }
}
