//! In English.

use vestibule_model::ErrorCode;
use vestibule_model::error_code::Explanation;

use super::StartUpWords;
use crate::words::English;

impl StartUpWords for English {
    fn window_help(&self, version: &str) -> String {
        format!(
            "{version}\n\nOpens the sign-in window, or brings the one that is open to the front.\n\nUsage: vestibule-app\n\n  --no-dialog  Windows: no dialog when the window cannot open (exit code 4)\n  --hidden     starts without showing the window, where the workstation policy puts an icon beside the clock (tray)\n\n\
             Without a window, the same sign-in: vestibule login\nThe checks: vestibule doctor"
        )
    }

    fn no_screen(&self) -> &'static str {
        "vestibule-app: this session has no screen (neither DISPLAY nor WAYLAND_DISPLAY); the window cannot open.\n\
         The same sign-in, without a window: vestibule login"
    }

    fn no_web_view(&self, code: ErrorCode, told: Explanation) -> String {
        let Explanation { title, cause, remedy } = told;
        format!("{title} ({code}).\n\n{cause}\n\n{remedy}")
    }

    fn no_log(&self, code: ErrorCode, told: Explanation) -> String {
        let Explanation { title, cause, remedy } = told;
        format!("vestibule-app: {code}: this window writes no log.\n{title}\n{cause}\n{remedy}")
    }
}
