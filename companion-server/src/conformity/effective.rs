//! The configuration in force, in words for who reads the dossier, and what of it the file says.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::{ConformityRefused, read_text};
use crate::config::{Config, KeyInForce};

/// One key, as it is in force.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Dotted.
    pub key: String,
    pub value: String,
    /// Whether the file says so; the program's own choice otherwise.
    pub is_given: bool,
}

/// Every key of `config`, which was read from `file`. Performs I/O.
pub fn settings(config: &Config, file: &Path) -> Result<Vec<Setting>, ConformityRefused> {
    let given = toml::Value::Table(toml::from_str(&read_text(file)?).unwrap_or_default());
    let keys = config.in_force().map_err(|error| ConformityRefused::unfit(file, error.to_string()))?;
    let setting = |one: KeyInForce| {
        let is_given = one.path.iter().try_fold(&given, |value, name| value.get(name)).is_some();
        let key = one.name();
        Setting { value: told(&key, &one.value), key, is_given }
    };
    Ok(keys.into_iter().map(setting).collect())
}

fn told(key: &str, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(yes) => if *yes { "oui" } else { "non" }.to_owned(),
        // A hash of a token opens nothing, and tells a reader nothing.
        Value::Array(items) if key.ends_with("_hashes") => format!("{} empreinte(s)", items.len()),
        Value::Array(items) => items.iter().map(|item| told(key, item)).collect::<Vec<_>>().join(", "),
        Value::Null | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}
