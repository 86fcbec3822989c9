//! The section `[administration]`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;

use super::ConfigError;
use super::token_file::{self, TokenRefused};

/// L’adresse d’écoute d’administration, réservée à cette machine.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdministrationSection {
    /// Adresse et port des commandes d’administration et de l’état de santé. Seulement une adresse locale.
    #[schemars(with = "String")]
    pub address: SocketAddr,
    /// Fichier du jeton que présentent « companion-server sessions », « devices » et « erase ». Créé au démarrage s’il manque, lisible par le seul
    /// compte de service ; hors d’un dossier que d’autres peuvent modifier. Sans lui, ces commandes sont refusées.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
}

impl Default for AdministrationSection {
    fn default() -> Self {
        Self { address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)), token_file: None }
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

    /// A token that is there must be strong, of the service's account, and readable by it only; one that is missing is drawn at the start. Its
    /// folder is the service's either way.
    pub(crate) fn check_files(&self, database: Option<&Path>) -> Result<(), ConfigError> {
        let Some(file) = &self.token_file else { return Ok(()) };
        self.check_folder(database)?;
        if file.symlink_metadata().is_err() {
            return Ok(());
        }
        token_file::read_own(file, database).map(drop).map_err(token_refused)
    }

    /// Whether nobody but the service's account can put a token there.
    pub(crate) fn check_folder(&self, database: Option<&Path>) -> Result<(), ConfigError> {
        self.token_file.as_deref().map_or(Ok(()), |file| token_file::check_folder(file, database).map_err(token_refused))
    }
}

fn token_refused(refusal: TokenRefused) -> ConfigError {
    ConfigError::refused(refusal.code(), "administration.token_file", refusal.to_string())
}
