//! The last days of the logs that are given. The newest lines are kept where there is no room for all.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use vestibule_model::redaction::{self, KnownWords};
use vestibule_model::wire::printable;

use super::Part;
use crate::clock::Timestamp;
use crate::ordinary_file;
use crate::support;
use crate::words::in_french;

/// Stands for the logs where none is given.
const NO_LOG: &str = "logs/absent.txt";
/// More of the standard input than this is read past.
const PIECE: usize = 64 * 1024;

/// Redacts and measures, in the order that was given. Performs I/O.
pub(super) fn of(files: &[PathBuf], since: Timestamp, room: u64, known: &KnownWords) -> Vec<Part> {
    if files.is_empty() {
        let why = "aucun journal n’est donné (--logs\u{a0}; «\u{a0}journalctl -u compagnon\u{a0}» en fait un)";
        return vec![Part::missing(NO_LOG, why.to_owned())];
    }
    let mut left = room;
    let mut parts: Vec<Part> = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let part = part(&name(file, number, known), file, since, left, known);
        left = left.saturating_sub(part.text.len() as u64);
        parts.push(part);
    }
    parts
}

/// By its file's name alone, as it leaves, and its number where several have it.
fn name(file: &Path, number: usize, known: &KnownWords) -> String {
    let last = if is_input(file) { "journal".into() } else { file.file_name().unwrap_or_default().to_string_lossy() };
    let last: String =
        redaction::redact(&printable(&last, 80), known).chars().map(|sign| if matches!(sign, '/' | '\\') { '_' } else { sign }).collect();
    format!("logs/{}-{last}", number + 1)
}

fn is_input(file: &Path) -> bool {
    file == Path::new("-")
}

fn part(name: &str, file: &Path, since: Timestamp, room: u64, known: &KnownWords) -> Part {
    let read = if is_input(file) { end_of(&mut io::stdin().lock(), room) } else { tail(file, room) };
    let (bytes, left_out) = match read {
        Ok(read) => read,
        Err(error) => return Part::missing(name, in_french(&error)).redacted(known),
    };
    let text = String::from_utf8_lossy(&bytes);
    let redacted = redaction::redact(recent(&text, since), known);
    // What stands in the place of a short word may be longer than it.
    let kept = newest(&redacted, room);
    let left_out = left_out + (redacted.len() - kept.len()) as u64;
    let notice = if left_out > 0 { format!("[plus ancien, laissé de côté\u{a0}: {left_out}\u{a0}octets]\n") } else { String::new() };
    Part { left_out, ..Part::new(name, notice + kept) }
}

/// From the first line of these days on: a line without a moment belongs to the one before it.
fn recent(text: &str, since: Timestamp) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if support::moment_of(line).is_some_and(|moment| moment >= since) {
            return &text[at..];
        }
        at += line.len();
    }
    // Nothing dates any line: all of it may be of today.
    if text.lines().any(|line| support::moment_of(line).is_some()) { "" } else { text }
}

/// The end of a file, from the beginning of a line; how much was left out.
fn tail(path: &Path, room: u64) -> io::Result<(Vec<u8>, u64)> {
    let mut file: File = ordinary_file::open(path, OpenOptions::new().read(true))?;
    let length = file.metadata()?.len();
    let from = length.saturating_sub(room);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    // It may grow meanwhile.
    file.take(length - from).read_to_end(&mut bytes)?;
    Ok(whole_lines(bytes, from))
}

/// The same of what comes without a length.
fn end_of(from: &mut impl Read, room: u64) -> io::Result<(Vec<u8>, u64)> {
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    let (mut kept, mut left_out, mut piece) = (Vec::new(), 0_u64, vec![0; PIECE]);
    loop {
        let read = from.read(&mut piece)?;
        if read == 0 {
            let excess = kept.len().saturating_sub(room);
            kept.drain(..excess);
            return Ok(whole_lines(kept, left_out + excess as u64));
        }
        kept.extend_from_slice(&piece[..read]);
        if kept.len() > room.saturating_mul(2) {
            let excess = kept.len() - room;
            kept.drain(..excess);
            left_out += excess as u64;
        }
    }
}

fn whole_lines(mut bytes: Vec<u8>, before: u64) -> (Vec<u8>, u64) {
    let begun = if before == 0 { 0 } else { bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1) };
    bytes.drain(..begun);
    (bytes, before + begun as u64)
}

