//! The section `[session]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;

use super::ConfigError;

/// Les durées des sessions du logiciel.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SessionSection {
    /// Minutes sans activité qui ferment la session du logiciel, de 5 à 30. La session Pro Santé Connect reste ouverte (EXI PSC 32).
    pub idle_limit_minutes: u32,
    /// Minutes qui ferment la session du logiciel quoi qu’il arrive, 240 au plus : la durée maximale d’une session Pro Santé Connect.
    pub absolute_limit_minutes: u32,
}

impl Default for SessionSection {
    fn default() -> Self {
        Self { idle_limit_minutes: 15, absolute_limit_minutes: 240 }
    }
}

impl SessionSection {
    /// Seconds of inactivity that end a session.
    pub const fn idle_limit_s(&self) -> u32 {
        self.idle_limit_minutes * 60
    }

    /// Seconds that end a session whatever happens.
    pub const fn absolute_limit_s(&self) -> u32 {
        self.absolute_limit_minutes * 60
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let refused = |key, reason: &str| Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, key, reason));
        if !(5..=30).contains(&self.idle_limit_minutes) {
            return refused("session.idle_limit_minutes", "de 5 à 30 minutes");
        }
        if self.absolute_limit_minutes > 240 || self.absolute_limit_minutes < self.idle_limit_minutes {
            return refused("session.absolute_limit_minutes", "au moins la limite d’inactivité, au plus 240 minutes");
        }
        Ok(())
    }
}
