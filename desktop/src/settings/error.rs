//! Why the settings cannot be used, in the words of the log and in French.

use std::path::PathBuf;

use vestibule_model::ErrorCode;

use super::POLICY_VARIABLE;
use super::file::Fault;
use crate::paths::NoHome;
use crate::system_words::SystemFault;
use crate::trusted_file::Exposure;

/// Why there are no settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Nobody said where the companion is.
    #[error("{0}: no machine policy, so nobody knows where the companion is")]
    NoPolicy(PathBuf),
    /// The policy does not say where the companion is.
    #[error("{0}: companion_url is missing")]
    NoCompanion(PathBuf),
    /// A file that exists cannot be read, or one cannot be written.
    #[error("{path}: {fault}", path = path.display())]
    Unreadable { path: PathBuf, fault: SystemFault },
    /// A file has an unknown key or a value of the wrong kind, or is no text that can be read; the fault names it.
    #[error("{path}: {fault}", path = path.display())]
    Malformed { path: PathBuf, line: Option<usize>, fault: Fault },
    /// Somebody else than the administrator can have written the policy, or the authority that it names.
    #[error("{file} decides whom to trust, and {exposure}", file = file.display())]
    PolicyExposed { file: PathBuf, exposure: Exposure },
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
            Self::Unreadable { path, fault } => {
                format!("{}\u{a0}: fichier illisible ou impossible à écrire ({}).", path.display(), fault.in_french())
            }
            Self::Malformed { path, line, fault } => {
                let line = line.map(|line| format!(", ligne {line}")).unwrap_or_default();
                format!("{}{line}\u{a0}: {}.", path.display(), fault.in_french())
            }
            Self::PolicyExposed { file, exposure } => {
                format!("{}\u{a0}: ce fichier décide à qui faire confiance. {}.", file.display(), exposure.in_french())
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
            Self::NoHome(_) => "Ni la variable HOME ni le compte de cet utilisateur n’indiquent de dossier personnel.".to_owned(),
        }
    }

    /// The catalogue's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::AddressRefused { .. } => ErrorCode::CompanionAddressRefused,
            Self::AddressNotLocal { .. } => ErrorCode::DevelopmentPolicyRefused,
            Self::PolicyOnly { .. } => ErrorCode::SettingReserved,
            Self::NoPolicy(_) | Self::NoCompanion(_) | Self::Unreadable { .. } | Self::Malformed { .. } => ErrorCode::SettingsInvalid,
            Self::PolicyExposed { .. } => ErrorCode::PolicyExposed,
            Self::NoHome(_) => ErrorCode::HomeUnknown,
        }
    }
}
