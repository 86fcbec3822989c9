//! In English.

use vestibule_model::session::CardRemoval;

use super::CardWords;
use crate::card::{Interface, Presence, Seen};
use crate::words::English;

impl CardWords for English {
    fn presence(&self, presence: Presence) -> &'static str {
        match presence {
            Presence::Disabled => "card detection is off on this workstation",
            Presence::NoService => "no card detection on this workstation",
            Presence::AccessDenied => "card detection is refused to this session of the workstation",
            Presence::NoReader => "no card reader",
            Presence::ReaderEmpty => "reader detected, no card",
            Presence::OtherCard => "reader detected, no CPS card",
            Presence::UnknownCard => "unknown card",
            Presence::MuteCard => "the card does not answer its reader",
            Presence::CpsPresent => "CPS card detected",
            Presence::SeveralCps => "several CPS cards detected",
            Presence::DetectionLost => "the card is not detected any more: reader unplugged or service stopped",
        }
    }

    fn in_reader(&self, reader: &str, card: Seen, interface: Option<Interface>) -> String {
        let card = match card {
            Seen::None => "empty",
            Seen::Cps3 => "CPS card (CPS3)",
            Seen::Cps4 => "CPS card (CPS4)",
            Seen::Cps => "CPS card",
            Seen::MaybeCps | Seen::Unknown => "unknown card",
            Seen::Other => "another card",
            Seen::Mute => "card that does not answer",
            Seen::Unsaid => "state unknown",
        };
        let interface = match interface {
            Some(Interface::Contact) => ", contact",
            Some(Interface::Contactless) => ", contactless",
            None => "",
        };
        format!("{reader}: {card}{interface}")
    }

    fn card_detection_off(&self) -> &'static str {
        "Card detection is off by the workstation policy (setting card_detection)."
    }

    fn card_service_there(&self) -> &'static str {
        "the system’s smart card service answers"
    }

    fn card_removal_unseen(&self, found: &str, action: CardRemoval) -> String {
        let wanted = match action {
            CardRemoval::Lock => "to lock the session",
            CardRemoval::End => "to end the session",
            CardRemoval::Nothing => "to change nothing",
        };
        format!("{found}: the workstation policy wants the card’s removal {wanted}, and that removal will not be detected here")
    }

    fn card_readers(&self, names: &str) -> String {
        format!("detected: {names}")
    }

    fn card_drivers(&self, names: &str) -> String {
        format!("installed: {names}")
    }

    fn no_card_driver(&self) -> &'static str {
        "no reader driver is installed (package libccid on Debian)"
    }
}
