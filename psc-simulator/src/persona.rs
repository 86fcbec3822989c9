//! The invented people, as data: `personas.json` holds what userinfo answers for each.

use serde::Deserialize;
use serde_json::{Map, Value};

/// Someone who can sign in at the simulator. Every one of them is invented.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Value of the form field `persona`, for example `camille`.
    pub id: String,
    /// Form of address before the name, possibly empty.
    pub title: String,
    /// In French, for the choice of persona.
    pub profession: String,
    /// What is particular about this identity, in French; possibly empty.
    pub note: String,
    /// The userinfo answer, word for word.
    pub userinfo: Map<String, Value>,
}

impl Persona {
    /// A root claim of userinfo; empty when absent.
    pub fn claim(&self, name: &str) -> &str {
        self.userinfo.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// How many activities the professional register declares, over all practices.
    pub fn situations(&self) -> usize {
        let practices = self.userinfo.get("SubjectRefPro").and_then(|record| record.get("exercices")).and_then(Value::as_array);
        practices.into_iter().flatten().filter_map(|practice| practice.get("activities").and_then(Value::as_array)).map(Vec::len).sum()
    }

    /// First letters of the first and last names.
    pub fn initials(&self) -> String {
        [self.claim("given_name"), self.claim("family_name")].iter().filter_map(|name| name.chars().next()).collect()
    }
}

/// Reads the embedded people.
///
/// # Errors
/// When `personas.json` is malformed, which a test excludes.
pub fn embedded() -> Result<Vec<Persona>, serde_json::Error> {
    serde_json::from_str(include_str!("../personas.json"))
}
