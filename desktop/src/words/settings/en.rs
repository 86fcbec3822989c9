//! In English.

use std::path::Path;

use vestibule_model::language::Language;

use super::SettingsWords;
use crate::settings::schema::Setting;
use crate::settings::{Fault, POLICY_VARIABLE, SettingsError, Source};
use crate::trusted_file::{Exposure, ExposureKind, PolicyOwner};
use crate::words::English;
use crate::words::system::SystemWords;

const QUOTING: &str = "TOML reads it as the start of an escape sequence. Write the path between single quotes, \
     for example {example}, or double each backslash";

impl SettingsWords for English {
    fn settings_error(&self, error: &SettingsError) -> String {
        match error {
            SettingsError::NoPolicy(path) => {
                format!("{}: file missing. It must give the address of the sign-in server (companion_url).", path.display())
            }
            SettingsError::NoCompanion(path) => format!("{}: companion_url is missing.", path.display()),
            SettingsError::Unreadable { path, fault } => {
                format!("{}: cannot be accessed ({}).", path.display(), self.system_fault(*fault))
            }
            SettingsError::NotPermitted { path, at, is_folder } => {
                let (path, at) = (path.display(), at.display());
                let remedy = match is_folder {
                    _ if cfg!(windows) => format!("give users the right to read {at}"),
                    true => format!("chmod a+x {at}"),
                    false => format!("chmod a+r {at}"),
                };
                format!(
                    "{path}: this account may not read this file, which every account of the workstation must be able to. Remedy: {remedy}."
                )
            }
            SettingsError::Malformed { path, line, fault } => {
                let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
                format!("{}{line}: {}.", path.display(), self.fault(fault))
            }
            SettingsError::PolicyExposed { file, exposure } => {
                format!("{}: this file decides whom to trust. {}.", file.display(), self.exposure(exposure))
            }
            SettingsError::AddressRefused { path } => {
                format!("{}: companion_url must be https, or http on 127.0.0.1, with nothing after the host and port.", path.display())
            }
            SettingsError::AddressNotLocal { path } => {
                format!("{}: a file given by {POLICY_VARIABLE} may only name a sign-in server on 127.0.0.1.", path.display())
            }
            SettingsError::PolicyOnly { path, key } => {
                format!("{}: only the workstation policy may set {key}.", path.display())
            }
            SettingsError::NoHome(_) => "Neither the variable HOME nor this user’s account name a home folder.".to_owned(),
        }
    }

    fn fault(&self, fault: &Fault) -> String {
        let example = "'C:\\Program Files\\Vestibule\\ca.pem'";
        let quoting = QUOTING.replace("{example}", example);
        let named = |key: &Option<String>| key.clone().unwrap_or_else(|| "a setting".to_owned());
        let expected = |key: &str| {
            let setting = Setting::named(key);
            setting.map_or_else(String::new, |setting| format!(". Expected: {}", setting.expected(Language::En)))
        };
        let expected_of = |key: &Option<String>| key.as_deref().map(expected).unwrap_or_default();
        match fault {
            Fault::Utf16 => "this file is saved in UTF-16. Save it in UTF-8".to_owned(),
            Fault::NotUtf8 => {
                "a character is not in UTF-8: this file is probably saved in ISO 8859-1 or Windows-1252. Save it in UTF-8".to_owned()
            }
            Fault::UnknownKey(key) => format!("unknown setting, {key}"),
            Fault::UnknownValue(key) => format!("unknown value for {}{}", named(key), expected_of(key)),
            Fault::KeyTwice(key) => format!("setting given twice{}", key.as_deref().map(|key| format!(", {key}")).unwrap_or_default()),
            Fault::WrongKind(key) => format!("wrong type of value for {}{}", named(key), expected_of(key)),
            Fault::Backslash => format!("a backslash stands between double quotes: {quoting}"),
            Fault::ControlCharacter(key) => {
                format!("the value of {key} contains a control character. If it is a backslash: {quoting}")
            }
            Fault::Without { key, needs } => format!("{key} has no effect without {needs}, which is missing. Add {needs}, or remove {key}"),
            Fault::Unusable(key) => format!("unusable value for {key}{}", expected(key)),
            Fault::Syntax { column, slip } => format!("this is no well-formed TOML, column {column}: {}", slip.told(Language::En)),
        }
    }

    fn exposure(&self, exposure: &Exposure) -> String {
        let at = exposure.at.display();
        let owner = match exposure.allowed {
            PolicyOwner::Root => "root",
            PolicyOwner::RunningUser => "root or to whoever starts the app",
        };
        match &exposure.kind {
            ExposureKind::Outside(folder) => {
                let folder = folder.display();
                format!("{at} is not in {folder}, where administrators alone write. Remedy: put it in a folder of {folder}")
            }
            ExposureKind::Owner(user) => format!("{at} belongs to user {user}, and must belong to {owner}. Remedy: chown root:root {at}"),
            ExposureKind::Writable(mode) => format!("{at} can be changed by others (mode {mode:o}). Remedy: chmod go-w {at}"),
        }
    }

    fn source(&self, source: Source) -> &'static str {
        match source {
            Source::MachinePolicy => "workstation policy",
            Source::DevelopmentPolicy => "development file",
            Source::User => "user’s file",
            Source::Default => "default value",
        }
    }

    fn no_value(&self) -> &'static str {
        "(no value)"
    }

    fn hidden_value(&self) -> &'static str {
        "(set, not shown)"
    }

    fn policy_read(&self, path: &Path) -> String {
        format!("Policy file: {}", path.display())
    }

    fn switch(&self, is_on: bool) -> &'static str {
        if is_on { "yes" } else { "no" }
    }
}
