//! Envelope encryption at rest: a database dump alone gives nothing usable, and a sealed value moved to another place does not open.
//!
//! Each value has its own key, wrapped by the key-encryption key of a file. Both layers are XChaCha20-Poly1305 bound to table, row and
//! column; the wrapping is bound to its key's name too. A rotation wraps the value's key again and leaves the value as it is.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::hmac;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

mod error;
mod key_file;
mod ring;
mod source;

use self::ring::SealingKey;
use self::source::Source;
use crate::looked::Looked;
use crate::random::Random;

pub use self::error::{VaultError, VaultRefused};
pub use self::key_file::{create_key_file, refuse_beside, replace_key_file, write_key_file};
pub use self::ring::{KEY_BYTES, KEY_ID_BYTES, KeyId, KeyRing};
pub use self::source::read as read_key_file;

const VERSION: u8 = 2;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const WRAPPED_KEY_BYTES: usize = KEY_BYTES + TAG_BYTES;
/// Version, key id, nonce and wrapped key: what comes before the value, and all that a rotation changes, in bytes.
const HEAD_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_BYTES + WRAPPED_KEY_BYTES;
const MAC_BYTES: usize = 32;
/// What an envelope adds to its value, in bytes.
pub const OVERHEAD_BYTES: usize = HEAD_BYTES + NONCE_BYTES + TAG_BYTES;
/// Where the key's name begins in a sealed value and in a kept short code, in bytes.
pub const KEY_ID_AT: usize = 1;

/// Where a sealed value lives; it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct SealedPlace<'a> {
    /// Table of the database.
    pub table: &'a str,
    /// Primary key of the row, in any stable encoding.
    pub row: &'a [u8],
    /// Column of the table.
    pub column: &'a str,
}

impl<'a> SealedPlace<'a> {
    /// Where the short code of a sign-in is kept.
    pub const fn of_short_code(row: &'a [u8]) -> Self {
        Self { table: "sign_ins", row, column: "short_code" }
    }
}

/// An envelope, ready to be stored as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Sealed({} bytes)", self.0.len())
    }
}

/// Seals values for one place each.
pub struct Vault {
    source: Source,
    random: Arc<dyn Random>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Vault(redacted)")
    }
}

impl Vault {
    /// Reads the keys of a file, and reads them again whenever it changes. Performs I/O, now and before each seal.
    ///
    /// # Errors
    /// [`VaultRefused`] when the file is missing, open to others, or holds no sound key.
    pub fn open(key_file: &Path, random: Arc<dyn Random>) -> Result<Self, VaultRefused> {
        Ok(Self { source: Source::open(key_file)?, random })
    }

    /// A vault over a key that is already in memory.
    pub fn with_key(key: &[u8; KEY_BYTES], random: Arc<dyn Random>) -> Self {
        Self::with_ring(KeyRing::of(key), random)
    }

    /// A vault over keys that are already in memory.
    pub fn with_ring(ring: KeyRing, random: Arc<dyn Random>) -> Self {
        Self { source: Source::fixed(ring), random }
    }

    /// The keys in use.
    pub fn ring(&self) -> Arc<KeyRing> {
        self.source.latest()
    }

    /// Looks into the file, because someone says that it is as it should be. What it holds is then to be judged.
    pub fn reload(&self) -> Looked {
        self.source.look(true).1
    }

    /// Until keys come that nobody has judged.
    pub async fn newcomers(&self) {
        self.source.newcomers().await;
    }

    /// The keys that came and that nobody has judged, as their file holds them. They seal; those before them still open.
    pub fn newcomer(&self) -> Option<Arc<KeyRing>> {
        self.source.newcomer()
    }

    /// Says whether the keys of [`Self::newcomer`] go with what lies in the memory: they alone serve then, or else those before them again.
    /// `false` where somebody else said it first.
    pub fn settle(&self, newcomer: &Arc<KeyRing>, suits: bool) -> bool {
        self.source.settle(newcomer, suits)
    }

    /// Whether the key file cannot serve as it is.
    pub fn is_file_refused(&self) -> bool {
        self.source.is_refused()
    }

    /// Seals bytes for one place.
    pub fn seal(&self, place: &SealedPlace<'_>, plain: &[u8]) -> Sealed {
        let (mut envelope, value_key) = self.begin(place);
        let nonce = self.nonce();
        envelope.extend_from_slice(&nonce);
        envelope.extend_from_slice(&encrypt(&cipher(&value_key), &nonce, &bound_to(place, b'v', None), plain));
        Sealed(envelope)
    }

    /// Seals a secret text for one place.
    pub fn seal_secret(&self, place: &SealedPlace<'_>, plain: &SecretString) -> Sealed {
        self.seal(place, plain.expose_secret().as_bytes())
    }

    /// Opens an envelope in its own place.
    ///
    /// # Errors
    /// [`VaultError`] when it is not an envelope, was sealed under another key, was altered or comes from another place.
    pub fn unseal(&self, place: &SealedPlace<'_>, envelope: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (value_key, rest) = self.opened(place, envelope)?;
        let (nonce, value) = rest.split_at_checked(NONCE_BYTES).ok_or(VaultError::UnknownForm)?;
        decrypt(&cipher(&value_key), nonce, &bound_to(place, b'v', None), value)
    }

    /// Whether what lies at a place opens there; a kept short code is none that is opened, and its wrapped key alone is looked at.
    ///
    /// # Errors
    /// As [`Vault::unseal`].
    pub fn check(&self, place: &SealedPlace<'_>, envelope: &[u8]) -> Result<(), VaultError> {
        if place.column == SealedPlace::of_short_code(place.row).column {
            return self.opened(place, envelope).map(drop);
        }
        self.unseal(place, envelope).map(drop)
    }

