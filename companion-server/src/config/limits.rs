use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;

use super::ConfigError;

/// Les limites de débit.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsSection {
    /// Connexions commencées par minute et par poste.
    pub starts_per_minute_per_key: u32,
    /// Connexions commencées par minute et par adresse réseau. Un hôpital entier peut partager une adresse.
    pub starts_per_minute_per_address: u32,
    /// Retours de Pro Santé Connect par minute et par adresse réseau.
    pub callbacks_per_minute_per_address: u32,
    /// Connexions en cours à la fois par poste.
    pub pending_per_key: u32,
}

impl Default for LimitsSection {
    fn default() -> Self {
        Self { starts_per_minute_per_key: 6, starts_per_minute_per_address: 60, callbacks_per_minute_per_address: 30, pending_per_key: 3 }
    }
}

impl LimitsSection {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let limits = [
            ("limits.starts_per_minute_per_key", self.starts_per_minute_per_key),
            ("limits.starts_per_minute_per_address", self.starts_per_minute_per_address),
            ("limits.callbacks_per_minute_per_address", self.callbacks_per_minute_per_address),
            ("limits.pending_per_key", self.pending_per_key),
        ];
        match limits.into_iter().find(|(_, limit)| NonZeroU32::new(*limit).is_none()) {
            Some((key, _)) => Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, key, "au moins 1")),
            None => Ok(()),
        }
    }
}
