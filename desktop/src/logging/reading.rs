//! All files of the log as one: its lines in the order in which they were written, and what comes after them.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::files::{self, LogFile};

/// What a file begins with, by which it is known again under another name: a line begins with its moment, to the microsecond.
const HEAD: u64 = 128;
/// A longer line is told in pieces: none of ours is, but others may have put anything there.
const LONGEST_LINE: u64 = 1 << 20;

/// Reads on where it stopped, over the day's end, over files that are put aside meanwhile, and anew where one was replaced or emptied.
#[derive(Debug)]
pub struct Reader {
    folder: PathBuf,
    read: Vec<Known>,
    /// Files with a line that is not in UTF-8, until somebody asks.
    odd: Vec<PathBuf>,
}

/// A place that was not read to its end.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}", path = path.display())]
pub struct Unread {
    pub path: PathBuf,
    pub source: io::Error,
}

/// Of a file, up to where it was read.
#[derive(Debug)]
struct Known {
    /// Its beginning, as far as that was read.
    head: Vec<u8>,
    bytes: u64,
}

impl Reader {
    /// At the beginning of the oldest file.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), read: Vec::new(), odd: Vec::new() }
    }

    /// Files that had lines which are not in UTF-8 since this was asked last: signs of them are lost.
    pub fn odd(&mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.odd)
    }

    /// Whole lines that are there and were not read; the folder may not be there yet. Performs I/O.
    ///
    /// # Errors
    /// Of the folder, or the first of those of its files, once all that can be read was.
    pub fn lines(&mut self, tell: &mut dyn FnMut(&str)) -> Result<(), Unread> {
        let files = match files::all(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            files => files.map_err(|source| Unread { path: self.folder.clone(), source })?,
        };
        let mut known = std::mem::take(&mut self.read);
        let mut fault = None;
        for file in files {
            let mut is_odd = false;
            let read = lines_of(&file, &mut known, &mut |line| {
                is_odd |= matches!(line, Cow::Owned(_));
                tell(line.trim_end_matches(['\r', '\n']));
            });
            if is_odd {
                self.odd.push(file.path().to_owned());
            }
            match read {
                Ok(read) => self.read.extend(read),
                // Pruned since it was listed, or no file: the report says which.
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => {}
                Err(source) => fault = fault.or_else(|| Some(Unread { path: file.path().to_owned(), source })),
            }
        }
        fault.map_or(Ok(()), Err)
    }
}

