//! The last sign-in at the sandbox, dated (EXI PSC 12): of this companion where it is one of the sandbox, else of the dossier that one made.

use std::path::Path;

use serde::{Deserialize, Serialize};
use vestibule_model::PscEnvironment;

use super::{ConformityRefused, read_text};
use crate::audit::Event;
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
    /// The one that the dossier of a companion of the sandbox dates. Performs I/O.
    ///
    /// # Errors
    /// [`ConformityRefused`] for a file that is something else, or dates none.
    pub fn read(path: &Path) -> Result<Self, ConformityRefused> {
        #[derive(Deserialize)]
        struct Other {
            sandbox: Option<SandboxRun>,
        }
        let other: Other = serde_json::from_str(&read_text(path)?)
            .map_err(|_| ConformityRefused::unfit(path, "ce n’est pas le «\u{a0}dossier.json\u{a0}» d’un serveur du bac à sable"))?;
        other.sandbox.ok_or_else(|| ConformityRefused::unfit(path, "ce dossier ne date aucune connexion au bac à sable"))
    }
}
