//! What Pro Santé Connect opened for an attempt that came to nothing here.

use std::time::Duration;

use secrecy::SecretString;
use tokio::time::timeout;
use vestibule_model::exchange::SignOutAnswer;
use vestibule_model::session::SignInId;

use super::Sessions;
use super::end_at_psc::{Attempt, Begun, Call, Place};
use super::sign_out::{SIGN_OUT_S, not_told};
use crate::store::{NewSignOut, StoreError};

/// Longest time that a page waits for the call about what it says.
const PAGE_WAITS: Duration = Duration::from_secs(2);

/// The end of what was granted to an attempt, begun before it is owed: what is taken up every minute would ask a second time.
pub(crate) struct Ungranted {
    id: SignInId,
    hint: SecretString,
    begun: Begun,
}

impl Sessions {
    /// What becomes owed with an attempt that the person refuses, and the call that follows.
    pub(crate) fn ungranted(&self, id: &SignInId, hint: SecretString) -> (NewSignOut, Ungranted) {
        let ends_at = self.around.clock.now().plus_seconds(SIGN_OUT_S);
        let owed = NewSignOut { id_token_sealed: self.around.seal_owed(id, &hint), ends_at };
        (owed, Ungranted { id: id.clone(), hint, begun: self.farewells.begin(id) })
    }

    /// Asks Pro Santé Connect for the end of what is owed by now. Nobody waits for it: the way back to the app is open for a moment only.
    pub(crate) fn end_refused(&self, Ungranted { id, hint, begun }: Ungranted) {
        let sessions = self.clone();
        drop(self.around.background.run(async move {
            let call = Call { id: &id, hint: &hint, attempt: Attempt::First, place: Place::First };
            if let Err(error) = sessions.end_at_psc(call, begun).await {
                tracing::error!(sign_in.id = %id, %error, "A sign-out could not be finished");
            }
        }));
    }

    /// What is known of Pro Santé Connect's session behind an attempt that came to nothing; `None` when nothing was owed, or no more. A call that
    /// is under way is waited for a moment: the page would else offer a way that nobody needs.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) async fn end_of_ungranted(&self, id: &SignInId) -> Result<Option<SignOutAnswer>, StoreError> {
        if let Err(mut other) = self.farewells.begin(id) {
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
