//! What the administrator decides: one TOML file, one section a file, secrets by file only.
//!
//! The documentation of each field is the reference text of the sample and of the JSON schema, which is why it is in French.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use url::Url;
use vestibule_model::{ErrorCode, PscEnvironment};

mod administration;
mod audit;
mod branding;
mod client;
mod client_certificate;
mod error;
mod groups;
mod in_force;
mod limits;
mod listener;
mod logs;
mod proxy;
mod psc;
mod sample;
mod service;
mod session;
mod storage;
pub mod token_file;
mod toml_words;
mod vault;
mod workstations;

use self::listener::DRAIN_S;
use crate::ordinary_file;
use crate::secret_file;
pub use crate::words::in_french;
pub use administration::AdministrationSection;
pub use audit::{AuditSection, LEAST_DAYS};
pub use branding::BrandingSection;
pub use client::ClientSection;
pub use client_certificate::ClientCertificateSection;
pub use error::ConfigError;
pub use groups::GroupSection;
pub use in_force::KeyInForce;
pub use limits::LimitsSection;
pub use listener::{ForwardedHeader, ListenerSection, TlsSection};
pub use logs::{LogFormat, LogsSection};
pub use proxy::ProxySection;
pub use psc::{AskAnew, ClientAuthMethod, PscSection, SimulatorSection, UserinfoSub};
pub use sample::{sample, schema};
pub use service::ServiceSection;
pub use session::SessionSection;
pub use storage::{StoragePlace, StorageSection};
pub use vault::VaultSection;
pub use workstations::{ConfirmationRule, WorkstationsSection};

/// Configuration du serveur de connexion Vestibule.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Le logiciel que les professionnels utilisent.
    pub service: ServiceSection,
    /// La marque que portent les pages.
    #[serde(default)]
    pub branding: BrandingSection,
    /// L’adresse d’écoute publique : postes de travail et navigateurs.
    pub listener: ListenerSection,
    /// L’adresse d’écoute d’administration, réservée à cette machine.
    #[serde(default)]
    pub administration: AdministrationSection,
    /// L’application installée sur les postes.
    #[serde(default)]
    pub client: ClientSection,
    /// Pro Santé Connect, le seul fournisseur d’identité que cette version connaît. La place d’un autre serait une section [[provider]] : elle est
    /// refusée tant qu’il n’existe pas.
    pub psc: PscSection,
    /// The place of others.
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    provider: Option<IgnoredAny>,
    /// La base de données.
    pub storage: StorageSection,
    /// La clé de chiffrement des jetons de Pro Santé Connect conservés dans la base.
    pub vault: VaultSection,
    /// Les durées des sessions du logiciel.
    #[serde(default)]
    pub session: SessionSection,
    /// Les postes de travail.
    #[serde(default)]
    pub workstations: WorkstationsSection,
    /// Les groupes de postes, chacun sous son nom.
    #[serde(default)]
    pub groups: BTreeMap<String, GroupSection>,
    /// Le journal d’audit, qui seul porte l’identifiant national.
    #[serde(default)]
    pub audit: AuditSection,
    /// Les limites de débit.
    #[serde(default)]
    pub limits: LimitsSection,
    /// Les journaux techniques. Jamais de jeton, de secret ni de nom.
    #[serde(default)]
    pub logs: LogsSection,
}

#[cfg(unix)]
fn refuse_open_to_change(path: &Path) -> Result<(), ConfigError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    if metadata.permissions().mode() & 0o002 == 0 { Ok(()) } else { Err(ConfigError::OpenToChange { path: path.to_owned() }) }
}

#[cfg(not(unix))]
fn refuse_open_to_change(_: &Path) -> Result<(), ConfigError> {
    Ok(())
}

