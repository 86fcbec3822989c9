//! Signing keys of Pro Santé Connect: RS256 only, checked by aws-lc (the Rust RSA implementation is not constant-time).

use aws_lc_rs::digest;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKeyType, CoreJsonWebKeyUse, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey, JsonWebKeyAlgorithm, JsonWebKeyId, JsonWebKeySet, SignatureVerificationError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json;

static RS256: CoreJwsSigningAlgorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;

/// One key of the published set. Keys of other kinds stay in the set and verify nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SigningKey {
    kty: CoreJsonWebKeyType,
    #[serde(rename = "use")]
    usage: Option<CoreJsonWebKeyUse>,
    kid: Option<JsonWebKeyId>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl SigningKey {
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureVerificationError> {
        let unusable = || SignatureVerificationError::InvalidKey("not an RSA public key".into());
        let part = |part: &Option<String>| part.as_deref().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or_else(unusable);
        let key = RsaPublicKeyComponents { n: part(&self.n)?, e: part(&self.e)? };
        key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            .map_err(|_| SignatureVerificationError::CryptoError("bad signature".into()))
    }
}

impl JsonWebKey for SigningKey {
    type KeyUse = CoreJsonWebKeyUse;
    type SigningAlgorithm = CoreJwsSigningAlgorithm;

    fn key_id(&self) -> Option<&JsonWebKeyId> {
        self.kid.as_ref()
    }

    fn key_type(&self) -> &CoreJsonWebKeyType {
        &self.kty
    }

    fn key_use(&self) -> Option<&CoreJsonWebKeyUse> {
        self.usage.as_ref()
    }

    fn signing_alg(&self) -> JsonWebKeyAlgorithm<&CoreJwsSigningAlgorithm> {
        match self.alg.as_deref() {
            None => JsonWebKeyAlgorithm::Unspecified,
            Some("RS256") => JsonWebKeyAlgorithm::Algorithm(&RS256),
            Some(_) => JsonWebKeyAlgorithm::Unsupported,
        }
    }

    /// A key that verifies nothing: shared secrets never sign here.
    fn new_symmetric(_: Vec<u8>) -> Self {
        Self { kty: CoreJsonWebKeyType::Symmetric, usage: None, kid: None, alg: None, n: None, e: None }
    }

    fn verify_signature(
        &self,
        algorithm: &CoreJwsSigningAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureVerificationError> {
        if *algorithm != RS256 {
            return Err(SignatureVerificationError::DisallowedAlg("only RS256".into()));
        }
        self.verify(message, signature)
    }

    fn hash_bytes(&self, bytes: &[u8], algorithm: &CoreJwsSigningAlgorithm) -> Result<Vec<u8>, String> {
        if *algorithm != RS256 {
            return Err("only RS256".into());
        }
        Ok(digest::digest(&digest::SHA256, bytes).as_ref().to_vec())
    }
}

/// Claims of a compact RS256 token that one of the keys signed; `None` for anything else. No other check: for tokens that only inform.
pub fn signed_claims(keys: &JsonWebKeySet<SigningKey>, token: &str) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let header = json::parse(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header.get("alg")?.as_str()? != "RS256" {
        return None;
    }
    let kid = header.get("kid")?.as_str()?;
    let key = keys.keys().iter().find(|key| key.kid.as_ref().is_some_and(|known| known.as_str() == kid))?;
    key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    json::parse(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

/// Claims of a compact token, read before any check, for what the library does not look at: repeated keys and private claims.
pub fn unverified_claims(token: &str) -> Result<Value, json::JsonRefused> {
    let decode = |part: Option<&str>| part.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(json::JsonRefused::Malformed);
    let mut parts = token.split('.');
    json::parse(&decode(parts.next())?)?;
    json::parse(&decode(parts.next())?)
}
