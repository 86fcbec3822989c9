//! The last sign-in at the sandbox, dated (EXI PSC 12): of this companion where it is one of the sandbox, else of the dossier that one made.

use std::path::Path;

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use vestibule_model::PscEnvironment;
use vestibule_model::session::SignInId;

use super::results::AHEAD_S;
use super::{ConformityRefused, read_text};
use crate::audit::Event;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::support::{self, SupportRefused, stamp};

/// A sign-in that a companion of the sandbox has in its trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxRun {
    /// RFC 3339, UTC.
    pub signed_in_at: String,
    /// Number of the sign-in.
    pub sign_in_id: String,
    /// Whether Pro Santé Connect's session was then ended too.
    pub psc_session_ended: bool,
    /// Of the companion.
    pub version: String,
}

/// Reads the trail of a companion of the sandbox, running or stopped; nothing where it is another environment's. Performs I/O.
///
/// # Errors
/// [`ConformityRefused`] where the trail cannot be read.
pub async fn last_sign_in(config: &Config) -> Result<Option<SandboxRun>, ConformityRefused> {
    if config.psc.environment != PscEnvironment::Bas {
        return Ok(None);
    }
    let trail = support::trail(config).map_err(|error| SupportRefused::Start(error.into()))?;
    let lines = trail.last_of(Event::SignedIn.name()).await.map_err(|error| support::unreadable(config, error))?;
    let of = |event: Event| lines.iter().find(|line| line.event == event.name());
    Ok(of(Event::SignedIn).and_then(|line| {
        Some(SandboxRun {
            signed_in_at: stamp(line.at),
            sign_in_id: line.sign_in_id.as_ref()?.to_string(),
            psc_session_ended: of(Event::PscSessionEnded).is_some(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }))
}

impl SandboxRun {
    /// The one that the dossier of a companion of the sandbox dates, of the same service. Performs I/O.
    ///
    /// # Errors
    /// [`ConformityRefused`] for a file that is something else, or dates none that can be one.
    pub fn read(path: &Path, config: &Config, now: Timestamp) -> Result<Self, ConformityRefused> {
        #[derive(Deserialize)]
        struct Other {
            service: String,
            environment: PscEnvironment,
            sandbox: Option<SandboxRun>,
        }
        let unfit = |reason: &str| ConformityRefused::unfit(path, reason);
        let other: Other = serde_json::from_str(&read_text(path)?)
            .map_err(|_| unfit("ce n’est pas le «\u{a0}dossier.json\u{a0}» d’un serveur du bac à sable"))?;
        if other.environment != PscEnvironment::Bas {
            return Err(unfit("ce dossier n’est pas celui d’un serveur du bac à sable"));
        }
        if other.service != config.service.name {
            return Err(unfit("ce dossier est celui d’un autre service («\u{a0}service.name\u{a0}»)"));
        }
        let run = other.sandbox.ok_or_else(|| unfit("ce dossier ne date aucune connexion au bac à sable"))?;
        let Ok(signed_in_at) = DateTime::parse_from_rfc3339(&run.signed_in_at) else {
            return Err(unfit("la date de la connexion au bac à sable n’en est pas une"));
        };
        if signed_in_at.timestamp_millis() > now.plus_seconds(AHEAD_S).0 {
            return Err(unfit("la connexion au bac à sable est datée d’un jour à venir\u{202f}; vérifiez l’horloge de cette machine"));
        }
        if SignInId::parse(&run.sign_in_id).is_err() {
            return Err(unfit("la connexion au bac à sable n’a pas de numéro"));
        }
        let is_version =
            |text: &str| text.split('.').count() == 3 && text.split('.').all(|part| part.starts_with(|sign: char| sign.is_ascii_digit()));
        if !is_version(&run.version) {
            return Err(unfit("la connexion au bac à sable ne dit pas de quelle version elle est"));
        }
        Ok(run)
    }
}
