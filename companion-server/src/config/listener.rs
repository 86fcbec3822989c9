use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;

use super::{ConfigError, secret_file};
use crate::network::Network;

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
    /// Mandataires inverses de confiance, adresses ou réseaux (« 127.0.0.1 », « 10.1.2.0/28 », « fd00::7 ») : eux seuls disent pour quelle adresse
    /// ils parlent. Nommez les mandataires, pas le réseau des postes. Le reste de leurs en-têtes (hôte, protocole) n’est jamais lu.
    /// Par défaut, aucun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trusted_proxies: Vec<Network>,
    /// En-tête où ils le disent : « x-forwarded-for » ou « forwarded » (RFC 7239). L’autre n’est pas lu.
    #[serde(default)]
    pub forwarded_header: ForwardedHeader,
}

/// Où un mandataire de confiance dit pour quelle adresse il parle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
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
        if let Some(network) = self.trusted_proxies.iter().find(|network| network.is_nearly_everybody()) {
            let reason = format!("« {network} » ferait confiance à presque tout le monde : nommez les mandataires eux-mêmes");
            return Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "listener.trusted_proxies", reason));
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

#[cfg(test)]
mod tests;
