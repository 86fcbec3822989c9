//! The desktop's notices, and the icon beside the clock.

use vestibule_model::session::CardRemoval;

use crate::standing::Standing;

mod en;
mod fr;

/// In each language.
pub(crate) trait NoticeWords {
    fn closes_soon(&self, service: &str) -> String;
    fn closes_when_idle(&self) -> &'static str;
    fn closes_at_the_latest(&self) -> &'static str;
    fn card_removed(&self, service: &str) -> String;
    fn after_card_removed(&self, action: CardRemoval) -> &'static str;
    fn tray_title(&self, service: &str, standing: Standing) -> String;
    fn tray_news(&self, standing: Standing) -> &'static str;
    fn tray_hidden(&self) -> &'static str;
    fn tray_open(&self) -> &'static str;
    fn tray_sign_in(&self) -> &'static str;
    fn tray_unlock(&self) -> &'static str;
    fn tray_sign_out(&self) -> &'static str;
    fn tray_cancel(&self) -> &'static str;
    fn tray_quit(&self) -> &'static str;
    fn tray_quit_session(&self) -> &'static str;
}
