use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;

use super::{ConfigError, secret_file};

/// L’écoute publique : postes de travail et navigateurs.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenerSection {
    /// Adresse et port d’écoute. Sans TLS, seulement une adresse locale : un mandataire inverse de la même machine s’y adresse.
    #[schemars(with = "String")]
    pub address: SocketAddr,
    /// Certificat du compagnon, quand il termine lui-même TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSection>,
}

/// Certificat du compagnon, quand il termine lui-même TLS.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsSection {
    /// Chaîne de certificats, PEM, celui du serveur en premier.
    pub certificate_file: PathBuf,
    /// Clé privée, PEM. Elle ne doit pas être lisible par tous.
    pub key_file: PathBuf,
}

impl ListenerSection {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if self.tls.is_none() && !self.address.ip().is_loopback() {
            return Err(ConfigError::refused(
                ErrorCode::ListenerInsecure,
                "listener.address",
                "sans section [listener.tls], seule une adresse locale (127.0.0.1 ou ::1) est admise",
            ));
        }
        Ok(())
    }

    pub(super) fn check_files(&self) -> Result<(), ConfigError> {
        let Some(tls) = &self.tls else { return Ok(()) };
        std::fs::metadata(&tls.certificate_file).map_err(|source| {
            let reason = format!("« {} » est introuvable : {source}", tls.certificate_file.display());
            ConfigError::refused(ErrorCode::ConfigurationInvalid, "listener.tls.certificate_file", reason)
        })?;
        secret_file::read(&tls.key_file)
            .map_err(|refusal| ConfigError::refused(ErrorCode::ConfigurationInvalid, "listener.tls.key_file", refusal.to_string()))?;
        Ok(())
    }
}
