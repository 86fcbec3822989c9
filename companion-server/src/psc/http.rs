//! The one HTTP client towards Pro Santé Connect: no redirect, a time limit, a size limit, TLS 1.2 or later.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use openidconnect::{HttpRequest, HttpResponse};
use vestibule_model::{ErrorCode, PscEnvironment};

use super::PscError;
use super::error::Step;
use crate::config::{ConfigError, PscSection};

/// How long one call may take, answer included.
pub const CALL_LIMIT: Duration = Duration::from_secs(10);
/// Longest accepted answer, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// Sends requests and judges answers before anyone reads them.
pub struct Http {
    client: reqwest::Client,
}

impl Http {
    /// Prepares the client; calls nobody. Performs I/O for the extra authorities.
    pub fn new(psc: &PscSection, limit: Duration) -> Result<Self, ConfigError> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(limit)
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .user_agent(concat!("vestibule-companion/", env!("CARGO_PKG_VERSION")));
        builder = match psc.environment {
            // A proxy has nothing to do between two programs of this machine.
            PscEnvironment::Simulator => builder.no_proxy(),
            PscEnvironment::Bas | PscEnvironment::Production => builder.https_only(true),
        };
        let refused = |reason: String| ConfigError::refused(ErrorCode::ConfigurationInvalid, "psc.extra_ca_file", reason);
        if let Some(file) = &psc.extra_ca_file {
            let pem = std::fs::read(file).map_err(|source| refused(format!("« {} » est illisible : {source}", file.display())))?;
            let authorities =
                reqwest::Certificate::from_pem_bundle(&pem).map_err(|_| refused("ce n’est pas une suite de certificats PEM".into()))?;
            if authorities.is_empty() {
                return Err(refused("aucun certificat dans ce fichier".into()));
            }
            builder = builder.tls_certs_merge(authorities);
        }
        let client = builder.build().map_err(|source| refused(format!("le client TLS ne peut pas être préparé : {source}")))?;
        Ok(Self { client })
    }

    /// Sends one request. What comes back is complete, under 1 MiB and neither a redirect, an outage, an HTML page nor a 401.
    pub async fn send(&self, step: Step, request: HttpRequest) -> Result<HttpResponse, PscError> {
        let unreachable = |source: reqwest::Error| PscError::Unreachable { step, source: Box::new(source.without_url()) };
        let request = reqwest::Request::try_from(request).map_err(unreachable)?;
        let mut answer = self.client.execute(request).await.map_err(unreachable)?;

        let status = answer.status();
        if status.is_server_error() || status == http::StatusCode::TOO_MANY_REQUESTS {
            return Err(PscError::Unavailable { step, status: status.as_u16() });
        }
        if status.is_redirection() {
            return Err(PscError::Unreadable { step, reason: "it is a redirect" });
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(PscError::Unreadable { step, reason: "it is longer than 1 MiB" });
            }
            body.extend_from_slice(&chunk);
        }

        let mut copy = http::Response::new(body);
        *copy.status_mut() = status;
        *copy.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(copy)
    }

    /// As [`Http::send`], for an answer that must be JSON.
    pub async fn send_for_json(&self, step: Step, request: HttpRequest) -> Result<HttpResponse, PscError> {
        let answer = self.send(step, request).await?;
        match content_type(&answer) {
            Some(essence) if essence == "text/html" => Err(PscError::Unavailable { step, status: answer.status().as_u16() }),
            Some(essence) if essence != "application/json" && essence != "application/jwk-set+json" => {
                Err(PscError::Unreadable { step, reason: "it is not announced as JSON" })
            }
            _ => Ok(answer),
        }
    }

    /// Fetches a public document.
    pub async fn get_document(&self, step: Step, url: &str) -> Result<Vec<u8>, PscError> {
        let request = http::Request::get(url).header(http::header::ACCEPT, "application/json").body(Vec::new());
        let request = request.map_err(|_| PscError::DiscoveryRefused("an address is unusable"))?;
        let answer = self.send_for_json(step, request).await?;
        match answer.status() {
            http::StatusCode::OK => Ok(answer.into_body()),
            status => Err(PscError::RequestRefused { step, error: format!("HTTP {}", status.as_u16()) }),
        }
    }
}

fn content_type(answer: &HttpResponse) -> Option<String> {
    let value = answer.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}
