//! What goes in and out of the code flow.

use secrecy::SecretString;
use url::Url;
use vestibule_model::Practitioner;
use vestibule_model::session::SignInMeans;

/// What depends on the workstation and on how the last sign-in there ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuthorizationWish<'a> {
    /// The provider behind the provider that is proposed at once.
    pub idp_hint: Option<&'a str>,
    /// `prompt=login`: whoever is remembered, the person shows again who she is.
    pub prompt_login: bool,
}

/// Where to send the browser, and what to remember until it comes back.
pub struct AuthorizationRequest {
    /// The provider's authorization page with every parameter.
    pub url: Url,
    /// Comes back in the answer.
    pub state: SecretString,
    /// Comes back in the ID token.
    pub nonce: SecretString,
    /// Goes with the code.
    pub pkce_verifier: SecretString,
}

// The address holds the state and the nonce.
impl std::fmt::Debug for AuthorizationRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("AuthorizationRequest").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

/// What was remembered of the request.
#[derive(Debug, Clone, Copy)]
pub struct PendingAuthorization<'a> {
    /// As in [`AuthorizationRequest`].
    pub nonce: &'a SecretString,
    /// As in [`AuthorizationRequest`].
    pub pkce_verifier: &'a SecretString,
}

/// Someone whom a provider vouches for.
#[derive(Debug)]
pub struct Identity {
    /// Who.
    pub practitioner: Practitioner,
    /// How, when the provider said so.
    pub means: Option<SignInMeans>,
    /// Level as returned, whatever it is (EXI 16).
    pub acr: Option<String>,
    /// To be sealed.
    pub tokens: ProviderTokens,
    /// `sub`, checked; technical, never a key.
    pub subject: String,
}

/// Tokens of a provider. They never leave the companion.
#[derive(Debug, Clone)]
pub struct ProviderTokens {
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

/// A form that the browser posts to end its session at the provider.
#[derive(Debug)]
pub struct BrowserEndSession {
    /// Address of the form.
    pub action: Url,
    /// Hidden fields, in order.
    pub fields: Vec<(&'static str, SecretString)>,
}
