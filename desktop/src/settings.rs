//! Settings: machine policy, then user file, then default; each value knows its source.

use std::path::PathBuf;

use url::Url;
use vestibule_model::ErrorCode;
use vestibule_model::view::Language;

/// Everything the app needs to know before it speaks to anyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Origin of the companion: https, or http on the literal 127.0.0.1.
    pub companion_url: Url,
    /// Additional certification authority, PEM, for a companion inside a hospital.
    pub companion_ca_file: Option<PathBuf>,
    /// The app's public client id at the companion.
    pub client_id: String,
    /// Shown until the companion gave its own name.
    pub service_name: String,
    /// What this workstation calls itself on the confirmation page.
    pub device_label: String,
    pub language: Language,
}

/// Why there are no settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A file that exists cannot be read.
    #[error("{path}: {reason}")]
    Unreadable { path: PathBuf, reason: String },
}

impl SettingsError {
    /// The catalogue's code.
    pub fn code(&self) -> ErrorCode {
        ErrorCode::SettingsInvalid
    }
}

impl Settings {
    /// Reads the machine policy and the user's file.
    ///
    /// # Errors
    /// [`SettingsError`], with a code of the catalogue and a message naming file and key.
    pub fn load() -> Result<Self, SettingsError> {
        todo!("being written")
    }
}
