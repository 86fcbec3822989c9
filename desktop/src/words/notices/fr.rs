//! In French.

use vestibule_model::session::CardRemoval;

use super::NoticeWords;
use crate::standing::Standing;
use crate::words::French;

impl NoticeWords for French {
    fn closes_soon(&self, service: &str) -> String {
        format!("{service}\u{a0}: votre session va se fermer")
    }

    fn closes_when_idle(&self) -> &'static str {
        "Elle se ferme dans une minute, faute d’activité dans sa fenêtre. Revenez-y pour la garder."
    }

    fn closes_at_the_latest(&self) -> &'static str {
        "Elle atteint sa durée maximale et se ferme dans cinq minutes. Terminez ce que vous faites\u{202f}; vous pourrez vous identifier de nouveau aussitôt."
    }

    fn card_removed(&self, service: &str) -> String {
        format!("{service}\u{a0}: carte retirée")
    }

    fn after_card_removed(&self, action: CardRemoval) -> &'static str {
        match action {
            CardRemoval::Lock => "La session va être verrouillée. Remettez la carte dans le même lecteur pour continuer.",
            CardRemoval::End => "La session va être fermée. Remettez la carte dans le même lecteur pour continuer.",
            CardRemoval::Nothing => "La session continue.",
        }
    }

    fn tray_title(&self, service: &str, standing: Standing) -> String {
        let standing = match standing {
            Standing::Busy => "un instant",
            Standing::SignedOut => "aucune session ouverte",
            Standing::SignedIn => "session ouverte",
            Standing::Locked => "session verrouillée",
            Standing::Problem => "un problème à lire dans la fenêtre",
        };
        format!("{service}\u{a0}: {standing}")
    }

    fn tray_news(&self, standing: Standing) -> &'static str {
        match standing {
            Standing::Locked => "Rien n’en est plus affiché. Identifiez-vous de nouveau pour la reprendre.",
            Standing::Problem => "Ouvrez la fenêtre pour savoir quoi faire.",
            Standing::SignedOut | Standing::SignedIn | Standing::Busy => {
                "Votre session s’est terminée. Ouvrez la fenêtre pour savoir pourquoi, ou pour vous identifier de nouveau."
            }
        }
    }

    fn tray_hidden(&self) -> &'static str {
        "La fenêtre est fermée, l’application reste ouverte. L’icône près de l’horloge rouvre la fenêtre, ou quitte."
    }

    fn tray_open(&self) -> &'static str {
        "Ouvrir la fenêtre"
    }

    fn tray_sign_in(&self) -> &'static str {
        "S’identifier avec Pro Santé Connect"
    }

    fn tray_unlock(&self) -> &'static str {
        "Reprendre la session"
    }

    fn tray_sign_out(&self) -> &'static str {
        "Se déconnecter"
    }

    fn tray_cancel(&self) -> &'static str {
        "Annuler la connexion"
    }

    fn tray_quit(&self) -> &'static str {
        "Quitter"
    }

    fn tray_quit_session(&self) -> &'static str {
        "Quitter et fermer la session"
    }
}
