//! `vestibule status`, `situation`, `logout`.

use std::sync::Arc;

use serde_json::{Value, json};
use vestibule_model::ErrorCode;
use vestibule_model::Session;
use vestibule_model::exchange::SignOutAnswer;
use vestibule_model::practitioner::SituationId;

use super::{DONE, Link, Output, REFUSED, Stop, UNREACHABLE, print, unkept};
use crate::companion::CompanionError;
use crate::exchange::hop::{SignOutPage, send_browser};
use crate::session::{Kept, ResumeError, ServiceSession, Settled, SignOutError, settle};

const NOBODY: &str = "Personne n’est connecté.";
const LATER: &str = "Le service ne répond pas. Plus personne n’est connecté sur ce poste, mais Pro Santé Connect est peut-être encore ouvert\u{a0}: fermez le navigateur. La déconnexion partira dès que le service répondra, à la prochaine commande ou à l’ouverture de la fenêtre.";
const EARLIER_LOST: &str =
    "La déconnexion demandée plus tôt est arrivée trop tard\u{a0}: Pro Santé Connect est peut-être encore ouvert, fermez le navigateur.";

pub(super) async fn status(json: bool, link: &Link, mut output: Output<'_>) -> Result<u8, Stop> {
    let Some((_, session)) = known(resume(link).await, json, link, &mut output)? else { return nobody(json, output) };
    let text = if json { print::json(&json!({"session": print::session_document(&session)}))? } else { print::session_text(&session) };
    output.out.write_all(text.as_bytes())?;
    Ok(DONE)
}

pub(super) async fn situation(id: Option<String>, json: bool, link: &Link, mut output: Output<'_>) -> Result<u8, Stop> {
    let Some((service, session)) = known(resume(link).await, json, link, &mut output)? else { return nobody(json, output) };
    let session = match id {
        None => session,
        Some(id) => {
            let id = SituationId(id);
            if session.practitioner.situation(&id).is_none() {
                return Err(Stop { sign_in_id: Some(session.sign_in_id), ..Stop::of(ErrorCode::SituationUnknown) });
            }
            service.choose_situation(id).await?
        }
    };
    let text = if json {
        print::json(&json!({"situation_id": session.situation_id, "situations": print::situations(&session)}))?
    } else {
        print::situations_text(&session)
    };
    output.out.write_all(text.as_bytes())?;
    Ok(DONE)
}

pub(super) async fn logout(json: bool, link: &Link, mut output: Output<'_>) -> Result<u8, Stop> {
    let resumed = match resume(link).await {
        Err(ResumeError::Companion(error)) if link.device.owe_remembered(&error).await => return told_later(json, &error, output),
        resumed => known(resumed, json, link, &mut output)?,
    };
    let Some((service, _)) = resumed else {
        if json {
            output.out.write_all(print::json(&json!({"session": Value::Null, "psc_session": Value::Null}))?.as_bytes())?;
        }
        writeln!(output.err, "{NOBODY}")?;
        return Ok(DONE);
    };
    let signed_out = match service.sign_out().await {
        Err(SignOutError::Later(error)) => return told_later(json, &error, output),
        Err(SignOutError::Lost(error)) => return Err(error.into()),
        Ok(signed_out) => signed_out,
    };
    let (name, text) = match signed_out {
        SignOutAnswer::Ended => ("ended", "Vous êtes déconnecté du service et de Pro Santé Connect."),
        SignOutAnswer::BrowserNeeded { browser_url } if finish_in_browser(link, &browser_url).await => {
            ("browser", "Vous êtes déconnecté du service. Le navigateur termine la déconnexion de Pro Santé Connect.")
        }
        SignOutAnswer::Unknown { browser_url } if finish_in_browser(link, &browser_url).await => (
            "unknown",
            "Vous êtes déconnecté du service. Pro Santé Connect n’a pas confirmé la fin de sa session\u{a0}: le navigateur s’en assure.",
        ),
        SignOutAnswer::BrowserNeeded { .. } | SignOutAnswer::Unknown { .. } => {
            ("open", "Vous êtes déconnecté du service. Pro Santé Connect est peut-être encore ouvert dans le navigateur.")
        }
    };
    if json {
        output.out.write_all(print::json(&json!({"session": Value::Null, "psc_session": name}))?.as_bytes())?;
    } else {
        writeln!(output.out, "{text}")?;
    }
    Ok(DONE)
}

