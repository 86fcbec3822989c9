//! The support report: one file that says what support needs, and not who the person is.
//!
//! [`gather`] makes every part, as it would leave; whoever asked shows them; [`write`] puts those very parts into one file. Nothing is sent. Each
//! part is made of typed fields, then goes through the last pass of [`vestibule_model::redaction`]. What cannot be read is said in its place.
//!
//! | file | what it does |
//! |---|---|
//! | `parts.rs` | what is known of workstation, settings and diagnosis |
//! | `log_parts.rs` | the last days of the log, the newest lines where there is no room for all |
//! | `system.rs` | which system this is, and the words that are known to be personal |
//! | `archive.rs` | the manifest and the file |

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use vestibule_model::language::Language;
use vestibule_model::redaction::{self, KnownWords};

use crate::card::{CardWatch, Presence};
use crate::clock::Wakes;
use crate::doctor;
use crate::paths::Paths;
use crate::ports::Ports;
use crate::settings::{Settings, SettingsError};
use crate::standing::Standing;
use crate::words::{self, Words};

mod archive;
mod log_parts;
mod parts;
mod system;

pub use archive::{MANIFEST, ReportError, write};

/// Everything in it together, in bytes.
pub const MOST: u64 = 10 << 20;

/// Days of the log, where nobody says how many.
pub const DAYS: u32 = 7;

/// A card service that takes longer says nothing to the report.
const CARDS: Duration = Duration::from_secs(5);

/// What a report is about.
#[derive(Debug)]
pub struct Asked<'a> {
    pub settings: Result<&'a Settings, &'a SettingsError>,
    pub ports: &'a Ports,
    /// Days of the log, today's among them.
    pub days: u32,
    /// Where the person stands, when the window asks.
    pub window: Option<Standing>,
    /// What is known to be personal beside what the system says: her names, when somebody is signed in.
    pub personal: &'a [String],
}

/// A file of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its path in the report.
    pub name: String,
    /// All of it, as it leaves.
    pub text: String,
    /// Why it is missing; the text says it too.
    pub missing: Option<String>,
    /// Older bytes for which there was no room.
    pub left_out: u64,
}

impl Part {
    fn new(name: &str, text: String) -> Self {
        Self { name: name.to_owned(), text, missing: None, left_out: 0 }
    }

    /// What cannot be had, in its place.
    fn missing(name: &str, why: String, words: &dyn Words) -> Self {
        Self { text: format!("{}\n", words.report_missing(&why)), missing: Some(why), ..Self::new(name, String::new()) }
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
    /// How its file is called where nobody says otherwise: by the moment, and by nobody's name.
    pub fn file_name(&self) -> String {
        format!("vestibule-rapport-{}.zip", self.made_at.format("%Y-%m-%d-%H%M%S"))
    }

    /// All parts together, in bytes.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.text.len() as u64).sum()
    }
}

/// Where the person stands, as a report says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Window {
    /// The command line asks: it does not know.
    Unknown,
    Busy,
    SignedOut,
    SignedIn,
    Locked,
    Problem,
}

impl From<Option<Standing>> for Window {
    fn from(standing: Option<Standing>) -> Self {
        match standing {
            None => Self::Unknown,
            Some(Standing::Busy) => Self::Busy,
            Some(Standing::SignedOut) => Self::SignedOut,
            Some(Standing::SignedIn) => Self::SignedIn,
            Some(Standing::Locked) => Self::Locked,
            Some(Standing::Problem) => Self::Problem,
        }
    }
}

/// Makes every part. Takes as long as the diagnosis, whatever is broken, and changes nothing. Performs I/O.
pub async fn gather(asked: &Asked<'_>) -> Report {
    let language = asked.settings.map_or(Language::Fr, |settings| settings.language);
    let (words, ports) = (words::of(language), asked.ports);
    let made_at = i64::try_from(ports.clock.unix_ms()).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default();
    let known = KnownWords::names(asked.personal).and_things(system::personal_words(asked.settings.ok()));
    let mut untold = |_: &doctor::Check| {};
    let (diagnosis, card) = tokio::join!(doctor::examine(asked.settings, ports, words, &mut untold), card(asked));
    let state = parts::State::new(asked.window.into(), card, language);
    let others = [parts::state(&state), parts::settings(asked.settings, words)].into_iter().chain(parts::diagnosis(&diagnosis, words));
    let mut all: Vec<Part> = others.map(|part| part.redacted(&known)).collect();
    let room = MOST.saturating_sub(archive::MANIFEST_ROOM + all.iter().map(|part| part.text.len() as u64).sum::<u64>());
    all.extend(log_parts::of(log_folder(asked.settings), asked.days, made_at.date_naive(), room, &known, words));
    all.insert(0, archive::manifest(&all, made_at, asked.days, &state, &known));
    Report { parts: all, made_at }
}

/// Where it is, whatever the settings say.
fn log_folder(settings: Result<&Settings, &SettingsError>) -> Option<PathBuf> {
    settings.ok().map(|settings| settings.paths.logs.clone()).or_else(|| Some(Paths::of_this_user().ok()?.logs))
}

/// What is in the readers, where that is watched at all; `None` where nothing says.
async fn card(asked: &Asked<'_>) -> Option<Presence> {
    if asked.settings.is_ok_and(|settings| !settings.card_detection) {
        return Some(Presence::Disabled);
    }
    let mut watch = CardWatch::start(asked.ports.cards.clone(), Wakes::by(asked.ports.clock.clone()));
    tokio::select! {
        seen = watch.next() => Some(seen.presence),
        () = asked.ports.clock.sleep(CARDS) => None,
    }
}
