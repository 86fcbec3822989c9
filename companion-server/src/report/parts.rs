//! Parts that are made of typed fields: nothing gets in that is not named here.

use serde::Serialize;
use serde_json::{Value, json};
use vestibule_model::redaction::{KnownWords, redact};
use vestibule_support_report::Part;

use super::missing;
use crate::admin::client;
use crate::config::{Config, ConfigError, KeyInForce};
use crate::doctor::Report as Examined;
use crate::ordinary_file;

/// What the companion counts and times.
const MEASURES: &str = "metrics.txt";

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

/// What is in force, secrets by the path of their file alone; or what is wrong with it.
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
        // The last pass takes a long row of figures for somebody's number.
        Value::Number(number) => json!({ "key": key, "value": in_thousands(&number.to_string()) }),
        // As texts: what takes the place of a number is none.
        value @ (Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
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
    let (health, measures) = ("health.json", MEASURES);
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

/// As a TOML file may have it: `67_108_864`.
fn in_thousands(number: &str) -> String {
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let groups = number.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join("_")
}

/// After the last pass. What counts and times is ours, by its type: of it, only the names of the series are looked at.
pub(super) fn redacted(part: Part, known: &KnownWords) -> Part {
    if part.name != MEASURES {
        return part.redacted(known);
    }
    let line = |line: &str| match line.rsplit_once(' ') {
        Some((name, value)) if !line.starts_with('#') && value.parse::<f64>().is_ok() => format!("{} {value}\n", redact(name, known)),
        _ => format!("{}\n", redact(line, known)),
    };
    Part { text: part.text.lines().map(line).collect(), missing: part.missing.map(|why| redact(&why, known)), ..part }
}

/// What cannot be written as JSON is nothing that we write.
pub(super) fn pretty(document: &impl Serialize) -> String {
    serde_json::to_value(document).and_then(|value: Value| serde_json::to_string_pretty(&value)).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use vestibule_model::redaction::{KnownWords, redact};
    use vestibule_support_report::Part;

    use super::{MEASURES, in_thousands, redacted};

    #[test]
    fn figures_of_ours_outlive_the_last_pass_and_what_stands_beside_them_does_not() {
        let measures = "# HELP a b\na_sum{x=\"y\"} 0.012345678901\nexpiry{name=\"899700999016\"} 1795824000\nc 1 899700999016x\n";
        let left = redacted(Part::new(MEASURES, measures.to_owned()), &KnownWords::default()).text;
        assert!(left.starts_with("# HELP a b\na_sum{x=\"y\"} 0.012345678901\nexpiry{name=\""), "{left}");
        assert!(left.contains("\"} 1795824000\n") && !left.contains("899700999016"), "{left}");
        for (number, told) in [("0", "0"), ("1000", "1_000"), ("67108864", "67_108_864"), ("-1", "-1")] {
            assert_eq!(redact(&in_thousands(number), &KnownWords::default()), told);
        }
    }
}