/// Signed out here; the companion could not be told, and every later command tries again.
fn told_later(json: bool, error: &CompanionError, output: Output<'_>) -> Result<u8, Stop> {
    tracing::warn!(error.code = %error.code(), %error, "signed out here; the companion will be told as soon as it answers");
    if json {
        output.out.write_all(print::json(&json!({"session": Value::Null, "psc_session": "later"}))?.as_bytes())?;
    }
    writeln!(output.err, "{LATER}")?;
    Ok(UNREACHABLE)
}

/// Sends what an earlier sign-out could not tell, and says what became of it. Never in the way of what was asked for now.
pub(super) async fn settle_earlier(link: &Link, output: &mut Output<'_>) -> Result<(), Stop> {
    let line = match settle(&link.companion, &link.device).await {
        Settled::Nothing => return Ok(()),
        Settled::Sent(SignOutAnswer::Ended) => "La déconnexion demandée plus tôt est terminée, dans le service et dans Pro Santé Connect.",
        Settled::Sent(SignOutAnswer::BrowserNeeded { browser_url }) => match finish_in_browser(link, &browser_url).await {
            true => "La déconnexion demandée plus tôt est faite dans le service. Le navigateur termine celle de Pro Santé Connect.",
            false => EARLIER_LOST,
        },
        Settled::Sent(SignOutAnswer::Unknown { browser_url }) => match finish_in_browser(link, &browser_url).await {
            true => "La déconnexion demandée plus tôt est faite dans le service. Le navigateur s’assure de celle de Pro Santé Connect.",
            false => EARLIER_LOST,
        },
        Settled::TooLate => EARLIER_LOST,
        Settled::StillAway(_) => LATER,
    };
    writeln!(output.err, "{line}")?;
    Ok(())
}

async fn finish_in_browser(link: &Link, browser_url: &str) -> bool {
    let Some(page) = SignOutPage::of(&link.companion.address("/"), browser_url) else { return false };
    match send_browser(&link.ports, page).await {
        Ok(sent) => {
            // This process is the listener.
            sent.linger().await;
            true
        }
        Err(error) => {
            tracing::error!(error.code = %error.code(), %error, "no browser finishes the sign-out");
            false
        }
    }
}

type Resumed = Option<(Arc<ServiceSession>, Session)>;

/// Stops where nobody can tell whether there is a session.
fn known(resumed: Result<Resumed, ResumeError>, json: bool, link: &Link, output: &mut Output<'_>) -> Result<Resumed, Stop> {
    match resumed {
        Ok(resumed) => Ok(resumed),
        Err(ResumeError::Keyring(error)) => Err(unkept::unknown(json, &error, link.language, output)?),
        Err(ResumeError::Companion(error)) => Err(stop(&error)),
    }
}

/// The remembered session. The command that was typed is real input.
async fn resume(link: &Link) -> Result<Resumed, ResumeError> {
    ServiceSession::resume(link.companion.clone(), link.device.clone(), link.ports.clock.clone(), Kept::Always).await
}

fn stop(error: &CompanionError) -> Stop {
    Stop { sign_in_id: error.sign_in_id().cloned(), ..Stop::of(error.code()) }
}

fn nobody(json: bool, output: Output<'_>) -> Result<u8, Stop> {
    if json {
        output.out.write_all(print::json(&json!({"session": Value::Null}))?.as_bytes())?;
    }
    writeln!(output.err, "{NOBODY}")?;
    Ok(REFUSED)
}
