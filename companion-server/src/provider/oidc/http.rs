//! The one HTTP client towards a provider: no redirect, a time limit, a size limit, TLS 1.2 or later.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::CONTENT_TYPE;
use openidconnect::{HttpRequest, HttpResponse};
use rustls::{AlertDescription, CertificateError};

use super::LinkSettings;
use super::clock_offset::ClockOffset;
use super::link::{Clients, LinkState, TlsLink};
use crate::clock::Clock;
use crate::config::ConfigError;
use crate::looked::Looked;
use crate::measures::{self, Outcome};
use crate::provider::error::causes;
use crate::provider::{ProviderError, Step};

/// How long one call may take, answer included.
pub const CALL_LIMIT: Duration = Duration::from_secs(10);
/// Longest accepted answer, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// Sends requests and judges answers before anyone reads them.
pub struct Http {
    link: TlsLink,
    clock_offset: ClockOffset,
    is_proxied: bool,
}

impl Http {
    /// Prepares the client; calls nobody. Performs I/O for certificates and authorities.
    pub fn new(settings: &LinkSettings, limit: Duration, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let clock_offset = ClockOffset::new(settings.called, Arc::clone(&clock));
        Ok(Self { link: TlsLink::open(settings, limit, clock)?, clock_offset, is_proxied: settings.proxy.is_some() })
    }

    /// Looks after certificate and authorities.
    pub fn watch_link(&self) -> LinkState {
        self.link.watch()
    }

    /// What the dates of the answers say of this machine's clock.
    pub const fn clock_offset(&self) -> &ClockOffset {
        &self.clock_offset
    }

    /// Takes certificate and authorities anew, now.
    pub fn reload_link(&self) -> Looked {
        self.link.reload()
    }

    /// Sends one request. What comes back is complete, under 1 MiB and no outage; a redirect says something, and is not followed.
    pub async fn send_once(&self, step: Step, request: HttpRequest) -> Result<HttpResponse, ProviderError> {
        timed(step, self.answer_to(step, request)).await
    }

    async fn answer_to(&self, step: Step, request: HttpRequest) -> Result<HttpResponse, ProviderError> {
        let unreachable = |source: reqwest::Error| unreached(step, source, self.is_proxied);
        let request = reqwest::Request::try_from(request).map_err(unreachable)?;
        let sent_at = self.clock_offset.now();
        let mut answer = self.execute(request).await.map_err(unreachable)?;
        self.clock_offset.note(sent_at, answer.headers());

        let status = answer.status();
        if status.is_server_error() || status == http::StatusCode::TOO_MANY_REQUESTS {
            return Err(ProviderError::Unavailable { step, status: status.as_u16() });
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(ProviderError::Unreadable { step, reason: "it is longer than 1 MiB" });
            }
            body.extend_from_slice(&chunk);
        }

        let mut copy = http::Response::new(body);
        *copy.status_mut() = status;
        *copy.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(copy)
    }

    async fn execute(&self, request: reqwest::Request) -> Result<reqwest::Response, reqwest::Error> {
        let Clients { usual, outspoken } = self.link.clients();
        let copy = request.try_clone();
        let first = usual.execute(request).await;
        match (first, copy) {
            // The other side hung up before anything was sent, so that sending it is still the first time.
            (Err(error), Some(copy)) if was_never_sent(&error) => match outspoken.execute(copy).await {
                Err(second) if tls_error(&second).is_some_and(|cause| !is_about_our_certificate(cause)) => Err(error),
                second => second,
            },
            (first, _) => first,
        }
    }

    /// As [`Http::send_once`], for an answer that must be JSON: neither a redirect nor a page.
    pub async fn send_for_json(&self, step: Step, request: HttpRequest) -> Result<HttpResponse, ProviderError> {
        timed(step, async {
            let answer = self.answer_to(step, request).await?;
            if answer.status().is_redirection() {
                return Err(ProviderError::Unreadable { step, reason: "it is a redirect" });
            }
            match content_type(&answer) {
                Some(essence) if essence == "text/html" => Err(ProviderError::Unavailable { step, status: answer.status().as_u16() }),
                Some(essence) if essence != "application/json" && essence != "application/jwk-set+json" => {
                    Err(ProviderError::Unreadable { step, reason: "it is not announced as JSON" })
                }
                _ => Ok(answer),
            }
        })
        .await
    }

    /// Fetches a public document.
    pub async fn get_document(&self, step: Step, url: &str) -> Result<Vec<u8>, ProviderError> {
        let request = http::Request::get(url).header(http::header::ACCEPT, "application/json").body(Vec::new());
        let request = request.map_err(|_| ProviderError::DiscoveryRefused("an address is unusable"))?;
        let answer = self.send_for_json(step, request).await?;
        match answer.status() {
            http::StatusCode::OK => Ok(answer.into_body()),
            status => Err(ProviderError::RequestRefused { step, error: format!("HTTP {}", status.as_u16()) }),
        }
    }
}

/// Waits for an answer, and measures how long that took and what came of it once it was judged.
async fn timed(step: Step, answer: impl Future<Output = Result<HttpResponse, ProviderError>>) -> Result<HttpResponse, ProviderError> {
    let began = Instant::now();
    let answer = answer.await;
    if let Some(call) = step.call() {
        let outcome = match &answer {
            Ok(answer) if answer.status().is_client_error() => Outcome::Refused,
            Ok(_) => Outcome::Answered,
            Err(_) => Outcome::Failed,
        };
        measures::called(call, outcome, began.elapsed());
    }
    answer
}

/// Tells a link that cannot be trusted, and a certificate that is not wanted, from a network that does not carry.
fn unreached(step: Step, source: reqwest::Error, is_proxied: bool) -> ProviderError {
    match tls_error(&source) {
        // Whatever fails before TLS begins is the proxy's: nothing else is connected to.
        None if is_proxied && source.is_connect() => ProviderError::ProxyRefused { step, source: Box::new(source.without_url()) },
        Some(cause) if is_about_our_certificate(cause) => ProviderError::CertificateRefused { step },
        Some(rustls::Error::AlertReceived(
            AlertDescription::ProtocolVersion | AlertDescription::InsufficientSecurity | AlertDescription::HandshakeFailure,
        )) => ProviderError::Untrusted { step, reason: "no common TLS version or cipher" },
        Some(rustls::Error::PeerIncompatible(_)) => ProviderError::Untrusted { step, reason: "no common TLS version or cipher" },
        Some(rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        )) => ProviderError::Untrusted { step, reason: "its certificate is over or not valid yet, by this machine's clock" },
        Some(rustls::Error::InvalidCertificate(_)) => ProviderError::Untrusted { step, reason: "its certificate is not valid here" },
        _ => ProviderError::Unreachable { step, source: Box::new(source.without_url()) },
    }
}

const fn is_about_our_certificate(error: &rustls::Error) -> bool {
    let rustls::Error::AlertReceived(alert) = error else { return false };
    matches!(
        alert,
        AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateRequired
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            // A signature that does not hold: a certificate that only bears the name of a known authority.
            | AlertDescription::DecryptError
            | AlertDescription::NoCertificate
    )
}

/// The TLS failure at the bottom of a chain of causes.
fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// Whether the connection was lost before the first byte of the request left, for a reason that nobody kept.
fn was_never_sent(error: &reqwest::Error) -> bool {
    tls_error(error).is_none() && causes(error).filter_map(|cause| cause.downcast_ref::<hyper::Error>()).any(hyper::Error::is_canceled)
}

fn content_type(answer: &HttpResponse) -> Option<String> {
    let value = answer.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}
