//! What is kept of a secret.

use aws_lc_rs::digest;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

/// SHA-256 of a 256-bit secret: all the companion keeps of its codes, tokens, cookies and tickets.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SecretHash(redacted)")
    }
}

/// In constant time.
impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretHash {}

impl SecretHash {
    /// Of a secret this program made, or of what someone presents as one.
    pub fn of(secret: &SecretString) -> Self {
        Self::of_text(secret.expose_secret())
    }

    /// Of a secret that arrives inside a longer text.
    pub fn of_text(secret: &str) -> Self {
        let mut bytes = [0_u8; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, secret.as_bytes()).as_ref());
        Self(bytes)
    }

    /// From a column; `None` for what cannot be one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    /// For a column.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
