//! The section `[service]`.

use std::net::IpAddr;

use rustls::pki_types::ServerName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;
use vestibule_model::ErrorCode;
use vestibule_model::wire::{LONGEST_TEXT, is_unseen};

use super::{ConfigError, is_bare_origin, is_loopback_host};

/// Le logiciel que les professionnels utilisent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceSection {
    /// Nom du logiciel, tel que les professionnels le connaissent. Il est affiché dans la fenêtre et sur les pages.
    pub name: String,
    /// Adresse publique du serveur de connexion : https, sans chemin. http n’est admis que sur 127.0.0.1 ou localhost.
    pub public_url: Url,
    /// Comment joindre le support (téléphone ou courriel), affiché sur les pages d’erreur.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support_contact: Option<String>,
    /// Conditions d’utilisation de l’éditeur, si elles sont publiées ailleurs que sur le serveur de connexion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_url: Option<Url>,
    /// Information sur les données personnelles, si elle est publiée ailleurs que sur le serveur de connexion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_url: Option<Url>,
}

impl ServiceSection {
    /// Public origin without a trailing slash: the companion's `iss`.
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// Absolute address of one of the companion's paths, which begins with a slash.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// The host of the public address, as a certificate names it.
    pub fn server_name(&self) -> Option<ServerName<'static>> {
        match self.public_url.host()? {
            url::Host::Domain(name) => ServerName::try_from(name.to_owned()).ok(),
            url::Host::Ipv4(address) => Some(ServerName::from(IpAddr::V4(address))),
            url::Host::Ipv6(address) => Some(ServerName::from(IpAddr::V6(address))),
        }
    }

    /// Whether the public address is https.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let refused = |key, reason: &str| Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, key, reason));
        let can_be_shown = |words: &str, most| !words.trim().is_empty() && words.chars().count() <= most && !words.chars().any(is_unseen);
        if !can_be_shown(&self.name, 80) {
            return refused("service.name", "le nom compte de 1 à 80 caractères affichables");
        }
        if self.support_contact.as_ref().is_some_and(|contact| !can_be_shown(contact, LONGEST_TEXT)) {
            return refused("service.support_contact", "le contact compte de 1 à 200 caractères affichables");
        }
        if !is_bare_origin(&self.public_url) {
            return refused("service.public_url", "seulement https://nom ou https://nom:port, sans chemin ni paramètre");
        }
        let is_local_http = self.public_url.scheme() == "http"
            && matches!(self.public_url.host_str(), Some("127.0.0.1" | "localhost"))
            && is_loopback_host(&self.public_url);
        if !self.is_https() && !is_local_http {
            return refused("service.public_url", "https est exigé\u{202f}; http n’est admis que sur 127.0.0.1 ou localhost");
        }
        for (key, url) in [("service.terms_url", &self.terms_url), ("service.privacy_url", &self.privacy_url)] {
            if url.as_ref().is_some_and(|url| url.scheme() != "https") {
                return refused(key, "https est exigé");
            }
        }
        Ok(())
    }
}
