//! WebView2, by which Windows shows the window. Without it the toolkit panics, or shows a message of its own, in English.

use std::process::ExitCode;

use vestibule_desktop::words::start_up;
use vestibule_model::ErrorCode;
use vestibule_model::language::Language;

/// For whoever starts the app by a script.
const EXIT_CODE: u8 = 4;
/// Asks for no dialog: nobody is there to close it.
const NO_DIALOG: &str = "--no-dialog";

pub fn is_missing() -> bool {
    tauri::webview_version()
        .inspect_err(|error| tracing::error!(error.code = %ErrorCode::WebViewMissing, %error, "There is no web view"))
        .is_err()
}

/// Says so: in a dialog, and for whoever reads the error stream.
pub fn tell(language: Language) -> ExitCode {
    let told = start_up::no_web_view(language);
    #[expect(clippy::print_stderr, reason = "there is no window in which to say it")]
    {
        eprintln!("{told}");
    }
    if !std::env::args_os().skip(1).any(|argument| argument == NO_DIALOG) {
        rfd::MessageDialog::new()
            .set_level(rfd::MessageLevel::Error)
            .set_title(vestibule_branding::PRODUCT_NAME)
            .set_description(told)
            .show();
    }
    ExitCode::from(EXIT_CODE)
}
