//! In French.

use super::KeyringWords;
use crate::words::French;

impl KeyringWords for French {
    fn cannot_know(&self) -> &'static str {
        "Sans le trousseau de clés, on ne peut pas savoir si quelqu’un est connecté sur ce poste. Rien n’a été changé\u{a0}: une session est peut-être encore ouverte."
    }

    fn locked_remedy(&self) -> &'static str {
        "Déverrouillez le trousseau, puis recommencez la commande. Si vous partez avant, fermez d’abord le navigateur."
    }

    fn keyring_remedy(&self) -> &'static str {
        "Rétablissez le trousseau, avec le support s’il le faut, puis recommencez la commande. Si vous partez avant, fermez d’abord le navigateur."
    }

    fn will_not_be_kept(&self) -> &'static str {
        "La session ne peut pas être conservée après cette commande\u{a0}: elle sera fermée dès que la personne sera identifiée."
    }

    fn closed_again(&self) -> &'static str {
        "La session qui venait de s’ouvrir a été fermée. La session Pro Santé Connect reste ouverte dans le navigateur."
    }

    fn not_closed_again(&self, minutes: u32) -> String {
        format!(
            "La session qui venait de s’ouvrir n’a pas pu être fermée\u{a0}: elle se fermera automatiquement, dans {minutes}\u{a0}minutes au plus."
        )
    }

    fn not_kept(&self) -> &'static str {
        "La session ne peut pas être conservée\u{a0}: elle a été fermée. La session Pro Santé Connect reste ouverte dans le navigateur."
    }

    fn not_kept_nor_closed(&self, minutes: u32) -> String {
        format!(
            "La session ne peut pas être conservée et n’a pas pu être fermée\u{a0}: elle se fermera automatiquement, dans {minutes}\u{a0}minutes au plus."
        )
    }
}
