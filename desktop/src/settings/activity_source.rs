//! What counts as the person's activity, besides this app's own window.

use serde::{Deserialize, Serialize};

/// What the administrator lets count. On a shared workstation only the window does, whatever is set: somebody else may be typing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivitySource {
    /// Nothing else.
    Window,
    /// Whatever is typed or pointed at in her session of the machine.
    #[default]
    Workstation,
    /// What other software of this workstation says of her.
    Caller,
}

impl ActivitySource {
    /// Every one, in the order of the reference.
    pub const ALL: [Self; 3] = [Self::Window, Self::Workstation, Self::Caller];

    /// Its one name, in the settings and in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Workstation => "workstation",
            Self::Caller => "caller",
        }
    }
}
