//! Parts that are made of typed fields: nothing gets in that is not named here.

use serde::Serialize;
use serde_json::{Value, json};
use vestibule_model::language::Language;
use vestibule_model::redaction::{KnownWords, redact};
use vestibule_support_report::Part;

use super::missing;
use crate::admin::client;
use crate::config::{Config, ConfigError, KeyInForce};
use crate::doctor::Report as Examined;
use crate::ordinary_file;

/// What is in force.
const SETTINGS: &str = "settings.json";
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
    let error = error
        .map(|error| json!({ "code": error.code(), "title": error.code().explanation(Language::Fr).title, "message": error.to_string() }));
    let keys = config.and_then(|config| config.in_force().ok()).unwrap_or_default();
    Part::new(SETTINGS, pretty(&json!({ "error": error, "settings": keys.into_iter().map(setting).collect::<Vec<_>>() })))
}

/// A line each, under its whole name: what stands behind a name that speaks of a secret would be taken for one.
fn setting(one: KeyInForce) -> Value {
    let key = one.name();
    match one.value {
        Value::String(text) => json!({ "key": key, "value": text }),
        Value::Number(number) => json!({ "key": key, "value": number }),
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
        return [health, measures].map(|name| missing(name, "la configuration ne dit pas où le serveur de connexion répond".to_owned()));
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

/// After the last pass. What counts and times is ours, by its type: of it, only the names of the series are looked at. So is a number among the
/// settings, however long a row of figures it is.
pub(super) fn redacted(part: Part, known: &KnownWords) -> Part {
    let of_measures = |line: &str| match line.rsplit_once(' ') {
        Some((name, value)) if !line.starts_with('#') && value.parse::<f64>().is_ok() => format!("{} {value}\n", redact(name, known)),
        _ => format!("{}\n", redact(line, known)),
    };
    let text: String = match part.name.as_str() {
        MEASURES => part.text.lines().map(of_measures).collect(),
        SETTINGS => with_numbers(&part.text, known),
        _ => return part.redacted(known),
    };
    Part { text, missing: part.missing.map(|why| redact(&why, known)), ..part }
}

/// The lines between two numbers are read together.
fn with_numbers(text: &str, known: &KnownWords) -> String {
    let is_number =
        |line: &str| line.trim().strip_prefix("\"value\": ").is_some_and(|value| value.trim_end_matches(',').parse::<f64>().is_ok());
    let (mut redacted, mut between) = (String::with_capacity(text.len()), String::new());
    for line in text.split_inclusive('\n') {
        if is_number(line) {
            redacted += &redact(&std::mem::take(&mut between), known);
            redacted += line;
        } else {
            between += line;
        }
    }
    redacted + &redact(&between, known)
}

/// What cannot be written as JSON is nothing that we write.
pub(super) fn pretty(document: &impl Serialize) -> String {
    serde_json::to_value(document).and_then(|value: Value| serde_json::to_string_pretty(&value)).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use vestibule_model::redaction::KnownWords;
    use vestibule_support_report::Part;

    use super::{MEASURES, SETTINGS, redacted};

    #[test]
    fn figures_of_ours_outlive_the_last_pass_and_what_stands_beside_them_does_not() {
        let measures = "# HELP a b\na_sum{x=\"y\"} 0.012345678901\nexpiry{name=\"899700999016\"} 1795824000\nc 1 899700999016x\n";
        let left = redacted(Part::new(MEASURES, measures.to_owned()), &KnownWords::default()).text;
        assert!(left.starts_with("# HELP a b\na_sum{x=\"y\"} 0.012345678901\nexpiry{name=\""), "{left}");
        assert!(left.contains("\"} 1795824000\n") && !left.contains("899700999016"), "{left}");
    }

    #[test]
    fn a_number_of_the_settings_is_told_as_it_is_and_a_text_beside_it_is_not() {
        let settings = "{\n  \"key\": \"limits.bytes_per_address\",\n  \"value\": 268435456\n},\n{\n  \"key\": \"x\",\n  \"value\": \"759900012\"\n}\n";
        let left = redacted(Part::new(SETTINGS, settings.to_owned()), &KnownWords::default()).text;
        assert_eq!(left, settings.replace("759900012", "[numéro]"));
    }
}
