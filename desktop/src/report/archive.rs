//! The manifest, and the one file that holds every part. It appears whole or not at all.

use std::ffi::OsString;
use std::io::{self, Cursor, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike as _, SecondsFormat, Timelike as _, Utc};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use vestibule_model::ErrorCode;
use vestibule_model::redaction::{self, KnownWords};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::parts::{State, pretty};
use super::{MOST, Part, Report};
use crate::private;
use crate::system_words::SystemFault;

/// What the report says of itself.
pub const MANIFEST: &str = "manifest.json";

/// What is kept for it.
pub(super) const MANIFEST_ROOM: u64 = 64 << 10;

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

#[derive(Debug, Serialize)]
struct Manifest<'a> {
    /// Of this document.
    format: u32,
    product: &'static str,
    made_at: String,
    state: &'a State,
    days: u32,
    most_bytes: u64,
    files: Vec<Listed<'a>>,
}

#[derive(Debug, Serialize)]
struct Listed<'a> {
    name: &'a str,
    bytes: usize,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'a str>,
    #[serde(skip_serializing_if = "is_zero")]
    left_out_bytes: u64,
}

impl<'a> From<&'a Part> for Listed<'a> {
    fn from(part: &'a Part) -> Self {
        let sha256 = Sha256::digest(&part.text).iter().map(|byte| format!("{byte:02x}")).collect();
        let (name, bytes, missing) = (part.name.as_str(), part.text.len(), part.missing.as_deref());
        Self { name, bytes, sha256, missing, left_out_bytes: part.left_out }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "asked so by serde")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Of the other parts. The last pass would take its hashes for secrets: it sees every other line.
pub(super) fn manifest(parts: &[Part], made_at: DateTime<Utc>, days: u32, state: &State, known: &KnownWords) -> Part {
    let made_at = made_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let files = parts.iter().map(Listed::from).collect();
    let manifest = Manifest { format: 1, product: vestibule_branding::PRODUCT_NAME, made_at, state, days, most_bytes: MOST, files };
    let is_hash = |line: &str| line.trim_start().starts_with("\"sha256\": ");
    let line = |line: &str| if is_hash(line) { line.to_owned() } else { redaction::redact(line, known) };
    Part::new(MANIFEST, pretty(&manifest).split_inclusive('\n').map(line).collect())
}

/// Writes the parts into one file, `to` or in the folder `to`; says where. Performs I/O.
///
/// # Errors
/// [`ReportError`], also where a file is there already. Nothing is left half written.
pub fn write(report: &Report, to: &Path) -> Result<PathBuf, ReportError> {
    let path = if to.is_dir() { to.join(report.file_name()) } else { to.to_owned() };
    let unwritten = |error: io::Error| ReportError::Unwritten { path: path.clone(), fault: SystemFault::from(&error) };
    let bytes = packed(report).map_err(unwritten)?;
    if path.symlink_metadata().is_ok() {
        return Err(unwritten(io::ErrorKind::AlreadyExists.into()));
    }
    let mut draft = OsString::from(path.as_os_str());
    draft.push(format!(".{}.partial", std::process::id()));
    let draft = Path::new(&draft);
    let written = private::write_new(draft, &bytes).and_then(|()| std::fs::rename(draft, &path));
    written.map_err(|error| {
        // Of a draft that was never made, there is nothing to remove.
        drop(std::fs::remove_file(draft));
        unwritten(error)
    })?;
    Ok(path)
}

fn packed(report: &Report) -> io::Result<Vec<u8>> {
    let at = report.made_at;
    let moment = u16::try_from(at.year()).ok().and_then(|year| {
        let [month, day, hour, minute, second] = [at.month(), at.day(), at.hour(), at.minute(), at.second()].map(|part| part as u8);
        zip::DateTime::from_date_and_time(year, month, day, hour, minute, second).ok()
    });
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .unix_permissions(0o600)
        .last_modified_time(moment.unwrap_or_default());
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for part in &report.parts {
        archive.start_file(part.name.as_str(), options)?;
        archive.write_all(part.text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}
