//! Doors for the fuzzer: everything that is read of a provider's answers, without a network. The product calls none of them.

use std::sync::Arc;

use openidconnect::{JsonWebKeySet, OAuth2TokenResponse as _};
use serde_json::Value;
use url::Url;
use vestibule_model::Practitioner;

pub use super::oidc::Endpoints;
use super::oidc::{self, ExpectedIdToken, SigningKey, TokenAnswer};
use super::{ProviderError, Step, psc};
use crate::clock::Clock;
use crate::config::{PscSection, UserinfoSub};

/// Published keys.
pub struct Keys(JsonWebKeySet<SigningKey>);

/// What an ID token is checked against.
pub struct Rules<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub access_token: &'a str,
    pub clock: Arc<dyn Clock>,
}

/// `sub`, `acr` and every claim of an accepted ID token.
pub type Accepted = (String, Option<String>, Value);

/// As the key set is read.
///
/// # Errors
/// [`ProviderError`]
pub fn keys(document: &[u8]) -> Result<Keys, ProviderError> {
    oidc::read_keys(document).map(Keys)
}

impl Keys {
    /// How many there are, usable or not.
    pub fn count(&self) -> usize {
        self.0.keys().len()
    }
}

/// Where a section of the configuration leads.
pub fn endpoints(psc: &PscSection) -> Endpoints {
    psc::endpoints(psc)
}

/// As the discovery document is read: authorization page, then the addresses that the companion calls.
///
/// # Errors
/// [`ProviderError`]
pub fn discovery(document: &[u8], endpoints: &Endpoints) -> Result<(Url, [Url; 4]), ProviderError> {
    let read = oidc::read_discovery(document, endpoints)?;
    Ok((read.authorization_endpoint, [read.token_endpoint, read.userinfo_endpoint, read.end_session_endpoint, read.jwks_uri]))
}

/// As an answer of the token endpoint is read; gives the ID token when there is one.
///
/// # Errors
/// [`ProviderError`]
pub fn token_answer(body: &[u8]) -> Result<Option<String>, ProviderError> {
    let used = oidc::used(body)?;
    let unreadable = |_| ProviderError::Unreadable { step: Step::Token, reason: "it is not a token answer" };
    let answer: TokenAnswer = serde_json::from_slice(&used).map_err(unreadable)?;
    let _ = (answer.token_type(), answer.expires_in(), answer.refresh_token());
    Ok(answer.extra_fields().extra_fields().id_token.clone())
}

/// As an ID token is read and checked.
///
/// # Errors
/// [`ProviderError::IdTokenRefused`]
pub fn id_token(text: &str, keys: &Keys, rules: &Rules<'_>) -> Result<Accepted, ProviderError> {
    let expected = ExpectedIdToken {
        issuer: rules.issuer,
        client_id: rules.client_id,
        nonce: Some(rules.nonce),
        access_token: rules.access_token,
        clock: &rules.clock,
    };
    let verified = oidc::verify(text, &keys.0, &expected)?;
    Ok((verified.subject, verified.acr, verified.claims))
}

/// As an access token is read, for information only.
pub fn signed_claims(keys: &Keys, token: &str) -> Option<Value> {
    oidc::signed_token(&keys.0, token).ok()
}

/// As userinfo is read.
///
/// # Errors
/// [`ProviderError`]
pub fn userinfo(body: &[u8], subject: &str, rule: UserinfoSub) -> Result<Practitioner, ProviderError> {
    psc::practitioner(body, subject, rule)
}
