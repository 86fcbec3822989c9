//! In French.

use vestibule_model::ErrorCode;
use vestibule_model::error_code::Explanation;
use vestibule_model::language::Language;
use vestibule_model::session::PscEnvironment;

use super::SystemWords;
use crate::system_words::{SystemFault, UsualFault};
use crate::words::French;

impl SystemWords for French {
    fn explanation(&self, code: ErrorCode) -> Explanation {
        code.explanation(Language::Fr)
    }

    fn system_fault(&self, fault: SystemFault) -> String {
        let Some(usual) = fault.usual() else {
            return fault.number().map_or_else(|| "refus du système".to_owned(), |number| format!("erreur {number} du système"));
        };
        let usual = match usual {
            UsualFault::AccessDenied => "accès refusé",
            UsualFault::Missing => "fichier ou dossier absent",
            UsualFault::IsFolder => "c’est un dossier, non un fichier",
            UsualFault::PathThroughFile => "un dossier du chemin est en fait un fichier",
            UsualFault::DiskFull => "le disque est plein",
            UsualFault::QuotaReached => "le quota de disque est atteint",
            UsualFault::FileTooLarge => "la taille permise pour un fichier est dépassée",
            UsualFault::DiskReadOnly => "le disque est en lecture seule",
            UsualFault::NameNotAllowed => "le nom n’est pas permis par le système",
            UsualFault::NoOrdinaryFile => "ce n’est pas un fichier ordinaire",
            UsualFault::NoAnswer => "pas de réponse à temps",
            UsualFault::AlreadyThere => "un fichier de ce nom existe déjà",
            UsualFault::NotText => "ce n’est pas du texte en UTF-8 (fichier binaire, compressé, ou enregistré en UTF-16)",
            UsualFault::NobodyReads => "plus personne ne lit la sortie",
        };
        usual.to_owned()
    }

    fn no_random(&self) -> &'static str {
        "le système ne fournit pas de nombres aléatoires"
    }

    fn environment(&self, environment: PscEnvironment) -> &'static str {
        match environment {
            PscEnvironment::Simulator => "simulateur",
            PscEnvironment::Bas => "bac à sable",
            PscEnvironment::Production => "production",
        }
    }
}