    /// Opens an envelope that holds a secret text.
    ///
    /// # Errors
    /// As [`Vault::unseal`], and [`VaultError::NotText`].
    pub fn unseal_secret(&self, place: &SealedPlace<'_>, envelope: &[u8]) -> Result<SecretString, VaultError> {
        let plain = self.unseal(place, envelope)?;
        std::str::from_utf8(&plain).map(SecretString::from).map_err(|_| VaultError::NotText)
    }

    /// What is kept of a code short enough to be guessed: HMAC-SHA-256 under a key of its own, wrapped like a sealed value's.
    pub fn short_code_mac(&self, row: &[u8], code: &str) -> Vec<u8> {
        let place = SealedPlace::of_short_code(row);
        let (mut kept, mac_key) = self.begin(&place);
        kept.extend_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &*mac_key), &authenticated(&place, code)).as_ref());
        kept
    }

    /// Whether this is the code of which `kept` was kept, in constant time; `false` too for what was altered or belongs to another row.
    pub fn is_short_code(&self, row: &[u8], code: &str, kept: &[u8]) -> bool {
        let place = SealedPlace::of_short_code(row);
        let Ok((mac_key, mac)) = self.opened(&place, kept) else { return false };
        mac.len() == MAC_BYTES && hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &*mac_key), &authenticated(&place, code), mac).is_ok()
    }

    /// The same sealed value or kept short code under the key that seals now; `None` when it already is.
    ///
    /// # Errors
    /// As [`Vault::unseal`]; the value itself is not looked at.
    pub fn rewrap(&self, place: &SealedPlace<'_>, envelope: &[u8]) -> Result<Option<Sealed>, VaultError> {
        let ring = self.source.latest();
        if key_id_of(envelope)? == ring.current() {
            return Ok(None);
        }
        let (value_key, rest) = self.opened(place, envelope)?;
        let mut moved = self.head(ring.sealing(), place, &value_key);
        moved.extend_from_slice(rest);
        Ok(Some(Sealed(moved)))
    }

    /// A new value key, and the head that wraps it.
    fn begin(&self, place: &SealedPlace<'_>) -> (Vec<u8>, Zeroizing<[u8; KEY_BYTES]>) {
        let mut value_key = Zeroizing::new([0_u8; KEY_BYTES]);
        self.random.fill(&mut *value_key);
        (self.head(self.source.latest().sealing(), place, &value_key), value_key)
    }

    fn head(&self, key: &SealingKey, place: &SealedPlace<'_>, value_key: &[u8; KEY_BYTES]) -> Vec<u8> {
        let nonce = self.nonce();
        let mut head = Vec::with_capacity(HEAD_BYTES);
        head.push(VERSION);
        head.extend_from_slice(&key.id.0);
        head.extend_from_slice(&nonce);
        head.extend_from_slice(&encrypt(&cipher(&key.bytes), &nonce, &bound_to(place, b'k', Some(key.id)), value_key));
        head
    }

    /// The value key, and what follows the head.
    fn opened<'e>(&self, place: &SealedPlace<'_>, envelope: &'e [u8]) -> Result<(Zeroizing<[u8; KEY_BYTES]>, &'e [u8]), VaultError> {
        let id = key_id_of(envelope)?;
        let (head, rest) = envelope.split_at_checked(HEAD_BYTES).ok_or(VaultError::UnknownForm)?;
        let mut ring = self.source.ring();
        if ring.find(id).is_none() {
            // A rotation writes the key to the file before the first value is wrapped with it.
            ring = self.source.latest();
        }
        let key = ring.find(id).ok_or(VaultError::OtherKey)?;
        let (nonce, wrapped) = head[KEY_ID_AT + KEY_ID_BYTES..].split_at(NONCE_BYTES);
        let opened = decrypt(&cipher(&key.bytes), nonce, &bound_to(place, b'k', Some(id)), wrapped)?;
        let value_key = <[u8; KEY_BYTES]>::try_from(opened.as_slice()).map_err(|_| VaultError::Altered)?;
        Ok((Zeroizing::new(value_key), rest))
    }

    fn nonce(&self) -> [u8; NONCE_BYTES] {
        let mut nonce = [0_u8; NONCE_BYTES];
        self.random.fill(&mut nonce);
        nonce
    }
}

/// Under which key a value was sealed, or a short code kept.
///
/// # Errors
/// [`VaultError::UnknownForm`]
pub fn key_id_of(envelope: &[u8]) -> Result<KeyId, VaultError> {
    if envelope.first() != Some(&VERSION) {
        return Err(VaultError::UnknownForm);
    }
    envelope.get(KEY_ID_AT..KEY_ID_AT + KEY_ID_BYTES).and_then(KeyId::from_slice).ok_or(VaultError::UnknownForm)
}

/// Associated bytes: each part is preceded by its length, so that no two places share an encoding.
fn bound_to(place: &SealedPlace<'_>, layer: u8, key: Option<KeyId>) -> Vec<u8> {
    let mut bytes = vec![VERSION, layer];
    let key = key.map(|key| key.0);
    for part in [place.table.as_bytes(), place.row, place.column.as_bytes()].into_iter().chain(key.as_ref().map(|key| key.as_slice())) {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

fn authenticated(place: &SealedPlace<'_>, code: &str) -> Zeroizing<Vec<u8>> {
    let mut bytes = bound_to(place, b'm', None);
    // Room for both at once: a vector that grows leaves copies behind.
    bytes.reserve_exact(code.len());
    bytes.extend_from_slice(code.as_bytes());
    Zeroizing::new(bytes)
}

fn cipher(key: &[u8; KEY_BYTES]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(<&Key>::from(key))
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
