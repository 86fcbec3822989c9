//! Why a brand cannot be worn: in French, for whoever wrote it, with the key at fault.

use std::fmt;

/// A key, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Dotted name in the file.
    pub key: String,
    /// In French, without the key.
    pub reason: String,
}

impl Refusal {
    pub(crate) fn new(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { key: key.into(), reason: reason.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "paramètre «\u{a0}{}\u{a0}»\u{a0}: {}", self.key, self.reason)
    }
}

impl std::error::Error for Refusal {}
