//! What is in force on this workstation, and where it comes from.

use serde_json::json;

use super::{DONE, Output, Stop, print};
use crate::settings::Settings;

/// One line a setting, as a file would say it; with `sources`, who set it.
pub(super) fn show(sources: bool, json: bool, settings: &Settings, output: Output<'_>) -> Result<u8, Stop> {
    if json {
        let document = json!({ "policy_file": settings.sources.policy_file, "settings": settings.shown });
        output.out.write_all(print::json(&document)?.as_bytes())?;
        return Ok(DONE);
    }
    for shown in &settings.shown {
        let value = shown.value.as_deref().unwrap_or("(aucune valeur)");
        let source = if sources { format!("  ({})", shown.source.in_french()) } else { String::new() };
        writeln!(output.out, "{} = {value}{source}", shown.key)?;
    }
    if sources {
        writeln!(output.out, "\nStratégie lue\u{a0}: {}", settings.sources.policy_file.display())?;
    }
    Ok(DONE)
}
