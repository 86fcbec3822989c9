//! What a provider publishes about itself: its discovery document and its signing keys, kept for an hour.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use openidconnect::JsonWebKeySet;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::http::Http;
use super::settings::Endpoints;
use super::signing_key::SigningKey;
use crate::clock::{Clock, Timestamp};
use crate::provider::{ProviderError, Step};

/// How long discovery and keys are trusted without asking again.
const LIFETIME_MS: i64 = 60 * 60 * 1000;
/// At most one fetch of the keys a minute, however many tokens name an unknown one.
const REFETCH_PAUSE_MS: i64 = 60 * 1000;

/// Discovery and keys of one moment.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// Page that the browser opens.
    pub authorization: Url,
    /// Code and refresh exchanges.
    pub token: Url,
    /// Professional identity.
    pub userinfo: Url,
    /// End of the session.
    pub end_session: Url,
    /// Public keys.
    pub keys: JsonWebKeySet<SigningKey>,
    jwks: Url,
    fetched_at: Timestamp,
}

/// The members of the document that are used; all others are ignored, whatever they hold.
#[derive(Deserialize)]
pub struct Discovery {
    pub issuer: String,
    pub authorization_endpoint: Url,
    pub token_endpoint: Url,
    pub userinfo_endpoint: Url,
    pub end_session_endpoint: Url,
    pub jwks_uri: Url,
    /// Read only where a client certificate is presented.
    #[serde(default)]
    mtls_endpoint_aliases: Value,
}

/// Where a client with a certificate calls instead (RFC 8705 section 5); what is absent stays where it is.
#[derive(Deserialize)]
struct Aliases {
    token_endpoint: Option<Url>,
    userinfo_endpoint: Option<Url>,
    end_session_endpoint: Option<Url>,
}

/// Fetches once for everyone, again after an hour or when an unknown key shows up.
pub struct MetadataCache {
    endpoints: Endpoints,
    clock: Arc<dyn Clock>,
    // Held while fetching: a burst of sign-ins asks once.
    known: Mutex<Known>,
    /// Fetches that found nobody there.
    outages: AtomicU64,
}

#[derive(Default)]
struct Known {
    metadata: Option<Arc<Metadata>>,
    refetched_at: Option<Timestamp>,
}

impl MetadataCache {
    /// Knows nothing yet.
    pub fn new(endpoints: Endpoints, clock: Arc<dyn Clock>) -> Self {
        Self { endpoints, clock, known: Mutex::default(), outages: AtomicU64::new(0) }
    }

    /// Discovery and keys, fetched when unknown or over an hour old.
    pub async fn get(&self, http: &Http) -> Result<Arc<Metadata>, ProviderError> {
        let outages = self.outages.load(Ordering::Acquire);
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some(metadata) = &known.metadata
            && now.millis_since(metadata.fetched_at) < LIFETIME_MS
        {
            return Ok(Arc::clone(metadata));
        }
        // Whoever queued behind a call that ran into its time limit has waited as long: one try each would add up to minutes.
        if self.outages.load(Ordering::Acquire) != outages {
            return Err(ProviderError::Unreachable { step: Step::Discovery, source: "the call before this one found nobody".into() });
        }
        let fetched = self.fetch(http).await;
        if matches!(fetched, Err(ProviderError::Unreachable { .. })) {
            self.outages.fetch_add(1, Ordering::AcqRel);
        }
        let metadata = Arc::new(fetched?);
        known.metadata = Some(Arc::clone(&metadata));
        Ok(metadata)
    }

    /// Discovery and keys of this very moment; what was known stays when this fails.
    pub async fn fetch_now(&self, http: &Http) -> Result<(), ProviderError> {
        let metadata = Arc::new(self.fetch(http).await?);
        self.known.lock().await.metadata = Some(metadata);
        Ok(())
    }

    /// The same with its keys fetched again, because a token names one that `seen` does not hold; `None` within a minute of the last time.
    pub async fn with_new_keys(&self, http: &Http, seen: &Arc<Metadata>) -> Result<Option<Arc<Metadata>>, ProviderError> {
        let mut known = self.known.lock().await;
        // Someone else fetched them while this call waited.
        if let Some(metadata) = &known.metadata
            && !Arc::ptr_eq(metadata, seen)
        {
            return Ok(Some(Arc::clone(metadata)));
        }
        let now = self.clock.now();
        if known.refetched_at.is_some_and(|at| now.millis_since(at) < REFETCH_PAUSE_MS) {
            return Ok(None);
        }
        known.refetched_at = Some(now);
        let metadata = Arc::new(Metadata { keys: keys(http, &seen.jwks).await?, ..Metadata::clone(seen) });
        known.metadata = Some(Arc::clone(&metadata));
        Ok(Some(metadata))
    }

