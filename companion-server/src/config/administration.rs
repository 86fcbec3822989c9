use std::net::{Ipv4Addr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;

use super::ConfigError;

/// L’écoute d’administration, réservée à cette machine.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdministrationSection {
    /// Adresse et port des commandes d’administration et de l’état de santé. Seulement une adresse locale.
    #[schemars(with = "String")]
    pub address: SocketAddr,
}

impl Default for AdministrationSection {
    fn default() -> Self {
        Self { address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)) }
    }
}

impl AdministrationSection {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if !self.address.ip().is_loopback() {
            return Err(ConfigError::refused(
                ErrorCode::ConfigurationInvalid,
                "administration.address",
                "l’administration n’écoute que sur une adresse locale (127.0.0.1 ou ::1)",
            ));
        }
        Ok(())
    }
}
