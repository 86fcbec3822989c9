//! The section `[client]`.

use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;
use vestibule_model::wire::is_word;

use super::ConfigError;

/// L’application installée sur les postes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClientSection {
    /// Identifiant public de l’application auprès du serveur de connexion. Ce n’est pas celui de Pro Santé Connect, et ce n’est pas un secret.
    pub id: String,
    /// Schéma d’URI du lien d’application, par lequel un navigateur rouvre l’application (mode d’échange "scheme") : une forme inversée de nom de domaine,
    /// celle que l’installation de l’application enregistre sur le poste.
    pub return_scheme: String,
    /// Version la plus ancienne de l’application (comme "1.2.0") qui peut commencer une connexion : une plus ancienne dit à la personne de
    /// prévenir le support (VST-1032). Les sessions ouvertes continuent. C’est l’application qui s’arrête : ce n’est pas une défense.
    pub minimum_app_version: Option<String>,
    /// Version actuelle de l’application : une plus ancienne le signale, et se connecte. Rien ne se met à jour automatiquement.
    pub current_app_version: Option<String>,
}

impl Default for ClientSection {
    fn default() -> Self {
        Self {
            id: "vestibule-desktop".into(),
            return_scheme: "fr.vestibule.app".into(),
            minimum_app_version: None,
            current_app_version: None,
        }
    }
}

impl ClientSection {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
        if self.id.is_empty() || self.id.len() > 64 || !self.id.chars().all(is_plain) {
            let reason = "de 1 à 64 lettres sans accent, chiffres, tirets, soulignés ou points";
            return Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "client.id", reason));
        }
        if !is_reversed_domain(&self.return_scheme) {
            let reason =
                "la forme inversée d’un nom de domaine, en minuscules et avec au moins un point (comme «\u{a0}fr.vestibule.app\u{a0}»)";
            return Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "client.return_scheme", reason));
        }
        let minimum = app_version("client.minimum_app_version", self.minimum_app_version.as_deref())?;
        let current = app_version("client.current_app_version", self.current_app_version.as_deref())?;
        if minimum.zip(current).is_some_and(|(minimum, current)| minimum.cmp_precedence(&current).is_gt()) {
            let reason = "elle est au-dessus de client.current_app_version\u{a0}: personne ne pourrait l’avoir";
            return Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "client.minimum_app_version", reason));
        }
        Ok(())
    }
}

/// Semantic Versioning 2.0.0, no longer than an app reads.
fn app_version(key: &'static str, text: Option<&str>) -> Result<Option<Version>, ConfigError> {
    let reason = "trois nombres séparés par des points, comme «\u{a0}1.2.0\u{a0}»";
    let read = |text: &str| Version::parse(text).ok().filter(|_| is_word(text));
    text.map(|text| read(text).ok_or_else(|| ConfigError::refused(ErrorCode::ConfigurationInvalid, key, reason))).transpose()
}

/// RFC 8252 section 7.1: a scheme that its owner's domain keeps apart from everyone else's. At most 64 characters.
fn is_reversed_domain(scheme: &str) -> bool {
    let is_label = |label: &str| {
        label.starts_with(|first: char| first.is_ascii_lowercase())
            && !label.ends_with('-')
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    scheme.len() <= 64 && scheme.contains('.') && scheme.split('.').all(is_label)
}
