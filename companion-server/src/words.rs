//! What libraries and the system say, in the administrator's words. Nothing of their own sentences is shown: they are English, and theirs to change.

use std::io::{self, ErrorKind};

use vestibule_model::ErrorCode;
use vestibule_model::error_code::Explanation;
use vestibule_model::view::Language;

/// What the system says.
pub fn in_french(error: &io::Error) -> String {
    let said = match (error.kind(), error.raw_os_error()) {
        (ErrorKind::NotFound, _) => "le fichier n’existe pas",
        (ErrorKind::PermissionDenied, _) => "ce compte n’y a pas accès",
        (ErrorKind::AddrInUse, _) => "un autre programme, ou un compagnon en marche, écoute déjà à cette adresse",
        (ErrorKind::AddrNotAvailable, _) => "cette machine n’a pas cette adresse",
        (ErrorKind::AlreadyExists, _) => "il existe déjà",
        (ErrorKind::IsADirectory, _) => "c’est un dossier",
        (ErrorKind::NotADirectory, _) => "un des dossiers du chemin est un fichier",
        (ErrorKind::ReadOnlyFilesystem, _) => "le système de fichiers est en lecture seule",
        (ErrorKind::StorageFull | ErrorKind::QuotaExceeded, _) => "il n’y a plus de place sur le disque",
        (ErrorKind::FileTooLarge, _) => "il est trop grand",
        (ErrorKind::InvalidFilename, _) => "le nom est trop long, ou contient un signe impossible",
        (ErrorKind::InvalidInput, _) => "le chemin contient un signe impossible",
        (ErrorKind::InvalidData, _) => "ce n’est pas du texte en UTF-8",
        (ErrorKind::ResourceBusy | ErrorKind::ExecutableFileBusy, _) => "un autre programme le tient",
        (ErrorKind::TimedOut, _) => "le système n’a pas répondu à temps",
        (ErrorKind::OutOfMemory, _) => "la mémoire de la machine est pleine",
        (ErrorKind::WriteZero | ErrorKind::UnexpectedEof, _) => "il n’a pas pu être lu ou écrit jusqu’au bout",
        _ => {
            return error.raw_os_error().map_or_else(|| "erreur du système".into(), |number| format!("erreur n°\u{a0}{number} du système"));
        }
    };
    said.to_owned()
}

/// As the catalogue says, but to whoever has the means to put it right: where its words are for a person at a workstation, others.
pub const fn for_administrator(code: ErrorCode) -> Explanation {
    let told = code.explanation(Language::Fr);
    if matches!(code, ErrorCode::StorageUnavailable) {
        return Explanation {
            title: told.title,
            cause: "La base de données que nomme «\u{a0}storage.sqlite_file\u{a0}» ne peut pas servir.",
            remedy: "Vérifiez son chemin, les droits du compte du service sur le fichier et sur son dossier, et la place sur le disque.",
        };
    }
    if matches!(code, ErrorCode::PscUnreachable) {
        return Explanation {
            title: told.title,
            cause: "Le compagnon n’a pas réussi à joindre Pro\u{a0}Santé\u{a0}Connect.",
            remedy: "Vérifiez depuis cette machine le nom (DNS), la sortie vers Internet (pare-feu, ou [psc.proxy]), et l’environnement choisi. Si la sortie est bonne, Pro\u{a0}Santé\u{a0}Connect est en panne\u{a0}: attendez.",
        };
    }
    told
}

#[cfg(test)]
mod tests;
