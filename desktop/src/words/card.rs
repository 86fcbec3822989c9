//! Cards and their readers.

use vestibule_model::session::CardRemoval;

use crate::card::{Interface, Presence, Seen};

mod en;
mod fr;

/// In each language.
pub(crate) trait CardWords {
    fn presence(&self, presence: Presence) -> &'static str;
    fn in_reader(&self, reader: &str, card: Seen, interface: Option<Interface>) -> String;
    fn card_detection_off(&self) -> &'static str;
    fn card_service_there(&self) -> &'static str;
    fn card_removal_unseen(&self, found: &str, action: CardRemoval) -> String;
    fn card_readers(&self, names: &str) -> String;
    fn card_drivers(&self, names: &str) -> String;
    fn no_card_driver(&self) -> &'static str;
}
