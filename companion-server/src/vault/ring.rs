//! The keys of a vault: the first one seals, the others only open what was sealed before them.

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::VaultRefused;
use crate::random::Random;

/// Length of a key, in bytes.
pub const KEY_BYTES: usize = 32;
/// Length of a key's name, in bytes.
pub const KEY_ID_BYTES: usize = 8;
/// A rotation leaves two; the rest is room for a hurried administrator.
const MAX_KEYS: usize = 8;

/// Name of a key, drawn from the key: not a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; KEY_ID_BYTES]);

impl KeyId {
    /// Of a stored value; `None` when there are not eight bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// One key-encryption key; each copy is wiped when dropped.
#[derive(Clone)]
pub(super) struct SealingKey {
    pub(super) id: KeyId,
    pub(super) bytes: Zeroizing<[u8; KEY_BYTES]>,
}

impl SealingKey {
    fn new(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let mut named = Zeroizing::new(b"vestibule vault key id\0".to_vec());
        named.reserve_exact(KEY_BYTES);
        named.extend_from_slice(&*bytes);
        let mut id = [0_u8; KEY_ID_BYTES];
        id.copy_from_slice(&digest::digest(&digest::SHA256, &named).as_ref()[..KEY_ID_BYTES]);
        Self { id: KeyId(id), bytes }
    }

    fn drawn(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0_u8; KEY_BYTES]);
        random.fill(&mut *bytes);
        Self::new(bytes)
    }
}

/// The keys of a vault, the one that seals first.
#[derive(Clone)]
pub struct KeyRing {
    first: SealingKey,
    former: Vec<SealingKey>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyRing({:?})", self.ids())
    }
}

impl KeyRing {
    /// A ring of one key.
    pub fn of(key: &[u8; KEY_BYTES]) -> Self {
        Self { first: SealingKey::new(Zeroizing::new(*key)), former: Vec::new() }
    }

    /// Understands a key file: 32 raw bytes, or one key a line in base64url.
    ///
    /// # Errors
    /// [`VaultRefused`] for anything else, a key of zeros, a key given twice, or more than eight keys.
    pub fn parse(bytes: &[u8]) -> Result<Self, VaultRefused> {
        let keys = match <[u8; KEY_BYTES]>::try_from(bytes) {
            Ok(raw) => vec![sound(Zeroizing::new(raw))?],
            Err(_) => {
                bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).map(line).collect::<Result<_, _>>()?
            }
        };
        let mut keys = keys.into_iter();
        let ring = Self { first: keys.next().ok_or(VaultRefused::NotAKey)?, former: keys.collect() };
        let mut ids = ring.ids();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() != ring.former.len() + 1 || ids.len() > MAX_KEYS {
            return Err(VaultRefused::Crowded { most: MAX_KEYS });
        }
        Ok(ring)
    }

    /// As a key file holds it.
    pub fn to_text(&self) -> Zeroizing<String> {
        // Room for all of it at once: a string that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity((self.former.len() + 1) * 48));
        for key in std::iter::once(&self.first).chain(&self.former) {
            URL_SAFE_NO_PAD.encode_string(key.bytes.as_slice(), &mut text);
            text.push('\n');
        }
        text
    }

    /// A ring of one key made now.
    pub fn drawn(random: &dyn Random) -> Self {
        Self { first: SealingKey::drawn(random), former: Vec::new() }
    }

    /// A ring in which a key made now seals, and all keys of this one still open.
    pub fn with_new_first(&self, random: &dyn Random) -> Self {
        let former = std::iter::once(&self.first).chain(&self.former).cloned().collect();
        Self { first: SealingKey::drawn(random), former }
    }

    /// A ring that already opens what `next` will seal, and seals as before.
    pub fn ready_for(&self, next: &Self) -> Self {
        Self { first: self.first.clone(), former: vec![next.first.clone()] }
    }

    /// The same ring, which opens what the keys of `other` sealed too.
    pub fn opening_too(&self, other: &Self) -> Self {
        let mut ring = self.clone();
        let strangers = std::iter::once(&other.first).chain(&other.former).filter(|key| self.find(key.id).is_none());
        ring.former.extend(strangers.cloned());
        ring
    }

    /// A ring without its former keys.
    pub fn without_former(&self) -> Self {
        Self { first: self.first.clone(), former: Vec::new() }
    }

    /// Name of the key that seals.
    pub const fn current(&self) -> KeyId {
        self.first.id
    }

    /// Names of the keys that only open, the latest first.
    pub fn former(&self) -> Vec<KeyId> {
        self.former.iter().map(|key| key.id).collect()
    }

    /// Names of all keys, the one that seals first.
    pub fn ids(&self) -> Vec<KeyId> {
        std::iter::once(&self.first).chain(&self.former).map(|key| key.id).collect()
    }

    pub(super) const fn sealing(&self) -> &SealingKey {
        &self.first
    }

    pub(super) fn find(&self, id: KeyId) -> Option<&SealingKey> {
        std::iter::once(&self.first).chain(&self.former).find(|key| key.id == id)
    }
}

fn line(line: &[u8]) -> Result<SealingKey, VaultRefused> {
    let text = line.trim_ascii();
    let text = text.strip_suffix(b"=").unwrap_or(text);
    let decoded = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).map_err(|_| VaultRefused::NotAKey)?);
    let bytes = <[u8; KEY_BYTES]>::try_from(decoded.as_slice()).map_err(|_| VaultRefused::NotAKey)?;
    sound(Zeroizing::new(bytes))
}

fn sound(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Result<SealingKey, VaultRefused> {
    if bytes.iter().all(|byte| *byte == 0) {
        return Err(VaultRefused::AllZero);
    }
    Ok(SealingKey::new(bytes))
}
