//! The section `[audit]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;

use super::ConfigError;

/// Shortest and longest time, in days. The memory itself refuses a shorter one.
/// No line is removed earlier.
pub const LEAST_DAYS: u32 = 30;
const DAYS: std::ops::RangeInclusive<u32> = LEAST_DAYS..=3650;

/// Le journal d’audit, qui seul porte l’identifiant national.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AuditSection {
    /// Jours pendant lesquels une ligne est gardée, de 30 à 3650 ; chaque jour clos est scellé, puis retiré en entier à son terme. La page
    /// « Données personnelles » affiche cette durée. Par défaut, rien n’est jamais retiré.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_days: Option<u32>,
}

impl AuditSection {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        match self.keep_days {
            Some(days) if !DAYS.contains(&days) => {
                Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "audit.keep_days", "de 30 à 3650 jours"))
            }
            _ => Ok(()),
        }
    }
}
