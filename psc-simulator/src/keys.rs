//! The two RS256 keys of the realm.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

/// A key could not be made or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library refused")]
pub struct CryptographyRefused;

/// Two RSA keys, both published, one of which signs. Clones share them.
#[derive(Clone)]
pub struct SigningKeys {
    pairs: Arc<[SigningKey; 2]>,
    active: Arc<AtomicUsize>,
}

struct SigningKey {
    kid: String,
    pair: KeyPair,
}

/// How a signature is spoiled on purpose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Spoiled {
    /// The header names a key that is not published.
    pub unknown_kid: bool,
    /// The signature does not match.
    pub bad_signature: bool,
}

impl SigningKeys {
    /// Makes two fresh 2048-bit keys: some hundred milliseconds, so tests share one value.
    ///
    /// # Errors
    /// [`CryptographyRefused`].
    pub fn generate() -> Result<Self, CryptographyRefused> {
        Ok(Self { pairs: Arc::new([SigningKey::generate()?, SigningKey::generate()?]), active: Arc::default() })
    }

    /// The same keys with a choice of active key of its own, so that a rotation elsewhere has no effect here.
    pub fn detached(&self) -> Self {
        Self { pairs: Arc::clone(&self.pairs), active: Arc::new(AtomicUsize::new(self.active.load(Ordering::Relaxed))) }
    }

    /// From now on the other key signs.
    pub fn rotate(&self) {
        self.active.fetch_xor(1, Ordering::Relaxed);
    }

    /// The key set, in the form of RFC 7517.
    pub(crate) fn published(&self) -> Value {
        let keys: Vec<Value> = self.pairs.iter().map(SigningKey::published).collect();
        json!({ "keys": keys })
    }

    /// A compact JWS of these claims.
    pub(crate) fn sign(&self, claims: &Map<String, Value>, spoiled: Spoiled) -> Result<String, CryptographyRefused> {
        let key = &self.pairs[self.active.load(Ordering::Relaxed) & 1];
        let kid = if spoiled.unknown_kid { "not-published-by-the-simulator" } else { key.kid.as_str() };
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": kid });
        let payload = Value::Object(claims.clone());
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload.to_string()));
        let mut signature = vec![0_u8; key.pair.public_modulus_len()];
        key.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).map_err(|_| CryptographyRefused)?;
        if spoiled.bad_signature {
            signature[0] ^= 0x01;
        }
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The claims of a token these keys signed, expired or not; `None` for anything else.
    pub(crate) fn verified(&self, token: &str) -> Option<Map<String, Value>> {
        let (message, signature) = token.rsplit_once('.')?;
        let payload = message.split_once('.')?.1;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let signed = self.pairs.iter().any(|key| {
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.pair.public_key()).verify(message.as_bytes(), &signature).is_ok()
        });
        if !signed {
            return None;
        }
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }
}

impl SigningKey {
    fn generate() -> Result<Self, CryptographyRefused> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| CryptographyRefused)?;
        let kid = URL_SAFE_NO_PAD.encode(digest(&SHA256, pair.public_key().as_ref()));
        Ok(Self { kid, pair })
    }

    fn published(&self) -> Value {
        let public = self.pair.public_key();
        json!({
            "kid": self.kid,
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
        })
    }
}

/// SHA-256 in base64url, as PKCE writes it (RFC 7636 section 4.2).
pub(crate) fn sha256_base64url(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

/// The left half of the SHA-256, as `at_hash` writes it (OpenID Connect Core section 3.1.3.6).
pub(crate) fn left_half_sha256(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..16])
}
