//! The manifest, and the one file that holds every part. It appears whole or not at all.

use std::ffi::OsString;
use std::io::{self, Cursor, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use chrono::{DateTime, Datelike as _, SecondsFormat, Timelike as _, Utc};
use serde::Serialize;
use vestibule_model::ErrorCode;
use vestibule_model::redaction::{self, KnownWords};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::parts::pretty;
use super::{MOST, Part, Report};
use crate::ordinary_file::write_private;
use crate::words::of_new_file;

/// What the report says of itself.
pub const MANIFEST: &str = "manifest.json";

/// What is kept for it.
pub(super) const MANIFEST_ROOM: u64 = 64 << 10;

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

#[derive(Debug, Serialize)]
struct Manifest<'a> {
    /// Of this document.
    format: u32,
    product: &'static str,
    version: &'static str,
    made_at: String,
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
    left_out_bytes: u64,
}

impl<'a> From<&'a Part> for Listed<'a> {
    fn from(part: &'a Part) -> Self {
        let sha256 = digest::digest(&digest::SHA256, part.text.as_bytes());
        let sha256 = sha256.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { name: &part.name, bytes: part.text.len(), sha256, missing: part.missing.as_deref(), left_out_bytes: part.left_out }
    }
}

/// Of the other parts. The last pass would take its hashes for secrets: it sees every other line.
pub(super) fn manifest(parts: &[Part], made_at: DateTime<Utc>, days: u32, known: &KnownWords) -> Part {
    let manifest = Manifest {
        format: 1,
        product: "companion-server",
        version: env!("CARGO_PKG_VERSION"),
        made_at: made_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        days,
        most_bytes: MOST,
        files: parts.iter().map(Listed::from).collect(),
    };
    let is_hash = |line: &str| line.trim_start().starts_with("\"sha256\": ");
    let line = |line: &str| if is_hash(line) { line.to_owned() } else { redaction::redact(line, known) };
    Part::new(MANIFEST, pretty(&manifest).split_inclusive('\n').map(line).collect())
}

/// Writes the parts into one file, `to` or in the folder `to`; says where. Performs I/O.
///
/// # Errors
/// [`ReportUnwritten`], also where a file is there already. Nothing is left half written.
pub fn write(report: &Report, to: &Path) -> Result<PathBuf, ReportUnwritten> {
    let path = if to.is_dir() { to.join(report.file_name()) } else { to.to_owned() };
    let unwritten = |source: io::Error| ReportUnwritten { path: path.clone(), source };
    let bytes = packed(report).map_err(unwritten)?;
    if path.symlink_metadata().is_ok() {
        return Err(unwritten(io::ErrorKind::AlreadyExists.into()));
    }
    let mut draft = OsString::from(path.as_os_str());
    draft.push(format!(".{}.partial", std::process::id()));
    let draft = Path::new(&draft);
    let written = write_private(draft, &bytes).and_then(|()| std::fs::rename(draft, &path));
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
        let [month, day, hour, minute, second] =
            [at.month(), at.day(), at.hour(), at.minute(), at.second()].map(|part| u8::try_from(part).unwrap_or_default());
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
