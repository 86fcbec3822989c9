//! Signing out on a terminal, and the sign-outs that were asked for earlier.

use vestibule_model::ErrorCode;

mod en;
mod fr;

/// In each language.
pub(crate) trait SignOutWords {
    fn service_silent(&self) -> &'static str;
    fn sign_out_untold(&self, code: ErrorCode) -> String;
    fn sign_out_later(&self) -> &'static str;
    fn signed_out_everywhere(&self) -> &'static str;
    fn signed_out_browser_finishes(&self) -> &'static str;
    fn signed_out_browser_makes_sure(&self) -> &'static str;
    fn signed_out_service_only(&self) -> &'static str;
    fn earlier_done(&self) -> &'static str;
    fn earlier_browser_finishes(&self) -> &'static str;
    fn earlier_browser_makes_sure(&self) -> &'static str;
    fn earlier_service_only(&self) -> &'static str;
    fn earlier_lost(&self) -> &'static str;
}
