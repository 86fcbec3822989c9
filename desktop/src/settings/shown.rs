//! Each setting as it is in force, and where it comes from.

use serde::Serialize;
use toml::{Table, Value};

use super::Source;
use super::schema::{Kind, SETTINGS, Setting, Sources};

/// A setting as it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    pub key: &'static str,
    /// As a file would say it; `None` where nothing is set and there is no default. What is secret is not told.
    pub value: Option<String>,
    pub source: Source,
}

/// In place of a secret.
const HIDDEN: &str = "(posée, non montrée)";

pub(super) fn of(sources: &Sources, policy: &Table, user: &Table, host_name: &str) -> Vec<Shown> {
    let shown = |setting: &'static Setting| {
        let source = sources.of_key(setting.name).unwrap_or(Source::Default);
        let written = match source {
            Source::MachinePolicy | Source::DevelopmentPolicy => policy.get(setting.name),
            Source::User => user.get(setting.name),
            Source::Default => None,
        };
        let value = match written {
            Some(value) => Some(told(setting, value)),
            None if setting.name == "device_label" => Some(Value::from(host_name).to_string()),
            None => setting.default.map(str::to_owned),
        };
        Shown { key: setting.name, value, source }
    };
    SETTINGS.iter().map(shown).collect()
}

fn told(setting: &Setting, value: &Value) -> String {
    match (setting.kind, value) {
        (Kind::Secret, _) => HIDDEN.to_owned(),
        // A name and a password may stand before the host.
        (Kind::Proxy, Value::String(address)) => match address.rsplit_once('@') {
            Some((before, host)) => {
                let scheme = before.split_once("://").map(|(scheme, _)| format!("{scheme}://")).unwrap_or_default();
                Value::from(format!("{scheme}…@{host}")).to_string()
            }
            None => value.to_string(),
        },
        _ => value.to_string(),
    }
}
