//! The last days of the log. The newest lines are kept where there is no room for all.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate};
use vestibule_model::ErrorCode;
use vestibule_model::redaction::KnownWords;
use vestibule_support_report::{LogEnd, Part};

use crate::logging::files::{self, LogFile};
use crate::system_words::SystemFault;
use crate::words::Words;

/// Stands for the log where there is none.
const NO_LOG: &str = "logs/absent.txt";

/// Redacts and measures, the newest file first, until there is no more room. Performs I/O.
pub(super) fn of(folder: Option<PathBuf>, days: u32, today: NaiveDate, room: u64, known: &KnownWords, words: &dyn Words) -> Vec<Part> {
    let no_log = |why: String| vec![missing(NO_LOG, why, words).redacted(known)];
    let Some(folder) = folder else { return no_log(words.explanation(ErrorCode::HomeUnknown).cause.to_owned()) };
    let files = match files::all(&folder) {
        Ok(files) => files,
        Err(error) => return no_log(why(&folder, &error, words)),
    };
    let first = today.checked_sub_days(Days::new(u64::from(days.saturating_sub(1)))).unwrap_or_default().to_string();
    let mut left = room;
    let mut parts: Vec<Part> = Vec::new();
    for file in files.iter().rev().filter(|file| file.day() >= first.as_str()) {
        let part = part(file, left, known, words);
        left = left.saturating_sub(part.text.len() as u64);
        parts.push(part);
    }
    parts.reverse();
    if parts.is_empty() { no_log(words.no_log_line(&folder, None)) } else { parts }
}

fn why(path: &Path, error: &io::Error, words: &dyn Words) -> String {
    words.log_unreadable(path, &words.system_fault(SystemFault::from(error)))
}

fn part(file: &LogFile, room: u64, known: &KnownWords, words: &dyn Words) -> Part {
    let name = format!("logs/{}", file.name());
    match file.open().and_then(|file| LogEnd::of_file(file, room)) {
        Ok(end) if end.is_torn => missing(&name, why(file.path(), &io::ErrorKind::UnexpectedEof.into(), words), words).redacted(known),
        Ok(end) => end.part(&name, room, known, |left_out| words.report_cut(left_out)),
        Err(error) => missing(&name, why(file.path(), &error, words), words).redacted(known),
    }
}

fn missing(name: &str, why: String, words: &dyn Words) -> Part {
    let line = words.report_missing(&why);
    Part::missing(name, why, &line)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use chrono::NaiveDate;
    use vestibule_model::language::Language;
    use vestibule_model::redaction::KnownWords;

    use super::{NO_LOG, Part, of};
    use crate::words;

    fn parts(folder: &std::path::Path, days: u32, room: u64) -> Vec<Part> {
        let today = NaiveDate::from_ymd_opt(2026, 11, 28).expect("a day");
        of(Some(folder.to_owned()), days, today, room, &KnownWords::default(), words::of(Language::Fr))
    }

    #[test]
    fn the_newest_lines_are_kept_where_there_is_no_room_for_all_and_the_cut_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let lines = |day: &str| (0..100).map(|number| format!("{day} line {number}\n")).collect::<String>();
        for day in ["20", "27", "28"] {
            fs::write(folder.path().join(format!("vestibule.2026-11-{day}.log")), lines(day)).expect("written");
        }
        let all = parts(folder.path(), 7, 1 << 20);
        assert_eq!(
            all.iter().map(|part| part.name.as_str()).collect::<Vec<_>>(),
            ["logs/vestibule.2026-11-27.log", "logs/vestibule.2026-11-28.log"]
        );
        assert_eq!((all[0].text.as_str(), all[1].left_out), (lines("27").as_str(), 0));
        let whole = lines("28").len() as u64;
        let cut = parts(folder.path(), 7, whole + 100);
        assert_eq!((cut[1].left_out, &cut[1].text), (0, &lines("28")));
        assert!(cut[0].text.ends_with("27 line 99\n") && cut[0].left_out > 900 && cut[0].text.starts_with('['), "{:?}", cut[0]);
        assert!(cut[0].text.lines().skip(1).all(|line| line.starts_with("27 line ")), "whole lines: {:?}", cut[0]);
        let none = parts(folder.path(), 7, 50);
        assert!(none[0].left_out > 0 && none[1].text.ends_with("28 line 99\n"), "{none:?}");
        assert_eq!(parts(folder.path(), 1, 1 << 20).len(), 1);
    }

    #[test]
    fn a_line_that_becomes_longer_when_it_is_redacted_breaks_no_limit() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("vestibule.2026-11-28.log"), "1.1.1.1 2.2.2.2 3.3.3.3\n".repeat(1000)).expect("written");
        let part = &parts(folder.path(), 7, 24_000)[0];
        assert!(part.text.len() <= 24_100 && part.left_out > 0 && !part.text.contains("1.1.1.1"), "{}", part.text.len());
    }

    #[test]
    fn what_cannot_be_read_is_said_in_its_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let absent = parts(&folder.path().join("none"), 7, 1000);
        assert!(
            absent[0].name == NO_LOG && absent[0].text.contains("fichier ou dossier absent") && absent[0].missing.is_some(),
            "{absent:?}"
        );
        assert!(parts(folder.path(), 7, 1000)[0].text.contains("Aucune ligne de journal"));
        fs::create_dir(folder.path().join("vestibule.2026-11-28.log")).expect("made");
        let unreadable = parts(folder.path(), 7, 1000);
        assert!(unreadable[0].name == "logs/vestibule.2026-11-28.log" && unreadable[0].missing.is_some(), "{unreadable:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_bears_the_name_of_a_log_takes_nothing_along() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("elsewhere"), "of somebody else\n").expect("written");
        std::os::unix::fs::symlink("elsewhere", folder.path().join("vestibule.2026-11-28.log")).expect("a link");
        let [part] = &parts(folder.path(), 7, 1000)[..] else { panic!("one part") };
        assert!(part.missing.is_some() && !part.text.contains("somebody"), "{part:?}");
    }
}
