//! What libraries and the system say, in the administrator's words. Nothing of their own sentences is shown: they are English, and theirs to change.

use std::io::{self, ErrorKind};
use std::path::Path;

use vestibule_model::ErrorCode;
use vestibule_model::error_code::Explanation;
use vestibule_model::language::Language;
use vestibule_support_report::NoLog;

use crate::ordinary_file::NotOrdinary;

/// What the system says.
pub fn in_french(error: &io::Error) -> String {
    if let Some(own) = error.get_ref().and_then(|own| own.downcast_ref::<NotOrdinary>()) {
        return own.to_string();
    }
    let said = match (error.kind(), error.raw_os_error()) {
        (ErrorKind::NotFound, _) => "le fichier n’existe pas",
        (ErrorKind::PermissionDenied, _) => "ce compte n’y a pas accès",
        (ErrorKind::AddrInUse, _) => "un autre programme, ou un serveur de connexion en marche, écoute déjà sur cette adresse",
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

/// Why a file is no log, and what to give in its place.
pub fn no_log(no_log: NoLog) -> String {
    match no_log {
        NoLog::Packed(program) => format!("ce fichier est compressé dans un format qui n’est pas lu\u{202f}; décompressez-le ({program}), puis donnez ce qui en sort"),
        NoLog::Journal => {
            "c’est un fichier du journal de systemd, pas du texte\u{202f}; donnez ce qu’en dit «\u{a0}journalctl -u compagnon --since -7d\u{a0}»".into()
        }
        NoLog::NoText => {
            "ce n’est pas du texte en UTF-8\u{202f}; donnez le journal lui-même, converti s’il est en UTF-16 («\u{a0}iconv -f UTF-16 -t UTF-8\u{a0}»)".into()
        }
        NoLog::Endless => {
            "il dépasse 1\u{a0}Go, tel quel ou une fois décompressé, et n’est pas lu plus loin\u{202f}; donnez-en les derniers jours seulement («\u{a0}journalctl --since -7d\u{a0}»)".into()
        }
        NoLog::Nothing => "il est vide\u{a0}: la commande placée avant «\u{a0}|\u{a0}» n’a rien écrit\u{202f}; vérifiez-la".into(),
    }
}

/// What the system says of a folder.
pub fn of_folder(error: &io::Error) -> String {
    if error.kind() == ErrorKind::NotFound { "il n’existe pas\u{202f}; créez-le".into() } else { in_french(error) }
}

/// Of a file that cannot be read: a right that the account lacks is put right otherwise than the file.
pub fn of_unreadable(error: &io::Error, otherwise: ErrorCode) -> ErrorCode {
    if error.kind() == ErrorKind::PermissionDenied { ErrorCode::AccountLacksAccess } else { otherwise }
}

/// What the system says of a file that was to be made: of one that is not there yet, its folder is what is missing.
pub fn of_new_file(error: &io::Error, file: &Path) -> String {
    match (error.kind(), file.parent()) {
        (ErrorKind::NotFound, Some(folder)) if !folder.is_dir() => format!("le dossier «\u{a0}{}\u{a0}» n’existe pas", folder.display()),
        _ => in_french(error),
    }
}

/// As the catalogue says, but to whoever has the means to put it right: where its words are for a person at a workstation, others.
pub fn for_administrator(code: ErrorCode) -> Explanation {
    let told = code.explanation(Language::Fr);
    let own = OWN_WORDS.iter().find(|(own, ..)| *own == code).map(|(_, cause, remedy)| (*cause, *remedy));
    let (cause, remedy) = match own {
        Some(own) => own,
        // The companion's own configuration, start and administration: nobody else reads of them.
        None if code.number() / 1000 == 3 => return told,
        None => ("Le serveur de connexion en marche refuse cette demande.", "Son journal dit pourquoi, sous ce code."),
    };
    Explanation { title: told.title, cause, remedy }
}

/// Cause and remedy of what can be wrong with the memory, with Pro Santé Connect, or with what leads to it.
const OWN_WORDS: &[(ErrorCode, &str, &str)] = &[
    (
        ErrorCode::CommandRefused,
        "Elle contient un mot inconnu, il lui en manque un, ou ce qu’elle demande ne peut pas aller ensemble.",
        "Saisissez «\u{a0}companion-server --help\u{a0}» pour la liste des commandes, et «\u{a0}companion-server COMMANDE --help\u{a0}» pour les options d’une commande.",
    ),
    (
        ErrorCode::ReportUnwritten,
        "Le fichier du rapport ne peut pas être écrit à cet endroit\u{a0}: le disque est plein, l’accès est refusé, ou un fichier de ce nom existe déjà.",
        "Donnez un autre endroit par «\u{a0}--out\u{a0}». Rien n’a été laissé à moitié.",
    ),
    (
        ErrorCode::StorageUnavailable,
        "La base de données que nomme «\u{a0}storage.sqlite_file\u{a0}» ou «\u{a0}storage.postgres_url_file\u{a0}» ne peut pas servir.",
        "Fichier SQLite\u{a0}: vérifiez son chemin, les droits du compte de service sur le fichier et sur son dossier, la place sur le disque, et qu’aucun autre programme ne le tient verrouillé («\u{a0}lsof\u{a0}»). PostgreSQL\u{a0}: vérifiez que le serveur répond, l’adresse, le compte et la base qu’elle nomme, et le certificat.",
    ),
    (
        ErrorCode::PscUnreachable,
        "Le serveur de connexion n’a pas réussi à joindre Pro\u{a0}Santé\u{a0}Connect.",
        "Vérifiez depuis cette machine le nom (DNS), la sortie vers Internet (pare-feu, ou [psc.proxy]), et l’environnement choisi. Si la sortie est bonne, Pro\u{a0}Santé\u{a0}Connect est en panne\u{a0}: attendez.",
    ),
    (
        ErrorCode::PscUnavailable,
        "Pro\u{a0}Santé\u{a0}Connect, ou ce qui répond à sa place, annonce une panne ou une maintenance.",
        "Attendez. Si cela dure alors que Pro\u{a0}Santé\u{a0}Connect n’annonce rien, vérifiez qu’aucun filtre ni proxy ne répond à sa place.",
    ),
    (
        ErrorCode::PscAnswerUnreadable,
        "Ce qui répond à l’adresse de Pro\u{a0}Santé\u{a0}Connect ne suit pas son protocole.",
        "Vérifiez l’environnement choisi («\u{a0}psc.environment\u{a0}»), et qu’aucun filtre ni proxy ne répond à sa place.",
    ),
    (
        ErrorCode::PscRequestRefused,
        "Pro\u{a0}Santé\u{a0}Connect répond, et refuse ce que le serveur de connexion lui demande.",
        "Vérifiez «\u{a0}psc.environment\u{a0}», «\u{a0}psc.client_id\u{a0}», et l’URL de redirection déclarée à l’ANS.",
    ),
    (
        ErrorCode::PscClientRefused,
        "Pro\u{a0}Santé\u{a0}Connect n’a pas reconnu le serveur de connexion\u{a0}: son identifiant, son secret ou son certificat.",
        "Vérifiez «\u{a0}psc.client_id\u{a0}», le secret ou le certificat de la section [psc]. Un fichier remplacé se prend par un rechargement (SIGHUP).",
    ),
    (
        ErrorCode::PscDiscoveryRefused,
        "Les adresses ou les clés que publie Pro\u{a0}Santé\u{a0}Connect ne conviennent pas à l’environnement choisi.",
        "Vérifiez «\u{a0}psc.environment\u{a0}», et qu’aucun équipement du réseau ne change les réponses.",
    ),
    (
        ErrorCode::PscCertificateRefused,
        "Le certificat a expiré, n’est pas celui qui a été déclaré, ou manque.",
        "Vérifiez la section [psc.client_certificate], et que ce certificat est celui qui a été déclaré à l’ANS.",
    ),
    (
        ErrorCode::PscUntrusted,
        "Ce qui répond à la place de Pro\u{a0}Santé\u{a0}Connect n’a pas pu prouver son identité. Par sécurité, rien n’a été envoyé.",
        "Si un équipement de votre réseau déchiffre ce trafic, exemptez-en Pro\u{a0}Santé\u{a0}Connect, ou nommez son autorité («\u{a0}psc.extra_ca_file\u{a0}»). Vérifiez aussi l’horloge de cette machine.",
    ),
    (
        ErrorCode::ClockWrong,
        "L’horloge de cette machine et celle de Pro\u{a0}Santé\u{a0}Connect sont trop écartées.",
        "Réglez l’horloge de cette machine (NTP\u{a0}: «\u{a0}timedatectl\u{a0}» dit si elle est tenue). D’ici là, les connexions échouent.",
    ),
    (
        ErrorCode::PscProxyRefused,
        "Le proxy de sortie ne répond pas, ou refuse.",
        "Vérifiez dans [psc.proxy] son adresse et son compte, et ses règles\u{a0}: il doit laisser passer vers Pro\u{a0}Santé\u{a0}Connect.",
    ),
];

#[cfg(test)]
mod tests;
