//! The configuration in force, key by key: what the file says, and the program's own choice where it is silent. It holds no secret: those are in
//! files, of which it gives the path.

use serde_json::Value;

use super::Config;

/// A key, as it is in force.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyInForce {
    /// Its names, from the section down.
    pub path: Vec<String>,
    /// Neither a table nor nothing.
    pub value: Value,
}

impl KeyInForce {
    /// Its whole name, dotted.
    pub fn name(&self) -> String {
        self.path.join(".")
    }
}

impl Config {
    /// Every key that has a value.
    ///
    /// # Errors
    /// Of a value that JSON has no form for.
    pub fn in_force(&self) -> serde_json::Result<Vec<KeyInForce>> {
        let mut keys = Vec::new();
        flatten(Vec::new(), serde_json::to_value(self)?, &mut keys);
        Ok(keys)
    }
}

fn flatten(path: Vec<String>, value: Value, into: &mut Vec<KeyInForce>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                flatten(path.iter().cloned().chain([name]).collect(), member, into);
            }
        }
        // Not set, and nothing stands in its place.
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => into.push(KeyInForce { path, value }),
    }
}
