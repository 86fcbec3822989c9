//! What a run of the tests said, as `./dev test` leaves it beside the programs it tested.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::path::Path;

use aws_lc_rs::digest;
use chrono::DateTime;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use vestibule_model::wire::{LONGEST_TEXT, is_unseen, printable};

use super::{ConformityRefused, read_text};
use crate::clock::Timestamp;

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
#[derive(Debug, Clone, Serialize)]
pub struct TestResults {
    /// Of this file's form: 1.
    pub format: u32,
    /// Of the programs that were tested.
    pub version: String,
    /// SHA-256 over names and contents of the sources that were tested.
    pub sources: String,
    /// RFC 3339, UTC: when the last suite ended.
    pub ended_at: String,
    /// Name to outcome: the worst where a name comes twice.
    pub tests: BTreeMap<String, Outcome>,
    /// What is odd about them, in French.
    #[serde(skip)]
    pub doubts: Vec<String>,
    /// Where they were read; `None` before they are written.
    #[serde(skip)]
    pub file: Option<ResultsFile>,
}

/// The file that results were read from. Nothing signs it: whoever has another copy compares it by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResultsFile {
    /// Path, from the root.
    pub path: String,
    /// Of all its bytes, in hexadecimal.
    pub sha256: String,
}

impl ResultsFile {
    fn of(path: &Path, text: &str) -> Self {
        let digest = digest::digest(&digest::SHA256, text.as_bytes());
        Self {
            path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string(),
            sha256: digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

/// The form that this version writes and reads.
pub const FORMAT: u32 = 1;

/// The file as it is: an object's names may come twice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    version: String,
    sources: String,
    ended_at: String,
    tests: Outcomes,
}

struct Outcomes(Vec<(String, Outcome)>);

impl<'de> Deserialize<'de> for Outcomes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Outcomes;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("names and outcomes")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Outcomes, M::Error> {
                let mut all = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    all.push(entry);
                }
                Ok(Outcomes(all))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// What this very program is made of, where it was built to be handed on.
#[derive(Debug, Clone, Copy)]
pub struct Built {
    pub version: &'static str,
    /// As [`TestResults::sources`].
    pub sources: Option<&'static str>,
    /// Seconds since 1970: when these sources were written.
    pub sources_at: Option<&'static str>,
}

impl Built {
    /// This one.
    pub const OWN: Self = Self {
        version: env!("CARGO_PKG_VERSION"),
        sources: option_env!("VESTIBULE_SOURCES"),
        sources_at: option_env!("VESTIBULE_SOURCES_AT"),
    };
}

/// By how much the clock of the machine that ran the tests may be ahead of this one's.
pub(super) const AHEAD_S: i64 = 5 * 60;

impl TestResults {
    /// Reads what `./dev test` left. Performs I/O.
    ///
    /// # Errors
    /// [`ConformityRefused`] for a file that is not there, or is something else.
    pub fn read(path: &Path) -> Result<Self, ConformityRefused> {
        let text = read_text(path)?;
        let written: Written = serde_json::from_str(&text)
            .map_err(|_| ConformityRefused::unfit(path, "ce n’est pas le fichier de résultats que laisse «\u{a0}./dev test\u{a0}»"))?;
        if written.format != FORMAT {
            return Err(ConformityRefused::unfit(path, format!("cette forme de résultats ({}) n’est pas connue ici", written.format)));
        }
        Ok(Self { file: Some(ResultsFile::of(path, &text)), ..Self::of(written) })
    }

    fn of(Written { format, version, sources, ended_at, tests: Outcomes(all) }: Written) -> Self {
        let (mut tests, mut doubts) = (BTreeMap::new(), Vec::new());
        for (name, mut outcome) in all {
            if name.chars().any(is_unseen) {
                doubts
                    .push(format!("«\u{a0}{}\u{a0}» porte des signes invisibles\u{a0}: il ne prouve rien", printable(&name, LONGEST_TEXT)));
                outcome = outcome.max(Outcome::Ignored);
            }
            match tests.entry(name) {
                Entry::Vacant(entry) => drop(entry.insert(outcome)),
                Entry::Occupied(mut entry) => {
                    let former = *entry.get();
                    let name = printable(entry.key(), LONGEST_TEXT);
                    let told =
                        format!("«\u{a0}{name}\u{a0}» y est deux fois ({}, {})\u{a0}: le moins bon compte", former.told(), outcome.told());
                    doubts.push(told);
                    entry.insert(former.max(outcome));
                }
            }
        }
        Self { format, version, sources, ended_at, tests, doubts, file: None }
    }

    /// Why they prove nothing of this program, in French.
    pub fn objection(&self, built: Built, now: Timestamp) -> Option<String> {
        if self.version != built.version {
            return Some(format!(
                "les résultats donnés sont ceux de la version {}\u{202f}; ce programme-ci est la version {}",
                printable(&self.version, LONGEST_TEXT),
                built.version
            ));
        }
        if self.sources.len() != 64 || !self.sources.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Some("les résultats donnés ne disent pas de quelles sources ils sont".into());
        }
        if built.sources.is_some_and(|sources| sources != self.sources) {
            return Some("les résultats donnés sont ceux d’autres sources que celles de ce programme".into());
        }
        let Ok(ended_at) = DateTime::parse_from_rfc3339(&self.ended_at) else {
            return Some("les résultats donnés ne disent pas quand les tests ont fini".into());
        };
        if ended_at.timestamp_millis() > now.plus_seconds(AHEAD_S).0 {
            return Some("les résultats donnés sont datés d’un jour à venir\u{202f}; vérifiez l’horloge de cette machine".into());
        }
        let written_at = built.sources_at.and_then(|seconds| seconds.parse::<i64>().ok());
        if written_at.is_some_and(|written_at| ended_at.timestamp() < written_at) {
            return Some("les résultats donnés sont plus vieux que les sources de ce programme".into());
        }
        None
    }

    /// What is odd about them, though they may prove something, in French.
    pub fn doubts(&self, built: Built) -> Vec<String> {
        let unknown = "ce programme ne dit pas de quelles sources il est fait (construit hors de «\u{a0}./dev package\u{a0}»)\u{a0}: seule la version le relie à ces résultats";
        let of_program = built.sources.is_none().then(|| unknown.to_owned());
        self.doubts.iter().cloned().chain(of_program).collect()
    }
}
