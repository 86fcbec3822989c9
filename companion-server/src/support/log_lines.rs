//! Lines of logs about one sign-in, of the companion or of a workstation: for a person or as JSON, with what a collector puts before them.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use vestibule_model::ErrorCode;
use vestibule_model::language::Language;
use vestibule_model::log_line::LogLine;
use vestibule_model::redaction::{self, KnownWords};
use vestibule_model::session::SignInId;
use vestibule_model::wire::printable;
use vestibule_support_report::{LogLines, NoLog};

use crate::clock::Timestamp;
use crate::ordinary_file;
use crate::words::{in_french, no_log};

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
#[error("{code}\u{a0}: le journal «\u{a0}{file}\u{a0}» ne peut pas être lu\u{a0}: {}", why(error), code = ErrorCode::NothingToTell)]
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

fn why(error: &io::Error) -> String {
    NoLog::of(error).map_or_else(|| in_french(error), no_log)
}

/// Those that name this sign-in, in the order of the file, after the last pass; `-` is the standard input. Performs I/O.
///
/// # Errors
/// [`LogsRefused`], also where a command that was to write them wrote nothing.
pub fn lines_about(id: &SignInId, file: &Path, known: &KnownWords) -> Result<Vec<LogEntry>, LogsRefused> {
    let is_input = file == Path::new("-");
    let source = if is_input { "journal".to_owned() } else { named(file) };
    let refused = |error| LogsRefused { file: source.clone(), error };
    if is_input {
        let all = LogLines::of_stream(io::stdin().lock());
        return all.and_then(|all| about(id, &source, all, known)).and_then(some_input).map_err(refused);
    }
    let all = ordinary_file::open(file, OpenOptions::new().read(true)).and_then(LogLines::of_file);
    all.and_then(|all| about(id, &source, all, known)).map(|(lines, _)| lines).map_err(refused)
}

/// What came, where anything did.
fn some_input((lines, is_empty): (Vec<LogEntry>, bool)) -> io::Result<Vec<LogEntry>> {
    if is_empty { Err(NoLog::Nothing.into()) } else { Ok(lines) }
}

fn named(file: &Path) -> String {
    let name = file.file_name().map(PathBuf::from).unwrap_or_else(|| file.to_owned());
    printable(&name.to_string_lossy(), 80)
}

/// And whether there was nothing at all to read.
fn about(id: &SignInId, source: &str, mut all: LogLines<'_>, known: &KnownWords) -> io::Result<(Vec<LogEntry>, bool)> {
    let (mut lines, mut is_empty) = (Vec::new(), true);
    while lines.len() < MOST_LINES
        && let Some(line) = all.next_line(LONGEST_LINE)?
    {
        is_empty = false;
        if line.contains(&id.0) {
            lines.extend(understood(source, &line, known));
        }
    }
    Ok((lines, is_empty))
}

