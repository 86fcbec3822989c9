//! The section `[logs]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;

use super::ConfigError;

/// Les journaux techniques. Jamais de jeton, de secret ni de nom.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogsSection {
    /// "human" pour une personne, "json" pour un collecteur.
    pub format: LogFormat,
    /// Niveau : "error", "warn", "info", "debug", "trace", ou un filtre par module comme "info,companion_server=debug".
    pub level: String,
}

/// Forme des journaux.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Pour une personne.
    #[default]
    Human,
    /// Pour un collecteur.
    Json,
}

impl Default for LogsSection {
    fn default() -> Self {
        Self { format: LogFormat::Human, level: "info".into() }
    }
}

/// What a directive that names no module may say.
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

impl LogsSection {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        // The filter takes a lone word that is no level for a module: a misspelt level would silence everything.
        let is_sound = |directive: &str| directive.contains('=') || LEVELS.contains(&directive.trim().to_lowercase().as_str());
        match tracing_subscriber::EnvFilter::try_new(&self.level) {
            Ok(_) if self.level.split(',').all(is_sound) => Ok(()),
            _ => {
                let reason =
                    "niveau inconnu\u{a0}: error, warn, info, debug, trace, ou un filtre par module comme \"info,companion_server=debug\"";
                Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "logs.level", reason))
            }
        }
    }
}
