//! What is said where the keyring tells nothing, or keeps nothing: nobody is called signed out, and no session is left that nothing could close.

use serde_json::{Value, json};
use vestibule_model::ErrorCode;
use vestibule_model::Session;
use vestibule_model::language::Language;

use super::{Stop, Workstation};
use crate::keyring::KeyringError;
use crate::session::ServiceSession;

/// The keyring could not be read: whether somebody is signed in, nobody can know.
pub(super) fn unknown(error: &KeyringError, language: Language) -> Stop {
    let code = error.code();
    let cannot_know = match language {
        Language::Fr => {
            "Sans le trousseau, on ne peut pas savoir si quelqu’un est connecté sur ce poste. Rien n’a été changé\u{a0}: une session est peut-être encore ouverte."
        }
        Language::En => {
            "Without the keyring, nobody can know whether someone is signed in on this workstation. Nothing was changed: a session may still be open."
        }
    };
    // The catalogue's are about the window, which does without a keyring: whoever leaves on them leaves a session open.
    let remedy = match (error, language) {
        (KeyringError::Locked, Language::Fr) => {
            "Déverrouillez le trousseau, puis recommencez la commande. Si vous partez avant, fermez d’abord le navigateur."
        }
        (KeyringError::Locked, Language::En) => {
            "Unlock the keyring, then run the command again. If you leave before, close the browser first."
        }
        (_, Language::Fr) => {
            "Rétablissez le trousseau, avec le support s’il le faut, puis recommencez la commande. Si vous partez avant, fermez d’abord le navigateur."
        }
        (_, Language::En) => {
            "Restore the keyring, with support if need be, then run the command again. If you leave before, close the browser first."
        }
    };
    Stop { detail: Some(cannot_know.to_owned()), remedy: Some(remedy), ..Stop::of(code) }
}

/// Before she signs in: the session will not outlive the command.
pub(super) fn announcement(code: ErrorCode, language: Language) -> String {
    let title = code.explanation(language).title;
    match language {
        Language::Fr => format!(
            "{code}  {title}\nLa session ne peut pas être gardée après cette commande\u{a0}: elle sera fermée dès que la personne sera identifiée."
        ),
        Language::En => format!(
            "{code}  {title}\nThe session cannot be kept after this command: it will be closed as soon as the person is identified."
        ),
    }
}

/// What a command opened and then failed over does not stay open: whoever reads the error takes it for a refusal.
pub(super) async fn closed(stop: Stop, service: &ServiceSession, session: &Session, unkept: Option<Unkept>, language: Language) -> Stop {
    let sign_in_id = Some(session.sign_in_id.clone());
    // Said already, and ended as far as that could be.
    if let Some(Unkept { ended, .. }) = unkept {
        return Stop { ended: Some(ended), sign_in_id, ..stop };
    }
    let ended = end(service).await;
    tracing::info!(sign_in.id = %session.sign_in_id, error.code = %stop.code, ended, "the command failed: the session that had just opened is closed");
    let minutes = session.clocks.idle_in_s.min(session.clocks.absolute_in_s).div_ceil(60);
    let became = match (language, ended) {
        (Language::Fr, true) => {
            "La session qui venait de s’ouvrir a été fermée dans le service. Pro\u{a0}Santé\u{a0}Connect reste ouvert dans le navigateur."
                .to_owned()
        }
        (Language::Fr, false) => format!(
            "La session qui venait de s’ouvrir n’a pas pu être fermée dans le service\u{a0}: elle se fermera seule, dans {minutes}\u{a0}minutes au plus."
        ),
        (Language::En, true) => {
            "The session that had just opened was closed in the service. Pro\u{a0}Santé\u{a0}Connect stays open in the browser.".to_owned()
        }
        (Language::En, false) => format!(
            "The session that had just opened could not be closed in the service: it will close by itself, in {minutes}\u{a0}minutes at most."
        ),
    };
    let cause = stop.detail.as_deref().unwrap_or(stop.code.explanation(language).cause);
    let detail = Some(format!("{cause}\n{became}"));
    Stop { detail, ended: Some(ended), sign_in_id, ..stop }
}

/// Ends the service session only (RECO 06); whether the companion agreed.
async fn end(service: &ServiceSession) -> bool {
    let ended = service.end().await;
    if let Err(error) = &ended {
        tracing::warn!(error.code = %error.code(), %error, "a session that cannot be kept could not be ended: it idles out");
    }
    ended.is_ok()
}

/// A session that nothing could use or close after this command, and what became of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unkept {
    code: ErrorCode,
    /// Whether the companion ended it.
    ended: bool,
}

impl Unkept {
    /// Ends the service session when no later command can find it; Pro Santé Connect is left alone (RECO 06).
    pub(super) async fn of(service: &ServiceSession, workstation: &Workstation) -> Option<Self> {
        let code = workstation.link.device.not_kept()?;
        Some(Self { code, ended: end(service).await })
    }

    /// For a person.
    pub(super) fn told(self, session: &Session, language: Language) -> String {
        let title = self.code.explanation(language).title;
        let minutes = session.clocks.idle_in_s.min(session.clocks.absolute_in_s).div_ceil(60);
        let became = match (language, self.ended) {
            (Language::Fr, true) => "La session ne peut pas être gardée\u{a0}: elle a été fermée dans le service. Pro\u{a0}Santé\u{a0}Connect reste ouvert dans le navigateur.".to_owned(),
            (Language::Fr, false) => format!("La session ne peut pas être gardée et n’a pas pu être fermée dans le service\u{a0}: elle se fermera seule, dans {minutes}\u{a0}minutes au plus."),
            (Language::En, true) => "The session cannot be kept: it was closed in the service. Pro\u{a0}Santé\u{a0}Connect stays open in the browser.".to_owned(),
            (Language::En, false) => format!("The session cannot be kept and could not be closed in the service: it will close by itself, in {minutes}\u{a0}minutes at most."),
        };
        format!("{}  {title}\n{became}", self.code)
    }

    /// For a program.
    pub(super) fn describe(self, document: &mut Value, language: Language) {
        document["ended"] = json!(self.ended);
        document["keyring"] = json!({"code": self.code, "message": self.code.explanation(language).title});
    }
}
