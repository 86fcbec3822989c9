//! Answers of the token endpoint, good and bad.

use futures::future::BoxFuture;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenType,
};
use openidconnect::{
    AsyncHttpClient, Client, EmptyAdditionalClaims, EmptyExtraTokenFields, EndpointNotSet, EndpointSet, ExtraTokenFields, HttpRequest,
    HttpResponse, IdTokenFields, RequestTokenError, StandardErrorResponse, StandardTokenIntrospectionResponse, StandardTokenResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::PscError;
use super::error::{Step, printable};
use super::http::Http;
use super::json::{self, JsonRefused};
use super::signing_key::SigningKey;

/// Fields that Pro Santé Connect adds to a token answer; the others are ignored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PscTokenFields {
    /// Seconds.
    pub refresh_expires_in: Option<u64>,
}

impl ExtraTokenFields for PscTokenFields {}

/// A good answer.
pub type TokenAnswer = StandardTokenResponse<
    IdTokenFields<EmptyAdditionalClaims, PscTokenFields, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>,
    CoreTokenType,
>;

/// A refusal (RFC 6749 section 5.2).
pub type TokenRefusal = StandardErrorResponse<CoreErrorResponseType>;

/// The library's client, with our keys and our answers.
pub type OidcClient = Client<
    EmptyAdditionalClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    SigningKey,
    CoreAuthPrompt,
    TokenRefusal,
    TokenAnswer,
    StandardTokenIntrospectionResponse<EmptyExtraTokenFields, CoreTokenType>,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
>;

/// How the library reaches the token endpoint. A type rather than a closure, so that its futures can move between threads.
pub struct TokenEndpoint<'a>(pub &'a Http);

impl<'c> AsyncHttpClient<'c> for TokenEndpoint<'_> {
    type Error = PscError;
    type Future = BoxFuture<'c, Result<HttpResponse, PscError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.0.send_for_json(Step::Token, request).await?;
            if answer.status() == http::StatusCode::UNAUTHORIZED {
                return Err(PscError::ClientRefused);
            }
            check(answer.body())?;
            Ok(answer)
        })
    }
}

/// What the library lets pass: text after the answer, members named twice, a token of nothing.
pub(super) fn check(body: &[u8]) -> Result<(), PscError> {
    let unreadable = |reason| PscError::Unreadable { step: Step::Token, reason };
    let answer = json::parse(body).map_err(|refused| match refused {
        JsonRefused::DuplicateKey => unreadable("it names a key twice"),
        JsonRefused::Malformed => unreadable("it is not JSON"),
    })?;
    if answer.get("access_token").is_some_and(|token| token == "") {
        return Err(unreadable("the access token is empty"));
    }
    Ok(())
}

/// What was presented to the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// An authorization code.
    Code,
    /// A refresh token.
    Refresh,
}

/// Says in our words why the token endpoint gave no token.
pub fn refusal(grant: Grant, error: RequestTokenError<PscError, TokenRefusal>) -> PscError {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(refusal) => match (refusal.error(), grant) {
            (CoreErrorResponseType::InvalidGrant, Grant::Code) => PscError::CodeRefused,
            (CoreErrorResponseType::InvalidGrant, Grant::Refresh) => PscError::RefreshRefused,
            (CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient, _) => PscError::ClientRefused,
            (other, _) => PscError::RequestRefused { step: Step::Token, error: printable(other.as_ref()) },
        },
        RequestTokenError::Parse(_, body) if has_bad_id_token(&body) => PscError::IdTokenRefused("it cannot be read"),
        RequestTokenError::Parse(..) => PscError::Unreadable { step: Step::Token, reason: "it is not a token answer" },
        RequestTokenError::Other(_) => PscError::Unreadable { step: Step::Token, reason: "it is empty or not understood" },
    }
}

/// Whether an unreadable answer is a complete one whose ID token is at fault: the library reads both at once.
fn has_bad_id_token(body: &[u8]) -> bool {
    let Ok(Value::Object(mut answer)) = serde_json::from_slice(body) else { return false };
    answer.remove("id_token").is_some() && serde_json::from_value::<TokenAnswer>(Value::Object(answer)).is_ok()
}
