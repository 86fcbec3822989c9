//! What a relying party is told of its provider and of itself.

use std::borrow::Cow;
use std::path::PathBuf;

use secrecy::SecretString;

use crate::config::{ClientAuthMethod, ClientCertificateSection, ConfigError, ProxySection};

/// Reads the client secret of this moment; `None` where a certificate alone makes the companion known. Performs I/O.
pub type SecretSource = Box<dyn Fn() -> Result<Option<SecretString>, ConfigError> + Send + Sync>;

/// What differs between two providers.
pub struct Settings {
    /// How it is reached.
    pub link: LinkSettings,
    /// Where it lives.
    pub endpoints: Endpoints,
    /// Who the companion is there.
    pub client_id: String,
    /// What proves it, read again when someone says that it changed.
    pub client_secret: SecretSource,
    /// How it is proved.
    pub auth_method: ClientAuthMethod,
    /// Where the browser comes back.
    pub callback: String,
}

/// Where one provider lives, as it is known before anything is asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Host of every server-to-server call, without a trailing slash.
    pub called_origin: String,
    /// Host of the pages that the browser opens, without a trailing slash.
    pub page_origin: String,
    /// The one accepted `iss`.
    pub issuer: String,
    /// The discovery document.
    pub discovery_url: String,
    /// Host of the `mtls_endpoint_aliases` (RFC 8705), without a trailing slash; `None` where no client certificate is presented.
    pub aliases_origin: Option<String>,
}

/// What leads to a provider.
#[derive(Clone)]
pub struct LinkSettings {
    /// Section of the configuration that says all this.
    pub section: &'static str,
    /// What the provider is called in logs.
    pub called: &'static str,
    /// Whether plain http is refused.
    pub https_only: bool,
    /// Authorities beside the system's.
    pub extra_ca_file: Option<PathBuf>,
    /// The way out.
    pub proxy: Option<ProxySection>,
    /// What is presented.
    pub client_certificate: Option<ClientCertificateSection>,
}

impl LinkSettings {
    /// Dotted name of one of its keys.
    pub fn key(&self, name: &str) -> Cow<'static, str> {
        format!("{}.{name}", self.section).into()
    }
}
