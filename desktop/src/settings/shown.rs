//! Each setting as it is in force, and where it comes from.

use toml::{Table, Value};

use super::Source;
use super::schema::{Kind, SETTINGS, Setting, Sources};

/// A setting as it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub key: &'static str,
    /// As a file would say it; `None` where nothing is set and there is no default.
    pub value: Option<ShownValue>,
    pub source: Source,
}

/// A value that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShownValue {
    Told(String),
    /// It is secret.
    Hidden,
}

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
            None if setting.name == "device_label" => Some(ShownValue::Told(Value::from(host_name).to_string())),
            None => setting.default.map(|default| ShownValue::Told(default.to_owned())),
        };
        Shown { key: setting.name, value, source }
    };
    SETTINGS.iter().map(shown).collect()
}

fn told(setting: &Setting, value: &Value) -> ShownValue {
    let text = match (setting.kind, value) {
        (Kind::Secret, _) => return ShownValue::Hidden,
        // A name and a password may stand before the host.
        (Kind::Proxy, Value::String(address)) => match address.rsplit_once('@') {
            Some((before, host)) => {
                let scheme = before.split_once("://").map(|(scheme, _)| format!("{scheme}://")).unwrap_or_default();
                Value::from(format!("{scheme}…@{host}")).to_string()
            }
            None => value.to_string(),
        },
        _ => value.to_string(),
    };
    ShownValue::Told(text)
}
