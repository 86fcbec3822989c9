//! What is said where the keyring tells nothing, or keeps nothing: nobody is called signed out, and no session is left that nothing could close.

use serde_json::{Value, json};
use vestibule_model::ErrorCode;
use vestibule_model::Session;
use vestibule_model::language::Language;

use super::print::message;
use super::{Detail, Stop, Workstation};
use crate::keyring::KeyringError;
use crate::session::ServiceSession;
use crate::words;

/// The keyring could not be read: whether somebody is signed in, nobody can know.
pub(super) fn unknown(error: &KeyringError, language: Language) -> Stop {
    let words = words::of(language);
    // The catalogue's are about the window, which does without a keyring: whoever leaves on them leaves a session open.
    let remedy = if matches!(error, KeyringError::Locked) { words.locked_remedy() } else { words.keyring_remedy() };
    Stop { detail: Some(Detail::Said(words.cannot_know().to_owned())), remedy: Some(remedy), ..Stop::of(error.code()) }
}

/// Before she signs in: the session will not outlive the command.
pub(super) fn announcement(code: ErrorCode, language: Language) -> String {
    let title = code.explanation(language).title;
    format!("{code}  {title}\n{}", words::of(language).will_not_be_kept())
}

/// What a command opened and then failed over does not stay open: whoever reads the error takes it for a refusal.
pub(super) async fn closed(stop: Stop, service: &ServiceSession, session: &Session, unkept: Option<Unkept>, language: Language) -> Stop {
    let sign_in_id = Some(session.sign_in_id.clone());
    // Said already, and ended as far as that could be.
    if let Some(Unkept { ended, .. }) = unkept {
        return Stop { ended: Some(ended), sign_in_id, ..stop };
    }
    let ended = end(service).await;
    tracing::info!(sign_in.id = %session.sign_in_id, error.code = %stop.code, ended, "The command failed: the session that had just opened is closed");
    let minutes = session.clocks.idle_in_s.min(session.clocks.absolute_in_s).div_ceil(60);
    let words = words::of(language);
    let became = if ended { words.closed_again().to_owned() } else { words.not_closed_again(minutes) };
    let detail = Some(Detail::Said(format!("{}\n{became}", message(&stop, language))));
    Stop { detail, ended: Some(ended), sign_in_id, ..stop }
}

/// Ends the service session only (RECO 06); whether the companion agreed.
async fn end(service: &ServiceSession) -> bool {
    let ended = service.end().await;
    if let Err(error) = &ended {
        tracing::warn!(error.code = %error.code(), %error, "A session that cannot be kept could not be ended: it idles out");
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
        let ended = end(service).await;
        let id = service.thread();
        tracing::warn!(sign_in.id = %id, outcome = "failed", error.code = %code, ended, "The session that had just opened cannot be kept: it is closed");
        Some(Self { code, ended })
    }

    /// For a person.
    pub(super) fn told(self, session: &Session, language: Language) -> String {
        let title = self.code.explanation(language).title;
        let minutes = session.clocks.idle_in_s.min(session.clocks.absolute_in_s).div_ceil(60);
        let words = words::of(language);
        let became = if self.ended { words.not_kept().to_owned() } else { words.not_kept_nor_closed(minutes) };
        format!("{}  {title}\n{became}", self.code)
    }

    /// For a program.
    pub(super) fn describe(self, document: &mut Value, language: Language) {
        document["ended"] = json!(self.ended);
        let told = self.code.explanation(language);
        document["keyring"] = json!({"code": self.code, "title": told.title, "message": told.cause});
    }
}
