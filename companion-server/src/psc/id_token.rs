//! Checks of the ID token: the library's (issuer, audience, signature, expiry, nonce) and those that it leaves to its caller.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use openidconnect::core::{CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, EmptyAdditionalClaims, IdToken, IdTokenVerifier, IssuerUrl,
    JsonWebKeySet, Nonce, NonceVerifier, SignatureVerificationError,
};
use serde_json::Value;

use super::PscError;
use super::json::JsonRefused;
use super::signing_key::{SigningKey, unverified_claims};
use crate::clock::Clock;

/// Seconds by which two clocks may differ.
const LEEWAY_S: i64 = 60;

/// The ID token as the library reads it.
pub type PscIdToken = IdToken<EmptyAdditionalClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// What a checked ID token says.
#[derive(Debug)]
pub struct Verified {
    /// `sub`, never empty.
    pub subject: String,
    /// `acr`, when there is one.
    pub acr: Option<String>,
    /// Every claim, for the private ones.
    pub claims: Value,
}

/// What an ID token is checked against.
pub struct Expected<'a> {
    /// The one accepted issuer.
    pub issuer: &'a IssuerUrl,
    /// The one accepted audience.
    pub client_id: &'a ClientId,
    /// The nonce that was sent; `None` after a refresh, where none was.
    pub nonce: Option<&'a Nonce>,
    /// For `at_hash`.
    pub access_token: &'a AccessToken,
    /// The present moment.
    pub clock: &'a Arc<dyn Clock>,
}

/// Why an ID token does not stand.
#[derive(Debug, thiserror::Error)]
pub enum IdTokenError {
    /// It names a key that is not in the set: the keys may have been rotated.
    #[error("it was signed with an unknown key")]
    UnknownKey,
    /// Over, from the future, or not valid yet.
    #[error("{0}")]
    Time(&'static str),
    /// Any failed check.
    #[error("{0}")]
    Refused(&'static str),
}

impl From<IdTokenError> for PscError {
    fn from(error: IdTokenError) -> Self {
        Self::IdTokenRefused(match error {
            IdTokenError::UnknownKey => "it was signed with an unknown key",
            IdTokenError::Time(reason) | IdTokenError::Refused(reason) => reason,
        })
    }
}

/// Checks everything that can be checked (OpenID Connect Core, section 3.1.3.7).
pub fn verify(token: &PscIdToken, keys: &JsonWebKeySet<SigningKey>, expected: &Expected<'_>) -> Result<Verified, IdTokenError> {
    let claims = unverified_claims(&token.to_string()).map_err(|refused| match refused {
        JsonRefused::DuplicateKey => IdTokenError::Refused("it names a key twice"),
        JsonRefused::Malformed => IdTokenError::Refused("it cannot be read"),
    })?;

    let now = expected.clock.now().unix_seconds();
    // A public client's verifier: no shared secret ever stands for a key. RS256 is the only algorithm it allows by default.
    let verifier = IdTokenVerifier::new_public_client(expected.client_id.clone(), expected.issuer.clone(), keys.clone())
        .set_time_fn(move || DateTime::<Utc>::from_timestamp(now - LEEWAY_S, 0).unwrap_or_default())
        .set_issue_time_verifier_fn(
            move |issued| {
                if issued.timestamp() > now + LEEWAY_S { Err("issued in the future".into()) } else { Ok(()) }
            },
        );
    let standard = token.claims(&verifier, NonceRule(expected.nonce)).map_err(refusal)?;

    let subject = standard.subject().as_str();
    if subject.is_empty() {
        return Err(IdTokenError::Refused("sub is empty"));
    }
    if standard.authorized_party().is_some_and(|party| party != expected.client_id) {
        return Err(IdTokenError::Refused("azp is another client"));
    }
    if claims.get("typ").is_some_and(|kind| kind != "ID") {
        return Err(IdTokenError::Refused("it is another kind of token"));
    }
    // RFC 7519 section 4.1.5: the library does not read it.
    if claims.get("nbf").is_some_and(|from| from.as_f64().is_none_or(|from| from > (now + LEEWAY_S) as f64)) {
        return Err(IdTokenError::Time("it is not valid yet"));
    }
    if let Some(hash) = standard.access_token_hash() {
        let algorithm = token.signing_alg().map_err(|_| IdTokenError::Refused("it is not signed"))?;
        let key = token.signing_key(&verifier).map_err(|_| IdTokenError::UnknownKey)?;
        let actual = AccessTokenHash::from_token(expected.access_token, algorithm, key)
            .map_err(|_| IdTokenError::Refused("at_hash cannot be checked"))?;
        if actual != *hash {
            return Err(IdTokenError::Refused("at_hash is another access token's"));
        }
    }
    Ok(Verified { subject: subject.to_owned(), acr: standard.auth_context_ref().map(|acr| acr.as_str().to_owned()), claims })
}

/// The nonce that was sent must come back; where none was sent, whatever comes back says nothing.
struct NonceRule<'a>(Option<&'a Nonce>);

impl NonceVerifier for NonceRule<'_> {
    fn verify(self, nonce: Option<&Nonce>) -> Result<(), String> {
        match self.0 {
            Some(sent) => sent.verify(nonce),
            None => Ok(()),
        }
    }
}

fn refusal(error: ClaimsVerificationError) -> IdTokenError {
    IdTokenError::Refused(match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => return IdTokenError::UnknownKey,
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoSignature) => "it is not signed",
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::DisallowedAlg(_) | SignatureVerificationError::UnsupportedAlg(_),
        ) => "it is signed with another algorithm than RS256",
        ClaimsVerificationError::SignatureVerification(_) => "its signature is wrong",
        ClaimsVerificationError::Expired(_) => return IdTokenError::Time("it has expired or comes from the future"),
        ClaimsVerificationError::InvalidAudience(_) => "aud is another client",
        ClaimsVerificationError::InvalidIssuer(_) => "iss is another issuer",
        ClaimsVerificationError::InvalidNonce(_) => "nonce is not the one that was sent",
        ClaimsVerificationError::Unsupported(_) => "its header demands what is not supported",
        ClaimsVerificationError::InvalidSubject(_)
        | ClaimsVerificationError::InvalidAuthContext(_)
        | ClaimsVerificationError::InvalidAuthTime(_)
        | ClaimsVerificationError::Other(_)
        | _ => "it breaks a rule",
    })
}

#[cfg(test)]
mod tests;
