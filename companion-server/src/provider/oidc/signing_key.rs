//! Signing keys of a provider and what they sign: RS256 only, checked by aws-lc (the Rust RSA implementation is not constant-time).

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
    /// RSA, for signatures, for RS256, as far as the key says what it is for.
    fn signs(&self) -> bool {
        self.kty == CoreJsonWebKeyType::RSA
            && self.usage.as_ref().is_none_or(|usage| *usage == CoreJsonWebKeyUse::Signature)
            && self.alg.as_deref().is_none_or(|algorithm| algorithm == "RS256")
    }

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

/// Why a compact token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureRefused {
    /// Not three parts of base64url, or no JSON in them.
    Unreadable(json::JsonRefused),
    /// The header announces something else than a plain RS256 JWT.
    Header(&'static str),
    /// No key of that name for that purpose.
    UnknownKey,
    /// The signature does not hold.
    Wrong,
}

/// Claims of a compact RS256 token that one of the keys signed.
pub fn signed_token(keys: &JsonWebKeySet<SigningKey>, token: &str) -> Result<Value, SignatureRefused> {
    let malformed = || SignatureRefused::Unreadable(json::JsonRefused::Malformed);
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed());
    let read = |part: &str| json::parse(&decode(part)?).map_err(SignatureRefused::Unreadable);
    let (signed, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
    let (header, payload) = signed.split_once('.').ok_or_else(malformed)?;
    let (header, claims) = (read(header)?, read(payload)?);
    if !header.is_object() || !claims.is_object() {
        return Err(malformed());
    }
    check_header(&header)?;
    let key = signer(keys, header.get("kid"))?;
    key.verify(signed.as_bytes(), &decode(signature)?).map_err(|_| SignatureRefused::Wrong)?;
    Ok(claims)
}

fn check_header(header: &Value) -> Result<(), SignatureRefused> {
    if header.get("alg").is_none_or(|algorithm| algorithm != "RS256") {
        return Err(SignatureRefused::Header("it is not signed with RS256"));
    }
    let is_plain = header.get("typ").is_none_or(|kind| kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("JWT")));
    if !is_plain || header.get("crit").is_some() || header.get("cty").is_some() {
        return Err(SignatureRefused::Header("its header demands what is not supported"));
    }
    Ok(())
}

/// The one key that may have signed. Keys that the token brings or points to are never looked at.
fn signer<'k>(keys: &'k JsonWebKeySet<SigningKey>, kid: Option<&Value>) -> Result<&'k SigningKey, SignatureRefused> {
    let name = match kid {
        None => None,
        Some(Value::String(name)) => Some(name.as_str()),
        Some(_) => return Err(SignatureRefused::Header("the name of its key is not a string")),
    };
    let has_name = |key: &SigningKey| name.is_none_or(|name| key.kid.as_ref().is_some_and(|known| known.as_str() == name));
    let mut fit = keys.keys().iter().filter(|key| key.signs() && has_name(key));
    match (fit.next(), fit.next()) {
        (Some(key), None) => Ok(key),
        (None, _) => Err(SignatureRefused::UnknownKey),
        (Some(_), Some(_)) => Err(SignatureRefused::Header("it does not say which key signed it")),
    }
}
