//! Writes lines to the file of the day, closed to others. A file that is full is put aside, and the oldest go.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Caps;
use super::files::{self, LogFile};
use crate::private;

/// The file that is written to. Other processes of the same person write to it too.
pub(super) struct LogWriter {
    folder: PathBuf,
    caps: Caps,
    day: String,
    file: File,
}

impl LogWriter {
    /// Opens the file of the day.
    ///
    /// # Errors
    /// Of the system.
    pub(super) fn begin(folder: &Path, caps: Caps) -> io::Result<Self> {
        Self::begin_on(&today(), folder, caps)
    }

    fn begin_on(day: &str, folder: &Path, caps: Caps) -> io::Result<Self> {
        let file = open(folder, day)?;
        // Room for the file that begins.
        files::prune(folder, caps.folder.saturating_sub(caps.file));
        Ok(Self { folder: folder.to_owned(), caps, day: day.to_owned(), file })
    }

    fn write_on(&mut self, day: &str, line: &[u8]) -> io::Result<usize> {
        if day != self.day || self.is_full() {
            self.begin_anew(day)?;
        }
        self.file.write_all(line)?;
        Ok(line.len())
    }

    fn is_full(&self) -> bool {
        self.file.metadata().is_ok_and(|metadata| metadata.len() >= self.caps.file)
    }

    /// Another process may have put the same file aside: then there is a fresh one already.
    fn begin_anew(&mut self, day: &str) -> io::Result<()> {
        if LogFile::of_day(&self.folder, day).bytes() >= self.caps.file {
            files::put_aside(&self.folder, day)?;
        }
        *self = Self::begin_on(day, &self.folder, self.caps)?;
        Ok(())
    }
}

fn open(folder: &Path, day: &str) -> io::Result<File> {
    private::open(LogFile::of_day(folder, day).path(), OpenOptions::new().create(true).append(true))
}

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.write_on(&today(), line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The day in UTC, as the lines tell it.
fn today() -> String {
    #[expect(clippy::disallowed_methods, reason = "names of log files follow the workstation's own day, whatever clock was handed in")]
    let now = std::time::SystemTime::now();
    chrono::DateTime::<chrono::Utc>::from(now).format("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Caps, LogWriter, files};

    const CAPS: Caps = Caps { file: 1000, folder: 5000 };

    fn text(folder: &Path) -> String {
        files::all(folder).expect("a folder").iter().map(|file| fs::read_to_string(file.path()).expect("text")).collect()
    }

    #[test]
    fn a_log_that_grows_without_end_keeps_its_last_lines_and_its_size() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut writer = LogWriter::begin_on("2026-11-28", folder.path(), CAPS).expect("open");
        for number in 0..2000 {
            writer.write_on("2026-11-28", format!("line {number}\n").as_bytes()).expect("written");
        }
        let files = files::all(folder.path()).expect("a folder");
        let bytes: u64 = files.iter().map(files::LogFile::bytes).sum();
        assert!(bytes <= CAPS.folder && bytes > CAPS.folder / 2, "{bytes}");
        assert!(files.iter().all(|file| file.bytes() <= CAPS.file + 10), "{files:?}");
        let text = text(folder.path());
        let first: usize = text.lines().next().and_then(|line| line.strip_prefix("line ")).expect("a line").parse().expect("a number");
        let expected: String = (first..2000).map(|number| format!("line {number}\n")).collect();
        assert_eq!(text, expected, "the most recent, in order, without a gap");
    }

    #[test]
    fn fourteen_days_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("vestibule.note.log"), "another's").expect("written");
        let mut writer = LogWriter::begin_on("2026-11-01", folder.path(), CAPS).expect("open");
        for day in 1..=20 {
            writer.write_on(&format!("2026-11-{day:02}"), format!("{day}\n").as_bytes()).expect("written");
        }
        assert_eq!(text(folder.path()), (7..=20).map(|day| format!("{day}\n")).collect::<String>());
        assert!(folder.path().join("vestibule.note.log").exists());
    }

    #[test]
    fn two_processes_that_fill_one_file_lose_no_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let caps = Caps { file: 500, folder: 1 << 20 };
        let begin = || LogWriter::begin_on("2026-11-28", folder.path(), caps).expect("open");
        let (mut window, mut command) = (begin(), begin());
        for number in 0..200 {
            let writer = if number % 3 == 0 { &mut command } else { &mut window };
            writer.write_on("2026-11-28", format!("{number}\n").as_bytes()).expect("written");
        }
        let mut numbers: Vec<u32> = text(folder.path()).lines().map(|line| line.parse().expect("whole lines")).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..200).collect::<Vec<_>>());
    }

    #[cfg(unix)]
    #[test]
    fn attack_47_each_file_of_the_log_is_closed_to_others() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let mut writer = LogWriter::begin_on("2026-11-28", folder.path(), CAPS).expect("open");
        for _ in 0..300 {
            writer.write_on("2026-11-29", b"a line of the log\n").expect("written");
        }
        for file in files::all(folder.path()).expect("a folder") {
            assert_eq!(file.path().metadata().expect("there").permissions().mode() & 0o777, 0o600, "{file:?}");
        }
    }
}
