//! What makes this workstation a member of a group.

use serde::Deserialize;
use vestibule_model::Secret;

/// Longest token that is sent, in characters.
const LONGEST: usize = 256;

/// The administrator's token, the same on every workstation of a group. Debug output hides it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EnrolmentToken(Secret);

impl EnrolmentToken {
    /// The token itself, for a request to the companion.
    pub fn secret(&self) -> Secret {
        self.0.clone()
    }

    /// Whether it may be one at all.
    pub(super) fn is_usable(&self) -> bool {
        let text = self.0.expose();
        (1..=LONGEST).contains(&text.len()) && text.chars().all(|character| character.is_ascii_graphic())
    }
}

impl From<&str> for EnrolmentToken {
    fn from(text: &str) -> Self {
        Self(Secret::from(text))
    }
}
