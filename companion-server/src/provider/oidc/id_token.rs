//! Checks of the ID token (OpenID Connect Core, section 3.1.3.7). They are ours, because what is not read is not judged: the library's
//! reader refuses the whole token for the form of a claim, such as `email_verified`, that nobody here looks at.

use std::sync::Arc;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::JsonWebKeySet;
use serde_json::Value;
use subtle::ConstantTimeEq as _;

use super::json::JsonRefused;
use super::signing_key::{SignatureRefused, SigningKey, signed_token};
use crate::clock::Clock;
use crate::provider::ProviderError;

/// Seconds by which two clocks may differ.
const LEEWAY_S: f64 = 60.0;
/// No clock shows a later moment: end of the year 9999, in seconds since 1970.
const LAST_MOMENT_S: f64 = 253_402_300_799.0;

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
pub struct ExpectedIdToken<'a> {
    /// The one accepted issuer.
    pub issuer: &'a str,
    /// The one accepted audience.
    pub client_id: &'a str,
    /// The nonce that was sent; `None` after a refresh, where none was, and whatever comes back says nothing.
    pub nonce: Option<&'a str>,
    /// For `at_hash`.
    pub access_token: &'a str,
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

impl From<IdTokenError> for ProviderError {
    fn from(error: IdTokenError) -> Self {
        Self::IdTokenRefused(match error {
            IdTokenError::UnknownKey => "it was signed with an unknown key",
            IdTokenError::Time(reason) | IdTokenError::Refused(reason) => reason,
        })
    }
}

/// Checks everything that is used.
pub fn verify(token: &str, keys: &JsonWebKeySet<SigningKey>, expected: &ExpectedIdToken<'_>) -> Result<Verified, IdTokenError> {
    let claims = signed_token(keys, token).map_err(|refused| match refused {
        SignatureRefused::Unreadable(JsonRefused::DuplicateKey) => IdTokenError::Refused("it names a key twice"),
        SignatureRefused::Unreadable(JsonRefused::Malformed) => IdTokenError::Refused("it cannot be read"),
        SignatureRefused::Header(reason) => IdTokenError::Refused(reason),
        SignatureRefused::UnknownKey => IdTokenError::UnknownKey,
        SignatureRefused::Wrong => IdTokenError::Refused("its signature is wrong"),
    })?;
    check_parties(&claims, expected)?;
    check_times(&claims, expected.clock.now().unix_seconds() as f64)?;
    if claims.get("typ").is_some_and(|kind| kind != "ID") {
        return Err(IdTokenError::Refused("it is another kind of token"));
    }
    if let Some(hash) = known(&claims, "at_hash") {
        check_hash(hash, expected.access_token)?;
    }
    let subject = match claims.get("sub").and_then(Value::as_str) {
        Some("") => return Err(IdTokenError::Refused("sub is empty")),
        Some(subject) => subject.to_owned(),
        None => return Err(IdTokenError::Refused("sub is missing")),
    };
    let acr = match known(&claims, "acr") {
        None => None,
        Some(Value::String(acr)) => Some(acr.clone()),
        Some(_) => return Err(IdTokenError::Refused("acr is not a string")),
    };
    Ok(Verified { subject, acr, claims })
}

/// A claim that says nothing is as one that is absent.
fn known<'a>(claims: &'a Value, name: &str) -> Option<&'a Value> {
    claims.get(name).filter(|value| !value.is_null())
}

fn check_parties(claims: &Value, expected: &ExpectedIdToken<'_>) -> Result<(), IdTokenError> {
    if claims.get("iss").is_none_or(|issuer| issuer != expected.issuer) {
        return Err(IdTokenError::Refused("iss is another issuer"));
    }
    let audiences = match claims.get("aud") {
        Some(Value::Array(audiences)) => audiences.as_slice(),
        Some(audience) => std::slice::from_ref(audience),
        None => &[],
    };
    // Not one audience too many: whom else it is meant for could present it here.
    if audiences.is_empty() || audiences.iter().any(|audience| audience != expected.client_id) {
        return Err(IdTokenError::Refused("aud is another client"));
    }
    if known(claims, "azp").is_some_and(|party| party != expected.client_id) {
        return Err(IdTokenError::Refused("azp is another client"));
    }
    let Some(sent) = expected.nonce else { return Ok(()) };
    let received = claims.get("nonce").and_then(Value::as_str).unwrap_or_default();
    if bool::from(received.as_bytes().ct_eq(sent.as_bytes())) {
        Ok(())
    } else {
        Err(IdTokenError::Refused("nonce is not the one that was sent"))
    }
}

fn check_times(claims: &Value, now: f64) -> Result<(), IdTokenError> {
    let moment = |name: &str| claims.get(name).and_then(Value::as_f64).filter(|moment| (0.0..=LAST_MOMENT_S).contains(moment));
    let (Some(end), Some(issued)) = (moment("exp"), moment("iat")) else {
        return Err(IdTokenError::Refused("it does not say when it was issued, or when it ends"));
    };
    if end <= now - LEEWAY_S || issued > now + LEEWAY_S {
        return Err(IdTokenError::Time("it has expired or comes from the future"));
    }
    // RFC 7519 section 4.1.5.
    if claims.get("nbf").is_some_and(|_| moment("nbf").is_none_or(|from| from > now + LEEWAY_S)) {
        return Err(IdTokenError::Time("it is not valid yet"));
    }
    Ok(())
}

/// The left half of the access token's hash (section 3.1.3.6), of the family of RS256.
fn check_hash(hash: &Value, access_token: &str) -> Result<(), IdTokenError> {
    let whole = digest::digest(&digest::SHA256, access_token.as_bytes());
    let half = URL_SAFE_NO_PAD.encode(whole.as_ref().get(..16).unwrap_or_default());
    if *hash == half { Ok(()) } else { Err(IdTokenError::Refused("at_hash is another access token's")) }
}

#[cfg(test)]
mod tests;
