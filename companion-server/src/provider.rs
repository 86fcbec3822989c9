//! Whoever identifies people here: what sign-ins and sessions ask of a provider, in words that are no provider's own.
//!
//! `oidc` is what any relying party does and knows no provider by name; `psc` is what is Pro Santé Connect's alone. Nothing outside this room
//! names either: [`registry`] builds them from the configuration. Whatever leaves here is already checked.

mod error;
mod exchanged;
#[doc(hidden)]
pub mod fuzzing;
#[cfg(test)]
pub(crate) mod lied_to;
mod oidc;
mod psc;
mod registry;

use async_trait::async_trait;
use secrecy::SecretString;
use vestibule_model::session::PscEnvironment;

pub use error::{ProviderError, Step};
pub use exchanged::{
    AuthorizationRequest, AuthorizationWish, BrowserEndSession, Identity, PendingAuthorization, ProviderTokens, RefreshedTokens,
};
pub use oidc::{CHAIN_LIMIT, Credentials, LinkState, RelyingParty};
pub use registry::{Opened, Providers, Registry, RelyingParties, open};

/// What sign-ins and sessions ask of a provider; tests stand in for it.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// Prepares one trip of the browser to the provider: state, nonce and PKCE are drawn anew.
    ///
    /// # Errors
    /// [`ProviderError`] when what the provider publishes of itself cannot be had or used.
    async fn authorization_request(&self, wish: AuthorizationWish<'_>) -> Result<AuthorizationRequest, ProviderError>;

    /// Checks the `iss` of an authorization answer, success or error (RFC 9207): absent is accepted, another issuer never. Asked once, by
    /// whoever takes the answer.
    ///
    /// # Errors
    /// [`ProviderError::IssuerMismatch`].
    fn check_issuer(&self, iss: Option<&str>) -> Result<(), ProviderError>;

    /// Exchanges the code, checks what comes for it, and says whom the provider vouches for.
    ///
    /// # Errors
    /// [`ProviderError`]; nothing is kept then.
    async fn exchange(&self, code: &SecretString, pending: PendingAuthorization<'_>) -> Result<Identity, ProviderError>;

    /// Refreshes the tokens (EXI 11: only in the wake of activity). What is new must be about the same subject.
    ///
    /// # Errors
    /// [`ProviderError::RefreshRefused`] when the provider's session is over; others as they are.
    async fn refresh(&self, refresh_token: &SecretString, expected_subject: &str) -> Result<RefreshedTokens, ProviderError>;

    /// Ends the provider's session from server to server (EXI 20).
    ///
    /// # Errors
    /// [`ProviderError`]; [`ProviderError::EndUnproven`] unless the answer proves the end.
    async fn end_session(&self, id_token_hint: &SecretString) -> Result<(), ProviderError>;

    /// The same end through the browser, for when the server-side call failed: hence without asking anything of the provider.
    fn browser_end_session(&self, id_token_hint: &SecretString, state: &SecretString) -> BrowserEndSession;

    /// Which of its environments this is.
    fn environment(&self) -> PscEnvironment;
}
