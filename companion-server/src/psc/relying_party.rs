//! The code flow with Pro Santé Connect, from the authorization request to the end of its session.

use std::sync::Arc;

use secrecy::SecretString;
use url::Url;
use vestibule_model::session::SignInMeans;
use vestibule_model::{Practitioner, PscEnvironment};

use super::PscError;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::random::Random;

/// Where to send the browser, and what to remember until it comes back.
#[derive(Debug)]
pub struct AuthorizationRequest {
    /// The wallet's authorization page with every parameter.
    pub url: Url,
    /// Comes back in the answer.
    pub state: SecretString,
    /// Comes back in the ID token.
    pub nonce: SecretString,
    /// Goes with the code.
    pub pkce_verifier: SecretString,
}

/// What the browser brought back.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationAnswer<'a> {
    /// `code`.
    pub code: &'a SecretString,
    /// `iss` (RFC 9207), when it was there.
    pub iss: Option<&'a str>,
}

/// What was remembered of the request.
#[derive(Debug, Clone, Copy)]
pub struct PendingAuthorization<'a> {
    /// As in [`AuthorizationRequest`].
    pub nonce: &'a SecretString,
    /// As in [`AuthorizationRequest`].
    pub pkce_verifier: &'a SecretString,
}

/// Someone whom Pro Santé Connect vouches for.
#[derive(Debug)]
pub struct PscSignIn {
    /// Who.
    pub practitioner: Practitioner,
    /// How, when Pro Santé Connect said so.
    pub means: Option<SignInMeans>,
    /// Level as returned, whatever it is (EXI 16).
    pub acr: Option<String>,
    /// To be sealed.
    pub tokens: PscTokens,
    /// `sub`, checked against userinfo; technical, never a key.
    pub subject: String,
}

/// Tokens of Pro Santé Connect. They never leave the companion.
#[derive(Debug, Clone)]
pub struct PscTokens {
    /// Good for two minutes.
    pub access_token: SecretString,
    /// Replaced at each refresh.
    pub refresh_token: Option<SecretString>,
    /// Kept for the end of the session.
    pub id_token: SecretString,
    /// Seconds.
    pub access_expires_in_s: u32,
    /// Seconds, when told.
    pub refresh_expires_in_s: Option<u32>,
}

/// Tokens after a refresh: what is absent stays as it was.
#[derive(Debug, Clone)]
pub struct RefreshedTokens {
    /// Good for two minutes.
    pub access_token: SecretString,
    /// `None`: the former one goes on.
    pub refresh_token: Option<SecretString>,
    /// `None`: the former one goes on. Otherwise checked, same `sub`.
    pub id_token: Option<SecretString>,
    /// Seconds.
    pub access_expires_in_s: u32,
    /// Seconds, when told.
    pub refresh_expires_in_s: Option<u32>,
}

/// A form that the browser posts to end its session at Pro Santé Connect.
#[derive(Debug)]
pub struct BrowserEndSession {
    /// Address of the form.
    pub action: Url,
    /// Hidden fields, in order.
    pub fields: Vec<(&'static str, SecretString)>,
}

/// The companion as a client of Pro Santé Connect.
pub struct RelyingParty {
    _clock: Arc<dyn Clock>,
    _random: Arc<dyn Random>,
}

impl RelyingParty {
    /// Reads the client secret and prepares the HTTP client; calls nobody. Performs I/O.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] when the secret or the extra certificate authorities cannot be used.
    pub fn new(_config: &Config, _clock: Arc<dyn Clock>, _random: Arc<dyn Random>) -> Result<Self, ConfigError> {
        todo!()
    }

    /// Prepares one trip of the browser to Pro Santé Connect: exactly `openid scope_all`, `acr_values=eidas1`, PKCE S256, state, nonce.
    ///
    /// # Errors
    /// [`PscError`] when the discovery document cannot be had or used.
    pub async fn authorization_request(&self) -> Result<AuthorizationRequest, PscError> {
        todo!()
    }

    /// Checks the `iss` of an authorization answer, success or error: absent is accepted, another issuer never.
    ///
    /// # Errors
    /// [`PscError::IssuerMismatch`].
    pub fn check_issuer(&self, _iss: Option<&str>) -> Result<(), PscError> {
        todo!()
    }

    /// Exchanges the code, checks the ID token, asks userinfo at once and checks it against the ID token.
    ///
    /// # Errors
    /// [`PscError`]; nothing is kept then.
    pub async fn exchange(&self, _answer: AuthorizationAnswer<'_>, _pending: PendingAuthorization<'_>) -> Result<PscSignIn, PscError> {
        todo!()
    }

    /// Refreshes the tokens (EXI 11: only in the wake of activity). A new ID token must be about the same subject.
    ///
    /// # Errors
    /// [`PscError::RefreshRefused`] when the session at Pro Santé Connect is over; others as they are.
    pub async fn refresh(&self, _refresh_token: &SecretString, _expected_subject: &str) -> Result<RefreshedTokens, PscError> {
        todo!()
    }

    /// Ends the session at Pro Santé Connect from server to server (EXI 20).
    ///
    /// # Errors
    /// [`PscError`] unless Pro Santé Connect answered 2xx.
    pub async fn end_session(&self, _id_token_hint: &SecretString) -> Result<(), PscError> {
        todo!()
    }

    /// The same end through the browser, for when the server-side call failed.
    pub fn browser_end_session(&self, _id_token_hint: &SecretString, _state: &SecretString) -> BrowserEndSession {
        todo!()
    }

    /// Which Pro Santé Connect this is.
    pub fn environment(&self) -> PscEnvironment {
        todo!()
    }

    /// Fetches discovery and keys anew, for the doctor.
    ///
    /// # Errors
    /// [`PscError`] when either cannot be had or used.
    pub async fn reachable(&self) -> Result<(), PscError> {
        todo!()
    }
}
