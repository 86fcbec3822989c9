//! In French.

use vestibule_branding::PRODUCT_NAME;

use super::SignInWords;
use crate::words::French;

impl SignInWords for French {
    fn exchange_fixed(&self, exchange: &str) -> String {
        format!("Le mode d’échange est imposé par la stratégie du poste\u{a0}: {exchange}. Retirez l’option --exchange.")
    }

    fn window_only(&self) -> String {
        format!(
            "Le mode «\u{a0}scheme\u{a0}» ne fonctionne qu’avec la fenêtre\u{a0}: ouvrez {PRODUCT_NAME}, ou essayez --exchange polling."
        )
    }

    fn window_only_by_policy(&self) -> String {
        format!(
            "Le mode d’échange est imposé par la stratégie du poste\u{a0}: scheme, qui ne fonctionne qu’avec la fenêtre. Ouvrez {PRODUCT_NAME}."
        )
    }

    fn picture_leads_nowhere(&self, exchange: &str) -> String {
        format!(
            "Le code QR mène un autre appareil à la page de connexion, et le mode «\u{a0}{exchange}\u{a0}» veut que le navigateur soit sur ce poste. Retirez l’option --exchange\u{a0}: --qr choisit «\u{a0}polling\u{a0}»."
        )
    }

    fn picture_leads_nowhere_by_policy(&self, exchange: &str) -> String {
        format!(
            "Le code QR mène un autre appareil à la page de connexion, et la stratégie du poste impose le mode «\u{a0}{exchange}\u{a0}», où le navigateur est sur ce poste. Retirez l’option --qr."
        )
    }

    fn picture_unseen(&self) -> &'static str {
        "Le code QR s’affiche en couleurs dans un terminal, et la sortie d’erreur n’en est pas un. Lancez la commande dans un terminal, ou remplacez --qr par --exchange polling\u{a0}: l’adresse y est écrite."
    }

    fn picture_too_large(&self) -> &'static str {
        "Cette adresse est trop longue pour un code QR."
    }

    fn picture_too_wide(&self, columns: u32, there: u16) -> String {
        format!(
            "Le code QR demande {columns} colonnes et ce terminal en a {there}\u{a0}: ouvrez l’adresse ci-dessus, ou élargissez le terminal et relancez la commande."
        )
    }

    fn picture_cut(&self) -> &'static str {
        "Agrandissez le terminal pour voir le code QR en entier."
    }

    fn open_here(&self) -> &'static str {
        "Ouvrez cette adresse dans le navigateur de ce poste\u{a0}:"
    }

    fn service(&self, name: &str) -> String {
        format!("Logiciel\u{a0}: {name}")
    }

    fn provider_waits(&self) -> &'static str {
        "Identifiez-vous avec Pro Santé Connect dans le navigateur."
    }

    fn confirm_in_browser(&self) -> &'static str {
        "Confirmez dans le navigateur."
    }

    fn which_number(&self, number: &str) -> String {
        format!("Le navigateur vous demande quel nombre vous voyez ici. C’est {number}.")
    }

    fn page_not_open(&self) -> &'static str {
        "La page ne s’est pas encore ouverte dans le navigateur."
    }

    fn try_polling(&self) -> &'static str {
        "Si le navigateur est sur un autre poste\u{a0}: vestibule login --exchange polling"
    }

    fn go_on_in_browser(&self, number: &str) -> String {
        format!("Continuez dans votre navigateur. Si la page affiche un nombre, il doit être {number}.")
    }

    fn open_anywhere(&self, minutes: u64) -> String {
        format!("Ouvrez cette adresse dans un navigateur, sur ce poste ou sur un autre (valable {minutes} minutes, une seule fois)\u{a0}:")
    }

    fn number_will_be_asked(&self, number: &str) -> String {
        format!("Le navigateur vous demandera quel nombre vous voyez ici. C’est {number}.")
    }

    fn letters(&self, tries_left: u32, seconds: u64) -> String {
        let (tries, left) = (tries(tries_left), self.lasting(seconds));
        format!(
            "Saisissez ici le code de confirmation (huit lettres) affiché dans votre navigateur ({tries}, {left}). Ne le donnez à personne\u{a0}:"
        )
    }

    fn letters_again(&self, tries_left: u32, seconds: u64) -> String {
        format!("Ce n’est pas le code affiché. Recommencez ({}, {})\u{a0}:", tries(tries_left), self.lasting(seconds))
    }

    fn no_letters(&self) -> &'static str {
        "Le code a huit lettres, sans voyelle ni chiffre. Recommencez\u{a0}:"
    }

    /// Whole minutes, rounded down so that nobody counts on more than there is; below two, to the second, for that is where it matters.
    fn lasting(&self, seconds: u64) -> String {
        match (seconds / 60, seconds % 60) {
            (0, 0 | 1) => "une seconde".to_owned(),
            (0, seconds) => format!("{seconds}\u{a0}secondes"),
            (1, 0) => "une minute".to_owned(),
            (1, seconds) => format!("1\u{a0}min\u{a0}{seconds}\u{a0}s"),
            (minutes, _) => format!("{minutes}\u{a0}minutes"),
        }
    }

    fn cancelled(&self) -> &'static str {
        "Connexion annulée."
    }

    fn declined(&self) -> &'static str {
        "La connexion a été refusée dans le navigateur."
    }

    fn nobody_came_back(&self) -> &'static str {
        "Le navigateur n’a pas répondu à temps."
    }

    fn letters_too_late(&self) -> &'static str {
        "Le code n’a pas été saisi à temps."
    }

    fn start_again(&self) -> &'static str {
        "Aucune session n’a été ouverte. Recommencez quand la personne est prête."
    }
}

fn tries(left: u32) -> String {
    if left == 1 { "il reste une tentative".to_owned() } else { format!("il reste {left} tentatives") }
}
