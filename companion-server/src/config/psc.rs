//! The section `[psc]`.

use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;
use vestibule_model::{ErrorCode, PscEnvironment};
use zeroize::Zeroize as _;

use super::{ClientCertificateSection, ConfigError, ProxySection, is_bare_origin, is_loopback_host};
use crate::secret_file;

/// Pro Santé Connect.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PscSection {
    /// Quel Pro Santé Connect : "simulator" (sur cette machine), "bas" (bac à sable) ou "production". Les adresses en découlent automatiquement.
    #[schemars(with = "EnvironmentName")]
    pub environment: PscEnvironment,
    /// Identifiant client (client_id) remis par l’ANS pour cet environnement (EXI PSC 21).
    pub client_id: String,
    /// Fichier du secret client remis par l’ANS. Il ne doit pas être lisible par tous. Inutile avec auth_method = "tls_client_auth".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_file: Option<PathBuf>,
    /// Méthode d’authentification auprès de Pro Santé Connect : "basic" (secret en en-tête), "post" (secret en formulaire) ou
    /// "tls_client_auth" (certificat seul).
    #[serde(default)]
    pub auth_method: ClientAuthMethod,
    /// Niveaux d’authentification admis (claim `acr`). Vide : tous, comme Pro Santé Connect les donne (EXI PSC 16).
    #[serde(default)]
    pub accepted_acr: Vec<String>,
    /// "required" : le claim `sub` doit figurer dans userinfo. "optional" : son absence est tolérée, jamais une différence.
    #[serde(default)]
    pub userinfo_sub: UserinfoSub,
    /// Fournisseur d’identité local proposé d’emblée par Pro Santé Connect (`kc_idp_hint`), pour les établissements en délégation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idp_hint: Option<String>,
    /// Comment redemander qui se connecte après une déconnexion ou « Ce n’est pas moi », pour qu’un fournisseur local ne ramène pas sans un mot la
    /// personne précédente : "without_hint" (sans `kc_idp_hint` cette fois-là), "prompt_login" (avec, et `prompt=login`) ou "both". L’ANS ne
    /// documente pas l’effet de `prompt=login` : à tester sur le bac à sable avant de s’y fier.
    #[serde(default)]
    pub after_sign_out: AskAnew,
    /// Autorités de certification à ajouter à celles du système, PEM, autant qu’il en faut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_ca_file: Option<PathBuf>,
    /// Proxy par lequel Pro Santé Connect est joint. Les variables d’environnement (HTTPS_PROXY, NO_PROXY) ne sont jamais lues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxySection>,
    /// Certificat présenté à Pro Santé Connect (EXI PSC 24) : deux fichiers PEM, ou un fichier PKCS#12 et son mot de passe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<ClientCertificateSection>,
    /// Adresses du simulateur, seulement avec environment = "simulator".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulator: Option<SimulatorSection>,
}

/// Adresses du simulateur, seulement avec environment = "simulator".
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SimulatorSection {
    /// Adresse simulée de l’hôte d’authentification : appels de serveur à serveur.
    pub auth_url: Url,
    /// Adresse simulée de l’hôte du portefeuille (wallet) : pages ouvertes par le navigateur.
    pub wallet_url: Url,
}

/// Méthode d’authentification auprès de Pro Santé Connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// En-tête `Authorization: Basic`.
    #[default]
    Basic,
    /// Champs du formulaire.
    Post,
    /// Le certificat client, sans secret (RFC 8705).
    TlsClientAuth,
}

/// Comment redemander qui se connecte après une déconnexion ou « Ce n’est pas moi ».
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AskAnew {
    /// Sans le fournisseur local : la page ordinaire de Pro Santé Connect.
    #[default]
    WithoutHint,
    /// Avec le fournisseur local, et `prompt=login`.
    PromptLogin,
    /// Sans le fournisseur local, et avec `prompt=login`.
    Both,
}

impl AskAnew {
    /// Whether the local provider is named all the same.
    pub const fn keeps_hint(self) -> bool {
        matches!(self, Self::PromptLogin)
    }

    /// Whether `prompt=login` is sent.
    pub const fn prompts(self) -> bool {
        matches!(self, Self::PromptLogin | Self::Both)
    }
}

/// Ce qu’il faut du claim `sub` dans userinfo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserinfoSub {
    /// Présent et égal à celui du jeton d’identité.
    #[default]
    Required,
    /// Égal à celui du jeton d’identité quand il est présent.
    Optional,
}

/// Names of the environments, for the schema only: the model knows nothing of schemas.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", inline)]
#[expect(dead_code, reason = "only its schema is used")]
enum EnvironmentName {
    /// Le simulateur, sur cette machine.
    Simulator,
    /// Le bac à sable national.
    Bas,
    /// La production.
    Production,
}

impl Default for SimulatorSection {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "constants")]
        let local = |address: &str| Url::parse(address).expect("a constant address");
        Self { auth_url: local("http://127.0.0.1:8090"), wallet_url: local("http://127.0.0.1:8091") }
    }
}

