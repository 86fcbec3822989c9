//! Settings and checks, in words for the window.

use toml::{Table, Value};
use vestibule_model::language::Language;
use vestibule_model::view::{CheckVerdict, CheckView, SettingView};

use crate::doctor::{Check, Verdict};
use crate::settings::schema::Setting;
use crate::settings::{Settings, Shown, ShownValue, Source};
use crate::words::{self, Words};

pub(super) fn settings(settings: &Settings, language: Language) -> Vec<SettingView> {
    settings.shown.iter().map(|shown| setting(shown, language)).collect()
}

fn setting(shown: &Shown, language: Language) -> SettingView {
    let words = words::of(language);
    let value = match &shown.value {
        Some(ShownValue::Told(text)) => plain(text, words),
        Some(ShownValue::Hidden) => words.hidden_value().to_owned(),
        None => words.no_value().to_owned(),
    };
    let about = Setting::named(shown.key).map(|setting| setting.about(language)).unwrap_or_default();
    SettingView {
        key: shown.key.to_owned(),
        value,
        about: about.to_owned(),
        source: words.source(shown.source).to_owned(),
        managed: shown.source == Source::MachinePolicy,
    }
}

/// Without the marks of a file.
fn plain(text: &str, words: &dyn Words) -> String {
    let value = format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
    match value {
        Some(Value::String(text)) => text,
        Some(Value::Boolean(is_on)) => words.switch(is_on).to_owned(),
        Some(Value::Array(values)) if values.is_empty() => words.no_value().to_owned(),
        Some(Value::Array(values)) => {
            values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect::<Vec<_>>().join(", ")
        }
        Some(_) | None => text.to_owned(),
    }
}

pub(super) fn check(check: &Check, words: &dyn Words) -> CheckView {
    let (verdict, told) = match check.verdict {
        Verdict::Ok => (CheckVerdict::Ok, words.good()),
        Verdict::Warning => (CheckVerdict::Warning, words.warning()),
        Verdict::Failure => (CheckVerdict::Failure, words.failure()),
    };
    CheckView {
        title: check.title.to_owned(),
        verdict,
        told: told.to_owned(),
        detail: check.detail.clone(),
        cause: check.cause.map(|cause| words.caused_by(words.cause(cause))),
        code: check.code,
        remedy: check.remedy.map(str::to_owned),
    }
}
