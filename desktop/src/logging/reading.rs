//! All files of the log as one: its lines in the order in which they were written, and what comes after them.

use std::fs::OpenOptions;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::files::{self, LogFile};
use crate::ordinary_file;

/// A file is read so much at a time: none of them is larger, but others may have put anything there.
const MOST: u64 = 64 << 20;

/// Reads on where it stopped, over the day's end and over files that are put aside meanwhile.
#[derive(Debug)]
pub struct Reader {
    folder: PathBuf,
    /// What was read of each file, in bytes.
    read: Vec<(LogFile, u64)>,
}

impl Reader {
    /// At the beginning of the oldest file.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), read: Vec::new() }
    }

    /// Whole lines that are there and were not read; the folder may not be there yet. Performs I/O.
    ///
    /// # Errors
    /// Of the folder or a file.
    pub fn lines(&mut self, tell: &mut dyn FnMut(&str)) -> io::Result<()> {
        let files = match files::all(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            files => files?,
        };
        let before = std::mem::take(&mut self.read);
        for file in files {
            let from = already_read(&before, &self.read, &file);
            let to = match lines_from(&file, from, tell) {
                // Pruned since it was listed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                to => to?,
            };
            self.read.push((file, to));
        }
        Ok(())
    }
}

/// How much of a file was read under this name, or under that of the day's file before it was put aside.
fn already_read(before: &[(LogFile, u64)], now: &[(LogFile, u64)], file: &LogFile) -> u64 {
    let under = |file: &LogFile| before.iter().find(|(known, _)| known == file).map(|(_, read)| *read);
    let is_new_part = |part: &LogFile| part.is_part() && under(part).is_none();
    let is_first_new_part = is_new_part(file) && !now.iter().any(|(other, _)| other.day() == file.day() && is_new_part(other));
    let of_day = || before.iter().find(|(known, _)| known.day() == file.day() && !known.is_part()).map_or(0, |(_, read)| *read);
    if is_first_new_part {
        return of_day();
    }
    let was_put_aside = !file.is_part() && now.iter().any(|(other, _)| other.day() == file.day() && is_new_part(other));
    if was_put_aside { 0 } else { under(file).unwrap_or(0) }
}

/// Tells the lines from there on; where the last whole one ends.
fn lines_from(file: &LogFile, from: u64, tell: &mut dyn FnMut(&str)) -> io::Result<u64> {
    let mut open = ordinary_file::open(file.path(), OpenOptions::new().read(true))?;
    open.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    open.take(MOST).read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    String::from_utf8_lossy(&bytes[..whole]).lines().for_each(tell);
    Ok(from + whole as u64)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::Reader;

    fn new_lines(reader: &mut Reader) -> Vec<String> {
        let mut lines = Vec::new();
        reader.lines(&mut |line| lines.push(line.to_owned())).expect("read");
        lines
    }

    fn append(folder: &Path, name: &str, text: &str) {
        let path = folder.join(name);
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, before + text).expect("written");
    }

    #[test]
    fn lines_come_in_order_over_the_days_end_and_over_files_put_aside() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path();
        let mut reader = Reader::new(&folder.join("logs"));
        assert!(new_lines(&mut reader).is_empty(), "there is no folder yet");
        let mut reader = Reader::new(folder);
        append(folder, "vestibule.2026-11-28.10.log", "c\n");
        append(folder, "vestibule.2026-11-28.9.log", "b\n");
        append(folder, "vestibule.2026-11-28.log", "d\nnot wh");
        append(folder, "vestibule.2026-11-27.log", "a\n");
        append(folder, "other.log", "no\n");
        assert_eq!(new_lines(&mut reader), ["a", "b", "c", "d"]);
        append(folder, "vestibule.2026-11-28.log", "ole\ne\n");
        assert_eq!(new_lines(&mut reader), ["not whole", "e"]);
        // Put aside after another line, which only the other name leads to now.
        append(folder, "vestibule.2026-11-28.log", "f\n");
        fs::rename(folder.join("vestibule.2026-11-28.log"), folder.join("vestibule.2026-11-28.11.log")).expect("renamed");
        append(folder, "vestibule.2026-11-28.log", "a line that is longer than all before it\nh\n");
        assert_eq!(new_lines(&mut reader), ["f", "a line that is longer than all before it", "h"]);
        append(folder, "vestibule.2026-11-29.log", "i\n");
        append(folder, "vestibule.2026-11-28.log", "of a process that was late\n");
        assert_eq!(new_lines(&mut reader), ["of a process that was late", "i"]);
        fs::remove_file(folder.join("vestibule.2026-11-27.log")).expect("pruned");
        assert!(new_lines(&mut reader).is_empty());
    }
}