impl Config {
    /// Reads, checks and completes a configuration file; relative paths start from its folder. Performs I/O.
    ///
    /// # Errors
    /// [`ConfigError`], whose message names the key at fault.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let config = Self::read(path)?;
        config.check_files()?;
        Ok(config)
    }

    /// As [`Self::load`], without a look at the files that it names: the service manager may give them to the service alone. Performs I/O.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let bytes = ordinary_file::read(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let text = String::from_utf8(bytes).map_err(|error| ConfigError::not_text(&error))?;
        refuse_open_to_change(path)?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Self::parse(&text, &folder)
    }

    /// Reads what a configuration says, whether or not the files that it names can serve; `None` when it says nothing that stands. Performs I/O.
    pub fn look(path: &Path) -> Option<Self> {
        let text = String::from_utf8(ordinary_file::read(path).ok()?).ok()?;
        Self::parse(&text, path.parent()?).ok()
    }

    /// Reads and checks a configuration; relative paths start from `folder`. Opens no file.
    ///
    /// # Errors
    /// [`ConfigError`], whose message names the key at fault.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, ConfigError> {
        Self::parse_with(text, folder, secret_file::credentials_folder().as_deref())
    }

    fn parse_with(text: &str, folder: &Path, credentials: Option<&Path>) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text).map_err(|error| ConfigError::from_toml(text, &error))?;
        config.resolve_paths(folder, credentials);
        config.take_from_brand();
        config.validate()?;
        Ok(config)
    }

    /// Where the file is silent, the publisher of the program has its say.
    fn take_from_brand(&mut self) {
        let brand = vestibule_branding::compiled();
        let address = |text: Option<String>| text.and_then(|text| Url::parse(&text).ok());
        let service = &mut self.service;
        service.terms_url = service.terms_url.take().or_else(|| address(brand.terms_url));
        service.privacy_url = service.privacy_url.take().or_else(|| address(brand.privacy_url));
        let support = self.branding.support.clone().or(brand.support);
        service.support_contact = service.support_contact.take().or(support);
    }

    /// How long the companion still answers once it is told to stop. Alone over its memory, it has nobody to leave the requests to.
    pub fn drain(&self) -> Duration {
        let has_neighbours = matches!(self.storage.place(), StoragePlace::Server { .. });
        let usual = if has_neighbours { DRAIN_S } else { 0 };
        Duration::from_secs(self.listener.drain_s.unwrap_or(usual).into())
    }

    /// Checks every value and the values against each other. Opens no file.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] for the first value that cannot stand.
    pub fn validate(&self) -> Result<(), ConfigError> {
        // What the service shows may come from there.
        self.branding.validate()?;
        self.service.validate()?;
        self.listener.validate()?;
        self.administration.validate()?;
        self.client.validate()?;
        self.psc.validate()?;
        if self.provider.is_some() {
            let reason = "cette version ne connaît qu’un fournisseur d’identité, Pro Santé Connect, décrit dans [psc]\u{202f}; \
                          retirez [[provider]], qui resterait sans effet";
            return Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "provider", reason));
        }
        self.storage.validate()?;
        self.session.validate()?;
        self.workstations.validate()?;
        groups::validate(&self.groups, &self.session)?;
        self.audit.validate()?;
        self.limits.validate()?;
        self.logs.validate()?;
        // Port 0 asks for a free port each time.
        if self.administration.address == self.listener.address && self.listener.address.port() != 0 {
            let reason = "cette adresse est déjà celle de l’écoute publique";
            return Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "administration.address", reason));
        }
        if self.psc.environment == PscEnvironment::Production && !self.service.is_https() {
            return Err(ConfigError::refused(
                ErrorCode::EnvironmentMixed,
                "service.public_url",
                "l’environnement «\u{a0}production\u{a0}» demande une adresse https",
            ));
        }
        Ok(())
    }

    /// Checks that the files named here can be read and that secrets are not readable by everyone. Performs I/O.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] for the first file that cannot serve.
    pub fn check_files(&self) -> Result<(), ConfigError> {
        self.branding.check_files()?;
        self.listener.check_files()?;
        let database = self.storage.sqlite_file.as_deref();
        self.administration.check_files(self.storage.of_the_service())?;
        self.psc.check_files()?;
        self.storage.check_files()?;
        self.vault.check_files(database)?;
        self.check_secrets_differ()
    }

    /// One file for two secrets hands one of them to whom it is not for: the vault's key to the provider.
    fn check_secrets_differ(&self) -> Result<(), ConfigError> {
        let named = [
            ("vault.key_file", Some(&self.vault.key_file)),
            ("psc.client_secret_file", self.psc.client_secret_file.as_ref()),
            ("psc.proxy.password_file", self.psc.proxy.as_ref().and_then(|proxy| proxy.password_file.as_ref())),
            ("administration.token_file", self.administration.token_file.as_ref()),
            ("storage.postgres_url_file", self.storage.postgres_url_file.as_ref()),
        ];
        let mut seen: Vec<(&str, PathBuf)> = Vec::new();
        for (key, file) in named.into_iter().filter_map(|(key, file)| Some((key, file?.canonicalize().ok()?))) {
            if let Some((other, _)) = seen.iter().find(|(_, known)| *known == file) {
                let reason = format!("c’est aussi le fichier de «\u{a0}{other}\u{a0}»\u{202f}; chaque secret a le sien");
                return Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, key, reason));
            }
            seen.push((key, file));
        }
        Ok(())
    }

    fn resolve_paths(&mut self, folder: &Path, credentials: Option<&Path>) {
        let certificate = self.psc.client_certificate.iter_mut().flat_map(ClientCertificateSection::paths_mut);
        let tls = self.listener.tls.iter_mut().flat_map(|tls| [&mut tls.certificate_file, &mut tls.key_file]);
        let storage = self.storage.postgres_url_file.iter_mut().chain(&mut self.storage.postgres_ca_file);
        let proxy = self.psc.proxy.iter_mut().filter_map(|proxy| proxy.password_file.as_mut());
        for file in self
            .psc
            .client_secret_file
            .iter_mut()
            .chain(&mut self.psc.extra_ca_file)
            .chain(certificate)
            .chain(tls)
            .chain(proxy)
            .chain(storage)
        {
            resolve_secret(folder, credentials, file);
        }
        let storage = self.storage.sqlite_file.iter_mut().chain(&mut self.storage.backup_file);
        let plain = storage.chain(&mut self.administration.token_file).chain(&mut self.branding.logo_file);
        for file in plain {
            resolve(folder, file);
        }
        self.vault.is_credential = resolve_secret(folder, credentials, &mut self.vault.key_file);
    }
}

fn resolve(folder: &Path, path: &mut PathBuf) {
    if path.is_relative() {
        *path = folder.join(&*path);
    }
}

/// Finds the file of a secret; whether the service manager gives it. A credential that it does not give stays as written, and is refused
/// where it is read.
fn resolve_secret(folder: &Path, credentials: Option<&Path>, path: &mut PathBuf) -> bool {
    let Some(name) = secret_file::credential_name(path) else {
        resolve(folder, path);
        return false;
    };
    if let Some(file) = credentials.and_then(|credentials| secret_file::credential_file(credentials, name)) {
        *path = file;
    }
    true
}

/// Whether a host named in an address is this machine: `localhost`, 127.0.0.0/8 or `::1`.
pub(crate) fn is_loopback_host(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether an address is an origin and nothing more: no user, path, query or fragment.
pub(crate) fn is_bare_origin(url: &url::Url) -> bool {
    url.has_host()
        && url.port() != Some(0)
        && url.username().is_empty()
        && url.password().is_none()
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
}

#[cfg(test)]
mod tests;
