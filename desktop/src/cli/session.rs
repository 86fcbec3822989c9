//! `vestibule status`, `situation`, `logout`.

use std::sync::Arc;

use serde_json::{Value, json};
use vestibule_model::ErrorCode;
use vestibule_model::Session;
use vestibule_model::exchange::SignOutAnswer;
use vestibule_model::practitioner::SituationId;

use super::{DONE, Link, Output, REFUSED, Stop, print};
use crate::exchange::hop::{SignOutPage, send_browser};
use crate::session::{Kept, ServiceSession};

const NOBODY: &str = "Personne n’est connecté.";

pub(super) async fn status(json: bool, link: &Link, output: Output<'_>) -> Result<u8, Stop> {
    let Some((_, session)) = resumed(link).await? else { return nobody(json, output) };
    let text = if json { print::json(&json!({"session": print::session_document(&session)}))? } else { print::session_text(&session) };
    output.out.write_all(text.as_bytes())?;
    Ok(DONE)
}

pub(super) async fn situation(id: Option<String>, json: bool, link: &Link, output: Output<'_>) -> Result<u8, Stop> {
    let Some((service, session)) = resumed(link).await? else { return nobody(json, output) };
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

pub(super) async fn logout(json: bool, link: &Link, output: Output<'_>) -> Result<u8, Stop> {
    let Some((service, _)) = resumed(link).await? else {
        if json {
            output.out.write_all(print::json(&json!({"session": Value::Null, "psc_session": Value::Null}))?.as_bytes())?;
        }
        writeln!(output.err, "{NOBODY}")?;
        return Ok(DONE);
    };
    let (name, text) = match service.sign_out().await? {
        SignOutAnswer::Ended => ("ended", "Vous êtes déconnecté du service et de Pro Santé Connect."),
        SignOutAnswer::BrowserNeeded { browser_url } => {
            let opened = match SignOutPage::of(&link.companion.address("/"), &browser_url) {
                Some(page) => send_browser(&link.ports, page).await.is_ok(),
                None => false,
            };
            if opened {
                ("browser", "Vous êtes déconnecté du service. Le navigateur termine la déconnexion de Pro Santé Connect.")
            } else {
                ("open", "Vous êtes déconnecté du service. Pro Santé Connect est peut-être encore ouvert dans le navigateur.")
            }
        }
    };
    if json {
        output.out.write_all(print::json(&json!({"session": Value::Null, "psc_session": name}))?.as_bytes())?;
    } else {
        writeln!(output.out, "{text}")?;
    }
    Ok(DONE)
}

/// The remembered session. The command that was typed is real input.
async fn resumed(link: &Link) -> Result<Option<(Arc<ServiceSession>, Session)>, Stop> {
    let resumed = ServiceSession::resume(link.companion.clone(), link.device.clone(), link.ports.clock.clone(), Kept::Always).await;
    resumed.map_err(|error| Stop { sign_in_id: error.sign_in_id().cloned(), ..Stop::of(error.code()) })
}

fn nobody(json: bool, output: Output<'_>) -> Result<u8, Stop> {
    if json {
        output.out.write_all(print::json(&json!({"session": Value::Null}))?.as_bytes())?;
    }
    writeln!(output.err, "{NOBODY}")?;
    Ok(REFUSED)
}
