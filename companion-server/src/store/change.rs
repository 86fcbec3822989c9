//! What companions that share a memory tell each other.

use vestibule_model::session::SignInId;

/// Something changed: whoever waits for it looks again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A sign-in, or the session that came of it.
    Of(SignInId),
    /// Nobody knows what: some of what was said was not heard.
    Any,
}

impl Change {
    pub(super) fn of(text: &str) -> Self {
        if text.is_empty() { Self::Any } else { Self::Of(SignInId(text.to_owned())) }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::Of(id) => &id.0,
            Self::Any => "",
        }
    }
}
