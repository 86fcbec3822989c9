//! Bytes as the RFCs write them.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Without padding, in the letters that every address takes.
pub fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// # Errors
/// When it is written otherwise.
pub fn decoded(text: &str) -> anyhow::Result<Vec<u8>> {
    Ok(URL_SAFE_NO_PAD.decode(text)?)
}

/// The hash of a text.
pub fn hashed(text: &str) -> String {
    encoded(digest(&SHA256, text.as_bytes()).as_ref())
}

/// 256 random bits.
///
/// # Errors
/// When the machine gives no randomness.
pub fn random_text() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(encoded(&bytes))
}
