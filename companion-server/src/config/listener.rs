//! The sections `[listener]` and `[listener.tls]`.

use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;

use super::{ConfigError, ServiceSection};
use crate::certificate::{CertificateRefused, ServerIdentity};
use crate::clock::Timestamp;
use crate::network::Network;
use crate::ordinary_file;
use crate::secret_file;

const CERTIFICATE: &str = "listener.tls.certificate_file";
const KEY: &str = "listener.tls.key_file";
/// Two checks that fail, two seconds apart, and as much again.
pub(super) const DRAIN_S: u32 = 10;
/// systemd kills after ninety seconds, and requests under way have twelve of their own.
const LONGEST_DRAIN_S: u32 = 60;

/// L’adresse d’écoute publique : postes de travail et navigateurs.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenerSection {
    /// Adresse et port d’écoute. Sans TLS, seulement une adresse locale : un proxy inverse (reverse proxy) de la même machine s’y adresse.
    #[schemars(with = "String")]
    pub address: SocketAddr,
    /// Certificat du serveur, quand il termine lui-même TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSection>,
    /// Proxys inverses de confiance, adresses ou réseaux (« 127.0.0.1 », « 10.1.2.0/28 », « fd00::7 ») : eux seuls disent pour quelle adresse
    /// ils parlent. Nommez les proxys, pas le réseau des postes. Le reste de leurs en-têtes (hôte, protocole) n’est jamais lu.
    /// Par défaut, aucun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trusted_proxies: Vec<Network>,
    /// En-tête où ils le disent : « x-forwarded-for » ou « forwarded » (RFC 7239). L’autre n’est pas lu.
    #[serde(default)]
    pub forwarded_header: ForwardedHeader,
    /// Secondes pendant lesquelles un serveur de connexion que l’on arrête répond encore : `/ready` refuse aussitôt, et le répartiteur a ce temps pour
    /// s’en apercevoir. Au plus 60. Par défaut, 10 avec une base PostgreSQL, 0 avec un fichier SQLite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 60))]
    pub drain_s: Option<u32>,
}

/// Où un proxy de confiance dit pour quelle adresse il parle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// Certificat du serveur, quand il termine lui-même TLS.
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
        if self.drain_s.is_some_and(|seconds| seconds > LONGEST_DRAIN_S) {
            let reason = format!("au plus {LONGEST_DRAIN_S} secondes\u{a0}: le système n’attend pas un arrêt beaucoup plus longtemps");
            return Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "listener.drain_s", reason));
        }
        if let Some(network) = self.trusted_proxies.iter().find(|network| network.is_nearly_everybody()) {
            let reason = format!("«\u{a0}{network}\u{a0}» ferait confiance à presque tout le monde\u{a0}: nommez les proxys eux-mêmes");
            return Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "listener.trusted_proxies", reason));
        }
        Ok(())
    }

    pub(super) fn check_files(&self) -> Result<(), ConfigError> {
        if let Some(tls) = &self.tls {
            tls.read()?;
        }
        Ok(())
    }
}

impl TlsSection {
    /// Reads certificate and key, which must fit together. Performs I/O; says nothing of names and dates.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] with [`ErrorCode::ListenerCertificateRefused`], naming the key at fault.
    pub fn read(&self) -> Result<ServerIdentity, ConfigError> {
        let refused = |key, reason: String| ConfigError::refused(ErrorCode::ListenerCertificateRefused, key, reason);
        let code = ErrorCode::ListenerCertificateRefused;
        let unreadable = |source| ConfigError::of_file(code, CERTIFICATE, &self.certificate_file, &source);
        let chain = ordinary_file::read(&self.certificate_file).map_err(unreadable)?;
        let key = secret_file::read(&self.key_file).map_err(|refusal| ConfigError::of_secret_file(code, KEY, &refusal))?;
        ServerIdentity::from_pem(&chain, &key).map_err(|reason| {
            let is_the_key =
                matches!(reason, CertificateRefused::NoKey | CertificateRefused::KeyUnderPassword | CertificateRefused::KeyUnusable);
            refused(if is_the_key { KEY } else { CERTIFICATE }, reason.to_string())
        })
    }

    /// Whether workstations will accept what the files hold, for the host of the public address.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] with [`ErrorCode::ListenerCertificateUntrusted`]; as [`TlsSection::read`].
    pub fn check_as_workstation(&self, service: &ServiceSection, now: Timestamp) -> Result<ServerIdentity, ConfigError> {
        let identity = self.read()?;
        self.judge(&identity, service, now)?;
        Ok(identity)
    }

    /// As [`TlsSection::check_as_workstation`], of what was read before.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] with [`ErrorCode::ListenerCertificateUntrusted`].
    pub fn judge(&self, identity: &ServerIdentity, service: &ServiceSection, now: Timestamp) -> Result<(), ConfigError> {
        let refused =
            |reason: CertificateRefused| ConfigError::refused(ErrorCode::ListenerCertificateUntrusted, CERTIFICATE, reason.to_string());
        // An address that is no name of TLS was refused with the configuration.
        let Some(host) = service.server_name() else { return Err(refused(CertificateRefused::OtherName(service.origin()))) };
        identity.check(&host, now).map_err(refused)
    }
}

#[cfg(test)]
mod tests;
