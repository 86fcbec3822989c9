//! Why nothing was set up.

use std::io;
use std::path::{Path, PathBuf};

use vestibule_model::ErrorCode;

use crate::preflight::StartError;
use crate::words::{in_french, of_new_file};

/// Why nothing was set up. In French: the administrator reads it.
#[derive(Debug, thiserror::Error)]
pub enum SetupRefused {
    /// Nobody is there to say it.
    #[error("{code}\u{a0}: il manque {option}", code = self.code())]
    Missing {
        /// Which gives it.
        option: &'static str,
    },
    /// It cannot stand.
    #[error("{code}\u{a0}: {option}\u{a0}: {reason}", code = self.code())]
    Value {
        /// Which gave it, or would have.
        option: &'static str,
        /// In French.
        reason: String,
    },
    /// Another file is there.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» existe déjà, et son contenu serait remplacé", .0.display(), code = self.code())]
    WouldReplace(PathBuf),
    /// Not by this account.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» est à root\u{202f}; lancez la commande avec root (sudo), ou nommez d’autres places (--config, --secrets-dir)", .0.display(), code = self.code())]
    NotRoot(PathBuf),
    /// The system refused it.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» ne peut pas être écrit\u{a0}: {}", path.display(), of_new_file(source, path), code = self.code())]
    Unwritten {
        /// What was to be written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The terminal failed.
    #[error("{code}\u{a0}: le terminal ne répond plus\u{a0}: {}", in_french(.0), code = self.code())]
    Terminal(#[from] io::Error),
    /// By the person, or by a signal.
    #[error("{code}\u{a0}: la commande a été interrompue", code = self.code())]
    Interrupted,
    /// As the person answered.
    #[error("{code}\u{a0}: vous avez répondu non", code = self.code())]
    Declined,
    /// A start under this configuration would be refused.
    #[error(transparent)]
    Start(#[from] StartError),
}

impl SetupRefused {
    pub(super) fn unwritten(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Unwritten { path: path.to_owned(), source }
    }

    /// Number of the catalogue.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Missing { .. } => ErrorCode::SetupValueMissing,
            Self::Value { .. } => ErrorCode::SetupValueRefused,
            Self::WouldReplace(_) => ErrorCode::SetupWouldReplace,
            Self::NotRoot(_) | Self::Unwritten { .. } | Self::Terminal(_) | Self::Interrupted | Self::Declined => {
                ErrorCode::SetupNotWritten
            }
            Self::Start(error) => error.code(),
        }
    }
}
