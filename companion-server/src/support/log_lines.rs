//! Lines of logs about one sign-in, of the companion or of a workstation: for a person or as JSON, with what a collector puts before them.

use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader, Read, StdinLock};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use vestibule_model::ErrorCode;
use vestibule_model::language::Language;
use vestibule_model::log_line::LogLine;
use vestibule_model::session::SignInId;
use vestibule_model::wire::printable;

use crate::clock::Timestamp;
use crate::ordinary_file;
use crate::words::in_french;

/// Longest line that is looked at, in bytes; the rest of a longer one is skipped.
const LONGEST_LINE: u64 = 16 * 1024;
/// Longest part of a line that is told, in characters.
const LONGEST_TOLD: usize = 500;
/// Lines kept of one file.
const MOST_LINES: usize = 2_000;
/// Words in front of a line that a collector may put there.
const FOREWORDS: usize = 6;

/// A file of logs that cannot be read. In French: the administrator reads it.
#[derive(Debug, thiserror::Error)]
#[error("{code}\u{a0}: le journal «\u{a0}{file}\u{a0}» ne peut pas être lu\u{a0}: {}", in_french(error), code = ErrorCode::NothingToTell)]
pub struct LogsRefused {
    file: String,
    error: io::Error,
}

impl LogsRefused {
    /// Number of the catalogue.
    pub const fn code(&self) -> ErrorCode {
        ErrorCode::NothingToTell
    }
}

/// One line, at its place in a story.
#[derive(Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The file's name.
    pub source: String,
    pub at: Timestamp,
    /// A warning or an error.
    pub is_trouble: bool,
    /// The sentence and its fields.
    pub text: String,
    /// The one it names, if any.
    pub code: Option<ErrorCode>,
}

/// Those that name this sign-in, in the order of the file; `-` is the standard input. Performs I/O.
///
/// # Errors
/// [`LogsRefused`].
pub fn lines_about(id: &SignInId, file: &Path) -> Result<Vec<LogEntry>, LogsRefused> {
    let is_input = file == Path::new("-");
    let source = if is_input { "journal".to_owned() } else { named(file) };
    let refused = |error| LogsRefused { file: source.clone(), error };
    if is_input {
        let input: StdinLock<'_> = io::stdin().lock();
        return about(id, &source, input).map_err(refused);
    }
    let opened = ordinary_file::open(file, OpenOptions::new().read(true)).map_err(refused)?;
    about(id, &source, BufReader::new(opened)).map_err(refused)
}

fn named(file: &Path) -> String {
    let name = file.file_name().map(PathBuf::from).unwrap_or_else(|| file.to_owned());
    printable(&name.to_string_lossy(), 80)
}

fn about(id: &SignInId, source: &str, mut from: impl BufRead) -> io::Result<Vec<LogEntry>> {
    let (mut lines, mut bytes) = (Vec::new(), Vec::new());
    while lines.len() < MOST_LINES && next_line(&mut from, &mut bytes)? {
        let text = String::from_utf8_lossy(&bytes);
        if text.contains(&id.0) {
            lines.extend(understood(source, text.trim_end()));
        }
    }
    Ok(lines)
}

/// Whether there was one; of a longer line, its beginning.
fn next_line(from: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<bool> {
    bytes.clear();
    let read = from.by_ref().take(LONGEST_LINE).read_until(b'\n', bytes)?;
    if read > 0 && bytes.last() != Some(&b'\n') {
        from.skip_until(b'\n')?;
    }
    Ok(read > 0)
}

/// `None` for a line without a moment: it belongs to no place in a story.
fn understood(source: &str, line: &str) -> Option<LogEntry> {
    let (written, at) = dated(line)?;
    let is_trouble = matches!(written.level.as_deref(), Some("WARN" | "ERROR"));
    Some(LogEntry { source: source.to_owned(), at, is_trouble, text: printable(&written.text, LONGEST_TOLD), code: code_in(line) })
}

fn dated(line: &str) -> Option<(LogLine, Timestamp)> {
    let begins = std::iter::once(0).chain(line.match_indices(' ').map(|(at, _)| at + 1)).take(FOREWORDS + 1);
    begins.map(|at| LogLine::parse(&line[at..])).find_map(|written| {
        let at = moment(written.timestamp.as_deref()?)?;
        Some((written, at))
    })
}

/// Of a line of a log; `None` for one without a moment.
pub(crate) fn moment_of(line: &str) -> Option<Timestamp> {
    dated(line.trim_end()).map(|(_, at)| at)
}

fn moment(word: &str) -> Option<Timestamp> {
    let at = DateTime::parse_from_rfc3339(word).ok()?;
    Some(Timestamp(at.with_timezone(&Utc).timestamp_millis()))
}

fn code_in(line: &str) -> Option<ErrorCode> {
    let at = line.find("VST-")?;
    let number = line.get(at + 4..at + 8)?;
    ErrorCode::ALL.iter().copied().find(|code| code.number().to_string() == number)
}

/// What the catalogue calls it.
pub(super) fn title(code: ErrorCode) -> &'static str {
    code.explanation(Language::Fr).title
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> SignInId {
        SignInId("7F3K-9QXM".into())
    }

    #[test]
    fn a_line_is_understood_as_either_program_writes_it_and_with_what_a_collector_adds() {
        let text =
            "2026-11-22T12:00:03.500000Z  WARN companion_server::oauth: A sign-in was refused error.code=VST-2021 sign_in.id=7F3K-9QXM";
        let json =
            r#"{"timestamp":"2026-11-22T12:00:04Z","level":"ERROR","message":"The sign-in failed","target":"x","sign_in.id":"7F3K-9QXM"}"#;
        let collected = format!("nov. 22 13:00:03 serveur companion-server[812]: {text}");
        let input =
            format!("{text}\n{json}\n{collected}\nno moment 7F3K-9QXM\n2026-11-22T12:00:03Z INFO x: another sign_in.id=AAAA-BBBB\n");
        let lines = about(&id(), "companion.log", input.as_bytes()).expect("read");
        let told: Vec<_> = lines.iter().map(|line| (line.at.0, line.is_trouble, line.text.as_str(), line.code)).collect();
        let warned = "A sign-in was refused error.code=VST-2021 sign_in.id=7F3K-9QXM";
        assert_eq!(
            told,
            [
                (1_795_348_803_500, true, warned, Some(ErrorCode::NumberRefused)),
                (1_795_348_804_000, true, "The sign-in failed sign_in.id=7F3K-9QXM", None),
                (1_795_348_803_500, true, warned, Some(ErrorCode::NumberRefused)),
            ]
        );
    }

    #[test]
    fn neither_a_line_without_end_nor_one_that_is_no_text_keeps_anything() {
        let mut input = vec![b'x'; 100_000];
        input.extend(b" 2026-11-22T12:00:04Z INFO x: tail 7F3K-9QXM\n\xff\xfe 7F3K-9QXM\n2026-11-22T12:00:03Z INFO x: here sign_in.id=7F3K-9QXM\x1b[31m\n");
        let lines = about(&id(), "l", input.as_slice()).expect("read");
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(!lines[0].text.contains('\u{1b}'), "{lines:?}");
    }
}
