//! What a run of the tests said, as `./dev test` leaves it beside the programs it tested.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{ConformityRefused, read_text};

/// How a test ended. The order is that of what prevails when two tests bear one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Passed,
    Ignored,
    Failed,
}

impl Outcome {
    /// In French.
    pub const fn told(self) -> &'static str {
        match self {
            Self::Passed => "réussi",
            Self::Ignored => "sauté",
            Self::Failed => "échoué",
        }
    }
}

/// One whole run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestResults {
    /// Of this file's form: 1.
    pub format: u32,
    /// Of the programs that were tested.
    pub version: String,
    /// SHA-256 over names and contents of the sources that were tested.
    pub sources: String,
    /// RFC 3339, UTC: when the last suite ended.
    pub ended_at: String,
    /// Name to outcome.
    pub tests: BTreeMap<String, Outcome>,
}

/// The form that this version writes and reads.
pub const FORMAT: u32 = 1;

impl TestResults {
    /// Reads what `./dev test` left. Performs I/O.
    ///
    /// # Errors
    /// [`ConformityRefused`] for a file that is not there, or is something else.
    pub fn read(path: &Path) -> Result<Self, ConformityRefused> {
        let text = read_text(path)?;
        let results: Self = serde_json::from_str(&text)
            .map_err(|_| ConformityRefused::unfit(path, "ce n’est pas le fichier de résultats que laisse «\u{a0}./dev test\u{a0}»"))?;
        if results.format != FORMAT {
            return Err(ConformityRefused::unfit(path, format!("cette forme de résultats ({}) n’est pas connue ici", results.format)));
        }
        Ok(results)
    }

    /// Why they prove nothing of the program `version`, in French.
    pub fn objection(&self, version: &str) -> Option<String> {
        (self.version != version).then(|| {
            format!("les résultats donnés sont ceux de la version {}\u{202f}; ce programme-ci est la version {version}", self.version)
        })
    }
}
