//! In French.

use vestibule_model::session::CardRemoval;

use super::CardWords;
use crate::card::{Interface, Presence, Seen};
use crate::words::French;

impl CardWords for French {
    fn presence(&self, presence: Presence) -> &'static str {
        match presence {
            Presence::Disabled => "détection de carte désactivée sur ce poste",
            Presence::NoService => "pas de détection de carte sur ce poste",
            Presence::AccessDenied => "détection de carte refusée à cette session du poste",
            Presence::NoReader => "aucun lecteur de carte",
            Presence::ReaderEmpty => "lecteur détecté, aucune carte",
            Presence::OtherCard => "lecteur détecté, aucune carte CPS",
            Presence::UnknownCard => "carte inconnue",
            Presence::MuteCard => "la carte ne répond pas au lecteur",
            Presence::CpsPresent => "carte CPS détectée",
            Presence::SeveralCps => "plusieurs cartes CPS détectées",
            Presence::DetectionLost => "la carte n’est plus détectée\u{a0}: lecteur débranché ou service arrêté",
        }
    }

    fn in_reader(&self, reader: &str, card: Seen, interface: Option<Interface>) -> String {
        let card = match card {
            Seen::None => "vide",
            Seen::Cps3 => "carte CPS (CPS3)",
            Seen::Cps4 => "carte CPS (CPS4)",
            Seen::Cps => "carte CPS",
            Seen::MaybeCps | Seen::Unknown => "carte inconnue",
            Seen::Other => "autre carte",
            Seen::Mute => "carte qui ne répond pas",
            Seen::Unsaid => "état inconnu",
        };
        let interface = match interface {
            Some(Interface::Contact) => ", avec contact",
            Some(Interface::Contactless) => ", sans contact",
            None => "",
        };
        format!("{reader}\u{a0}: {card}{interface}")
    }

    fn card_detection_off(&self) -> &'static str {
        "La détection de carte est désactivée par la stratégie du poste (paramètre card_detection)."
    }

    fn card_service_there(&self) -> &'static str {
        "le service de cartes à puce du système répond"
    }

    fn card_removal_unseen(&self, found: &str, action: CardRemoval) -> String {
        let wanted = match action {
            CardRemoval::Lock => "verrouille la session",
            CardRemoval::End => "ferme la session",
            CardRemoval::Nothing => "ne change rien",
        };
        format!("{found}\u{a0}: la stratégie du poste prévoit que le retrait de la carte {wanted}, et ce retrait ne sera pas détecté ici")
    }

    fn card_readers(&self, names: &str) -> String {
        format!("détectés\u{a0}: {names}")
    }

    fn card_drivers(&self, names: &str) -> String {
        format!("installés\u{a0}: {names}")
    }

    fn no_card_driver(&self) -> &'static str {
        "aucun pilote de lecteur n’est installé (paquet libccid sous Debian)"
    }
}
