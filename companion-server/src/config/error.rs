//! Why a configuration cannot stand. Messages are for the administrator: French, with the key at fault.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use vestibule_model::ErrorCode;

use crate::words::in_french;

/// Why a configuration cannot stand.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file itself cannot be read.
    #[error("{code} : le fichier de configuration « {} » est illisible : {}", path.display(), in_french(source), code = ErrorCode::ConfigurationInvalid)]
    Unreadable {
        /// The configuration file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
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
    #[error("{code} : clé « {key} » : {reason}")]
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

    /// Number of the catalogue.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unreadable { .. } | Self::Malformed { .. } => ErrorCode::ConfigurationInvalid,
            Self::Refused { code, .. } => *code,
        }
    }

    /// Dotted name of the key at fault, when one can be told.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Unreadable { .. } => None,
            Self::Malformed { key, .. } => key.as_deref(),
            Self::Refused { key, .. } => Some(key),
        }
    }
}
