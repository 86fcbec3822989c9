//! The log: where it is, and what it says of the last sign-in.

use std::path::Path;

use vestibule_model::session::SignInId;

use crate::logging::last_sign_in::LastSignIn;

mod en;
mod fr;

/// In each language.
pub(crate) trait LogWords {
    fn log_folder(&self, folder: &Path, files: usize, kib: u64) -> String;
    fn log_folder_refused(&self, folder: &Path, fault: &str) -> String;
    fn no_log_line(&self, folder: &Path, sign_in: Option<&SignInId>) -> String;
    fn last_sign_in(&self, last: &LastSignIn) -> String;
    fn no_recent_sign_in(&self) -> &'static str;
    fn log_not_utf_8(&self, file: &Path) -> String;
    fn log_unreadable(&self, folder: &Path, fault: &str) -> String;
}
