//! The conformity dossier (EXI PSC 01 to 33, RECO PSC 01 to 06): what each requirement asks, how it is met, what the last run of the tests said of its
//! proofs, the configuration in force, and what remains to the organisation. A page to print, and the same as JSON.

pub mod cross_table;
mod dossier;
mod effective;
mod organisation;
mod page;
pub mod requirements;
pub mod results;
mod runbook;
mod sandbox;

use std::io;
use std::path::{Path, PathBuf};

use vestibule_model::ErrorCode;

pub use self::dossier::{Counts, Dossier, Found};
pub use self::effective::settings;
pub use self::organisation::Organisation;
pub use self::page::answers;
pub use self::requirements::{Bearer, REQUIREMENTS, Requirement};
pub use self::results::{Built, Outcome, TestResults};
pub use self::sandbox::{SandboxRun, last_sign_in};
use crate::config::Config;
use crate::preflight::StartError;
use crate::support::SupportRefused;
use crate::words::in_french;

/// Name of the page in its folder.
pub const PAGE: &str = "dossier.html";
/// The same for a program.
pub const DOCUMENT: &str = "dossier.json";
/// What the organisation answers; written once, then hers.
pub const ANSWERS: &str = "organisation.toml";

/// Why there is no dossier. In French: the administrator reads it.
#[derive(Debug, thiserror::Error)]
pub enum ConformityRefused {
    /// As a start would.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The memory cannot be read.
    #[error(transparent)]
    Memory(#[from] SupportRefused),
    /// A file that was given, or one that is to be written.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}»\u{a0}: {}", path.display(), in_french(source), code = ErrorCode::ConformityRefused)]
    File { path: PathBuf, source: io::Error },
    /// It is not what it is given as.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}»\u{a0}: {reason}", path.display(), code = ErrorCode::ConformityRefused)]
    Unfit { path: PathBuf, reason: String },
}

impl ConformityRefused {
    /// Number of the catalogue.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Start(error) => error.code(),
            Self::Memory(error) => error.code(),
            Self::File { .. } | Self::Unfit { .. } => ErrorCode::ConformityRefused,
        }
    }

    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// What the system refuses the command itself.
    pub fn system(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::unfit(path, reason.to_string())
    }

    fn unfit(path: &Path, reason: impl Into<String>) -> Self {
        Self::Unfit { path: path.to_owned(), reason: reason.into() }
    }
}

/// A dossier goes to others, folder and all: it is not made where the companion keeps what is its own. Performs I/O.
///
/// # Errors
/// [`ConformityRefused`], with what is there.
pub fn refuse_beside(config: &Config, file: &Path, folder: &Path) -> Result<(), ConformityRefused> {
    let asked = real(folder);
    let own = [
        ("la configuration du serveur de connexion", Some(file)),
        ("la base du serveur de connexion", config.storage.sqlite_file.as_deref()),
        ("la clé de chiffrement", Some(config.vault.key_file.as_path())),
    ];
    for (what, file) in own {
        let Some(file) = file else { continue };
        // Where it is named, and where it is.
        let folders = [file.parent().map(real), real(file).parent().map(Path::to_owned)];
        if folders.into_iter().flatten().any(|folder| folder == asked) {
            return Err(ConformityRefused::unfit(
                folder,
                format!("ce dossier est celui où est {what}\u{202f}; nommez-en un autre («\u{a0}--out\u{a0}»)"),
            ));
        }
    }
    Ok(())
}

/// Without links and dots, as far as it is there.
fn real(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

fn read_text(path: &Path) -> Result<String, ConformityRefused> {
    let bytes = crate::ordinary_file::read(path).map_err(ConformityRefused::file(path))?;
    String::from_utf8(bytes).map_err(|_| ConformityRefused::unfit(path, "ce n’est pas un texte en UTF-8"))
}

#[cfg(test)]
mod tests;
