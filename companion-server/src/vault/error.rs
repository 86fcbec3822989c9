//! Why a vault cannot be opened. Messages are for the administrator: French.

use std::path::PathBuf;

use vestibule_model::ErrorCode;

use crate::secret_file::SecretFileRefused;

/// Why the vault cannot open. In French: the administrator reads it.
#[derive(Debug, thiserror::Error)]
pub enum VaultRefused {
    /// The key file cannot serve.
    #[error(transparent)]
    File(#[from] SecretFileRefused),
    /// A key that is not 32 bytes, raw or in base64url.
    #[error(
        "la clé de chiffrement ne compte pas 32 octets, bruts ou en base64url\u{202f}; créez-en une avec «\u{a0}companion-server init-key\u{a0}»"
    )]
    NotAKey,
    /// A key of zeros protects nothing.
    #[error("la clé de chiffrement n’est faite que de zéros\u{202f}; créez-en une avec «\u{a0}companion-server init-key\u{a0}»")]
    AllZero,
    /// The same key twice, or more keys than a rotation ever leaves.
    #[error("le fichier de clé répète une clé ou en compte plus de {most}\u{202f}; gardez la clé courante sur la première ligne")]
    Crowded {
        /// How many it may hold.
        most: usize,
    },
    /// Whoever copies the database's folder would copy the key too.
    #[error("«\u{a0}{}\u{a0}» est dans le dossier de la base de données, «\u{a0}{}\u{a0}»\u{202f}; rangez la clé ailleurs", file.display(), folder.display())]
    BesideDatabase {
        /// Where the key really is, links followed.
        file: PathBuf,
        /// Where the database is.
        folder: PathBuf,
    },
}

impl VaultRefused {
    /// Number of the catalogue.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::BesideDatabase { .. } => ErrorCode::SealingKeyBesideDatabase,
            Self::File(refused) => refused.code_or(ErrorCode::SealingKeyRefused),
            Self::NotAKey | Self::AllZero | Self::Crowded { .. } => ErrorCode::SealingKeyRefused,
        }
    }
}

/// Why a value cannot be sealed or unsealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Truncated, or written by a version this one does not know.
    #[error("the envelope has an unknown form")]
    UnknownForm,
    /// Sealed under a key that this vault does not hold.
    #[error("the envelope was sealed under another key")]
    OtherKey,
    /// Altered, or moved from another place.
    #[error("the envelope was altered or belongs elsewhere")]
    Altered,
    /// The value is not the text that was expected.
    #[error("the sealed value is not text")]
    NotText,
}
