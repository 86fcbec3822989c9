//! What the provider does: as an honest one would, but for what a test bends.

use serde_json::Value;

use super::keys;

/// Changes an honest answer.
pub type Bend = fn(&mut Value, &Facts);

/// What is known of the sign-in under way.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Scheme, host and port of the provider.
    pub origin: String,
    /// Its issuer.
    pub issuer: String,
    /// Nonce of the authorization request.
    pub nonce: String,
    /// State of the authorization request.
    pub state: String,
    /// Present moment.
    pub now_s: i64,
}

/// How one endpoint answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// The honest answer, bent.
    Json(Bend),
    /// Status, content type, and a body made from the honest one.
    Text(u16, &'static str, fn(&Value, &Facts) -> String),
    /// Status, content type and body, whatever the honest one is.
    Exactly(u16, &'static str, String),
    /// The way elsewhere.
    Redirect(String),
    /// Exactly these bytes, then the connection is closed.
    Raw(fn(&Value) -> Vec<u8>),
    /// Nothing, for ever.
    Silence,
    /// A head, then a body that never ends.
    Drip,
}

impl Reply {
    /// As it should be.
    pub const HONEST: Self = Self::Json(|_, _| {});
    /// The session is over, and there is nothing to say.
    pub const ENDED: Self = Self::Text(204, "text/plain", |_, _| String::new());
}

/// How the client must say who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientProof {
    /// Its secret in the header.
    Basic,
    /// Its secret in the form (`auth_method = "post"`).
    Posted,
    /// Its certificate, and no secret.
    Certificate,
}

/// Every answer of the provider, and each piece of its tokens.
#[derive(Clone)]
pub struct Behaviour {
    pub discovery: Reply,
    pub jwks: Reply,
    /// From the second request on.
    pub jwks_later: Option<Reply>,
    pub token: Reply,
    pub refresh: Reply,
    pub userinfo: Reply,
    pub end_session: Reply,
    pub header: Bend,
    pub claims: Bend,
    /// Text of the payload, when JSON cannot say it.
    pub payload: fn(&Value) -> String,
    pub sign: fn(&str) -> Vec<u8>,
    /// The finished compact token.
    pub compact: fn(String) -> String,
    /// Claims of the ID token of a refresh.
    pub refreshed_claims: Bend,
    pub client_proof: ClientProof,
    /// A code serves as often as it is sent, as it must not.
    pub keeps_codes: bool,
}

impl Behaviour {
    /// Nothing is wrong.
    pub const HONEST: Self = Self {
        discovery: Reply::HONEST,
        jwks: Reply::HONEST,
        jwks_later: None,
        token: Reply::HONEST,
        refresh: Reply::HONEST,
        userinfo: Reply::HONEST,
        end_session: Reply::ENDED,
        header: |_, _| {},
        claims: |_, _| {},
        payload: |claims| claims.to_string(),
        sign: keys::rs256,
        compact: |token| token,
        refreshed_claims: |_, _| {},
        client_proof: ClientProof::Basic,
        keeps_codes: false,
    };
}

impl std::fmt::Debug for Behaviour {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Behaviour").finish_non_exhaustive()
    }
}
