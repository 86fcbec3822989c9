//! The section `[psc.client_certificate]`.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;
use vestibule_model::{ErrorCode, PscEnvironment};
use zeroize::Zeroizing;

use super::{ConfigError, is_bare_origin};
use crate::certificate::{CertificateRefused, Identity};
use crate::ordinary_file;
use crate::secret_file;

/// Certificat présenté à Pro Santé Connect (EXI PSC 24) : deux fichiers PEM, ou un fichier PKCS#12 et son mot de passe.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientCertificateSection {
    /// Chaîne de certificats, PEM, celui du client en premier. Va avec key_file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_file: Option<PathBuf>,
    /// Clé privée, PEM, sans mot de passe. Elle ne doit pas être lisible par tous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// Fichier PKCS#12 (.p12 ou .pfx), à la place des deux précédents. Il ne doit pas être lisible par tous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pkcs12_file: Option<PathBuf>,
    /// Fichier du mot de passe de pkcs12_file. Il ne doit pas être lisible par tous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pkcs12_password_file: Option<PathBuf>,
    /// Hôte admis pour les adresses propres aux certificats (`mtls_endpoint_aliases`), s’il n’est pas l’hôte d’authentification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aliases_url: Option<Url>,
}

/// Which files hold the certificate.
enum Files<'a> {
    Pem { certificate: &'a Path, key: &'a Path },
    Pkcs12 { file: &'a Path, password: &'a Path },
}

impl ClientCertificateSection {
    /// Reads certificate and key, which must fit together. Performs I/O; says nothing of the dates.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] with [`ErrorCode::CertificateRefused`], naming the key at fault.
    pub fn read(&self) -> Result<Identity, ConfigError> {
        match self.files()? {
            Files::Pem { certificate, key } => {
                let chain = ordinary_file::read(certificate).map_err(|source| {
                    ConfigError::of_file(ErrorCode::CertificateRefused, "psc.client_certificate.certificate_file", certificate, &source)
                })?;
                let key = secret("psc.client_certificate.key_file", key)?;
                Identity::from_pem(&chain, &key).map_err(|reason| {
                    let is_the_key = matches!(
                        reason,
                        CertificateRefused::NoKey | CertificateRefused::KeyUnderPassword | CertificateRefused::KeyUnusable
                    );
                    let name = if is_the_key { "psc.client_certificate.key_file" } else { "psc.client_certificate.certificate_file" };
                    certificate_refused(name, &reason)
                })
            }
            Files::Pkcs12 { file, password } => {
                let file = secret("psc.client_certificate.pkcs12_file", file)?;
                let password = secret("psc.client_certificate.pkcs12_password_file", password)?;
                let password = secret_file::text(&password).ok_or_else(|| {
                    let reason = "le mot de passe n’est pas du texte";
                    ConfigError::refused(ErrorCode::CertificateRefused, "psc.client_certificate.pkcs12_password_file", reason)
                })?;
                // Editors add a line end; a password may begin or end with a space.
                let password = password.trim_end_matches(['\r', '\n']);
                Identity::from_pkcs12(&file, password).map_err(|reason| certificate_refused("psc.client_certificate.pkcs12_file", &reason))
            }
        }
    }

    /// Every file named here.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        [&self.certificate_file, &self.key_file, &self.pkcs12_file, &self.pkcs12_password_file].into_iter().flatten().map(PathBuf::as_path)
    }

    pub(super) fn paths_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [&mut self.certificate_file, &mut self.key_file, &mut self.pkcs12_file, &mut self.pkcs12_password_file].into_iter().flatten()
    }

    pub(super) fn validate(&self, environment: PscEnvironment) -> Result<(), ConfigError> {
        self.files()?;
        let Some(url) = &self.aliases_url else { return Ok(()) };
        let refused = |code, reason: &str| Err(ConfigError::refused(code, "psc.client_certificate.aliases_url", reason));
        if !is_bare_origin(url) || url.scheme() != "https" {
            return refused(ErrorCode::ConfigurationInvalid, "seulement https://nom ou https://nom:port, sans chemin ni paramètre");
        }
        let is_below = |domain: &str| url.domain().is_some_and(|name| name == domain || name.ends_with(&format!(".{domain}")));
        let is_sandbox = is_below("bas.psc.esante.gouv.fr");
        let stands = match environment {
            PscEnvironment::Simulator => !is_below("esante.gouv.fr"),
            PscEnvironment::Bas => is_below("esante.gouv.fr") && !is_below("esw.esante.gouv.fr"),
            PscEnvironment::Production => is_below("esante.gouv.fr") && !is_sandbox,
        };
        if stands { Ok(()) } else { refused(ErrorCode::EnvironmentMixed, "cet hôte n’est pas de l’environnement choisi") }
    }

    fn files(&self) -> Result<Files<'_>, ConfigError> {
        match (&self.certificate_file, &self.key_file, &self.pkcs12_file, &self.pkcs12_password_file) {
            (Some(certificate), Some(key), None, None) => Ok(Files::Pem { certificate, key }),
            (None, None, Some(file), Some(password)) => Ok(Files::Pkcs12 { file, password }),
            _ => {
                let has_pem = self.certificate_file.is_some() || self.key_file.is_some();
                let has_pkcs12 = self.pkcs12_file.is_some() || self.pkcs12_password_file.is_some();
                let reason = if has_pem && has_pkcs12 {
                    "PEM ou PKCS#12, pas les deux"
                } else {
                    "il faut certificate_file et key_file, ou pkcs12_file et pkcs12_password_file"
                };
                Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "psc.client_certificate", reason))
            }
        }
    }
}

fn secret(key: &'static str, path: &Path) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    secret_file::read(path).map_err(|refusal| ConfigError::of_secret_file(ErrorCode::CertificateRefused, key, &refusal))
}

fn certificate_refused(key: &'static str, reason: &CertificateRefused) -> ConfigError {
    ConfigError::refused(ErrorCode::CertificateRefused, key, reason.to_string())
}
