//! The section `[psc.proxy]`.

use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;
use vestibule_model::ErrorCode;

use super::{ConfigError, is_bare_origin};
use crate::secret_file;

/// Proxy par lequel Pro Santé Connect est joint.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProxySection {
    /// Adresse du proxy : http://nom:port. Le lien chiffré avec Pro Santé Connect le traverse sans être déchiffré (CONNECT).
    pub url: Url,
    /// Compte demandé par le proxy. Va avec password_file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Fichier du mot de passe de ce compte. Il ne doit pas être lisible par tous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
}

impl ProxySection {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let refused = |key, reason: &str| Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, key, reason));
        if !is_bare_origin(&self.url) || !matches!(self.url.scheme(), "http" | "https") {
            return refused("psc.proxy.url", "seulement http://nom:port, sans chemin, ni compte, ni mot de passe");
        }
        if self.user.is_some() != self.password_file.is_some() {
            return refused("psc.proxy", "user et password_file vont ensemble");
        }
        if self.user.as_deref().is_some_and(|user| user.is_empty() || user.contains(':') || user.chars().any(char::is_control)) {
            return refused("psc.proxy.user", "le compte est vide, ou contient un signe impossible");
        }
        Ok(())
    }

    /// Account and password, when the proxy wants some. Performs I/O.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] when the file of the password cannot serve.
    pub fn credentials(&self) -> Result<Option<(String, SecretString)>, ConfigError> {
        let (Some(user), Some(file)) = (&self.user, &self.password_file) else { return Ok(None) };
        let (code, key) = (ErrorCode::ConfigurationInvalid, "psc.proxy.password_file");
        let refused = |reason: String| ConfigError::refused(code, key, reason);
        let bytes = secret_file::read(file).map_err(|refusal| ConfigError::of_secret_file(code, key, &refusal))?;
        let password = secret_file::text(&bytes).ok_or_else(|| refused("le mot de passe n’est pas du texte".into()))?;
        Ok(Some((user.clone(), SecretString::from(password.trim_end_matches(['\r', '\n'])))))
    }
}
