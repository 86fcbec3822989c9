//! A workstation's key and the proofs that it makes (RFC 9449).

use crate::letters::{encoded, hashed, random_text};
use crate::ticks::unix_seconds;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

/// Its header is the same in every proof and is made once.
pub struct Device {
    key: EcdsaKeyPair,
    header: String,
}

impl Device {
    /// A new one.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn new() -> anyhow::Result<Self> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        let point = key.public_key().as_ref();
        let (x, y) = (encoded(&point[1..33]), encoded(&point[33..]));
        let header = format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}}}"#);
        Ok(Self { header: encoded(header.as_bytes()), key })
    }

    /// A proof for one request, and the hash of the access token that goes with it.
    ///
    /// # Errors
    /// When nothing can be signed.
    pub fn proof(&self, method: &str, address: &str, token: Option<&str>, nonce: &str) -> anyhow::Result<String> {
        let now = unix_seconds()?;
        let hash = token.map(|token| format!(r#","ath":"{}""#, hashed(token))).unwrap_or_default();
        let claims = format!(r#"{{"jti":"{}","htm":"{method}","htu":"{address}","iat":{now},"nonce":"{nonce}"{hash}}}"#, random_text()?);
        let signed = format!("{}.{}", self.header, encoded(claims.as_bytes()));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes())?;
        Ok(format!("{signed}.{}", encoded(signature.as_ref())))
    }

    /// The public key and what it signed, for a floor: the verification that every request costs.
    pub fn public_key(&self) -> &[u8] {
        self.key.public_key().as_ref()
    }
}
