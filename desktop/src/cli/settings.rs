//! What is in force on this workstation, and where it comes from.

use serde_json::{Value, json};

use super::{DONE, Output, Stop, print};
use crate::settings::{Settings, Shown, ShownValue};
use crate::words::{self, Words};

/// One line a setting, as a file would say it; with `sources`, who set it.
pub(super) fn show(sources: bool, json: bool, settings: &Settings, output: Output<'_>) -> Result<u8, Stop> {
    let words = words::of(settings.language);
    let policy = &settings.sources.policy_file;
    if json {
        let all: Vec<Value> =
            settings.shown.iter().map(|shown| json!({ "key": shown.key, "value": value(shown, words), "source": shown.source })).collect();
        let document = json!({ "policy_file": policy, "settings": all });
        output.out.write_all(print::json(&document)?.as_bytes())?;
        return Ok(DONE);
    }
    for shown in &settings.shown {
        let value = value(shown, words).unwrap_or(words.no_value());
        let source = if sources { format!("  ({})", words.source(shown.source)) } else { String::new() };
        writeln!(output.out, "{} = {value}{source}", shown.key)?;
    }
    if sources {
        writeln!(output.out, "\n{}", words.policy_read(policy))?;
    }
    Ok(DONE)
}

fn value<'a>(shown: &'a Shown, words: &dyn Words) -> Option<&'a str> {
    shown.value.as_ref().map(|value| match value {
        ShownValue::Told(text) => text.as_str(),
        ShownValue::Hidden => words.hidden_value(),
    })
}
