//! What would leave.

use chrono::{DateTime, Utc};

use crate::part::Part;

/// What would leave, part by part; the manifest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub parts: Vec<Part>,
    stem: &'static str,
    pub(crate) made_at: DateTime<Utc>,
}

impl Report {
    /// Of what is there, the manifest apart; `stem` begins the name of its file.
    pub fn new(stem: &'static str, made_at: DateTime<Utc>, manifest: Part, others: Vec<Part>) -> Self {
        Self { parts: std::iter::once(manifest).chain(others).collect(), stem, made_at }
    }

    /// How its file is called where nobody says otherwise: by the moment, and by nobody's name.
    pub fn file_name(&self) -> String {
        format!("{}-{}.zip", self.stem, self.made_at.format("%Y-%m-%d-%H%M%S"))
    }

    /// All parts together, in bytes.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(Part::bytes).sum()
    }
}