    async fn fetch(&self, http: &Http) -> Result<Metadata, ProviderError> {
        let document = http.get_document(Step::Discovery, &self.endpoints.discovery_url).await?;
        let discovery = read_discovery(&document, &self.endpoints)?;
        Ok(Metadata {
            keys: keys(http, &discovery.jwks_uri).await?,
            authorization: discovery.authorization_endpoint,
            token: discovery.token_endpoint,
            userinfo: discovery.userinfo_endpoint,
            end_session: discovery.end_session_endpoint,
            jwks: discovery.jwks_uri,
            fetched_at: self.clock.now(),
        })
    }
}

/// EXI 14: whatever the document says, the browser goes to the one host of its pages and secrets go to the one host that is called.
pub fn read_discovery(document: &[u8], endpoints: &Endpoints) -> Result<Discovery, ProviderError> {
    let discovery: Discovery = serde_json::from_str(text(Step::Discovery, document)?).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => ProviderError::DiscoveryRefused("an address is missing or unusable"),
        serde_json::error::Category::Io | serde_json::error::Category::Syntax | serde_json::error::Category::Eof => {
            ProviderError::Unreadable { step: Step::Discovery, reason: "it is not JSON" }
        }
    })?;
    if discovery.issuer != endpoints.issuer {
        return Err(ProviderError::DiscoveryRefused("it names another issuer"));
    }
    if discovery.authorization_endpoint.origin().ascii_serialization() != endpoints.page_origin {
        return Err(ProviderError::DiscoveryRefused("the authorization page is on another host"));
    }
    let called = [&discovery.token_endpoint, &discovery.userinfo_endpoint, &discovery.end_session_endpoint, &discovery.jwks_uri];
    if called.into_iter().any(|url| url.origin().ascii_serialization() != endpoints.called_origin) {
        return Err(ProviderError::DiscoveryRefused("an endpoint is on another host"));
    }
    match &endpoints.aliases_origin {
        Some(origin) => with_aliases(discovery, origin),
        None => Ok(discovery),
    }
}

fn with_aliases(mut discovery: Discovery, origin: &str) -> Result<Discovery, ProviderError> {
    let aliases: Option<Aliases> = serde_json::from_value(std::mem::take(&mut discovery.mtls_endpoint_aliases))
        .map_err(|_| ProviderError::DiscoveryRefused("an address for certificates is unusable"))?;
    let Some(aliases) = aliases else { return Ok(discovery) };
    for (endpoint, alias) in [
        (&mut discovery.token_endpoint, aliases.token_endpoint),
        (&mut discovery.userinfo_endpoint, aliases.userinfo_endpoint),
        (&mut discovery.end_session_endpoint, aliases.end_session_endpoint),
    ] {
        let Some(alias) = alias else { continue };
        if alias.origin().ascii_serialization() != origin {
            return Err(ProviderError::DiscoveryRefused("an address for certificates is on another host"));
        }
        *endpoint = alias;
    }
    Ok(discovery)
}

async fn keys(http: &Http, jwks: &Url) -> Result<JsonWebKeySet<SigningKey>, ProviderError> {
    read_keys(&http.get_document(Step::Jwks, jwks.as_str()).await?)
}

/// JSON is UTF-8 (RFC 8259 section 8.1), also in the members that are skipped: there the parser would not look.
fn text(step: Step, document: &[u8]) -> Result<&str, ProviderError> {
    std::str::from_utf8(document).map_err(|_| ProviderError::Unreadable { step, reason: "it is not JSON" })
}

/// At least one key, whatever its kind.
pub fn read_keys(document: &[u8]) -> Result<JsonWebKeySet<SigningKey>, ProviderError> {
    let keys: JsonWebKeySet<SigningKey> = serde_json::from_str(text(Step::Jwks, document)?)
        .map_err(|_| ProviderError::Unreadable { step: Step::Jwks, reason: "it is not a key set" })?;
    if keys.keys().is_empty() {
        return Err(ProviderError::DiscoveryRefused("no usable key is published"));
    }
    Ok(keys)
}

#[cfg(test)]
mod tests;
