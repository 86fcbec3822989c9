//! Unpredictable identifiers.

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The system gave no randomness; nothing can be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no randomness")]
pub struct NoRandomness;

/// 256 random bits in base64url: codes, opaque tokens, cookies.
///
/// # Errors
/// [`NoRandomness`].
pub(crate) fn token() -> Result<String, NoRandomness> {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// A version 4 UUID, the form of Keycloak's session and token identifiers.
///
/// # Errors
/// [`NoRandomness`].
pub(crate) fn uuid() -> Result<String, NoRandomness> {
    let mut bytes = [0_u8; 16];
    rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

/// Two digits, 10 to 99.
///
/// # Errors
/// [`NoRandomness`].
pub(crate) fn two_digits() -> Result<u8, NoRandomness> {
    let mut bytes = [0_u8; 1];
    rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(10 + bytes[0] % 90)
}
