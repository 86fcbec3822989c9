//! In English.

use std::path::Path;

use vestibule_model::language::Language;
use vestibule_model::session::SignInId;

use super::LogWords;
use crate::logging::last_sign_in::{Became, LastSignIn};
use crate::words::{English, day};

impl LogWords for English {
    fn log_folder(&self, folder: &Path, files: usize, kib: u64) -> String {
        let files = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
        format!("{} ({files}, {kib} kB)", folder.display())
    }

    fn log_folder_refused(&self, folder: &Path, fault: &str) -> String {
        format!("nothing can be written in {} ({fault}): this workstation has no log, signing in works", folder.display())
    }

    fn no_log_line(&self, folder: &Path, sign_in: Option<&SignInId>) -> String {
        let of = sign_in.map(|id| format!(" for sign-in {id}")).unwrap_or_default();
        format!("No line of a log{of} in {}.", folder.display())
    }

    fn last_sign_in(&self, last: &LastSignIn) -> String {
        let id = last.id.as_ref().map(|id| format!(" (sign-in {id})")).unwrap_or_default();
        let when = format!("on {} at {} (UTC){id}", day(Language::En, last.at), last.at.format("%H:%M"));
        match last.became {
            Became::SignedIn => format!("succeeded {when}"),
            Became::TimedOut => format!("the browser did not answer in time, {when}"),
            Became::Problem(code, _) => format!("“{}”, {when}; none succeeded since", code.explanation(Language::En).title),
        }
    }

    fn no_recent_sign_in(&self) -> &'static str {
        "the log has none for 24 hours"
    }

    fn log_not_utf_8(&self, file: &Path) -> String {
        format!("{}: lines are not in UTF-8; their accented letters are replaced by “\u{fffd}”.", file.display())
    }

    fn log_unreadable(&self, folder: &Path, fault: &str) -> String {
        format!("{}: {fault}.", folder.display())
    }
}
