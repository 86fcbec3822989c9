//! Why the settings cannot be used, in the words of the log and in French.

use std::path::PathBuf;

use vestibule_model::ErrorCode;

use super::POLICY_VARIABLE;
use crate::paths::NoHome;

/// Why there are no settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Nobody said where the companion is.
    #[error("{0}: no machine policy, so nobody knows where the companion is")]
    NoPolicy(PathBuf),
    /// The policy does not say where the companion is.
    #[error("{0}: companion_url is missing")]
    NoCompanion(PathBuf),
    /// A file that exists cannot be read.
    #[error("{path}: {reason}", path = path.display())]
    Unreadable { path: PathBuf, reason: String },
    /// A file has an unknown key or a value of the wrong kind; the reason names it.
    #[error("{path}: {reason}", path = path.display())]
    Malformed { path: PathBuf, line: Option<usize>, reason: String },
    /// The companion's address is not an origin over https, nor http on the literal 127.0.0.1.
    #[error("{path}: companion_url must be https, or http on 127.0.0.1, with nothing after the host and port", path = path.display())]
    AddressRefused { path: PathBuf },
    /// A development policy may name a companion on this machine only.
    #[error("{path}: a policy file from {POLICY_VARIABLE} may only name a companion on 127.0.0.1", path = path.display())]
    AddressNotLocal { path: PathBuf },
    /// The user's file tries to name the companion.
    #[error("{path}: only the machine policy may set {key}", path = path.display())]
    PolicyOnly { path: PathBuf, key: &'static str },
    /// No home folder.
    #[error(transparent)]
    NoHome(#[from] NoHome),
}

impl SettingsError {
    /// The same in French, for the person who reads it on a terminal.
    pub fn in_french(&self) -> String {
        match self {
            Self::NoPolicy(path) => {
                let path = path.display();
                format!("{path}\u{a0}: ce fichier n’existe pas, et lui seul dit où se trouve le compagnon.")
            }
            Self::NoCompanion(path) => format!("{}\u{a0}: il manque companion_url.", path.display()),
            Self::Unreadable { path, reason } => {
                format!("{}\u{a0}: fichier illisible ou impossible à écrire ({}).", path.display(), system_words(reason))
            }
            Self::Malformed { path, line, reason } => {
                let line = line.map(|line| format!(", ligne {line}")).unwrap_or_default();
                format!("{}{line}\u{a0}: {}.", path.display(), parser_words(reason))
            }
            Self::AddressRefused { path } => {
                let path = path.display();
                format!("{path}\u{a0}: companion_url doit être en https, ou en http sur 127.0.0.1, sans rien après l’hôte et le port.")
            }
            Self::AddressNotLocal { path } => {
                let path = path.display();
                format!("{path}\u{a0}: un fichier donné par {POLICY_VARIABLE} ne peut désigner qu’un compagnon sur 127.0.0.1.")
            }
            Self::PolicyOnly { path, key } => {
                format!("{}\u{a0}: seule la stratégie de l’ordinateur peut fixer {key}.", path.display())
            }
            Self::NoHome(_) => "Le système ne donne pas de dossier personnel à cet utilisateur.".to_owned(),
        }
    }

    /// The catalogue's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::AddressRefused { .. } | Self::AddressNotLocal { .. } | Self::PolicyOnly { .. } => ErrorCode::CompanionAddressRefused,
            Self::NoPolicy(_) | Self::NoCompanion(_) | Self::Unreadable { .. } | Self::Malformed { .. } | Self::NoHome(_) => {
                ErrorCode::SettingsInvalid
            }
        }
    }
}

/// What the system says of a file, in French where it is one of the usual things.
pub(crate) fn system_words(reason: &str) -> &str {
    let usual = [
        ("Permission denied", "accès refusé"),
        ("Access is denied", "accès refusé"),
        ("No such file", "fichier absent"),
        ("Is a directory", "c’est un dossier"),
        ("No space left", "le disque est plein"),
        ("Read-only file system", "le disque est en lecture seule"),
    ];
    usual.into_iter().find(|(english, _)| reason.contains(english)).map_or(reason, |(_, french)| french)
}

/// What the parser says, in French. It quotes names of keys and never the text of a value.
fn parser_words(reason: &str) -> String {
    let quoted = || reason.split('`').nth(1).unwrap_or_default();
    if reason.starts_with("unknown field") {
        format!("clé inconnue, {}", quoted())
    } else if reason.starts_with("unknown variant") {
        format!("valeur inconnue, {}", quoted())
    } else if reason.starts_with("duplicate key") {
        "la même clé y est deux fois".to_owned()
    } else if reason.starts_with("invalid type") {
        "valeur d’une autre sorte que celle qui est attendue".to_owned()
    } else if let Some(key) = reason.strip_suffix(UNUSABLE) {
        format!("valeur inutilisable pour {key}")
    } else {
        "ce n’est pas du TOML bien formé".to_owned()
    }
}

/// How a reason ends that says that the value of a key is unusable.
pub(super) const UNUSABLE: &str = " has an unusable value";
