//! The companion's support report: one file that says what support needs, and neither a secret nor who signs in.
//!
//! [`gather`] makes every part, as it would leave; whoever asked shows them; [`write`] puts those very parts into one file. Nothing is sent, and the
//! companion may run or not, its configuration be sound or not. Each part is made of typed fields, then goes through the last pass of
//! [`vestibule_model::redaction`], which knows the installation's own secrets word by word. What cannot be read is said in its place.
//!
//! | file | what it does |
//! |---|---|
//! | `parts.rs` | what is known of machine, configuration, diagnosis and of the companion that runs |
//! | `logs.rs` | the last days of the logs that are given, the newest lines where there is no room for all |
//! | `dates.rs` | when a line of any log was written |
//! | `known.rs` | the words that may not leave: the machine's, and the secrets of the installation |
//!
//! What it has in common with the workstation's, manifest and file among it, is [`vestibule_support_report`].

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::DateTime;
use vestibule_model::ErrorCode;
use vestibule_model::redaction::KnownWords;
use vestibule_support_report::{Manifest, Unwritten, room_beside};

use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::doctor;
use crate::ordinary_file::write_private;
use crate::random::Random;
use crate::words::of_new_file;

mod dates;
mod known;
mod logs;
mod parts;

pub use vestibule_support_report::{DAYS, Part, Report, packed};

const DAY_S: i64 = 24 * 60 * 60;

/// What a report is about.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The configuration file, whatever is in it.
    pub config: &'a Path,
    /// Files of logs; `-` is the standard input.
    pub logs: &'a [PathBuf],
    /// Days of them.
    pub days: u32,
}

/// The system does not take the report. In French: the administrator reads it.
#[derive(Debug, thiserror::Error)]
#[error("{code}\u{a0}: «\u{a0}{}\u{a0}»\u{a0}: {}", path.display(), of_new_file(source, path), code = ErrorCode::ReportUnwritten)]
pub struct ReportUnwritten {
    path: PathBuf,
    source: io::Error,
}

impl ReportUnwritten {
    /// Number of the catalogue.
    pub const fn code(&self) -> ErrorCode {
        ErrorCode::ReportUnwritten
    }
}

impl From<Unwritten> for ReportUnwritten {
    fn from(Unwritten { path, source }: Unwritten) -> Self {
        Self { path, source }
    }
}

/// Makes every part, and changes nothing. Takes as long as the diagnosis. Performs I/O.
pub async fn gather(asked: &Asked<'_>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Report {
    let now = clock.now();
    let made_at = DateTime::from_timestamp_millis(now.0).unwrap_or_default();
    let (loaded, read) = (Config::load(asked.config), Config::look(asked.config));
    // What cannot serve may still be read: its secrets are known, and what it says is told.
    let config = loaded.as_ref().ok().or(read.as_ref());
    let known = known::words(config);
    let (examined, running) = tokio::join!(doctor::examine(asked.config, Arc::clone(&clock), random), parts::running(config));
    let begin = [parts::state(), parts::settings(config, loaded.as_ref().err())];
    let others = begin.into_iter().chain(parts::diagnosis(&examined)).chain(running);
    let mut all: Vec<Part> = others.map(|part| parts::redacted(part, &known)).collect();
    let since = Timestamp(now.0.saturating_sub(i64::from(asked.days) * DAY_S * 1000));
    all.extend(logs::of(asked.logs, logs::Period { since, now }, room_beside(&all), &known));
    let own = parts::OfManifest { version: env!("CARGO_PKG_VERSION") };
    let manifest = Manifest::new("companion-server", made_at, own, asked.days, &all);
    Report::new("compagnon-rapport", made_at, manifest.part(&known, parts::pretty), all)
}

/// Writes the parts into one file, `to` or in the folder `to`; says where. Performs I/O.
///
/// # Errors
/// [`ReportUnwritten`], also where a file is there already. Nothing is left half written.
pub fn write(report: &Report, to: &Path) -> Result<PathBuf, ReportUnwritten> {
    Ok(vestibule_support_report::write(report, to, write_private)?)
}

/// The words that may not leave, for whatever else is told of logs. Performs I/O.
pub fn known_words(config: &Config) -> KnownWords {
    known::words(Some(config))
}

/// What cannot be had, in its place.
fn missing(name: &str, why: String) -> Part {
    let line = format!("[absent\u{a0}: {why}]");
    Part::missing(name, why, &line)
}

#[cfg(test)]
mod tests;
