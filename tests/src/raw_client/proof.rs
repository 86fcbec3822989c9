//! Proofs of possession (RFC 9449).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use reqwest::Method;
use serde_json::{Value, json};

use super::{digest, random_text};

/// A device key with its proofs.
#[derive(Debug, Clone)]
pub struct Device {
    key: SigningKey,
}

/// Everything a proof says; a test changes what it wants wrong.
#[derive(Debug, Clone)]
pub struct Proof {
    pub header: Value,
    pub claims: Value,
}

impl Device {
    /// A new key.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn new() -> anyhow::Result<Self> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self { key: SigningKey::from_slice(&bytes)? })
    }

    /// A right proof for one call.
    pub fn proof(&self, method: &Method, address: &str, token: Option<&str>, nonce: Option<&str>, now: u64) -> Proof {
        let mut claims = json!({ "jti": random_text(), "htm": method.as_str(), "htu": address.split('?').next(), "iat": now });
        if let Some(token) = token {
            claims["ath"] = json!(digest(token));
        }
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        Proof { header: json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk() }), claims }
    }

    /// The proof as it travels.
    pub fn sign(&self, proof: &Proof) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&proof.header), part(&proof.claims));
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    /// Public half of the key.
    pub fn jwk(&self) -> Value {
        let point = self.key.verifying_key().to_sec1_point(false);
        let coordinate = |bytes: Option<&p256::FieldBytes>| bytes.map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).unwrap_or_default();
        json!({ "kty": "EC", "crv": "P-256", "x": coordinate(point.x()), "y": coordinate(point.y()) })
    }

    /// How the key is named (RFC 7638).
    pub fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        digest(&format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]))
    }
}
