//! Parts that are made of typed fields: nothing gets in that is not named here.

use serde::Serialize;
use serde_json::{Value, json};
use vestibule_support_report::Part;

use super::missing;
use crate::admin::client;
use crate::config::{Config, ConfigError, KeyInForce};
use crate::doctor::Report as Examined;
use crate::ordinary_file;

/// Versions, and the machine.
#[derive(Debug, Serialize)]
struct State {
    companion_version: &'static str,
    system: String,
    kernel: Option<String>,
    architecture: &'static str,
}

/// What the manifest says beside what every report says of itself.
#[derive(Debug, Serialize)]
pub(super) struct OfManifest {
    pub(super) version: &'static str,
}

/// Performs I/O.
pub(super) fn state() -> Part {
    let text = |path: &str| Some(String::from_utf8_lossy(&ordinary_file::read(path.as_ref()).ok()?).into_owned());
    let release = text("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).map(|name| name.trim_matches('"').to_owned());
    let state = State {
        companion_version: env!("CARGO_PKG_VERSION"),
        system: name.unwrap_or_else(|| std::env::consts::OS.to_owned()),
        kernel: text("/proc/sys/kernel/osrelease").map(|kernel| kernel.trim().to_owned()),
        architecture: std::env::consts::ARCH,
    };
    Part::new("state.json", pretty(&state))
}

/// What is in force, secrets by the name of their file alone; or what is wrong with it.
pub(super) fn settings(config: Option<&Config>, error: Option<&ConfigError>) -> Part {
    let error = error.map(|error| json!({ "code": error.code(), "message": error.to_string() }));
    let keys = config.and_then(|config| config.in_force().ok()).unwrap_or_default();
    Part::new("settings.json", pretty(&json!({ "error": error, "settings": keys.into_iter().map(setting).collect::<Vec<_>>() })))
}

/// A line each, under its whole name: what stands behind a name that speaks of a secret would be taken for one.
fn setting(one: KeyInForce) -> Value {
    let key = one.name();
    match one.value {
        Value::String(text) => json!({ "key": key, "value": text }),
        // As texts: what takes the place of a number is none.
        value @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            json!({ "key": key, "value": value.to_string() })
        }
    }
}

/// For a person, and for a program.
pub(super) fn diagnosis(examined: &Examined) -> [Part; 2] {
    [Part::new("doctor.txt", examined.to_text()), Part::new("doctor.json", pretty(examined))]
}

/// What the companion that runs says of itself.
pub(super) async fn running(config: Option<&Config>) -> [Part; 2] {
    let (health, measures) = ("health.json", "metrics.txt");
    let Some(config) = config else {
        return [health, measures].map(|name| missing(name, "la configuration ne dit pas où le compagnon répond".to_owned()));
    };
    let address = config.administration.address;
    let (said, measured) = tokio::join!(client::health(address), client::measures(address));
    [
        match said {
            Ok(said) => Part::new(health, pretty(&said)),
            Err(refused) => missing(health, refused.to_string()),
        },
        match measured {
            Ok(measured) => Part::new(measures, measured),
            Err(refused) => missing(measures, refused.to_string()),
        },
    ]
}

/// What cannot be written as JSON is nothing that we write.
pub(super) fn pretty(document: &impl Serialize) -> String {
    serde_json::to_value(document).and_then(|value: Value| serde_json::to_string_pretty(&value)).unwrap_or_default() + "\n"
}
