//! `trace` and `incidents`: what support and the security officer read, of a companion that runs or not.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use companion_server::StartError;
use companion_server::audit::Verification;
use companion_server::clock::{Clock as _, SystemClock, Timestamp};
use companion_server::config::Config;
use companion_server::report;
use companion_server::store::{SealHash, SignInRecord, StoreError, TrailReader};
use companion_server::support::{self, Incidents, LogEntry, PERIOD_LINES, Story, SupportRefused};
use vestibule_model::session::SignInId;
use vestibule_model::wire::printable;

use crate::{NOT_READY, runtime, say};

/// Nothing is proved wrong, and somebody has to look: as `doctor` says it.
const TO_SEE: u8 = 1;

pub fn trace(config: &Path, id: &str, logs: &[PathBuf], json: bool) -> anyhow::Result<ExitCode> {
    let story = told(config, id, logs)?;
    say(&if json { serde_json::to_string_pretty(&story)? } else { story.to_text() })
}

fn told(config: &Path, id: &str, logs: &[PathBuf]) -> anyhow::Result<Story> {
    let id = SignInId::dictated(id).map_err(|_| SupportRefused::NotASignInId(printable(id, 40)))?;
    let record = of_trail(config, |trail| trail.sign_in(id.clone()))?;
    let known = report::known_words(&Config::load(config).map_err(StartError::from)?);
    let mut lines: Vec<LogEntry> = Vec::new();
    for file in logs {
        lines.extend(support::lines_about(&id, file, &known).map_err(SupportRefused::from)?);
    }
    // What the logs tell is told without a trail too.
    let (record, unknown) = match record {
        Some(record) => (record, SupportRefused::UnknownSignIn(id.0.clone())),
        None => (SignInRecord::default(), SupportRefused::NoTrail),
    };
    Ok(Story::of(&id, &record, lines, SystemClock.now()).ok_or(unknown)?)
}

pub fn incidents(config: &Path, from: Timestamp, until: Option<Timestamp>, json: bool) -> anyhow::Result<ExitCode> {
    let now = SystemClock.now();
    match until {
        Some(until) if until < from => return Err(SupportRefused::PeriodReversed.into()),
        None if now < from => return Err(SupportRefused::PeriodToCome.into()),
        Some(_) | None => {}
    }
    let until = until.unwrap_or(now);
    let lines = of_trail(config, |trail| trail.period(from, until, PERIOD_LINES))?.ok_or(SupportRefused::NoTrail)?;
    let incidents = Incidents::of(from, until, &lines);
    say(&if json { serde_json::to_string_pretty(&incidents)? } else { incidents.to_text() })
}

/// Running or stopped; 2 when it is not what was written, 1 when days of it are gone sooner than the configuration says by now.
pub fn verify_audit(config: &Path, noted: Option<SealHash>, json: bool) -> anyhow::Result<ExitCode> {
    let keep_days = Config::load(config).map_err(StartError::from)?.audit.keep_days;
    let judged = of_trail(config, |trail| trail.judge(move |view| Verification::of(view, noted, keep_days, SystemClock.now())))?;
    let verified = judged.ok_or(SupportRefused::NoTrail)?;
    say(&if json { serde_json::to_string_pretty(&verified)? } else { support::verified(&verified) })?;
    Ok(match (verified.is_intact(), verified.early_days.is_empty()) {
        (true, true) => ExitCode::SUCCESS,
        (true, false) => ExitCode::from(TO_SEE),
        (false, _) => ExitCode::from(NOT_READY),
    })
}

fn of_trail<T, Reading>(config: &Path, read: impl FnOnce(TrailReader) -> Reading) -> anyhow::Result<T>
where
    Reading: Future<Output = Result<T, StoreError>>,
{
    let config = Config::load(config).map_err(StartError::from)?;
    let trail = support::trail(&config).map_err(StartError::from)?;
    Ok(runtime()?.block_on(read(trail)).map_err(|error| support::unreadable(&config, error))?)
}
