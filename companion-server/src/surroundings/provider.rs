use async_trait::async_trait;
use secrecy::SecretString;
use vestibule_model::session::PscEnvironment;

use crate::psc::{
    AuthorizationAnswer, AuthorizationRequest, AuthorizationWish, BrowserEndSession, PendingAuthorization, PscError, PscSignIn,
    RefreshedTokens, RelyingParty,
};

/// What sign-ins and sessions ask of Pro Santé Connect; tests stand in for it.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// See [`RelyingParty::authorization_request`].
    async fn authorization_request(&self, wish: AuthorizationWish<'_>) -> Result<AuthorizationRequest, PscError>;
    /// See [`RelyingParty::check_issuer`].
    fn check_issuer(&self, iss: Option<&str>) -> Result<(), PscError>;
    /// See [`RelyingParty::exchange`].
    async fn exchange(&self, answer: AuthorizationAnswer<'_>, pending: PendingAuthorization<'_>) -> Result<PscSignIn, PscError>;
    /// See [`RelyingParty::refresh`].
    async fn refresh(&self, refresh_token: &SecretString, expected_subject: &str) -> Result<RefreshedTokens, PscError>;
    /// See [`RelyingParty::end_session`].
    async fn end_session(&self, id_token_hint: &SecretString) -> Result<(), PscError>;
    /// See [`RelyingParty::browser_end_session`].
    fn browser_end_session(&self, id_token_hint: &SecretString, state: &SecretString) -> BrowserEndSession;
    /// See [`RelyingParty::environment`].
    fn environment(&self) -> PscEnvironment;
}

#[async_trait]
impl Provider for RelyingParty {
    async fn authorization_request(&self, wish: AuthorizationWish<'_>) -> Result<AuthorizationRequest, PscError> {
        Self::authorization_request(self, wish).await
    }

    fn check_issuer(&self, iss: Option<&str>) -> Result<(), PscError> {
        Self::check_issuer(self, iss)
    }

    async fn exchange(&self, answer: AuthorizationAnswer<'_>, pending: PendingAuthorization<'_>) -> Result<PscSignIn, PscError> {
        Self::exchange(self, answer, pending).await
    }

    async fn refresh(&self, refresh_token: &SecretString, expected_subject: &str) -> Result<RefreshedTokens, PscError> {
        Self::refresh(self, refresh_token, expected_subject).await
    }

    async fn end_session(&self, id_token_hint: &SecretString) -> Result<(), PscError> {
        Self::end_session(self, id_token_hint).await
    }

    fn browser_end_session(&self, id_token_hint: &SecretString, state: &SecretString) -> BrowserEndSession {
        Self::browser_end_session(self, id_token_hint, state)
    }

    fn environment(&self) -> PscEnvironment {
        Self::environment(self)
    }
}
