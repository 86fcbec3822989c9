//! In French.

use super::{Admitted, CommandLineWords, Help, Misunderstood};
use crate::words::French;

impl CommandLineWords for French {
    fn help(&self, help: Help) -> &'static str {
        match help {
            Help::About => "Connexion à un logiciel de santé avec Pro Santé Connect, par le navigateur de la personne",
            Help::Usage => "Usage\u{a0}:",
            Help::Commands => "Commandes",
            Help::Command => "COMMANDE",
            Help::ExitCodes => {
                "Codes de sortie\u{a0}:\n  0  fait\n  1  refusé, annulé, aucune session ouverte, ou le trousseau de clés ne permet pas de le savoir\n  2  commande ou configuration incorrecte\n  3  le serveur de connexion ou Pro Santé Connect est injoignable\n\nPour «\u{a0}doctor\u{a0}»\u{a0}: 0 OK, 1 ATTENTION, 2 ÉCHEC."
            }
            Help::Flag => "Affiche cette aide",
            Help::Version => "Affiche la version",
            Help::Login => "Ouvre le navigateur et connecte la personne",
            Help::Status => "Affiche la session ouverte",
            Help::Situation => "Liste les situations d’exercice, ou en choisit une",
            Help::Logout => "Ferme la session et celle de Pro Santé Connect",
            Help::Activity => "Signale que la personne travaille dans un autre logiciel, là où le paramètre activity_source vaut caller",
            Help::Ago => "Nombre de secondes depuis sa dernière saisie",
            Help::Card => "Affiche les lecteurs de carte de ce poste",
            Help::CardStatus => "Indique si une carte CPS est dans un lecteur\u{a0}: une indication, jamais une preuve",
            Help::CardWatch => "L’indique à chaque changement, jusqu’à l’arrêt de la commande",
            Help::Sessions => "Affiche les sessions de la personne sur tous ses postes",
            Help::EndSessions => "Ferme des sessions de la personne, et leurs sessions Pro Santé Connect",
            Help::EndedSession => "Le numéro d’une session, comme la liste l’affiche",
            Help::AllSessions => "Toutes, celle de ce poste aussi",
            Help::OtherSessions => "Toutes sauf celle de ce poste",
            Help::Doctor => "Vérifie ce qui peut empêcher la connexion",
            Help::Log => "Affiche le journal de ce poste, de la plus ancienne de ses lignes à la plus récente",
            Help::Follow => "Continue avec les lignes à venir, jusqu’à l’arrêt de la commande",
            Help::OfSignIn => "Seulement les lignes d’une connexion, par son numéro de connexion",
            Help::Lines => "Seulement les dernières lignes, en nombre",
            Help::Number => "NOMBRE",
            Help::LogFolder => "Affiche seulement le dossier du journal",
            Help::Report => {
                "Réunit dans un fichier ce dont le support a besoin, sans nom ni secret\u{202f}; l’affiche d’abord, n’envoie rien"
            }
            Help::ReportFile => "Écrit dans ce fichier, ou dans ce dossier\u{202f}; «\u{a0}-\u{a0}» pour la sortie standard",
            Help::ReportDays => "Jours de journal, de 1 à 14 (7 par défaut)",
            Help::ReportUnasked => "Écrit sans demander",
            Help::File => "FICHIER",
            Help::Settings => "La configuration de ce poste",
            Help::Show => "Affiche chaque paramètre en vigueur",
            Help::Json => "Affiche le résultat en JSON",
            Help::Timeout => "Durée maximale d’attente, en secondes (1 à 600)",
            Help::Seconds => "SECONDES",
            Help::ChosenSituation => "Choisit cette situation d’exercice, ou la première avec «\u{a0}first\u{a0}»",
            Help::NoBrowser => "N’ouvre pas de navigateur\u{a0}: affiche l’adresse à ouvrir",
            Help::Qr => {
                "Affiche l’adresse en code QR dans le terminal, pour un téléphone, une tablette ou un autre poste\u{a0}: mode polling (interrogation), sans ouvrir de navigateur ici"
            }
            Help::Exchange => {
                "Choisit le mode d’échange\u{a0}: auto, loopback (le navigateur est sur ce poste) ou polling (interrogation\u{a0}: il peut être ailleurs). Le code de confirmation qu’il affiche se saisit ici, sur l’entrée standard"
            }
            Help::ExchangeName => "MODE",
            Help::SituationId => "La situation à choisir, ou la première avec «\u{a0}first\u{a0}»",
            Help::Sources => "Affiche aussi d’où vient chacun",
        }
    }

    fn misunderstood(&self, misunderstood: &Misunderstood) -> String {
        let admitted = |admitted: &Option<Admitted>| match admitted {
            Some(Admitted::Seconds) => " (un nombre de secondes, de 1 à 600\u{202f}; par exemple 120)",
            Some(Admitted::SecondsAgo) => " (un nombre de secondes, de 0 à 3600\u{202f}; par exemple 30)",
            Some(Admitted::Exchange) => " (auto, loopback ou polling)",
            Some(Admitted::Situation) => " (l’identifiant d’une situation, ou first)",
            Some(Admitted::Days) => " (un nombre de jours, de 1 à 14\u{202f}; par exemple 7)",
            Some(Admitted::Number) => " (un nombre de lignes, par exemple 200)",
            Some(Admitted::Session) => " (le numéro d’une session, par exemple 7F3K-9QXM)",
            None => "",
        };
        match misunderstood {
            Misunderstood::UnknownCommand(word) => format!("Commande inconnue\u{a0}: {word}."),
            Misunderstood::UnknownOption(word) => format!("Option inconnue\u{a0}: {word}."),
            Misunderstood::Superfluous(word) => format!("Argument en trop\u{a0}: {word}."),
            Misunderstood::NoValue(word, of) => format!("Valeur absente pour {word}{}.", admitted(of)),
            Misunderstood::WrongValue(word, of) => format!("Valeur incorrecte pour {word}{}.", admitted(of)),
            Misunderstood::TakesNoValue(word) => format!("L’option {word} ne prend pas de valeur."),
            Misunderstood::Twice(word) => format!("Option donnée deux fois\u{a0}: {word}."),
            Misunderstood::NotTogether(one, other) => format!("Ne vont pas ensemble\u{a0}: {one} et {other}."),
            Misunderstood::Missing(what) => format!("Il manque\u{a0}: {what}."),
            Misunderstood::NoCommand => "Aucune commande n’est donnée.".to_owned(),
            Misunderstood::Otherwise => "La commande n’est pas comprise.".to_owned(),
        }
    }

    fn output_unwritable(&self, fault: &str) -> String {
        format!("La sortie ne peut pas être écrite\u{a0}: {fault}.")
    }

    fn keyring_awaited(&self) -> &'static str {
        "Le trousseau de clés n’a pas encore répondu\u{a0}: déverrouillez-le si le système le demande."
    }

    fn replaced_remedy(&self) -> &'static str {
        "Vous pouvez fermer l’onglet de cette connexion. «\u{a0}vestibule status\u{a0}» indique qui est connecté."
    }

    fn situation_remedy(&self) -> &'static str {
        "Après une connexion sans --situation, «\u{a0}vestibule situation\u{a0}» en donne la liste\u{202f}; «\u{a0}first\u{a0}» prend la première. Si celle-ci devrait y être, faites corriger vos données au RPPS auprès de votre autorité d’enregistrement (ordre, ARS ou employeur)."
    }

    fn situation_remedy_signed_in(&self) -> &'static str {
        "«\u{a0}vestibule situation\u{a0}» en donne la liste\u{202f}; «\u{a0}first\u{a0}» prend la première. Si celle-ci devrait y être, faites corriger vos données au RPPS auprès de votre autorité d’enregistrement (ordre, ARS ou employeur)."
    }
}