impl PscSection {
    /// Reads the client secret, `None` with `tls_client_auth`; white space around it is dropped. Performs I/O.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] when the file is missing, readable by everyone, empty or not text.
    pub fn read_client_secret(&self) -> Result<Option<SecretString>, ConfigError> {
        let key = "psc.client_secret_file";
        let refused = |reason: String| ConfigError::refused(ErrorCode::ConfigurationInvalid, key, reason);
        let Some(file) = &self.client_secret_file else { return Ok(None) };
        let bytes =
            secret_file::read(file).map_err(|refusal| ConfigError::of_secret_file(ErrorCode::ConfigurationInvalid, key, &refusal))?;
        let secret = Self::secret_in(&bytes).map_err(|reason| refused(reason.to_owned()))?;
        Ok(Some(secret))
    }

    /// The secret in what a file holds; white space around it is dropped.
    ///
    /// # Errors
    /// In French, when there is none, or several lines.
    pub(crate) fn secret_in(bytes: &[u8]) -> Result<SecretString, &'static str> {
        let text = secret_file::text(bytes).ok_or("le secret n’est pas du texte")?.trim();
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err("le secret est vide ou compte plusieurs lignes");
        }
        let mut owned = text.to_owned();
        let secret = SecretString::from(owned.as_str());
        owned.zeroize();
        Ok(secret)
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let invalid = |key, reason: &str| Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, key, reason));
        let is_token = |text: &str| !text.trim().is_empty() && text.trim() == text && !text.chars().any(char::is_control);
        if !is_token(&self.client_id) {
            return invalid("psc.client_id", "l’identifiant est vide ou entouré d’espaces");
        }
        if !self.accepted_acr.iter().all(|acr| is_token(acr)) {
            return invalid("psc.accepted_acr", "un niveau est vide ou entouré d’espaces");
        }
        if self.idp_hint.as_deref().is_some_and(|hint| !is_token(hint)) {
            return invalid("psc.idp_hint", "l’alias est vide ou entouré d’espaces");
        }
        self.validate_authentication()?;
        if let Some(proxy) = &self.proxy {
            proxy.validate()?;
        }
        match (&self.simulator, self.environment) {
            (Some(_), PscEnvironment::Bas | PscEnvironment::Production) => Err(ConfigError::refused(
                ErrorCode::EnvironmentMixed,
                "psc.simulator",
                "cette section n’a de sens qu’avec environment = \"simulator\"",
            )),
            (Some(simulator), PscEnvironment::Simulator) => simulator.validate(),
            (None, _) => Ok(()),
        }
    }

    /// How the service makes itself known: one way, and all that it takes.
    fn validate_authentication(&self) -> Result<(), ConfigError> {
        let invalid = |key, reason: &str| Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, key, reason));
        if let Some(certificate) = &self.client_certificate {
            certificate.validate(self.environment)?;
        }
        match (self.auth_method, &self.client_secret_file, &self.client_certificate) {
            (ClientAuthMethod::Basic | ClientAuthMethod::Post, None, _) => invalid(
                "psc.client_secret_file",
                "paramètre manquant\u{a0}: auth_method = \"basic\" ou \"post\" demande le secret remis par l’ANS",
            ),
            (ClientAuthMethod::TlsClientAuth, Some(_), _) => {
                invalid("psc.client_secret_file", "à retirer\u{a0}: avec auth_method = \"tls_client_auth\", aucun secret n’est présenté")
            }
            (ClientAuthMethod::TlsClientAuth, None, None) => {
                invalid("psc.client_certificate", "section manquante\u{a0}: auth_method = \"tls_client_auth\" demande un certificat")
            }
            (ClientAuthMethod::TlsClientAuth, None, Some(_)) if !self.presents_certificate() => {
                invalid("psc.auth_method", "\"tls_client_auth\" demande une adresse https")
            }
            _ => Ok(()),
        }
    }

    /// Whether a client certificate can be presented where tokens are asked: never over plain http.
    fn presents_certificate(&self) -> bool {
        let aliases = self.client_certificate.as_ref().and_then(|certificate| certificate.aliases_url.clone());
        match (aliases, self.environment) {
            (Some(url), _) => url.scheme() == "https",
            (None, PscEnvironment::Simulator) => self.simulator.clone().unwrap_or_default().auth_url.scheme() == "https",
            (None, PscEnvironment::Bas | PscEnvironment::Production) => true,
        }
    }

    pub(super) fn check_files(&self) -> Result<(), ConfigError> {
        self.read_client_secret()?;
        if let Some(certificate) = &self.client_certificate {
            certificate.read()?;
        }
        if let Some(proxy) = &self.proxy {
            proxy.credentials()?;
        }
        Ok(())
    }
}

impl SimulatorSection {
    fn validate(&self) -> Result<(), ConfigError> {
        for (key, url) in [("psc.simulator.auth_url", &self.auth_url), ("psc.simulator.wallet_url", &self.wallet_url)] {
            let refused = |code, reason: &str| Err(ConfigError::refused(code, key, reason));
            if !is_bare_origin(url) || !matches!(url.scheme(), "http" | "https") {
                return refused(ErrorCode::ConfigurationInvalid, "seulement http(s)://nom:port, sans chemin ni paramètre");
            }
            if url.domain().is_some_and(|name| name == "esante.gouv.fr" || name.ends_with(".esante.gouv.fr")) {
                return refused(
                    ErrorCode::EnvironmentMixed,
                    "un hôte de l’ANS n’est pas un simulateur\u{202f}; choisissez environment = \"bas\" ou \"production\"",
                );
            }
            if url.scheme() == "http" && !is_loopback_host(url) {
                return refused(ErrorCode::ConfigurationInvalid, "hors de cette machine, le simulateur doit être en https");
            }
        }
        Ok(())
    }
}
