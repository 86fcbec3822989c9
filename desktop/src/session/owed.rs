//! Sign-outs that were asked for while the companion was away. They are kept, and sent as soon as it answers.

use secrecy::SecretString;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{SignOutAnswer, SignOutReason};
use vestibule_model::session::SessionEnd;

use super::{CallError, SignOutError, is_end};
use crate::companion::CompanionError;
use crate::link::Link;

/// What became of one sign-out that was owed.
#[derive(Debug, PartialEq, Eq)]
pub enum Settled {
    /// The companion did it: now, or already when it was first asked and its answer was lost.
    Sent(SignOutAnswer),
    /// It did it when it was first asked, too long ago to say what became of Pro Santé Connect's session.
    SentBefore,
    /// The session had ended otherwise: nobody can end Pro Santé Connect's any more (EXI 32).
    TooLate,
}

/// What became of all of them.
#[derive(Debug, Default)]
pub struct Settling {
    /// One for each that is owed no more, the oldest first.
    pub settled: Vec<Settled>,
    /// Why the others are owed still.
    pub away: Option<CompanionError>,
}

/// Sends what is owed until `late` is. Nothing is rotated for it: whoever else of this user does the same at the same time gets the same
/// answers, and so does whoever asks again after that.
pub async fn settle(link: &Link, late: impl Future<Output = ()>) -> Settling {
    let mut settling = Settling::default();
    if link.device.owed().await.is_empty() {
        return settling;
    }
    let mut late = std::pin::pin!(late);
    let _turn = tokio::select! {
        turn = link.device.turn() => turn,
        () = &mut late => {
            settling.away = Some(CompanionError::silent());
            return settling;
        }
    };
    for mut token in link.device.owed().await {
        let sent = tokio::select! {
            biased;
            sent = send(link, &mut token, None) => sent,
            () = &mut late => Err(CompanionError::silent()),
        };
        let settled = match sent {
            Ok(answer) => {
                tracing::info!(psc_session = answer.name(), "A sign-out that was owed is sent");
                Settled::Sent(answer)
            }
            Err(error) if may_be_told_later(&error) => {
                settling.away = Some(error);
                break;
            }
            Err(error) if error.ended() == Some(SessionEnd::SignedOut) => {
                tracing::info!("A sign-out that was owed had been done when it was first asked");
                Settled::SentBefore
            }
            Err(error) => {
                tracing::warn!(error.code = %error.code(), %error, ended = error.ended().map(SessionEnd::name), "A sign-out that was owed came too late");
                Settled::TooLate
            }
        };
        link.device.settle_sign_out(&token).await;
        settling.settled.push(settled);
    }
    settling
}

async fn send(link: &Link, token: &mut SecretString, reason: Option<SignOutReason>) -> Result<SignOutAnswer, CompanionError> {
    match link.companion.sign_out_kept(token, reason).await {
        // It says nothing of the session: an earlier companion, which wants an access token here.
        Err(error) if error.refuses_token() && error.ended().is_none() => {}
        sent => return sent,
    }
    let fresh = link.companion.refresh(token).await?;
    let successor: SecretString = fresh.refresh_token.into();
    link.device.owe_instead(token, &successor).await;
    *token = successor;
    link.companion.sign_out(&fresh.access_token.into(), reason).await
}

/// Signs out the remembered session, which could not be gone on with for this reason.
///
/// # Errors
/// [`SignOutError`]; lost when there is nothing that could be sent later.
pub async fn sign_out_remembered(link: &Link, error: CompanionError) -> Result<SignOutAnswer, SignOutError> {
    let _turn = link.device.turn().await;
    // A locked session lets no token be renewed; its end may be asked for all the same (EXI 20).
    let can_end = may_be_told_later(&error) || error.code() == ErrorCode::SessionLocked;
    let stored = if can_end { link.device.stored_token().await.ok().flatten() } else { None };
    let Some(stored) = stored else { return Err(SignOutError::Lost(error.into())) };
    owe_and_send(link, &stored, None, error).await
}

/// Owes the sign-out of the remembered session, which somebody ordered and did not wait for; whether one is owed now.
pub async fn owe_remembered(link: &Link) -> bool {
    let _turn = link.device.turn().await;
    if let Ok(Some(stored)) = link.device.stored_token().await {
        link.device.owe(&stored).await;
    }
    !link.device.owed().await.is_empty()
}

/// Owes the sign-out that met this error. A companion that answered hears it at once, by the refresh token alone: what it limits is rotation.
/// Call it within a [`crate::device::Turn`].
pub(super) async fn owe_and_send(
    link: &Link,
    token: &SecretString,
    reason: Option<SignOutReason>,
    error: CompanionError,
) -> Result<SignOutAnswer, SignOutError> {
    link.device.owe(token).await;
    if !error.is_answer() {
        return Err(SignOutError::Later(error));
    }
    tracing::info!(error.code = %error.code(), "The sign-out is asked for by the refresh token");
    send_now(link, token, reason).await
}

/// Owes the sign-out and sends it at once, by the refresh token. Call it within a [`crate::device::Turn`].
pub(super) async fn owe_and_send_now(
    link: &Link,
    token: &SecretString,
    reason: Option<SignOutReason>,
) -> Result<SignOutAnswer, SignOutError> {
    link.device.owe(token).await;
    send_now(link, token, reason).await
}

async fn send_now(link: &Link, token: &SecretString, reason: Option<SignOutReason>) -> Result<SignOutAnswer, SignOutError> {
    let mut token = token.clone();
    let error = match send(link, &mut token, reason).await {
        Err(error) if may_be_told_later(&error) => return Err(SignOutError::Later(error)),
        Ok(answer) => {
            link.device.settle_sign_out(&token).await;
            return Ok(answer);
        }
        Err(error) => error,
    };
    link.device.settle_sign_out(&token).await;
    Err(SignOutError::Lost(if is_end(&error) || error.refuses_token() { CallError::Over(error.ended()) } else { error.into() }))
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
