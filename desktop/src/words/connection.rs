//! The way to the companion and to the browser, and what goes wrong on it.

use crate::browser::Launcher;
use crate::companion::{Cause, ClientRefused, CompanionError};
use crate::route::Route;

mod en;
mod fr;

/// In each language.
pub(crate) trait ConnectionWords {
    fn route(&self, route: &Route) -> String;
    fn client_refused(&self, error: &ClientRefused) -> String;
    fn companion_error(&self, error: &CompanionError) -> String;
    fn cause(&self, cause: Cause) -> &'static str;
    fn cause_is(&self, cause: &str) -> String;
    /// Where the cause says better than the catalogue what to do.
    fn cause_remedy(&self, cause: Cause) -> Option<&'static str>;
    fn launcher(&self, launcher: &Launcher) -> String;
    fn way_to_companion(&self, route: &str) -> String;
    fn browser_is(&self, launcher: &str) -> String;
    fn browser_did_not_open(&self, launcher: &str) -> String;
}
