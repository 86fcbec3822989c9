//! The files of a log: one a day, and the parts of a day that became too large. Their names say in which order they were written.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::ordinary_file;

/// Days kept.
const DAYS: usize = 14;

/// A file of the log. In the order of what they say: the parts of a day, then the file that is written to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogFile {
    /// `2026-11-28`.
    day: String,
    /// Of a file that was put aside; the greatest number for the one that is written to.
    part: u32,
    path: PathBuf,
}

impl LogFile {
    /// `vestibule.2026-11-28.log`, `vestibule.2026-11-28.1.log`; `None` for what is no log of ours.
    fn named(path: PathBuf) -> Option<Self> {
        let name = path.file_name()?.to_str()?.strip_prefix("vestibule.")?.strip_suffix(".log")?;
        let (day, part) = match name.split_once('.') {
            Some((day, part)) => (day, part.parse().ok()?),
            None => (name, u32::MAX),
        };
        let is_day = day.len() == 10 && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        is_day.then(|| Self { day: day.to_owned(), part, path: path.clone() })
    }

    /// The one that is written to on a day.
    pub(super) fn of_day(folder: &Path, day: &str) -> Self {
        Self { day: day.to_owned(), part: u32::MAX, path: folder.join(format!("vestibule.{day}.log")) }
    }

    /// Opens it to read it. Performs I/O.
    ///
    /// # Errors
    /// The system's; [`ErrorKind::InvalidInput`] for a link, which leads to what may be nobody's log, a folder or a pipe.
    pub fn open(&self) -> io::Result<File> {
        if !self.path.symlink_metadata()?.is_file() {
            return Err(ErrorKind::InvalidInput.into());
        }
        ordinary_file::open(&self.path, OpenOptions::new().read(true))
    }

    /// The day that it is of, as `2026-11-28`.
    pub fn day(&self) -> &str {
        &self.day
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its own name.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Whether it was put aside, and nobody begins to write to it any more.
    pub(super) fn is_part(&self) -> bool {
        self.part != u32::MAX
    }

    /// What holds it does not matter here: one that cannot be asked counts for nothing.
    pub fn bytes(&self) -> u64 {
        self.path.symlink_metadata().map_or(0, |metadata| metadata.len())
    }
}

/// Everything that bears the name of a file of the log, the oldest first. Performs I/O.
///
/// # Errors
/// Of the folder.
pub fn all(folder: &Path) -> io::Result<Vec<LogFile>> {
    let mut files: Vec<LogFile> = std::fs::read_dir(folder)?.filter_map(|entry| LogFile::named(entry.ok()?.path())).collect();
    files.sort();
    Ok(files)
}

/// Puts the file of a day aside, under the first number that is free. Performs I/O.
pub(super) fn put_aside(folder: &Path, day: &str) -> io::Result<()> {
    let parts = all(folder)?.into_iter().filter(|file| file.day == day && file.is_part());
    let next = parts.map(|file| file.part).max().map_or(1, |last| last.saturating_add(1));
    std::fs::rename(LogFile::of_day(folder, day).path, folder.join(format!("vestibule.{day}.{next}.log")))
}

/// Removes what is too old, then the oldest until `most` bytes are left; never the last. Performs I/O.
pub(super) fn prune(folder: &Path, most: u64) {
    let Ok(files) = all(folder) else { return };
    let mut days: Vec<&str> = files.iter().map(LogFile::day).collect();
    days.dedup();
    let first_kept = days.len().checked_sub(DAYS).map_or("", |old| days[old]).to_owned();
    let mut bytes: u64 = files.iter().map(LogFile::bytes).sum();
    for file in files.iter().take(files.len().saturating_sub(1)) {
        if file.day >= first_kept && bytes <= most {
            return;
        }
        bytes = bytes.saturating_sub(file.bytes());
        if let Err(error) = std::fs::remove_file(&file.path) {
            tracing::debug!(%error, "An old log file stays");
        }
    }
}
