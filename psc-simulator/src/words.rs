//! What the system and the readers of files say, in French, with what to do. Their own sentences are looked at, never shown.

use std::io::{self, ErrorKind};

use vestibule_model::language::Language;
use vestibule_model::toml_slip;

/// Of a file that cannot be read or written.
#[expect(clippy::wildcard_enum_match_arm, reason = "the system can say much more than what a file usually meets")]
pub fn of_file(error: &io::Error) -> String {
    let said = match error.kind() {
        ErrorKind::NotFound => "il n’existe pas. Vérifiez son chemin.",
        ErrorKind::PermissionDenied => "ce compte n’y a pas accès. Donnez-lui ce droit, ou choisissez un autre fichier.",
        ErrorKind::IsADirectory => "c’est un dossier. Nommez un fichier.",
        ErrorKind::NotADirectory => "un des dossiers du chemin est un fichier. Vérifiez le chemin.",
        ErrorKind::InvalidData => "ce n’est pas du texte en UTF-8. Enregistrez-le en UTF-8.",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "il n’y a plus de place sur le disque. Faites de la place.",
        ErrorKind::ReadOnlyFilesystem => "le système de fichiers est en lecture seule. Choisissez un autre dossier.",
        _ => return format!("{}. Vérifiez ce fichier et son dossier.", numbered(error)),
    };
    said.to_owned()
}

/// Of an address that cannot be listened on.
#[expect(clippy::wildcard_enum_match_arm, reason = "the system can say much more than what an address usually meets")]
pub fn of_address(error: &io::Error) -> String {
    let said = match error.kind() {
        ErrorKind::AddrInUse => "un autre programme l’occupe. Arrêtez-le, ou choisissez un autre port.",
        ErrorKind::AddrNotAvailable => "cette machine n’a pas cette adresse. Choisissez 127.0.0.1, ou une adresse de cette machine.",
        ErrorKind::PermissionDenied => "ce compte n’a pas le droit d’écouter sur ce port. Choisissez un port à partir de 1024.",
        _ => return format!("{}. Choisissez une autre adresse.", numbered(error)),
    };
    said.to_owned()
}

fn numbered(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| "erreur du système".into(), |number| format!("erreur n°\u{a0}{number} du système"))
}

/// What a file of services gets wrong, from a byte of it on and at this line, by the sentence of its reader.
pub(crate) fn of_toml(text: &str, (start, line): (usize, usize), message: &str) -> String {
    let written = text.lines().nth(line - 1).unwrap_or_default();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let named = quoted.next().unwrap_or_default();
    if message.starts_with("duplicate key") {
        let key = toml_slip::key_at(text, start).map(|key| format!(" «\u{a0}{key}\u{a0}»")).unwrap_or_default();
        return format!("le paramètre{key} y est déjà, plus haut. Gardez-en un seul");
    }
    if toml::from_str::<toml::Table>(text).is_err() {
        return toml_slip::slip(message, written).told(Language::Fr).to_owned();
    }
    if message.starts_with("unknown field") {
        let admitted: Vec<&str> = quoted.collect();
        return format!("paramètre inconnu «\u{a0}{named}\u{a0}». Paramètres possibles\u{a0}: {}", admitted.join(", "));
    }
    if message.starts_with("missing field `client`") {
        return "aucun service n’est déclaré. Ajoutez une section [[client]]".to_owned();
    }
    if message.starts_with("missing field") {
        return format!("il manque le paramètre «\u{a0}{named}\u{a0}» à ce service. Ajoutez-le");
    }
    let key = written.split_once('=').map(|(key, _)| format!(" de «\u{a0}{}\u{a0}»", key.trim())).unwrap_or_default();
    let wanted = match message.rsplit_once(", expected ").map(|(_, wanted)| wanted) {
        Some("a string" | "path string") => "un texte entre guillemets",
        Some("a sequence") => "une liste entre crochets",
        _ => "une section [[client]], avec ses propres paramètres",
    };
    format!("valeur incorrecte{key}. Mettez-y {wanted}")
}
