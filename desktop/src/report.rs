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
//!
//! What it has in common with the companion's, manifest and file among it, is [`vestibule_support_report`].

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use vestibule_model::ErrorCode;
use vestibule_model::language::Language;
use vestibule_model::redaction::KnownWords;
use vestibule_support_report::{Manifest, Unwritten, room_beside};

use crate::card::{CardWatch, Presence};
use crate::clock::Wakes;
use crate::doctor;
use crate::paths::Paths;
use crate::ports::Ports;
use crate::private;
use crate::quiet::quietly;
use crate::settings::{Settings, SettingsError};
use crate::standing::Standing;
use crate::system_words::SystemFault;
use crate::words;

mod log_parts;
mod parts;
mod system;

pub use vestibule_support_report::{DAYS, MANIFEST, Part, Report, packed};

/// A card service that takes longer says nothing to the report.
const CARDS: Duration = Duration::from_secs(5);

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The system does not take it.
    #[error("the report cannot be written: {fault}")]
    Unwritten {
        /// Where it was to be.
        path: PathBuf,
        fault: SystemFault,
    },
}

impl ReportError {
    /// The catalogue's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unwritten { .. } => ErrorCode::ReportUnwritten,
        }
    }
}

impl From<Unwritten> for ReportError {
    fn from(unwritten: Unwritten) -> Self {
        Self::Unwritten { fault: SystemFault::from(&unwritten.source), path: unwritten.path }
    }
}

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
    let made_at = ports.clock.now();
    let known = KnownWords::names(asked.personal).and_things(system::personal_words(asked.settings.ok()));
    let mut untold = |_: &doctor::Check| {};
    let (diagnosis, card) = tokio::join!(doctor::examine(asked.settings, ports, words, &mut untold), card(asked));
    let state = parts::State::new(asked.window.into(), card, language);
    let others =
        [parts::state(&state), parts::settings(asked.settings, words)].into_iter().chain(parts::diagnosis(&diagnosis, made_at, words));
    let mut all: Vec<Part> = others.map(|part| part.redacted(&known)).collect();
    let room = room_beside(&all);
    all.extend(log_parts::of(log_folder(asked.settings), asked.days, made_at.date_naive(), room, &known, words));
    let own = parts::OfManifest { state: &state };
    let manifest = Manifest::new(vestibule_branding::PRODUCT_NAME, made_at, own, asked.days, &all);
    Report::new("vestibule-rapport", made_at, manifest.part(&known, parts::pretty), all)
}

/// What the report says of a diagnosis, for a person to paste elsewhere. `personal`: as for [`Asked`]. Performs I/O.
pub(crate) fn diagnosis_text(
    diagnosis: &doctor::Diagnosis,
    settings: Option<&Settings>,
    personal: &[String],
    ports: &Ports,
    words: &dyn words::Words,
) -> String {
    let known = KnownWords::names(personal).and_things(system::personal_words(settings));
    let [text, _] = parts::diagnosis(diagnosis, ports.clock.now(), words);
    text.redacted(&known).text
}

/// Writes the parts into one file, `to` or in the folder `to`; says where. Performs I/O.
///
/// # Errors
/// [`ReportError`], also where a file is there already. Nothing is left half written.
pub fn write(report: &Report, to: &Path) -> Result<PathBuf, ReportError> {
    Ok(vestibule_support_report::write(report, to, private::write_new)?)
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
    quietly(async {
        let mut watch = CardWatch::start(asked.ports.cards.clone(), Wakes::by(asked.ports.clock.clone()));
        tokio::select! {
            seen = watch.next() => Some(seen.presence),
            () = asked.ports.clock.sleep(CARDS) => None,
        }
    })
    .await
}
