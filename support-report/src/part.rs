//! A file of the report.

use vestibule_model::redaction::{self, KnownWords};

/// A file of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its path in the report.
    pub name: String,
    /// All of it, as it leaves.
    pub text: String,
    /// Why it is missing, in the words of a person; the text says it too.
    pub missing: Option<String>,
    /// Older bytes for which there was no room.
    pub left_out: u64,
    /// Lines of days that were not asked for.
    pub older_lines: u64,
}

impl Part {
    /// One that is there.
    pub fn new(name: &str, text: String) -> Self {
        Self { name: name.to_owned(), text, missing: None, left_out: 0, older_lines: 0 }
    }

    /// What cannot be had: `why`, and the line that says so in its place.
    pub fn missing(name: &str, why: String, line: &str) -> Self {
        Self { missing: Some(why), ..Self::new(name, format!("{line}\n")) }
    }

    /// After the last pass.
    #[must_use]
    pub fn redacted(self, known: &KnownWords) -> Self {
        let missing = self.missing.map(|why| redaction::redact(&why, known));
        Self { text: redaction::redact(&self.text, known), missing, ..self }
    }

    /// In bytes.
    pub(crate) const fn bytes(&self) -> u64 {
        self.text.len() as u64
    }
}
