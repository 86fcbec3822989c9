//! The one file that holds every part. It appears whole or not at all.

use std::ffi::OsString;
use std::io::{self, Cursor, Write as _};
use std::path::{Path, PathBuf};

use chrono::{Datelike as _, Timelike as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::report::Report;

/// The system does not take the file. Each program has its own code and words for it.
#[derive(Debug, thiserror::Error)]
#[error("the report cannot be written: {source}")]
pub struct Unwritten {
    /// Where it was to be.
    pub path: PathBuf,
    pub source: io::Error,
}

/// Writes the parts into one file, `to` or in the folder `to`; says where. `make` writes a file that must not exist, closed to others, through to the
/// disk. Performs I/O.
///
/// # Errors
/// [`Unwritten`], also where a file is there already. Nothing is left half written.
pub fn write(report: &Report, to: &Path, make: impl FnOnce(&Path, &[u8]) -> io::Result<()>) -> Result<PathBuf, Unwritten> {
    let path = if to.is_dir() { to.join(report.file_name()) } else { to.to_owned() };
    let unwritten = |source: io::Error| Unwritten { path: path.clone(), source };
    let bytes = packed(report).map_err(unwritten)?;
    if path.symlink_metadata().is_ok() {
        return Err(unwritten(io::ErrorKind::AlreadyExists.into()));
    }
    let mut draft = OsString::from(path.as_os_str());
    draft.push(format!(".{}.partial", std::process::id()));
    let draft = Path::new(&draft);
    make(draft, &bytes).and_then(|()| std::fs::rename(draft, &path)).map_err(|error| {
        // Of a draft that was never made, there is nothing to remove.
        drop(std::fs::remove_file(draft));
        unwritten(error)
    })?;
    Ok(path)
}

/// The parts as one zip, for whoever sends it on without a file.
///
/// # Errors
/// Of what packs them.
pub fn packed(report: &Report) -> io::Result<Vec<u8>> {
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

#[cfg(test)]
mod tests {
    use std::fs;

    use chrono::DateTime;

    use super::*;
    use crate::part::Part;

    #[test]
    fn a_report_is_there_whole_under_the_name_of_its_moment_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let names = || fs::read_dir(folder.path()).expect("read").map(|entry| entry.expect("one").file_name()).collect::<Vec<_>>();
        let part = |name: &str| Part::new(name, format!("text of {name}"));
        let report = Report::new("rapport", DateTime::UNIX_EPOCH, part("manifest.json"), vec![part("logs/a")]);
        let half = |path: &Path, bytes: &[u8]| fs::write(path, &bytes[..10]).and(Err(io::ErrorKind::StorageFull.into()));
        let refused = write(&report, folder.path(), half).expect_err("a full disk");
        assert_eq!((refused.source.kind(), names().len()), (io::ErrorKind::StorageFull, 0), "no half of it stays");
        let path = write(&report, folder.path(), |path, bytes| fs::write(path, bytes)).expect("written");
        assert_eq!((path.as_path(), names().len()), (folder.path().join("rapport-1970-01-01-000000.zip").as_path(), 1));
        let mut archive = zip::ZipArchive::new(fs::File::open(&path).expect("there")).expect("a zip");
        for (at, part) in report.parts.iter().enumerate() {
            let mut file = archive.by_index(at).expect("a file");
            let text = io::read_to_string(&mut file).expect("text");
            assert_eq!((file.name().expect("a name").as_ref(), &text), (part.name.as_str(), &part.text));
        }
        let again = write(&report, &path, |_, _| Ok(())).expect_err("never replaced");
        assert_eq!((again.source.kind(), again.path), (io::ErrorKind::AlreadyExists, path));
    }
}