/// Tells the lines of a file that were not read; `None` when there is no whole line in it.
fn lines_of(file: &LogFile, known: &mut Vec<Known>, tell: &mut dyn FnMut(Cow<'_, str>)) -> io::Result<Option<Known>> {
    let mut open = file.open()?;
    let length = open.metadata()?.len();
    let mut head = Vec::new();
    (&mut open).take(HEAD).read_to_end(&mut head)?;
    // Another program may write so into a file of ours; a power cut leaves zeros, and not every second one.
    if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let is_this = |read: &Known| read.bytes <= length && head.starts_with(&read.head);
    let place = known.iter().position(is_this);
    let from = place.map_or(0, |place| known.remove(place).bytes);
    let bytes = lines_from(open, from, tell)?;
    head.truncate(usize::try_from(bytes).unwrap_or(usize::MAX));
    Ok((bytes > 0).then_some(Known { head, bytes }))
}

/// Where the last whole line ends.
fn lines_from(mut open: File, from: u64, tell: &mut dyn FnMut(Cow<'_, str>)) -> io::Result<u64> {
    open.seek(SeekFrom::Start(from))?;
    let (mut lines, mut to, mut line) = (BufReader::new(open), from, Vec::new());
    loop {
        line.clear();
        let read = lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? as u64;
        if !line.ends_with(b"\n") && read < LONGEST_LINE {
            return Ok(to);
        }
        to += read;
        tell(String::from_utf8_lossy(&line));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{LONGEST_LINE, Reader};

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

    #[test]
    fn a_file_that_is_replaced_or_emptied_meanwhile_is_read_from_its_new_beginning() {
        let dir = tempfile::tempdir().expect("a folder");
        let (folder, name) = (dir.path(), "vestibule.2026-11-28.log");
        let mut reader = Reader::new(folder);
        append(folder, name, "09:00 a\n09:01 b\n");
        assert_eq!(new_lines(&mut reader), ["09:00 a", "09:01 b"]);
        // As long as before, then shorter, then longer.
        for text in ["09:02 c\n09:03 d\n", "09:04 e\n", "09:05 f\n09:06 g\n09:07 h\n"] {
            fs::write(folder.join(name), text).expect("written");
            assert_eq!(new_lines(&mut reader), text.lines().collect::<Vec<_>>());
            assert!(new_lines(&mut reader).is_empty());
        }
        fs::write(folder.join(name), "").expect("emptied");
        assert!(new_lines(&mut reader).is_empty());
        append(folder, name, "09:05 f\n");
        assert_eq!(new_lines(&mut reader), ["09:05 f"], "as before, and written again all the same");
        let long = "x".repeat(200);
        fs::write(folder.join(name), format!("{long}\n09:08 i\n")).expect("written");
        assert_eq!(new_lines(&mut reader), [long.as_str(), "09:08 i"]);
        fs::write(folder.join(name), format!("{long}\n")).expect("cut");
        assert_eq!(new_lines(&mut reader), [long.as_str()], "shorter than what was read of it, it is another");
    }

    #[test]
    fn a_line_without_an_end_is_told_in_pieces_and_keeps_nothing_back() {
        let dir = tempfile::tempdir().expect("a folder");
        let piece = usize::try_from(LONGEST_LINE).expect("small");
        append(dir.path(), "vestibule.2026-11-28.log", &("x".repeat(piece + 5) + "\nb\n"));
        let lengths: Vec<usize> = new_lines(&mut Reader::new(dir.path())).iter().map(String::len).collect();
        assert_eq!(lengths, [piece, 5, 1]);
    }

    #[test]
    fn what_is_not_in_utf_8_is_told_with_its_file_and_keeps_nothing_back_of_the_others() {
        let dir = tempfile::tempdir().expect("a folder");
        let at = |day: u8| dir.path().join(format!("vestibule.2026-11-0{day}.log"));
        let utf_16: Vec<u8> = "\u{feff}a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        fs::write(at(1), utf_16).expect("written");
        fs::write(at(2), b"\xe9t\xe9\n").expect("written");
        fs::write(at(3), "\u{e9}t\u{e9} \u{fffd}\n").expect("written");
        let (mut reader, mut lines) = (Reader::new(dir.path()), Vec::new());
        let unread = reader.lines(&mut |line| lines.push(line.to_owned())).expect_err("UTF-16");
        assert_eq!((unread.path, unread.source.kind()), (at(1), std::io::ErrorKind::InvalidData));
        assert_eq!(lines, ["\u{fffd}t\u{fffd}", "\u{e9}t\u{e9} \u{fffd}"]);
        assert_eq!((reader.odd(), reader.odd()), (vec![at(2)], Vec::new()), "told once");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_of_the_log_is_passed_over() {
        let dir = tempfile::tempdir().expect("a folder");
        let at = |day: u8| dir.path().join(format!("vestibule.2026-11-0{day}.log"));
        fs::create_dir(at(1)).expect("a folder");
        assert!(std::process::Command::new("mkfifo").arg(at(2)).status().expect("mkfifo").success());
        fs::write(dir.path().join("elsewhere"), "of somebody else\n").expect("written");
        std::os::unix::fs::symlink(dir.path().join("elsewhere"), at(3)).expect("a link");
        append(dir.path(), "vestibule.2026-11-04.log", "a\n");
        assert_eq!(new_lines(&mut Reader::new(dir.path())), ["a"]);
    }
}
