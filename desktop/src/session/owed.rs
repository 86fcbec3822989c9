//! Sign-outs that were asked for while the companion was away. They are kept, and sent as soon as it answers.

use secrecy::SecretString;
use vestibule_model::exchange::SignOutAnswer;

use super::is_end;
use crate::companion::{Companion, CompanionError};
use crate::device::Device;

/// What became of the sign-outs that were owed.
#[derive(Debug)]
pub enum Settled {
    /// There was none.
    Nothing,
    /// The companion was told; the last answer.
    Sent(SignOutAnswer),
    /// The session had ended by itself: nobody can end Pro Santé Connect's any more (EXI 32).
    TooLate,
    /// The companion still cannot be told.
    StillAway(CompanionError),
}

/// Sends what is owed. The refresh it needs follows the gesture of whoever asked for the sign-out (EXI 11).
pub async fn settle(companion: &Companion, device: &Device) -> Settled {
    if device.owed().await.is_empty() {
        return Settled::Nothing;
    }
    // Others of this user send the same: one after the other, or the second would look like a thief.
    let _turn = device.turn().await;
    let mut settled = Settled::Nothing;
    for token in device.owed().await {
        settled = match send(companion, device, &token).await {
            Ok(answer) => {
                tracing::info!("a sign-out that was owed is sent");
                Settled::Sent(answer)
            }
            Err(error) if may_be_told_later(&error) => return Settled::StillAway(error),
            Err(error) => {
                tracing::warn!(error.code = %error.code(), %error, "a sign-out that was owed came too late");
                device.settle_sign_out(&token, None).await;
                Settled::TooLate
            }
        };
    }
    settled
}

impl Device {
    /// Keeps the sign-out of the remembered session for later, when this is why the companion could not be asked; `false` otherwise.
    pub async fn owe_remembered(&self, error: &CompanionError) -> bool {
        if !may_be_told_later(error) {
            return false;
        }
        let _turn = self.turn().await;
        let Ok(Some(stored)) = self.stored_token().await else { return false };
        self.owe(&stored).await;
        true
    }
}

async fn send(companion: &Companion, device: &Device, token: &SecretString) -> Result<SignOutAnswer, CompanionError> {
    let fresh = companion.refresh(token).await?;
    let successor = SecretString::from(fresh.refresh_token);
    device.settle_sign_out(token, Some(&successor)).await;
    let answer = companion.sign_out(&SecretString::from(fresh.access_token)).await?;
    device.settle_sign_out(&successor, None).await;
    Ok(answer)
}

/// Whether another try may succeed: nothing of the companion's own said no.
pub(super) fn may_be_told_later(error: &CompanionError) -> bool {
    if is_end(error) {
        return false;
    }
    match error {
        CompanionError::Refused(_) | CompanionError::Random(_) => error.is_passing(),
        CompanionError::Unreachable(_)
        | CompanionError::Proxy { .. }
        | CompanionError::Untrusted(_)
        | CompanionError::Impostor
        | CompanionError::AnotherServer(_)
        | CompanionError::Fault(_)
        | CompanionError::Unreadable => true,
    }
}
