//! Parts that are made of typed fields: nothing gets in that is not named here.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use vestibule_model::ErrorCode;
use vestibule_model::language::Language;
use vestibule_support_report::Part;

use super::Window;
use super::system::System;
use crate::card::Presence;
use crate::doctor::{Diagnosis, Verdict};
use crate::settings::{Settings, SettingsError, Shown, ShownValue, Source};
use crate::words::Words;

/// Versions, and each state in one word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct State {
    pub(super) app_version: &'static str,
    pub(super) system: System,
    language: Language,
    window: Window,
    card: Option<Presence>,
}

impl State {
    pub(super) fn new(window: Window, card: Option<Presence>, language: Language) -> Self {
        Self { app_version: env!("CARGO_PKG_VERSION"), system: System::this(), language, window, card }
    }
}

/// What the manifest says beside what every report says of itself.
#[derive(Debug, Serialize)]
pub(super) struct OfManifest<'a> {
    pub(super) state: &'a State,
}

/// A setting as it is in force, without what is secret.
#[derive(Debug, Serialize)]
struct Setting<'a> {
    key: &'a str,
    /// Of a secret one, only whether it is set.
    set: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    source: Source,
}

impl<'a> From<&'a Shown> for Setting<'a> {
    fn from(shown: &'a Shown) -> Self {
        let value = match &shown.value {
            Some(ShownValue::Told(text)) => Some(text.as_str()),
            Some(ShownValue::Hidden) | None => None,
        };
        Self { key: shown.key, set: shown.value.is_some(), value, source: shown.source }
    }
}

pub(super) fn state(state: &State) -> Part {
    Part::new("state.json", pretty(state))
}

/// Each setting with its source, or what is wrong with them.
pub(super) fn settings(settings: Result<&Settings, &SettingsError>, words: &dyn Words) -> Part {
    let text = match settings {
        Ok(settings) => {
            let all: Vec<Setting<'_>> = settings.shown.iter().map(Setting::from).collect();
            pretty(&json!({ "policy_file": settings.sources.policy_file, "settings": all }))
        }
        Err(error) => pretty(&json!({ "error": wrong(error.code(), words.settings_error(error), words) })),
    };
    Part::new("settings.json", text)
}

fn wrong(code: ErrorCode, message: String, words: &dyn Words) -> serde_json::Value {
    json!({ "code": code, "title": words.explanation(code).title, "message": message })
}

/// For a person, and for a program.
pub(super) fn diagnosis(diagnosis: &Diagnosis, made_at: DateTime<Utc>, words: &dyn Words) -> [Part; 2] {
    let checks: String = diagnosis.checks.iter().map(|check| check.to_text(words)).collect();
    let summary = words.examined(made_at, &diagnosis.titles(Verdict::Failure), &diagnosis.titles(Verdict::Warning));
    let text = format!("{}{summary}\n\n{checks}", Diagnosis::heading());
    [Part::new("doctor.txt", text), Part::new("doctor.json", pretty(diagnosis))]
}

/// What cannot be written as JSON is nothing that we write.
pub(super) fn pretty(document: &impl Serialize) -> String {
    serde_json::to_string_pretty(document).unwrap_or_default() + "\n"
}