/// Whole lines at the end, so many bytes at most.
fn newest(text: &str, room: u64) -> &str {
    let excess = text.len().saturating_sub(usize::try_from(room).unwrap_or(usize::MAX));
    if excess == 0 {
        return text;
    }
    text.as_bytes()[excess..].iter().position(|byte| *byte == b'\n').map_or("", |end| &text[excess + end + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 28 November 2026, midnight, UTC.
    const SINCE: Timestamp = Timestamp(1_795_824_000_000);

    fn line(day: u32, number: u32) -> String {
        format!("2026-11-{day}T08:00:00.000000Z  INFO companion_server::x: Line number={number}\n")
    }

    fn told(text: &str, room: u64) -> Part {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("companion.log");
        std::fs::write(&file, text).expect("written");
        of(&[file], SINCE, room, &KnownWords::default()).remove(0)
    }

    #[test]
    fn the_days_that_are_asked_for_are_kept_and_of_them_the_newest_lines() {
        let text = line(27, 1) + "continued\n" + &line(28, 2) + "a panic: at once\n" + &line(29, 3);
        let all = told(&text, 1 << 20);
        assert_eq!((all.name.as_str(), all.text.as_str()), ("logs/1-companion.log", &text[text.find("2026-11-28").expect("there")..]));
        let many: String = (0..100).map(|number| line(28, number)).collect();
        let cut = told(&many, 500);
        assert!(cut.text.starts_with("[plus ancien") && cut.left_out > 0 && cut.text.ends_with(&line(28, 99)), "{cut:?}");
        assert!(cut.text.lines().skip(1).all(|line| line.starts_with("2026-11-28")), "whole lines: {cut:?}");
        assert_eq!(told(&line(27, 1), 500).text, "", "nothing of these days");
        assert_eq!(told("no date\n", 500).text, "no date\n");
        let undated: String = (0..100).map(|number| format!("Line number={number}\n")).collect();
        let cut = told(&undated, 100);
        let (notice, kept) = cut.text.split_once('\n').expect("a notice");
        assert!(notice.starts_with("[plus ancien") && kept.starts_with("Line number="), "whole lines: {cut:?}");
        assert_eq!(cut.left_out + kept.len() as u64, undated.len() as u64);
    }

    #[test]
    fn what_takes_the_place_of_a_shorter_word_takes_no_room_of_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            std::fs::write(&file, text).expect("written");
            file
        };
        let many: String = (0..50).map(|number| format!("2026-11-28T08:00:00Z  INFO x: From a@b.fr number={number}\n")).collect();
        let room = many.len() as u64;
        let kept = |part: &Part| part.text.lines().filter(|line| line.starts_with("2026")).map(|line| line.len() as u64 + 1).sum::<u64>();
        let parts = of(&[write("a/x.log", &many), write("b/x.log", &many)], SINCE, room, &KnownWords::default());
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["logs/1-x.log", "logs/2-x.log"], "each has its own");
        assert!(kept(&parts[0]) <= room && parts[0].left_out > 0 && parts[0].text.contains("[courriel] number=49"), "{:?}", parts[0]);
        assert_eq!(kept(&parts[1]), 0, "nothing is left for it: {:?}", parts[1]);
    }

    #[test]
    fn a_file_is_called_by_its_name_alone_without_what_may_not_leave() {
        let known = KnownWords::default().and_things(["tournesol"]);
        assert_eq!(name("/srv/logs/a\\b.log".as_ref(), 0, &known), "logs/1-a_b.log");
        assert_eq!(name("/srv/tournesol/compagnon-2026-11-28.log".as_ref(), 1, &known), "logs/2-compagnon-2026-11-28.log");
        assert_eq!(name("/srv/logs/tournesol.log".as_ref(), 2, &known), "logs/3-[nom].log");
        assert_eq!(name("-".as_ref(), 0, &known), "logs/1-journal");
    }

    #[test]
    fn what_comes_without_a_length_is_kept_from_its_end() {
        let many: String = (0..10_000).map(|number| line(28, number)).collect();
        let (kept, left_out) = end_of(&mut many.as_bytes(), 1000).expect("read");
        assert!(
            many.ends_with(std::str::from_utf8(&kept).expect("text")) && kept.len() <= 1000 && kept.starts_with(b"2026"),
            "{}",
            kept.len()
        );
        assert_eq!(left_out + kept.len() as u64, many.len() as u64);
    }

    #[test]
    fn what_cannot_be_read_is_said_in_its_place() {
        let known = KnownWords::default();
        assert!(of(&[], SINCE, 1000, &known)[0].text.contains("journalctl"));
        let absent = of(&["/nowhere/companion.log".into()], SINCE, 1000, &known);
        assert!(absent[0].missing.as_deref().is_some_and(|why| why.contains("n’existe pas")), "{absent:?}");
    }
}
