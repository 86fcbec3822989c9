//! `report`: what support needs of the server in one file, shown before it is written. Nothing is sent.

use std::io::{BufRead as _, ErrorKind, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use companion_server::arguments::ReportArguments;
use companion_server::clock::SystemClock;
use companion_server::random::SystemRandom;
use companion_server::report::{self, Asked, Part, Report};
use serde_json::json;
use vestibule_model::ErrorCode;

use crate::{NOT_READY, TerminalError, administer, runtime, say};

/// The standard output, as a path.
const STREAM: &str = "-";
/// Lines of a part that are shown at either end of it.
const ENDS: usize = 6;

pub fn report(asked: &ReportArguments) -> anyhow::Result<ExitCode> {
    let is_streamed = asked.out.as_deref() == Some(Path::new(STREAM));
    if is_streamed && let Some(why) = no_stream(asked.json, std::io::stdout().is_terminal()) {
        anyhow::bail!("{}\u{a0}: {why}\nEssayez «\u{a0}companion-server report --help\u{a0}».", ErrorCode::CommandRefused);
    }
    let about = Asked { config: &asked.config, logs: &asked.logs, days: asked.days };
    let gathered = report::gather(&about, Arc::new(SystemClock), Arc::new(SystemRandom));
    let report = runtime()?.block_on(administer::while_examined(gathered));
    let to = asked.out.clone().unwrap_or_else(|| PathBuf::from("."));
    if asked.json {
        let written = if asked.yes { Some(report::write(&report, &to)?) } else { None };
        return say(&serde_json::to_string_pretty(&document(&report, written.as_deref()))?);
    }
    // What is for people to read goes beside a report that goes there itself.
    let say_beside = if is_streamed { say_aside } else { say };
    say_beside(&contents(&report))?;
    if !asked.yes {
        let to = if is_streamed { "sur la sortie standard".to_owned() } else { format!("dans {}", path_of(&report, &to).display()) };
        match agreed(&report, &to, say_beside)? {
            Some(true) => {}
            Some(false) => return say_beside("Aucun rapport n’a été écrit."),
            None => {
                say_beside("Aucun rapport n’a été écrit. Sans personne pour répondre, ajoutez --yes.")?;
                return Ok(ExitCode::from(NOT_READY));
            }
        }
    }
    if is_streamed {
        return stream(&report);
    }
    let path = report::write(&report, &to)?;
    say(&format!("Rapport écrit\u{a0}: {}\nRien n’a été envoyé\u{a0}: donnez vous-même ce fichier au support.", path.display()))
}

/// Why the report cannot go to the standard output.
fn no_stream(as_json: bool, is_terminal: bool) -> Option<&'static str> {
    if as_json {
        return Some(
            "«\u{a0}--out -\u{a0}» et «\u{a0}--json\u{a0}» écrivent tous deux sur la sortie standard.\nIndiquez un fichier à «\u{a0}--out\u{a0}», ou retirez «\u{a0}--json\u{a0}».",
        );
    }
    is_terminal.then_some("«\u{a0}--out -\u{a0}» écrit le rapport, une archive zip, sur la sortie standard, et un terminal ne peut pas l’afficher.\nRedirigez-la (> rapport.zip), ou indiquez un fichier.")
}

fn stream(report: &Report) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout();
    let bytes = report::packed(report).map_err(TerminalError::Answer)?;
    match out.write_all(&bytes).and_then(|()| out.flush()) {
        // Whoever read as far as he wanted was served.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(TerminalError::Answer(error).into()),
        Ok(()) => Ok(ExitCode::SUCCESS),
    }
}

/// That nobody reads what stands beside an answer stops nothing.
fn say_aside(text: &str) -> anyhow::Result<ExitCode> {
    let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
    Ok(ExitCode::SUCCESS)
}

fn path_of(report: &Report, to: &Path) -> PathBuf {
    if to.is_dir() { to.join(report.file_name()) } else { to.to_owned() }
}

/// Asks until the answer is one; `None` where nobody is there.
fn agreed(report: &Report, to: &str, say: fn(&str) -> anyhow::Result<ExitCode>) -> anyhow::Result<Option<bool>> {
    let mut lines = std::io::stdin().lock().lines();
    loop {
        say(&format!("\nÉcrire ce rapport {to}\u{202f}? Saisissez o pour oui, v pour tout voir, n pour non, puis Entrée."))?;
        let Some(line) = lines.next() else { return Ok(None) };
        match line.unwrap_or_default().trim().to_lowercase().as_str() {
            "o" | "oui" => return Ok(Some(true)),
            "v" => {
                for Part { name, text, .. } in &report.parts {
                    say(&format!("\n── {name}\n{text}"))?;
                }
            }
            _ => return Ok(Some(false)),
        }
    }
}

/// The list, then each part as far as a person reads on.
fn contents(report: &Report) -> String {
    let mut text = format!("Ce rapport contiendra ceci, et rien d’autre ({}\u{a0}Ko)\u{a0}:\n", report.bytes().div_ceil(1024));
    for Part { name, text: part, missing, left_out, older_lines } in &report.parts {
        let what = missing.as_ref().map_or_else(|| format!("{}\u{a0}octets", part.len()), |why| format!("absent ({why})"));
        let bytes = (*left_out > 0).then(|| format!("{left_out}\u{a0}octets plus anciens laissés de côté, faute de place"));
        let lines = (*older_lines > 0).then(|| format!("lignes d’avant ces jours, laissées de côté (--days)\u{a0}: {older_lines}"));
        let what = [Some(what), bytes, lines].into_iter().flatten().collect::<Vec<_>>().join("\u{202f}; ");
        text.push_str(&format!("  {name}\u{a0}: {what}\n"));
    }
    for Part { name, text: part, .. } in &report.parts {
        text.push_str(&format!("\n── {name}\n"));
        let lines: Vec<&str> = part.lines().collect();
        let between = lines.len().saturating_sub(2 * ENDS);
        let (begin, end) = if between > 0 { (&lines[..ENDS], &lines[lines.len() - ENDS..]) } else { (&lines[..], &[][..]) };
        let skipped = (between > 0).then(|| format!("   … {between}\u{a0}lignes de plus …"));
        let shown = begin.iter().map(|line| (*line).to_owned()).chain(skipped).chain(end.iter().map(|line| (*line).to_owned()));
        text.extend(shown.map(|line| line + "\n"));
    }
    text
}

fn document(report: &Report, written: Option<&Path>) -> serde_json::Value {
    let part = |part: &Part| json!({ "name": part.name, "bytes": part.text.len(), "missing": part.missing, "left_out_bytes": part.left_out, "older_lines": part.older_lines });
    json!({ "written": written, "bytes": report.bytes(), "parts": report.parts.iter().map(part).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::no_stream;

    #[test]
    fn a_report_goes_to_no_terminal_and_beside_no_other_answer() {
        assert_eq!(no_stream(false, false), None);
        assert!(no_stream(false, true).is_some_and(|why| why.contains("un terminal ne peut pas l’afficher")));
        assert!([true, false].iter().all(|is_terminal| no_stream(true, *is_terminal).is_some_and(|why| why.contains("--json"))));
    }
}
