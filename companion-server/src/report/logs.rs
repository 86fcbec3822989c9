//! The last days of the logs that are given. The newest lines are kept where there is no room for all.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use vestibule_model::ErrorCode;
use vestibule_model::redaction::{self, KnownWords};
use vestibule_model::wire::printable;
use vestibule_support_report::{LogEnd, NoLog, Part};

use super::{dates, missing};
use crate::clock::Timestamp;
use crate::ordinary_file;
use crate::words::{in_french, no_log};

/// Stands for the logs where none is given.
const NO_LOG: &str = "logs/absent.txt";

/// The days that are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period {
    pub(super) since: Timestamp,
    pub(super) now: Timestamp,
}

/// Redacts and measures, in the order that was given. Performs I/O.
pub(super) fn of(files: &[PathBuf], period: Period, room: u64, known: &KnownWords) -> Vec<Part> {
    if files.is_empty() {
        let why = "aucun journal n’est donné (--logs\u{202f}; «\u{a0}journalctl -u compagnon\u{a0}» en fait un)";
        return vec![missing(NO_LOG, why.to_owned())];
    }
    let mut left = room;
    let mut parts: Vec<Part> = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let part = part(&name(file, number, known), file, period, left, known);
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

fn part(name: &str, file: &Path, period: Period, room: u64, known: &KnownWords) -> Part {
    let read = if is_input(file) {
        LogEnd::of_stream(&mut io::stdin().lock(), room).and_then(some_input)
    } else {
        ordinary_file::open(file, OpenOptions::new().read(true)).and_then(|file| LogEnd::of_file(file, room))
    };
    match read {
        Ok(mut end) => {
            let older: String = end.text.drain(..older(&end.text, period)).collect();
            let is_torn = end.is_torn;
            let part = end.part(name, room, known, |left_out| format!("[plus ancien, laissé de côté\u{a0}: {left_out}\u{a0}octets]"));
            with_rest(with_older(part, older.lines().count() as u64, period.since), is_torn)
        }
        Err(error) => missing(name, why(&error)).redacted(known),
    }
}

/// What came, where anything did.
fn some_input(end: LogEnd) -> io::Result<LogEnd> {
    if end.is_empty() { Err(NoLog::Nothing.into()) } else { Ok(end) }
}

/// Says that more was written, where what packed it was cut short.
fn with_rest(part: Part, is_torn: bool) -> Part {
    let notice = if is_torn { "[la suite manque\u{a0}: ce fichier compressé est incomplet]\n" } else { "" };
    Part { text: part.text.clone() + notice, ..part }
}

/// Says how many lines are of days that were not asked for.
fn with_older(part: Part, lines: u64, since: Timestamp) -> Part {
    if lines == 0 {
        return part;
    }
    let since = DateTime::from_timestamp_millis(since.0).unwrap_or_default().format("%Y-%m-%d %H:%M");
    let notice = format!("[lignes d’avant le {since} UTC, laissées de côté (--days)\u{a0}: {lines}]\n");
    Part { text: notice + &part.text, older_lines: lines, ..part }
}

fn why(error: &io::Error) -> String {
    let said = NoLog::of(error).map_or_else(|| in_french(error), no_log);
    format!("{}\u{a0}: {said}", ErrorCode::NothingToTell)
}

/// What is before the first line of these days, in bytes: a line without a moment belongs to the one before it, the first of all to the one behind.
fn older(text: &str, period: Period) -> usize {
    let (mut at, mut is_dated) = (0, false);
    for line in text.split_inclusive('\n') {
        match dates::latest(line.trim_end(), period.now) {
            Some(latest) if latest >= period.since => return if is_dated { at } else { 0 },
            Some(_) => is_dated = true,
            None => {}
        }
        at += line.len();
    }
    // Nothing dates any line: all of it may be of today.
    if is_dated { text.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From 28 November 2026, midnight, UTC, to noon of the 29th.
    const PERIOD: Period = Period { since: Timestamp(1_795_824_000_000), now: Timestamp(1_795_953_600_000) };
    const NOTICE: &str = "[lignes d’avant le 2026-11-28 00:00 UTC, laissées de côté (--days)\u{a0}: ";

    fn line(day: u32, number: u32) -> String {
        format!("2026-11-{day}T08:00:00.000000Z  INFO companion_server::x: Line number={number}\n")
    }

    fn told(text: &str, room: u64) -> Part {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("companion.log");
        std::fs::write(&file, text).expect("written");
        of(&[file], PERIOD, room, &KnownWords::default()).remove(0)
    }

    #[test]
    fn the_days_that_are_asked_for_are_kept_and_of_them_the_newest_lines() {
        let text = line(27, 1) + "continued\n" + &line(28, 2) + "a panic: at once\n" + &line(29, 3);
        let all = told(&text, 1 << 20);
        let kept = &text[text.find("2026-11-28").expect("there")..];
        assert_eq!((all.name.as_str(), all.text), ("logs/1-companion.log", format!("{NOTICE}2]\n{kept}")));
        assert_eq!((all.older_lines, all.left_out), (2, 0));
        let many: String = (0..100).map(|number| line(28, number)).collect();
        let cut = told(&many, 500);
        assert!(cut.text.starts_with("[plus ancien") && cut.left_out > 0 && cut.text.ends_with(&line(28, 99)), "{cut:?}");
        assert!(cut.text.lines().skip(1).all(|line| line.starts_with("2026-11-28")), "whole lines: {cut:?}");
        assert_eq!(told(&line(27, 1), 500).text, format!("{NOTICE}1]\n"), "nothing of these days");
        assert_eq!(told("no date\n", 500).text, "no date\n");
        let undated: String = (0..100).map(|number| format!("Line number={number}\n")).collect();
        let cut = told(&undated, 100);
        let (notice, kept) = cut.text.split_once('\n').expect("a notice");
        assert!(notice.starts_with("[plus ancien") && kept.starts_with("Line number="), "whole lines: {cut:?}");
        assert_eq!(cut.left_out + kept.len() as u64, undated.len() as u64);
    }

    #[test]
    fn what_comes_before_the_first_date_belongs_to_it() {
        let head = "-- Journal begins here --\n";
        let recent = head.to_owned() + &line(28, 1);
        assert_eq!((told(&recent, 500).text, told(&recent, 500).older_lines), (recent, 0));
        let old = told(&(head.to_owned() + &line(27, 1) + &line(28, 2)), 500);
        assert_eq!((old.older_lines, old.text), (2, format!("{NOTICE}2]\n{}", line(28, 2))));
    }

    #[test]
    fn the_days_count_in_a_journal_that_names_no_year() {
        let of = |day: u32| format!("nov. {day} 23:00:00 serveur systemd[1]: Of day={day}\n");
        let told = told(&(25..=29).map(of).collect::<String>(), 1000);
        // Nobody says in which zone: what may be of these days is.
        assert!(told.older_lines == 2 && told.text.contains("day=27") && !told.text.contains("day=26"), "{told:?}");
    }

    #[test]
    fn what_is_no_log_is_refused_with_a_code_a_cause_and_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes, cause, remedy) in [
            ("a.zst", b"\x28\xb5\x2f\xfd....".as_slice(), "compressé", "zstd"),
            ("a.journal", b"LPKSHHRH....", "journal de systemd", "journalctl"),
            ("a.bin", &[0xff, 0xfe, 0x81, 0x82, 0x01, 0x02], "du texte", "iconv"),
        ] {
            let file = folder.path().join(name);
            std::fs::write(&file, bytes).expect("written");
            let part = of(&[file], PERIOD, 1000, &KnownWords::default()).remove(0);
            let why = part.missing.as_deref().expect("missing");
            assert!(why.starts_with("VST-3034\u{a0}: ") && why.contains(cause) && why.contains(remedy), "{why}");
            assert!(part.text.contains(why), "{part:?}");
        }
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
        let parts = of(&[write("a/x.log", &many), write("b/x.log", &many)], PERIOD, room, &KnownWords::default());
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
        assert!(of(&[], PERIOD, 1000, &known)[0].text.contains("journalctl"));
        let absent = of(&["/nowhere/companion.log".into()], PERIOD, 1000, &known);
        assert!(absent[0].missing.as_deref().is_some_and(|why| why.contains("n’existe pas")), "{absent:?}");
    }
}
