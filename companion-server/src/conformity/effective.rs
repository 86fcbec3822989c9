//! The configuration in force, key by key. It holds no secret: those are in files, of which it gives the path.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::{ConformityRefused, read_text};
use crate::config::Config;

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
    let given: toml::Table = toml::from_str(&read_text(file)?).unwrap_or_default();
    let whole = serde_json::to_value(config).map_err(|error| ConformityRefused::unfit(file, error.to_string()))?;
    let mut settings = Vec::new();
    flatten("", &whole, Some(&toml::Value::Table(given)), &mut settings);
    Ok(settings)
}

fn flatten(prefix: &str, value: &Value, given: Option<&toml::Value>, into: &mut Vec<Setting>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                flatten(&key, member, given.and_then(|given| given.get(name)), into);
            }
        }
        // Not set, and nothing stands in its place.
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            into.push(Setting { key: prefix.to_owned(), value: told(prefix, value), is_given: given.is_some() })
        }
    }
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
