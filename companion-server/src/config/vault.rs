use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;

use super::{ConfigError, secret_file};

/// Le coffre qui scelle les jetons de Pro Santé Connect au repos.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VaultSection {
    /// Clé de scellement : 32 octets, bruts ou en base64url. Elle ne doit pas être lisible par tous. `companion-server init-key` en crée une.
    pub key_file: PathBuf,
}

impl VaultSection {
    pub(super) fn check_files(&self) -> Result<(), ConfigError> {
        let bytes = secret_file::read(&self.key_file)
            .map_err(|refusal| ConfigError::refused(ErrorCode::SealingKeyRefused, "vault.key_file", refusal.to_string()))?;
        crate::vault::KeyRing::parse(&bytes)
            .map(|_| ())
            .map_err(|refusal| ConfigError::refused(ErrorCode::SealingKeyRefused, "vault.key_file", refusal.to_string()))
    }
}
