//! Letters that the page shows and the person types into the app, by whichever exchange the session comes.

use std::net::IpAddr;

use secrecy::{ExposeSecret as _, SecretString};
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;

use super::{LettersDue, RedeemRefused, SignIns, naming};
use crate::audit::{Entry, Event};
use crate::store::{SignInEnd, SignInRow, StoreError, TypedTry};

/// How often letters may be typed.
const TYPED_TRIES: u32 = 5;

impl SignIns {
    /// Compares what came from the app with what is kept of the letters, where some are due.
    pub(super) async fn check_letters(&self, row: &SignInRow, typed: Option<&SecretString>, address: IpAddr) -> Result<(), RedeemRefused> {
        let Some(typed) = typed else {
            return Err(RedeemRefused::LettersDue(self.letters_left(row, row.letters_tried().unwrap_or_default())));
        };
        // Counted before they are looked at: guesses that come at the same time, here or at other instances, share the same five tries.
        let (mac, tries) = match self.around.store.count_typed_try(&row.id, TYPED_TRIES, self.around.clock.now()).await? {
            TypedTry::Counted { mac, tries } => (mac, tries),
            TypedTry::NotDue => return Err(self.not_due(row, address).await?),
        };
        if self.around.vault.is_short_code(row.id.0.as_bytes(), typed.expose_secret(), &mac) {
            return Ok(());
        }
        let entry = Entry::new(Event::TypedCodeWrong).sign_in(&row.id).device(&row.jkt).from(address);
        self.audit.record(entry.code(ErrorCode::ConfirmationCodeWrong)).await?;
        if tries >= TYPED_TRIES {
            return Err(self.spent(row, address).await?);
        }
        Err(RedeemRefused::LettersWrong { due: self.letters_left(row, tries), id: row.id.clone() })
    }

    fn letters_left(&self, row: &SignInRow, tries: u32) -> LettersDue {
        let left = row.stage_ends_at.millis_since(self.around.clock.now()).max(0) / 1000;
        LettersDue { tries_left: TYPED_TRIES.saturating_sub(tries), expires_in_s: u32::try_from(left).unwrap_or_default() }
    }

    /// Nobody counted: all tries are spent, or what happened meanwhile is told as it is.
    async fn not_due(&self, row: &SignInRow, address: IpAddr) -> Result<RedeemRefused, StoreError> {
        let row = self.fresh(row.clone()).await?;
        if row.letters_tried().is_some_and(|tried| tried >= TYPED_TRIES) {
            return self.spent(&row, address).await;
        }
        self.why_over(row.id).await
    }

    async fn spent(&self, row: &SignInRow, address: IpAddr) -> Result<RedeemRefused, StoreError> {
        let code = ErrorCode::ConfirmationTriesSpent;
        // Only while letters are due: whoever typed the right ones meanwhile has his session, and her no counts.
        let entry = Entry::new(Event::TypedTriesSpent).device(&row.jkt).from(address).code(code);
        if !self.close(&row.id, Some(SignInState::Confirmed), (SignInEnd::Burned, Some(code)), Some(entry)).await? {
            return self.why_over(row.id.clone()).await;
        }
        Ok(RedeemRefused::TriesSpent(row.id.clone()))
    }
}

/// Reads what the app sends as letters. `None` when it can be no code at all: no try is counted, because it tells a guesser nothing and
/// would punish a person who pressed Enter too soon.
pub fn letters(text: &str) -> Option<SecretString> {
    naming::typed_letters(text)
}
