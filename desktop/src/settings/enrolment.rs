//! What makes this workstation a member of a group.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer};

use crate::secret::same;

/// Longest token that is sent, in characters.
const LONGEST: usize = 256;

/// The administrator's token, the same on every workstation of a group. Debug output hides it.
#[derive(Clone)]
pub struct EnrolmentToken(SecretString);

impl EnrolmentToken {
    /// The token itself, for a request to the companion.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether it may be one at all.
    pub(super) fn is_usable(&self) -> bool {
        let text = self.expose();
        (1..=LONGEST).contains(&text.len()) && text.chars().all(|character| character.is_ascii_graphic())
    }
}

impl From<&str> for EnrolmentToken {
    fn from(text: &str) -> Self {
        Self(SecretString::from(text))
    }
}

impl<'de> Deserialize<'de> for EnrolmentToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(SecretString::from(String::deserialize(deserializer)?)))
    }
}

impl PartialEq for EnrolmentToken {
    fn eq(&self, other: &Self) -> bool {
        same(&self.0, &other.0)
    }
}

impl Eq for EnrolmentToken {}

impl std::fmt::Debug for EnrolmentToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("EnrolmentToken(redacted)")
    }
}
