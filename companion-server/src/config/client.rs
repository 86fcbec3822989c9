use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;

use super::ConfigError;

/// Le client lourd.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClientSection {
    /// Identifiant public du client lourd auprès du compagnon. Ce n’est pas celui de Pro Santé Connect, et ce n’est pas un secret.
    pub id: String,
}

impl Default for ClientSection {
    fn default() -> Self {
        Self { id: "vestibule-desktop".into() }
    }
}

impl ClientSection {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
        if self.id.is_empty() || self.id.len() > 64 || !self.id.chars().all(is_plain) {
            let reason = "de 1 à 64 lettres sans accent, chiffres, tirets, soulignés ou points";
            return Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "client.id", reason));
        }
        Ok(())
    }
}
