//! The section `[client]`.

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
    /// Schéma d’adresse par lequel un navigateur rouvre l’application, dans l’échange "scheme" : une forme inversée de nom de domaine,
    /// celle que l’installation de l’application enregistre sur le poste.
    pub return_scheme: String,
}

impl Default for ClientSection {
    fn default() -> Self {
        Self { id: "vestibule-desktop".into(), return_scheme: "fr.vestibule.app".into() }
    }
}

impl ClientSection {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
        if self.id.is_empty() || self.id.len() > 64 || !self.id.chars().all(is_plain) {
            let reason = "de 1 à 64 lettres sans accent, chiffres, tirets, soulignés ou points";
            return Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "client.id", reason));
        }
        if !is_reversed_domain(&self.return_scheme) {
            let reason = "la forme inversée d’un nom de domaine, en minuscules et avec au moins un point (comme « fr.vestibule.app »)";
            return Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "client.return_scheme", reason));
        }
        Ok(())
    }
}

/// RFC 8252 section 7.1: a scheme that its owner's domain keeps apart from everyone else's. At most 64 characters.
fn is_reversed_domain(scheme: &str) -> bool {
    let is_label = |label: &str| {
        label.starts_with(|first: char| first.is_ascii_lowercase())
            && !label.ends_with('-')
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    scheme.len() <= 64 && scheme.contains('.') && scheme.split('.').all(is_label)
}
