//! Why a configuration cannot stand. Messages are for the administrator: French, with the key at fault.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use vestibule_model::ErrorCode;

use crate::secret_file::SecretFileRefused;
use crate::words::{in_french, of_unreadable};

/// Why a configuration cannot stand.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file itself cannot be read.
    #[error("{code}\u{a0}: le fichier de configuration «\u{a0}{}\u{a0}» n’a pas pu être lu\u{a0}: {}", path.display(), in_french(source), code = self.code())]
    Unreadable {
        /// The configuration file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Any account of the machine could say what the companion does.
    #[error("{code}\u{a0}: le fichier de configuration «\u{a0}{}\u{a0}» peut être modifié par tous les comptes de la machine\u{202f}; retirez ce droit (chmod o-w)", path.display(), code = self.code())]
    OpenToChange {
        /// The file.
        path: PathBuf,
    },
    /// Not TOML, or a key that is unknown, missing or of the wrong type.
    #[error("{code} : ligne {line}, {problem}", code = ErrorCode::ConfigurationInvalid)]
    Malformed {
        /// Dotted name of the key at fault, when one can be told.
        key: Option<String>,
        /// Counted from 1.
        line: usize,
        /// In French, with the key.
        problem: String,
    },
    /// A value that is well formed and cannot stand.
    #[error("{code}\u{a0}: paramètre «\u{a0}{key}\u{a0}»\u{a0}: {reason}")]
    Refused {
        /// Number of the catalogue.
        code: ErrorCode,
        /// Dotted name of the key at fault.
        key: Cow<'static, str>,
        /// In French.
        reason: String,
    },
}

impl ConfigError {
    /// A value that cannot stand.
    pub(crate) fn refused(code: ErrorCode, key: impl Into<Cow<'static, str>>, reason: impl Into<String>) -> Self {
        Self::Refused { code, key: key.into(), reason: reason.into() }
    }

    /// A secret file that cannot serve.
    pub(crate) fn of_secret_file(of_the_file: ErrorCode, key: impl Into<Cow<'static, str>>, refusal: &SecretFileRefused) -> Self {
        Self::refused(refusal.code_or(of_the_file), key, refusal.to_string())
    }

    /// A file that holds no secret, and cannot be read.
    pub(crate) fn of_file(of_the_file: ErrorCode, key: impl Into<Cow<'static, str>>, path: &Path, source: &io::Error) -> Self {
        let reason = format!("«\u{a0}{}\u{a0}» n’a pas pu être lu\u{a0}: {}", path.display(), in_french(source));
        Self::refused(of_unreadable(source, of_the_file), key, reason)
    }

    /// Number of the catalogue.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unreadable { source, .. } => of_unreadable(source, ErrorCode::ConfigurationInvalid),
            Self::OpenToChange { .. } | Self::Malformed { .. } => ErrorCode::ConfigurationInvalid,
            Self::Refused { code, .. } => *code,
        }
    }

    /// Dotted name of the key at fault, when one can be told.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Unreadable { .. } | Self::OpenToChange { .. } => None,
            Self::Malformed { key, .. } => key.as_deref(),
            Self::Refused { key, .. } => Some(key),
        }
    }
}
