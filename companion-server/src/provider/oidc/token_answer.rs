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
use serde_json::{Map, Value};

use super::http::Http;
use super::json::{self, JsonRefused};
use super::signing_key::SigningKey;
use crate::provider::error::printable;
use crate::provider::{ProviderError, Step};

/// Fields beside the standard ones that are read in a token answer; the others are ignored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TokenFields {
    /// Seconds.
    pub refresh_expires_in: Option<u64>,
    /// As it came, under a name of ours: the library would judge claims that nobody uses (see [`super::id_token`]).
    #[serde(rename = "unread_id_token")]
    pub id_token: Option<String>,
}

impl ExtraTokenFields for TokenFields {}

/// A good answer.
pub type TokenAnswer = StandardTokenResponse<
    IdTokenFields<EmptyAdditionalClaims, TokenFields, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>,
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
    type Error = ProviderError;
    type Future = BoxFuture<'c, Result<HttpResponse, ProviderError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.0.send_for_json(Step::Token, request).await?;
            if answer.status() == http::StatusCode::UNAUTHORIZED {
                return Err(ProviderError::ClientRefused);
            }
            let used = used(answer.body())?;
            Ok(answer.map(|_| used))
        })
    }
}

/// The members of an answer that are used: the form of any other says nothing. Refused is what the library lets pass: text after the
/// answer, members named twice, a token of nothing.
pub fn used(body: &[u8]) -> Result<Vec<u8>, ProviderError> {
    let unreadable = |reason| ProviderError::Unreadable { step: Step::Token, reason };
    let answer = json::parse(body).map_err(|refused| match refused {
        JsonRefused::DuplicateKey => unreadable("it names a key twice"),
        JsonRefused::Malformed => unreadable("it is not JSON"),
    })?;
    if answer.get("access_token").is_some_and(|token| token == "") {
        return Err(unreadable("the access token is empty"));
    }
    let Value::Object(mut answer) = answer else { return Err(unreadable("it is not an object")) };
    let mut used: Map<String, Value> = USED.iter().filter_map(|name| answer.remove_entry(*name)).collect();
    match answer.remove("id_token") {
        None | Some(Value::Null) => {}
        Some(Value::String(token)) => drop(used.insert("unread_id_token".into(), token.into())),
        Some(_) => return Err(ProviderError::IdTokenRefused("it cannot be read")),
    }
    Ok(Value::Object(used).to_string().into_bytes())
}

/// Beside the ID token. Of a refusal, its code alone.
const USED: [&str; 6] = ["access_token", "token_type", "expires_in", "refresh_token", "refresh_expires_in", "error"];

/// What was presented to the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// An authorization code.
    Code,
    /// A refresh token.
    Refresh,
}

/// Says in our words why the token endpoint gave no token.
pub fn refusal(grant: Grant, error: RequestTokenError<ProviderError, TokenRefusal>) -> ProviderError {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(refusal) => match (refusal.error(), grant) {
            (CoreErrorResponseType::InvalidGrant, Grant::Code) => ProviderError::CodeRefused,
            (CoreErrorResponseType::InvalidGrant, Grant::Refresh) => ProviderError::RefreshRefused,
            (CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient, _) => ProviderError::ClientRefused,
            (other, _) => ProviderError::RequestRefused { step: Step::Token, error: printable(other.as_ref()) },
        },
        RequestTokenError::Parse(..) => ProviderError::Unreadable { step: Step::Token, reason: "it is not a token answer" },
        RequestTokenError::Other(_) => ProviderError::Unreadable { step: Step::Token, reason: "it is empty or not understood" },
    }
}
