//! In English.

use vestibule_model::session::CardRemoval;

use super::NoticeWords;
use crate::standing::Standing;
use crate::words::English;

impl NoticeWords for English {
    fn closes_soon(&self, service: &str) -> String {
        format!("{service}: your session is about to close")
    }

    fn closes_when_idle(&self) -> &'static str {
        "It closes in one minute for lack of activity in its window. Come back to it to keep the session."
    }

    fn closes_at_the_latest(&self) -> &'static str {
        "It reaches its longest duration and closes in five minutes. Finish what you are doing; you can sign in again straight away."
    }

    fn card_removed(&self, service: &str) -> String {
        format!("{service}: card removed")
    }

    fn after_card_removed(&self, action: CardRemoval) -> &'static str {
        match action {
            CardRemoval::Lock => "The session is about to be locked. Put the card back into the same reader to go on.",
            CardRemoval::End => "The session is about to end. Put the card back into the same reader to go on.",
            CardRemoval::Nothing => "The session goes on.",
        }
    }

    fn tray_title(&self, service: &str, standing: Standing) -> String {
        let standing = match standing {
            Standing::Busy => "one moment",
            Standing::SignedOut => "no session open",
            Standing::SignedIn => "session open",
            Standing::Locked => "session locked",
            Standing::Problem => "a problem to read in the window",
        };
        format!("{service}: {standing}")
    }

    fn tray_news(&self, standing: Standing) -> &'static str {
        match standing {
            Standing::Locked => "Nothing of it is shown any more. Sign in again to resume it.",
            Standing::Problem => "Open the window to learn what to do.",
            Standing::SignedOut | Standing::SignedIn | Standing::Busy => {
                "Your session has ended. Open the window to learn why, or to sign in again."
            }
        }
    }

    fn tray_hidden(&self) -> &'static str {
        "The window is closed, the app stays open. The icon beside the clock reopens the window, or quits."
    }

    fn tray_open(&self) -> &'static str {
        "Open the window"
    }

    fn tray_sign_in(&self) -> &'static str {
        "Sign in with Pro Santé Connect"
    }

    fn tray_unlock(&self) -> &'static str {
        "Resume the session"
    }

    fn tray_sign_out(&self) -> &'static str {
        "Sign out"
    }

    fn tray_cancel(&self) -> &'static str {
        "Cancel the sign-in"
    }

    fn tray_quit(&self) -> &'static str {
        "Quit"
    }

    fn tray_quit_session(&self) -> &'static str {
        "Quit and end the session"
    }
}
