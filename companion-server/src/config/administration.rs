use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;

use super::{ConfigError, in_french, secret_file};

/// L’écoute d’administration, réservée à cette machine.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdministrationSection {
    /// Adresse et port des commandes d’administration et de l’état de santé. Seulement une adresse locale.
    #[schemars(with = "String")]
    pub address: SocketAddr,
    /// Fichier du jeton que présentent « companion-server sessions », « devices » et « erase ». Créé au démarrage s’il manque, lisible par le seul
    /// compte du service ; hors d’un dossier que d’autres peuvent modifier. Sans lui, ces commandes sont refusées.
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

    /// A token that is there must be readable by its owner only; one that is missing is drawn at the start, if its folder is there.
    pub(super) fn check_files(&self) -> Result<(), ConfigError> {
        let Some(file) = &self.token_file else { return Ok(()) };
        let refused = |reason: String| ConfigError::refused(ErrorCode::AdministrationRefused, "administration.token_file", reason);
        if file.exists() {
            return secret_file::read(file).map(drop).map_err(|refusal| refused(refusal.to_string()));
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        match std::fs::metadata(folder) {
            Ok(metadata) if metadata.is_dir() => Ok(()),
            Ok(_) => Err(refused(format!("«\u{a0}{}\u{a0}» n’est pas un dossier", folder.display()))),
            Err(source) => Err(refused(format!("«\u{a0}{}\u{a0}»\u{a0}: {}", folder.display(), in_french(&source)))),
        }
    }
}
