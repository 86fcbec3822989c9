//! In English.

use vestibule_model::ErrorCode;
use vestibule_model::language::Language;

use super::SignOutWords;
use crate::words::English;

impl SignOutWords for English {
    fn service_silent(&self) -> &'static str {
        "The sign-in server does not answer."
    }

    fn sign_out_untold(&self, code: ErrorCode) -> String {
        let title = code.explanation(Language::En).title;
        format!("The sign-in server could not be told of the sign-out ({code}: {title}).")
    }

    fn sign_out_later(&self) -> &'static str {
        "The session is closed on this workstation, but the Pro Santé Connect session may still be open: close the browser. The sign-out will be sent as soon as the sign-in server answers, with the next command or when the window opens."
    }

    fn signed_out_everywhere(&self) -> &'static str {
        "Sign-out complete: both your sessions are closed, on this workstation and at Pro Santé Connect."
    }

    fn signed_out_browser_finishes(&self) -> &'static str {
        "Your session is closed on this workstation. The browser is finishing the sign-out from Pro Santé Connect."
    }

    fn signed_out_browser_makes_sure(&self) -> &'static str {
        "Your session is closed on this workstation. Pro Santé Connect has not confirmed that its own session is closed: the browser is checking."
    }

    fn signed_out_service_only(&self) -> &'static str {
        "Your session is closed on this workstation, but your Pro Santé Connect session may still be open: close the browser."
    }

    fn earlier_done(&self) -> &'static str {
        "The sign-out asked for earlier is complete: both sessions are closed, on this workstation and at Pro Santé Connect."
    }

    fn earlier_browser_finishes(&self) -> &'static str {
        "The sign-out asked for earlier is done on the sign-in server. The browser finishes that of Pro Santé Connect."
    }

    fn earlier_browser_makes_sure(&self) -> &'static str {
        "The sign-out asked for earlier is done on the sign-in server. The browser makes sure of that of Pro Santé Connect."
    }

    fn earlier_service_only(&self) -> &'static str {
        "The sign-out asked for earlier is done on the sign-in server, but the Pro Santé Connect session may still be open: close the browser."
    }

    fn earlier_lost(&self) -> &'static str {
        "The sign-out asked for earlier came too late: the Pro Santé Connect session may still be open, close the browser."
    }
}
