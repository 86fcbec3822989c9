//! The token that makes a workstation a member of a group.

use std::fmt::Write as _;

use secrecy::{ExposeSecret as _, SecretString};

use crate::random::{Random, secret_256};
use crate::store::SecretHash;

/// So that a token found where it should not be is recognised for what it is.
const PREFIX: &str = "vst-poste-";

/// A new enrolment token, and what the configuration keeps of it.
pub struct EnrolmentToken {
    /// For the workstations. Shown once, kept nowhere.
    pub token: SecretString,
    /// For the configuration: SHA-256, 64 hexadecimal digits.
    pub hash: String,
}

/// Draws 256 random bits.
pub fn draw_token(random: &dyn Random) -> EnrolmentToken {
    let token = SecretString::from(format!("{PREFIX}{}", secret_256(random).expose_secret()));
    EnrolmentToken { hash: hash(&token), token }
}

/// Whether this can be a token that [`draw_token`] drew.
pub(super) fn is_well_formed(token: &SecretString) -> bool {
    let drawn = token.expose_secret().strip_prefix(PREFIX);
    drawn.is_some_and(|drawn| drawn.len() == 43 && drawn.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')))
}

/// As in the configuration. A token has 256 random bits: a plain hash gives nothing away.
pub(super) fn hash(token: &SecretString) -> String {
    let mut text = String::with_capacity(64);
    for byte in SecretHash::of(token).as_bytes() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
