//! The registry of Windows.

#[cfg(windows)]
mod system;

#[cfg(windows)]
pub(crate) use system::{Root, value, values};

/// A value as it is held there.
#[cfg_attr(not(any(windows, test)), expect(dead_code, reason = "read on Windows alone"))]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written {
    Text(String),
    Number(u64),
    Texts(Vec<String>),
    /// Of a kind that no setting is.
    Other,
}
