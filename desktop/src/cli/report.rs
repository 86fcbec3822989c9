//! `vestibule report`: what support needs in one file, shown before it is written. Nothing is sent.

use std::io::Write;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use vestibule_model::language::Language;

use super::arguments;
use super::{DONE, Detail, Output, REFUSED, Stop, Typing, aside, print};
use crate::ports::Ports;
use crate::report::{self as support_report, Asked, Part, Report, ReportError};
use crate::settings::{Settings, SettingsError};
use crate::words::{self, Words};

/// The standard output, as a path.
const STREAM: &str = "-";
/// Lines of a part that are shown at either end of it.
const ENDS: usize = 6;

pub(super) async fn report(
    asked: arguments::Report,
    settings: Result<&Settings, &SettingsError>,
    ports: &Ports,
    typing: Typing,
    output: Output<'_>,
) -> Result<u8, Stop> {
    let words = words::of(settings.map_or(Language::Fr, |settings| settings.language));
    let is_streamed = asked.out.as_deref() == Some(Path::new(STREAM));
    if is_streamed && asked.json {
        return Err(Stop::misused(words.report_beside_json().to_owned()));
    }
    if is_streamed && ports.standard_output.is_terminal() {
        return Err(Stop::misused(words.report_on_a_terminal().to_owned()));
    }
    let about = Asked { settings, ports, days: asked.days, window: None, personal: &[] };
    let mut interrupted = std::pin::pin!(ports.interruption.comes());
    let report = tokio::select! {
        biased;
        () = &mut interrupted => return Err(Stop::interrupted(None)),
        report = support_report::gather(&about) => report,
    };
    let to = asked.out.clone().unwrap_or_else(|| PathBuf::from("."));
    if asked.json {
        let path = if asked.yes { Some(written(&report, &to, words)?) } else { None };
        output.out.write_all(print::json(&document(&report, path.as_deref()))?.as_bytes())?;
        return Ok(if asked.yes { DONE } else { REFUSED });
    }
    let Output { out, err } = output;
    // What is for people to read goes beside a report that goes there itself.
    let shown = if is_streamed { &mut *err } else { &mut *out };
    shown.write_all(contents(&report, words).as_bytes())?;
    shown.flush()?;
    if !asked.yes {
        let question =
            if is_streamed { words.report_question_of_stream().to_owned() } else { words.report_question(&path_of(&report, &to)) };
        let is_wanted = tokio::select! {
            biased;
            () = &mut interrupted => return Err(Stop::interrupted(None)),
            is_wanted = confirmed(&report, &question, typing(), shown) => is_wanted?,
        };
        if !is_wanted {
            aside(err, words.report_not_written());
            return Ok(REFUSED);
        }
    }
    if is_streamed {
        out.write_all(&support_report::packed(&report)?)?;
        out.flush()?;
    } else {
        writeln!(out, "{}", words.report_written(&written(&report, &to, words)?))?;
    }
    Ok(DONE)
}

fn path_of(report: &Report, to: &Path) -> PathBuf {
    if to.is_dir() { to.join(report.file_name()) } else { to.to_owned() }
}

fn written(report: &Report, to: &Path, words: &dyn Words) -> Result<PathBuf, Stop> {
    support_report::write(report, to).map_err(|error| {
        let code = error.code();
        let ReportError::Unwritten { path, fault } = error;
        Stop { detail: Some(Detail::Said(words.report_unwritten(&path, &words.system_fault(fault)))), ..Stop::of(code) }
    })
}

/// Asks until the answer is one; nobody there is a no.
async fn confirmed(
    report: &Report,
    question: &str,
    mut lines: UnboundedReceiver<SecretString>,
    out: &mut (dyn Write + Send),
) -> Result<bool, Stop> {
    loop {
        writeln!(out, "\n{question}")?;
        out.flush()?;
        let Some(line) = lines.recv().await else { return Ok(false) };
        match line.expose_secret().trim().to_lowercase().as_str() {
            "o" | "oui" | "y" | "yes" => return Ok(true),
            "v" => report.parts.iter().try_for_each(|part| write!(out, "\n── {}\n{}", part.name, part.text))?,
            _ => return Ok(false),
        }
    }
}

/// The list, then each part as far as a person reads on.
fn contents(report: &Report, words: &dyn Words) -> String {
    let mut text = format!("{}\n", words.report_contents(report.bytes().div_ceil(1024)));
    for Part { name, text: part, missing, .. } in &report.parts {
        text.push_str(&format!("  {}\n", words.report_part(name, part.len(), missing.as_deref())));
    }
    for part in &report.parts {
        text.push_str(&format!("\n── {}\n", part.name));
        let lines: Vec<&str> = part.text.lines().collect();
        let between = lines.len().saturating_sub(2 * ENDS);
        let (begin, end) = if between > 0 { (&lines[..ENDS], &lines[lines.len() - ENDS..]) } else { (&lines[..], &[][..]) };
        text.extend(begin.iter().map(|line| format!("{line}\n")));
        if between > 0 {
            text.push_str(&format!("{}\n", words.report_lines_between(between)));
        }
        text.extend(end.iter().map(|line| format!("{line}\n")));
    }
    text
}

fn document(report: &Report, written: Option<&Path>) -> Value {
    let parts: Vec<Value> = report
        .parts
        .iter()
        .map(|part| json!({ "name": part.name, "bytes": part.text.len(), "missing": part.missing, "left_out_bytes": part.left_out }))
        .collect();
    json!({ "written": written, "bytes": report.bytes(), "parts": parts })
}
