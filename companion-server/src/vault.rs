//! Envelope encryption at rest: a database dump alone gives nothing usable, and a sealed value moved to another place does not open.
//!
//! Each value has its own key, wrapped by the key-encryption key of a file. Both layers are XChaCha20-Poly1305 bound to table, row,
//! column and key id. The key id inside the envelope leaves room for rotation, which re-wraps without touching the values.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret as _, SecretString};
use vestibule_model::ErrorCode;
use zeroize::{Zeroize as _, Zeroizing};

use crate::config::secret_file::{self, SecretFileRefused};
use crate::random::Random;

const VERSION: u8 = 1;
const KEY_BYTES: usize = 32;
const KEY_ID_BYTES: usize = 8;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const WRAPPED_KEY_BYTES: usize = KEY_BYTES + TAG_BYTES;
/// Version, key id, nonce and wrapped key, nonce and tag of the value: what an envelope adds to its value, in bytes.
pub const OVERHEAD_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_BYTES + WRAPPED_KEY_BYTES + NONCE_BYTES + TAG_BYTES;

/// Where a sealed value lives; it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Table of the database.
    pub table: &'a str,
    /// Primary key of the row, in any stable encoding.
    pub row: &'a [u8],
    /// Column of the table.
    pub column: &'a str,
}

/// An envelope, ready to be stored as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Sealed({} bytes)", self.0.len())
    }
}

/// Why the vault cannot open.
#[derive(Debug, thiserror::Error)]
pub enum VaultRefused {
    /// The key file cannot serve.
    #[error(transparent)]
    File(#[from] SecretFileRefused),
    /// Not 32 bytes, raw or in base64url.
    #[error("la clé de scellement ne compte pas 32 octets, bruts ou en base64url")]
    NotAKey,
}

impl VaultRefused {
    /// Number of the catalogue.
    pub const fn code(&self) -> ErrorCode {
        ErrorCode::SealingKeyRefused
    }
}

/// Why a value cannot be sealed or unsealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Truncated, or written by a version this one does not know.
    #[error("the envelope has an unknown form")]
    UnknownForm,
    /// Sealed under a key that this vault does not hold.
    #[error("the envelope was sealed under another key")]
    OtherKey,
    /// Altered, or moved from another place.
    #[error("the envelope was altered or belongs elsewhere")]
    Altered,
    /// The value is not the text that was expected.
    #[error("the sealed value is not text")]
    NotText,
}

/// Seals values for one place each.
pub struct Vault {
    key: XChaCha20Poly1305,
    key_id: [u8; KEY_ID_BYTES],
    random: Arc<dyn Random>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Vault(redacted)")
    }
}

impl Vault {
    /// Reads the key-encryption key. Performs I/O.
    ///
    /// # Errors
    /// [`VaultRefused`] when the file is missing, readable by everyone, or holds no key.
    pub fn open(key_file: &Path, random: Arc<dyn Random>) -> Result<Self, VaultRefused> {
        let bytes = secret_file::read(key_file)?;
        Ok(Self::with_key(&*sealing_key(&bytes)?, random))
    }

    /// A vault over a key that is already in memory.
    pub fn with_key(key: &[u8; KEY_BYTES], random: Arc<dyn Random>) -> Self {
        let mut key_id = [0_u8; KEY_ID_BYTES];
        let mut named = Zeroizing::new(b"vestibule vault key id\0".to_vec());
        named.extend_from_slice(key);
        key_id.copy_from_slice(&digest::digest(&digest::SHA256, &named).as_ref()[..KEY_ID_BYTES]);
        Self { key: XChaCha20Poly1305::new(&Key::from(*key)), key_id, random }
    }

    /// Seals bytes for one place.
    pub fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Sealed {
        let mut value_key = Zeroizing::new([0_u8; KEY_BYTES]);
        self.random.fill(&mut *value_key);
        let wrapping_nonce = self.nonce();
        let value_nonce = self.nonce();
        let wrapped = encrypt(&self.key, &wrapping_nonce, &self.bound_to(place, b'k'), &*value_key);
        let value = encrypt(&XChaCha20Poly1305::new(&Key::from(*value_key)), &value_nonce, &self.bound_to(place, b'v'), plain);

        let mut envelope = Vec::with_capacity(OVERHEAD_BYTES + plain.len());
        envelope.push(VERSION);
        envelope.extend_from_slice(&self.key_id);
        envelope.extend_from_slice(&wrapping_nonce);
        envelope.extend_from_slice(&wrapped);
        envelope.extend_from_slice(&value_nonce);
        envelope.extend_from_slice(&value);
        Sealed(envelope)
    }

