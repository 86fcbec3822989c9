//! What whoever helps reads of a companion, running or stopped: the story of one sign-in, the security events of a period. Nothing is changed,
//! and nobody is named.

mod incidents;
mod log_lines;
mod narration;
mod story;
mod verified;

use chrono::{DateTime, SecondsFormat, Utc};
use vestibule_model::ErrorCode;

pub use self::incidents::{Incidents, PERIOD_LINES, beginning, end};
pub(crate) use self::log_lines::moment_of;
pub use self::log_lines::{LogEntry, LogsRefused, lines_about};
pub use self::story::Story;
pub use self::verified::{noted_seal, verified};
use crate::clock::Timestamp;
use crate::config::{Config, ConfigError, StoragePlace, StorageSection};
use crate::preflight::StartError;
use crate::store::{StoreError, TrailReader};

/// Why there is nothing to read. In French: the administrator reads it.
#[derive(Debug, thiserror::Error)]
pub enum SupportRefused {
    /// As a start would.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A file of logs.
    #[error(transparent)]
    Logs(#[from] LogsRefused),
    /// Neither the trail nor the logs know the sign-in.
    #[error("{code}\u{a0}: rien n’est connu de la connexion «\u{a0}{0}\u{a0}», ni dans cette base ni dans les journaux donnés", code = ErrorCode::NothingToTell)]
    UnknownSignIn(String),
    /// What was typed has another form.
    #[error("{code}\u{a0}: «\u{a0}{0}\u{a0}» n’est pas un numéro de connexion\u{202f}; il a la forme 7F3K-9QXM", code = ErrorCode::NothingToTell)]
    NotASignInId(String),
    /// No trail is where the configuration says: nothing that could be what was written.
    #[error("{code}\u{a0}: il n’y a pas de journal d’audit là où la configuration le dit\u{a0}: la base n’existe pas, est vide, ou a perdu cette table. Vérifiez [storage]\u{202f}; si le serveur de connexion a déjà servi, la base a été effacée ou remplacée", code = ErrorCode::NothingToTell)]
    NoTrail,
    /// A period that goes on until now begins later.
    #[error("{code}\u{a0}: la période commence après maintenant\u{202f}; vérifiez «\u{a0}--from\u{a0}»", code = ErrorCode::NothingToTell)]
    PeriodToCome,
    /// The beginning of a period comes after its end.
    #[error("{code}\u{a0}: la période finit avant de commencer\u{202f}; échangez «\u{a0}--from\u{a0}» et «\u{a0}--to\u{a0}»", code = ErrorCode::NothingToTell)]
    PeriodReversed,
}

impl SupportRefused {
    /// Number of the catalogue.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Start(error) => error.code(),
            Self::Logs(error) => error.code(),
            Self::UnknownSignIn(_) | Self::NotASignInId(_) | Self::NoTrail | Self::PeriodToCome | Self::PeriodReversed => {
                ErrorCode::NothingToTell
            }
        }
    }
}

/// What the memory refuses, as a start would tell it.
pub fn unreadable(config: &Config, error: StoreError) -> SupportRefused {
    StartError::store(config, error).into()
}

/// Where the trail of this configuration is. Performs I/O.
///
/// # Errors
/// [`ConfigError`] for a file with an address that cannot serve.
pub fn trail(config: &Config) -> Result<TrailReader, ConfigError> {
    Ok(match config.storage.place() {
        StoragePlace::File(file) => TrailReader::File(file.to_owned()),
        StoragePlace::Server { url_file, ca_file } => {
            TrailReader::Server { address: StorageSection::read_postgres_url(url_file)?, authorities: ca_file.map(ToOwned::to_owned) }
        }
    })
}

/// For a person: UTC, to the second.
fn moment(at: Timestamp) -> String {
    DateTime::<Utc>::from_timestamp_millis(at.0).map_or_else(|| "?".into(), |at| at.format("%Y-%m-%d %H:%M:%S").to_string())
}

/// For a program: RFC 3339, UTC.
pub fn stamp(at: Timestamp) -> String {
    DateTime::<Utc>::from_timestamp_millis(at.0).map_or_else(|| "?".into(), |at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// As administrators name a workstation everywhere: the beginning of its key's thumbprint.
fn device(jkt: &str) -> String {
    jkt.chars().take(DEVICE_SIGNS).collect()
}

/// As the lists of the administration show it.
const DEVICE_SIGNS: usize = 12;
