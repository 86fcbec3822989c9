//! The last days of the logs that are given. The newest lines are kept where there is no room for all.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use vestibule_model::redaction::{self, KnownWords};
use vestibule_model::wire::printable;
use vestibule_support_report::{LogEnd, Part};

use super::missing;
use crate::clock::Timestamp;
use crate::ordinary_file;
use crate::support;
use crate::words::in_french;

/// Stands for the logs where none is given.
const NO_LOG: &str = "logs/absent.txt";

/// Redacts and measures, in the order that was given. Performs I/O.
pub(super) fn of(files: &[PathBuf], since: Timestamp, room: u64, known: &KnownWords) -> Vec<Part> {
    if files.is_empty() {
        let why = "aucun journal n’est donné (--logs\u{a0}; «\u{a0}journalctl -u compagnon\u{a0}» en fait un)";
        return vec![missing(NO_LOG, why.to_owned())];
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
    let read = if is_input(file) {
        LogEnd::of_stream(&mut io::stdin().lock(), room)
    } else {
        ordinary_file::open(file, OpenOptions::new().read(true)).and_then(|file| LogEnd::of_file(file, room))
    };
    match read {
        Ok(mut end) => {
            end.text.drain(..older(&end.text, since));
            end.part(name, room, known, |left_out| format!("[plus ancien, laissé de côté\u{a0}: {left_out}\u{a0}octets]"))
        }
        Err(error) => missing(name, in_french(&error)).redacted(known),
    }
}

/// What is before the first line of these days, in bytes: a line without a moment belongs to the one before it.
fn older(text: &str, since: Timestamp) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if support::moment_of(line).is_some_and(|moment| moment >= since) {
            return at;
        }
        at += line.len();
    }
    // Nothing dates any line: all of it may be of today.
    if text.lines().any(|line| support::moment_of(line).is_some()) { text.len() } else { 0 }
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
    fn what_cannot_be_read_is_said_in_its_place() {
        let known = KnownWords::default();
        assert!(of(&[], SINCE, 1000, &known)[0].text.contains("journalctl"));
        let absent = of(&["/nowhere/companion.log".into()], SINCE, 1000, &known);
        assert!(absent[0].missing.as_deref().is_some_and(|why| why.contains("n’existe pas")), "{absent:?}");
    }
}
