//! The settings: what is wrong with a file of them, and `vestibule settings show`.

use std::path::Path;

use crate::settings::{Fault, SettingsError, Source};
use crate::trusted_file::Exposure;

mod en;
mod fr;

/// In each language.
pub(crate) trait SettingsWords {
    fn settings_error(&self, error: &SettingsError) -> String;
    fn fault(&self, fault: &Fault) -> String;
    fn exposure(&self, exposure: &Exposure) -> String;
    fn source(&self, source: Source) -> &'static str;
    fn no_value(&self) -> &'static str;
    fn hidden_value(&self) -> &'static str;
    fn policy_read(&self, path: &Path) -> String;
    fn switch(&self, is_on: bool) -> &'static str;
}
