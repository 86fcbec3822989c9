//! Why the settings cannot be used, in the words of the log.

use std::path::PathBuf;

use vestibule_model::ErrorCode;

use super::POLICY_VARIABLE;
use super::fault::Fault;
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
    /// This account may not read the policy, because of what it may not do here.
    #[error("{path}: this account may not read it: permissions of {at}", path = path.display(), at = at.display())]
    NotPermitted { path: PathBuf, at: PathBuf, is_folder: bool },
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
    /// The catalogue's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::AddressRefused { .. } => ErrorCode::CompanionAddressRefused,
            Self::AddressNotLocal { .. } => ErrorCode::DevelopmentPolicyRefused,
            Self::PolicyOnly { .. } => ErrorCode::SettingReserved,
            Self::NoPolicy(_) | Self::NoCompanion(_) | Self::Unreadable { .. } | Self::Malformed { .. } => ErrorCode::SettingsInvalid,
            Self::PolicyExposed { .. } => ErrorCode::PolicyExposed,
            Self::NotPermitted { .. } => ErrorCode::PolicyNotPermitted,
            Self::NoHome(_) => ErrorCode::HomeUnknown,
        }
    }
}