    /// Seals a secret text for one place.
    pub fn seal_secret(&self, place: &Place<'_>, plain: &SecretString) -> Sealed {
        self.seal(place, plain.expose_secret().as_bytes())
    }

    /// Opens an envelope in its own place.
    ///
    /// # Errors
    /// [`VaultError`] when it is not an envelope, was sealed under another key, was altered or comes from another place.
    pub fn unseal(&self, place: &Place<'_>, envelope: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        if envelope.len() < OVERHEAD_BYTES || envelope.first() != Some(&VERSION) {
            return Err(VaultError::UnknownForm);
        }
        let (key_id, rest) = envelope.get(1..).unwrap_or_default().split_at(KEY_ID_BYTES);
        if key_id != self.key_id {
            return Err(VaultError::OtherKey);
        }
        let (wrapping_nonce, rest) = rest.split_at(NONCE_BYTES);
        let (wrapped, rest) = rest.split_at(WRAPPED_KEY_BYTES);
        let (value_nonce, value) = rest.split_at(NONCE_BYTES);

        let value_key = decrypt(&self.key, wrapping_nonce, &self.bound_to(place, b'k'), wrapped)?;
        let value_key = XChaCha20Poly1305::new_from_slice(&value_key).map_err(|_| VaultError::Altered)?;
        decrypt(&value_key, value_nonce, &self.bound_to(place, b'v'), value)
    }

    /// Opens an envelope that holds a secret text.
    ///
    /// # Errors
    /// As [`Vault::unseal`], and [`VaultError::NotText`].
    pub fn unseal_secret(&self, place: &Place<'_>, envelope: &[u8]) -> Result<SecretString, VaultError> {
        let plain = self.unseal(place, envelope)?;
        std::str::from_utf8(&plain).map(SecretString::from).map_err(|_| VaultError::NotText)
    }

    fn nonce(&self) -> [u8; NONCE_BYTES] {
        let mut nonce = [0_u8; NONCE_BYTES];
        self.random.fill(&mut nonce);
        nonce
    }

    /// Associated bytes: each part is preceded by its length, so that no two places share an encoding.
    fn bound_to(&self, place: &Place<'_>, layer: u8) -> Vec<u8> {
        let mut bytes = vec![VERSION, layer];
        for part in [place.table.as_bytes(), place.row, place.column.as_bytes(), &self.key_id] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

/// Understands a sealing key: 32 raw bytes, or their base64url with or without a final line break.
///
/// # Errors
/// [`VaultRefused::NotAKey`] for anything else.
pub fn sealing_key(bytes: &[u8]) -> Result<Zeroizing<[u8; KEY_BYTES]>, VaultRefused> {
    if let Ok(raw) = <[u8; KEY_BYTES]>::try_from(bytes) {
        return Ok(Zeroizing::new(raw));
    }
    let text = bytes.trim_ascii();
    let text = text.strip_suffix(b"=").unwrap_or(text);
    let mut decoded = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).map_err(|_| VaultRefused::NotAKey)?);
    let key = <[u8; KEY_BYTES]>::try_from(decoded.as_slice()).map(Zeroizing::new).map_err(|_| VaultRefused::NotAKey);
    decoded.zeroize();
    key
}

/// Writes a new sealing key to a file that must not exist, readable by its owner only. Performs I/O.
///
/// # Errors
/// The system's, notably `AlreadyExists`: a key is never overwritten.
pub fn create_key_file(path: &Path, random: &dyn Random) -> std::io::Result<()> {
    use std::io::Write as _;

    let secret = crate::random::secret_256(random);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{}", secret.expose_secret())?;
    file.sync_all()
}

#[expect(clippy::expect_used, reason = "the cipher only refuses more than 256 GiB")]
fn encrypt(cipher: &XChaCha20Poly1305, nonce: &[u8; NONCE_BYTES], aad: &[u8], plain: &[u8]) -> Vec<u8> {
    cipher.encrypt(&XNonce::from(*nonce), Payload { msg: plain, aad }).expect("a value of a sane size")
}

fn decrypt(cipher: &XChaCha20Poly1305, nonce: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let nonce = <[u8; NONCE_BYTES]>::try_from(nonce).map_err(|_| VaultError::UnknownForm)?;
    let plain = cipher.decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad }).map_err(|_| VaultError::Altered)?;
    Ok(Zeroizing::new(plain))
}

#[cfg(test)]
mod tests;
