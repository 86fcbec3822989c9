//! The sample file and the JSON schema, generated so that they cannot disagree with the code.

/// A commented sample of the whole configuration.
pub fn sample() -> String {
    todo!()
}

/// JSON schema of the whole configuration.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(super::Config).to_value()
}
