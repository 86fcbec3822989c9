//! What the window's program says before there is a window.

use vestibule_model::ErrorCode;
use vestibule_model::error_code::Explanation;
use vestibule_model::language::Language;

use super::of;
use crate::settings::Settings;

mod en;
mod fr;

/// In each language.
pub(crate) trait StartUpWords {
    fn window_help(&self, version: &str) -> String;
    fn no_screen(&self) -> &'static str;
    fn no_web_view(&self, code: ErrorCode, told: Explanation) -> String;
    fn no_log(&self, code: ErrorCode, told: Explanation) -> String;
}

/// The language of this workstation and person; French where the settings do not say it, or cannot be used. Performs I/O.
pub fn language() -> Language {
    Settings::load().map_or_else(|_| Language::default(), |settings| settings.language)
}

/// What the program is for.
pub fn help(language: Language, version: &str) -> String {
    of(language).window_help(version)
}

/// Nowhere to open a window.
pub fn no_screen(language: Language) -> &'static str {
    of(language).no_screen()
}

/// What shows the window is not there.
pub fn no_web_view(language: Language) -> String {
    let code = ErrorCode::WebViewMissing;
    of(language).no_web_view(code, code.explanation(language))
}

/// Why nothing is written down: whoever started the window on a terminal reads it.
pub fn no_log(language: Language, code: ErrorCode) -> String {
    of(language).no_log(code, code.explanation(language))
}
