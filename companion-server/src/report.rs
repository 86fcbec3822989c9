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
//! | `known.rs` | the words that may not leave: the machine's, and the secrets of the installation |
//! | `archive.rs` | the manifest and the file |

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use vestibule_model::redaction::{self, KnownWords};

use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::doctor;
use crate::random::Random;

mod archive;
mod known;
mod logs;
mod parts;

pub use archive::{MANIFEST, ReportUnwritten, write};

/// Everything in it together, in bytes.
pub const MOST: u64 = 10 << 20;

/// Days of the logs, where nobody says how many.
pub const DAYS: u32 = 7;

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

/// A file of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its path in the report.
    pub name: String,
    /// All of it, as it leaves.
    pub text: String,
    /// Why it is missing; the text says it too. In French.
    pub missing: Option<String>,
    /// Older bytes for which there was no room.
    pub left_out: u64,
}

impl Part {
    fn new(name: &str, text: String) -> Self {
        Self { name: name.to_owned(), text, missing: None, left_out: 0 }
    }

    /// What cannot be had, in its place.
    fn missing(name: &str, why: String) -> Self {
        Self { text: format!("[absent\u{a0}: {why}]\n"), missing: Some(why), ..Self::new(name, String::new()) }
    }

    fn redacted(self, known: &KnownWords) -> Self {
        let missing = self.missing.map(|why| redaction::redact(&why, known));
        Self { text: redaction::redact(&self.text, known), missing, ..self }
    }
}

/// What would leave, part by part; the manifest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub parts: Vec<Part>,
    made_at: DateTime<Utc>,
}

impl Report {
    /// How its file is called where nobody says otherwise.
    pub fn file_name(&self) -> String {
        format!("compagnon-rapport-{}.zip", self.made_at.format("%Y-%m-%d-%H%M%S"))
    }

    /// All parts together, in bytes.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.text.len() as u64).sum()
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
    let mut all: Vec<Part> = others.map(|part| part.redacted(&known)).collect();
    let taken = archive::MANIFEST_ROOM + all.iter().map(|part| part.text.len() as u64).sum::<u64>();
    let since = Timestamp(now.0.saturating_sub(i64::from(asked.days) * DAY_S * 1000));
    all.extend(logs::of(asked.logs, since, MOST.saturating_sub(taken), &known));
    all.insert(0, archive::manifest(&all, made_at, asked.days, &known));
    Report { parts: all, made_at }
}

#[cfg(test)]
mod tests;