/// `None` for a line without a moment: it belongs to no place in a story.
fn understood(source: &str, line: &str, known: &KnownWords) -> Option<LogEntry> {
    // What the whole line announces, and what its sentence does. Of JSON, little may be left that is one.
    let (written, at) = dated(&redaction::redact(line, known)).or_else(|| dated(line))?;
    let is_trouble = matches!(written.level.as_deref(), Some("WARN" | "ERROR"));
    let text = printable(&redaction::redact(&written.text, known), LONGEST_TOLD);
    Some(LogEntry { source: source.to_owned(), at, is_trouble, text, code: code_in(line) })
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
        let (lines, _) =
            about(&id(), "companion.log", LogLines::of_stream(input.as_bytes()).expect("a text"), &KnownWords::default()).expect("read");
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
    fn an_answered_request_is_told_with_its_method_and_its_path_and_without_its_query() {
        let path = "/api/v1/sign-ins/7F3K-9QXM/events";
        let text = format!(
            "2026-11-22T12:00:03Z  INFO request{{method=GET path=\"{path}?code=zq\"}}: companion_server::http: A request was answered status=200\n"
        );
        let span = format!("{{\"method\":\"GET\",\"path\":\"{path}?code=zq\",\"name\":\"request\"}}");
        let json = format!(
            "{{\"timestamp\":\"2026-11-22T12:00:03Z\",\"level\":\"INFO\",\"message\":\"A request was answered\",\"status\":200,\"target\":\"companion_server::http\",\"span\":{span},\"spans\":[{span}]}}\n"
        );
        for line in [text, json] {
            let (lines, _) =
                about(&id(), "l", LogLines::of_stream(line.as_bytes()).expect("a text"), &KnownWords::default()).expect("read");
            assert_eq!(lines[0].text, format!("A request was answered status=200 method=GET path={path}"), "{line}");
        }
    }

    #[test]
    fn neither_a_line_without_end_nor_a_sign_of_a_terminal_keeps_anything() {
        let mut input = vec![b'x'; 100_000];
        input.extend(b" 2026-11-22T12:00:04Z INFO x: tail 7F3K-9QXM\n2026-11-22T12:00:03Z INFO x: here sign_in.id=7F3K-9QXM\x1b[31m\n");
        let (lines, _) = about(&id(), "l", LogLines::of_stream(input.as_slice()).expect("a text"), &KnownWords::default()).expect("read");
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(!lines[0].text.contains('\u{1b}'), "{lines:?}");
    }

    #[test]
    fn a_line_goes_through_the_last_pass_whether_text_or_json() {
        let known = KnownWords::default().and_things(["tournesol"]);
        let personal = "nom=DUPONT RPPS 10100123456 mot de passe : zqx99! from 10.1.2.3 jean@h.fr of tournesol";
        let text = format!("2026-11-22T12:00:03Z  INFO x: Kept sign_in.id=7F3K-9QXM {personal}\n");
        let json = format!(
            "{{\"timestamp\":\"2026-11-22T12:00:03Z\",\"level\":\"INFO\",\"message\":\"Kept {personal}\",\"sign_in.id\":\"7F3K-9QXM\",\"nom\":\"DUPONT\",\"password\":{{\"value\":\"zqx99!\"}}}}\n"
        );
        for line in [text, json] {
            let (lines, _) = about(&id(), "l", LogLines::of_stream(line.as_bytes()).expect("a text"), &known).expect("read");
            let [line] = &lines[..] else { panic!("one line: {lines:?}") };
            for secret in ["DUPONT", "10100123456", "zqx99", "10.1.2.3", "jean", "tournesol"] {
                assert!(!line.text.contains(secret), "{secret} is in {}", line.text);
            }
            assert!(line.text.contains("Kept") && line.text.contains("7F3K-9QXM"), "{}", line.text);
        }
    }

    #[test]
    fn what_gzip_packed_is_read_and_what_is_no_log_is_refused_with_what_to_do() {
        let line = "2026-11-22T12:00:03Z  INFO x: Kept sign_in.id=7F3K-9QXM\n";
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, line.as_bytes()).expect("packed");
        let packed = packed.finish().expect("packed");
        let folder = tempfile::tempdir().expect("a folder");
        let utf_16: Vec<u8> = line.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (name, bytes, refused) in [
            ("a.gz", packed.as_slice(), None),
            ("a.log", line.as_bytes(), None),
            ("a.xz", b"\xfd7zXZ\0....", Some("xz")),
            ("a.utf16", &utf_16, Some("iconv")),
            ("a.sqlite", b"SQLite format 3\0\x10\0\x01\x01\0\x40\0\0\0\0\0\0\0\0\0\0\0\0", Some("iconv")),
        ] {
            let file = folder.path().join(name);
            std::fs::write(&file, bytes).expect("written");
            match (lines_about(&id(), &file, &KnownWords::default()), refused) {
                (Ok(lines), None) => assert_eq!(lines.len(), 1, "{name}"),
                (Err(error), Some(remedy)) => {
                    let told = error.to_string();
                    assert!(told.starts_with("VST-3034\u{a0}: ") && told.contains(remedy) && told.contains(name), "{told}");
                }
                (other, _) => panic!("{name}: {other:?}"),
            }
        }
        let nothing = some_input(about(&id(), "l", LogLines::of_stream(&b""[..]).expect("a text"), &KnownWords::default()).expect("read"))
            .expect_err("nothing");
        assert!(why(&nothing).contains("vide"), "{}", why(&nothing));
    }
}
