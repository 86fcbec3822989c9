use aws_lc_rs::digest;
use secrecy::{ExposeSecret as _, SecretString};

/// SHA-256 of a 256-bit secret: all the companion keeps of its codes, tokens, cookies and tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

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

    /// For a column.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
