//! The device key: ES256, made at first run, and the DPoP proofs it signs (RFC 9449).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::random::{Random, RandomUnavailable};

/// A P-256 signing key that stays on this workstation. `Debug` shows its public thumbprint only.
pub struct DeviceKey {
    signing: SigningKey,
    x: String,
    y: String,
    thumbprint: String,
}

/// The stored form is not a P-256 private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored device key is unusable")]
pub struct DeviceKeyUnusable;

/// What one proof is about.
#[derive(Clone, Copy)]
pub struct ProofClaims<'a> {
    /// HTTP method of the request it accompanies.
    pub method: &'a str,
    /// Address of that request, without query or fragment.
    pub address: &'a str,
    /// Unique for this key.
    pub unique_id: &'a str,
    /// Seconds since 1970 by the companion's clock.
    pub issued_at_s: u64,
    /// The companion's last nonce.
    pub nonce: Option<&'a str>,
    /// The token it goes with, if any: its hash is bound (`ath`).
    pub access_token: Option<&'a SecretString>,
}

#[derive(Serialize)]
struct Jwk<'a> {
    crv: &'static str,
    kty: &'static str,
    x: &'a str,
    y: &'a str,
}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'static str,
    alg: &'static str,
    jwk: Jwk<'a>,
}

#[derive(Serialize)]
struct Claims<'a> {
    jti: &'a str,
    htm: &'a str,
    htu: &'a str,
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
}

impl DeviceKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`RandomUnavailable`].
    pub fn generate(random: &dyn Random) -> Result<Self, RandomUnavailable> {
        let mut scalar = Zeroizing::new([0_u8; 32]);
        // One draw in 2^32 is not below the order of the curve.
        for _ in 0..8 {
            random.fill(scalar.as_mut())?;
            if let Ok(signing) = SigningKey::from_slice(scalar.as_ref()) {
                return Ok(Self::of(signing));
            }
        }
        Err(RandomUnavailable)
    }

    /// Reads the form that [`DeviceKey::to_stored`] gave.
    ///
    /// # Errors
    /// [`DeviceKeyUnusable`] when the text is anything else.
    pub fn from_stored(stored: &SecretString) -> Result<Self, DeviceKeyUnusable> {
        let scalar = Zeroizing::new(URL_SAFE_NO_PAD.decode(stored.expose_secret()).map_err(|_| DeviceKeyUnusable)?);
        SigningKey::from_slice(&scalar).map(Self::of).map_err(|_| DeviceKeyUnusable)
    }

    /// The private scalar, for the keyring and nothing else.
    pub fn to_stored(&self) -> SecretString {
        let scalar = Zeroizing::new(self.signing.to_bytes());
        SecretString::from(URL_SAFE_NO_PAD.encode(scalar.as_slice()))
    }

    fn of(signing: SigningKey) -> Self {
        let point = signing.verifying_key().to_sec1_point(false);
        // Uncompressed: one byte of form, 32 of x, 32 of y.
        let bytes = point.as_bytes();
        let x = URL_SAFE_NO_PAD.encode(&bytes[1..33]);
        let y = URL_SAFE_NO_PAD.encode(&bytes[33..65]);
        // RFC 7638: required members only, in lexical order, no white space.
        let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)));
        Self { signing, x, y, thumbprint }
    }

    /// RFC 7638 thumbprint of the public key (`jkt`).
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// A proof for one request (RFC 9449 section 4.2).
    pub fn prove(&self, claims: ProofClaims<'_>) -> String {
        let header = Header { typ: "dpop+jwt", alg: "ES256", jwk: Jwk { crv: "P-256", kty: "EC", x: &self.x, y: &self.y } };
        let body = Claims {
            jti: claims.unique_id,
            htm: claims.method,
            htu: claims.address,
            iat: claims.issued_at_s,
            nonce: claims.nonce,
            ath: claims.access_token.map(|token| URL_SAFE_NO_PAD.encode(Sha256::digest(token.expose_secret()))),
        };
        let signed = format!("{}.{}", encode(&header), encode(&body));
        let signature: Signature = self.signing.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

impl std::fmt::Debug for DeviceKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("DeviceKey").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

/// RFC 7636: the S256 challenge of a verifier.
pub fn code_challenge(verifier: &SecretString) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose_secret()))
}

fn encode(part: &impl Serialize) -> String {
    #[expect(clippy::expect_used, reason = "structs of strings and one number always become JSON")]
    let json = serde_json::to_vec(part).expect("a plain struct");
    URL_SAFE_NO_PAD.encode(json)
}

#[cfg(test)]
mod tests;
