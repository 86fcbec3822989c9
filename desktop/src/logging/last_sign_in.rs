//! How the last sign-in ended, as the log has it: the fault that a person met may be gone from sight when somebody looks.

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use vestibule_model::ErrorCode;
use vestibule_model::log_line::LogLine;

use super::reading::Reader;

/// How the last sign-in ended for whoever sat there, or the last problem that was shown since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LastSignIn {
    pub at: DateTime<Utc>,
    /// By which its story is found at the companion too.
    pub id: Option<String>,
    pub became: Became,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Became {
    SignedIn,
    /// The browser was opened, and nobody came back from it.
    TimedOut,
    /// And the name of what it came from, where that is known.
    Problem(ErrorCode, Option<String>),
}

/// The last one since a moment; none is no fault. Performs I/O.
///
/// # Errors
/// Of the folder or a file.
pub(crate) fn last_sign_in(folder: &Path, since: DateTime<Utc>) -> io::Result<Option<LastSignIn>> {
    let mut last = None;
    let read = Reader::new(folder).lines(&mut |line| {
        if let Some(told) = told(line).filter(|told| told.at >= since) {
            last = Some(told.after(last.take()));
        }
    });
    read.map_err(|unread| unread.source)?;
    Ok(last)
}

impl LastSignIn {
    /// What is shown of a failure does not say again what it came from.
    fn after(self, before: Option<Self>) -> Self {
        match (&self.became, before.map(|before| before.became)) {
            (Became::Problem(code, None), Some(before @ Became::Problem(same, _))) if *code == same => Self { became: before, ..self },
            _ => self,
        }
    }
}

/// Of a line about what a person saw; `None` of every other.
fn told(line: &str) -> Option<LastSignIn> {
    if !line.contains("outcome") && !line.contains("screen") {
        return None;
    }
    let line = LogLine::parse(line);
    let value = |key: &str| {
        let words = line.text.split_whitespace();
        words.filter_map(|word| word.split_once('=')).find(|(name, _)| *name == key).map(|(_, value)| value.trim_matches('"'))
    };
    let problem = || {
        let code = ErrorCode::try_from(value("error.code")?.to_owned()).ok()?;
        Some(Became::Problem(code, value("cause").map(str::to_owned)))
    };
    let became = match (value("outcome"), value("screen")) {
        (Some("signed_in"), _) | (_, Some("signed_in")) => Became::SignedIn,
        (Some("timed_out"), _) => Became::TimedOut,
        // What she did beside her session is no sign-in.
        (None, Some("own_sessions")) => return None,
        // Of a screen: only one that says what is wrong bears a number.
        (Some("failed"), _) | (None, Some(_)) => problem()?,
        _ => return None,
    };
    let at = DateTime::parse_from_rfc3339(line.timestamp.as_deref()?).ok()?.to_utc();
    Some(LastSignIn { at, id: value("sign_in.id").map(str::to_owned), became })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use vestibule_model::ErrorCode;

    use super::{Became, LastSignIn, last_sign_in, told};

    const FAILED: &str = "2026-11-28T15:28:23.123456Z  WARN vestibule_desktop::exchange::attempt: The sign-in failed sign_in.id=7F3K-9QXM outcome=\"failed\" error.code=VST-4002";
    const SHOWN: &str = "{\"timestamp\":\"2026-11-28T15:29:00Z\",\"level\":\"WARN\",\"message\":\"A problem is shown\",\"screen\":\"problem\",\"error.code\":\"VST-1004\",\"target\":\"x\"}";
    const TIMED_OUT: &str =
        "2026-11-28T15:30:00.000000Z  INFO x: The sign-in came to nothing in its time sign_in.id=7F3K-9QXM outcome=\"timed_out\"";
    const SIGNED_IN: &str = "2026-11-28T15:31:00.000000Z  INFO x: Signed in sign_in.id=8ABC-DEFG outcome=\"signed_in\" duration_ms=812";

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    #[test]
    fn a_line_says_how_a_sign_in_ended_or_what_was_shown_in_either_form() {
        let seen = |moment, id: Option<&str>, became| Some(LastSignIn { at: at(moment), id: id.map(str::to_owned), became });
        for (line, meant) in [
            (FAILED, seen("2026-11-28T15:28:23.123456Z", Some("7F3K-9QXM"), Became::Problem(ErrorCode::PscUnavailable, None))),
            (SHOWN, seen("2026-11-28T15:29:00Z", None, Became::Problem(ErrorCode::KeyringLocked, None))),
            (TIMED_OUT, seen("2026-11-28T15:30:00Z", Some("7F3K-9QXM"), Became::TimedOut)),
            (SIGNED_IN, seen("2026-11-28T15:31:00Z", Some("8ABC-DEFG"), Became::SignedIn)),
        ] {
            assert_eq!(told(line), meant);
        }
        for other in [
            "",
            "2026-11-28T15:28:23.123456Z  WARN x: Activity could not be told sign_in.id=7F3K-9QXM error.code=VST-2041",
            "2026-11-28T15:28:23.123456Z  INFO x: Another screen is shown screen=\"sign_in\" why=\"cancelled\"",
            "2026-11-28T15:28:23.123456Z  WARN x: A problem is shown screen=\"own_sessions\" error.code=VST-2041",
            "2026-11-28T15:28:23.123456Z  WARN x: The sign-in failed outcome=\"failed\" error.code=VST-0000",
            "no moment outcome=\"timed_out\"",
        ] {
            assert_eq!(told(other), None, "{other}");
        }
    }

    #[test]
    fn what_it_came_from_is_kept_when_its_screen_is_shown_after_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let failed = "2026-11-28T15:28:23.1Z  WARN x: The sign-in failed sign_in.id=7F3K-9QXM outcome=\"failed\" error.code=VST-2041 cause=\"name_unknown\"";
        let shown = |code| format!("2026-11-28T15:28:24Z  WARN x: A problem is shown screen=\"problem\" error.code={code}");
        for (code, cause) in [("VST-2041", Some("name_unknown")), ("VST-1004", None)] {
            let text = format!("{failed}\n{}\n", shown(code));
            std::fs::write(folder.path().join("vestibule.2026-11-28.log"), text).expect("written");
            let last = last_sign_in(folder.path(), at("2026-11-28T00:00:00Z")).expect("read").expect("one");
            assert!(matches!(last.became, Became::Problem(_, ref seen) if seen.as_deref() == cause), "{last:?}");
        }
    }

    #[test]
    fn the_last_one_counts_and_what_is_of_another_day_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let became = |lines: &[&str], since: &str| {
            std::fs::write(folder.path().join("vestibule.2026-11-28.log"), lines.join("\n") + "\n").expect("written");
            last_sign_in(folder.path(), at(since)).expect("read").map(|last| last.became)
        };
        let early = "2026-11-28T00:00:00Z";
        assert_eq!(became(&[FAILED], early), Some(Became::Problem(ErrorCode::PscUnavailable, None)));
        assert_eq!(became(&[FAILED, TIMED_OUT], early), Some(Became::TimedOut));
        assert_eq!(became(&[FAILED, TIMED_OUT, SIGNED_IN], early), Some(Became::SignedIn));
        assert_eq!(became(&[FAILED], "2026-11-28T16:00:00Z"), None);
        assert_eq!(last_sign_in(&folder.path().join("absent"), at(early)).expect("no fault"), None);
    }
}
