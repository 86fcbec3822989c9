//! `store copy`: the memory of a companion that does not serve, taken from a file into a server's database or back. The two places are named by
//! two configurations, the one of before and the one of after: no password stands on a command line, and what is judged is what will serve.
//!
//! Everything is done and looked at again inside one transaction of the place of arrival: until its end, it holds nothing.

mod report;

use std::path::{Path, PathBuf};

use vestibule_model::ErrorCode;

pub use self::report::Copied;
use crate::audit::{Event, Seal};
use crate::clock::Timestamp;
use crate::config::{Config, StoragePlace, StorageSection};
use crate::key_rotation::missing_values;
use crate::preflight::{self, StartError};
use crate::store::{AuditPeriod, AuditRow, HeldDatabase, KeyCensus, StoreError, Table, Tenancy};
use crate::vault;

/// Lines of the audit trail that are read at a time.
const BATCH: u32 = 1000;

/// Why a memory is not copied. In French: the administrator reads it. Neither database was changed, but for its schema brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum CopyRefused {
    /// As a start under this configuration would.
    #[error("{error} (configuration «\u{a0}{}\u{a0}»)", config.display())]
    Start {
        /// Which of the two.
        config: PathBuf,
        /// What it refuses.
        error: StartError,
    },
    /// Two files, or two servers.
    #[error("{code}\u{a0}: les deux configurations nomment le même genre de base\u{202f}; cette commande va d’un fichier SQLite à une base PostgreSQL, ou l’inverse\u{a0}: pour rester sur le même genre, restaurez une sauvegarde", code = ErrorCode::StoreNotCopied)]
    SameKind,
    /// The people of one Pro Santé Connect are nobody at another.
    #[error("{code}\u{a0}: les deux configurations nomment deux environnements de Pro\u{a0}Santé\u{a0}Connect\u{202f}; chaque environnement a sa base", code = ErrorCode::EnvironmentMixed)]
    OtherEnvironment,
    /// There is no such file.
    #[error("{code}\u{a0}: la base de départ «\u{a0}{}\u{a0}» n’existe pas, ou le fichier est vide\u{202f}; vérifiez son chemin dans la configuration de départ", .0.display(), code = ErrorCode::StoreNotCopied)]
    NoMemory(PathBuf),
    /// A start made it, and nothing came after.
    #[error("{code}\u{a0}: la base de départ ne contient rien\u{202f}; vérifiez que «\u{a0}--from\u{a0}» et «\u{a0}--to\u{a0}» ne sont pas échangés", code = ErrorCode::StoreNotCopied)]
    NothingToCopy,
    /// It would be mixed with something else.
    #[error("{code}\u{a0}: la base d’arrivée n’est pas vide ({}\u{a0}: {lines})\u{202f}; prenez une base neuve, ou vérifiez que «\u{a0}--from\u{a0}» et «\u{a0}--to\u{a0}» ne sont pas échangés", table.french, code = ErrorCode::StoreNotCopied)]
    NotEmpty {
        /// The first table that has any.
        table: &'static Table,
        /// How many.
        lines: u64,
    },
    /// A companion serves the file.
    #[error("{code}\u{a0}: un serveur de connexion utilise la base «\u{a0}{}\u{a0}»\u{202f}; arrêtez-le", .0.display(), code = ErrorCode::StoreNotCopied)]
    Served(PathBuf),
    /// Someone is connected to the server's database.
    #[error("{code}\u{a0}: un serveur de connexion, ou une de ses commandes, est relié à la base PostgreSQL\u{202f}; arrêtez-le", code = ErrorCode::StoreNotCopied)]
    Connected,
    /// A key rotation is under way on the file.
    #[error("{code}\u{a0}: une rotation de la clé est en cours sur «\u{a0}{}\u{a0}»\u{202f}; laissez-la finir", .0.display(), code = ErrorCode::StoreNotCopied)]
    Rotating(PathBuf),
    /// What comes could not be opened there.
    #[error("{code}\u{a0}: la clé de chiffrement de la configuration d’arrivée ne déchiffre pas {0} données que celle de départ déchiffre\u{202f}; donnez-lui le même fichier de clé", code = ErrorCode::SealingKeyMissing)]
    OtherKey(u64),
    /// A database failed on the way.
    #[error("{code}\u{a0}: la copie s’est arrêtée, rien n’en est gardé\u{a0}: {}", .0.in_french(), code = ErrorCode::StorageUnavailable)]
    Failed(#[from] StoreError),
    /// The server was gone before it said whether it keeps the copy.
    #[error("{code}\u{a0}: la base d’arrivée n’a pas dit si elle garde la copie\u{202f}; relancez la même commande\u{a0}: si la base d’arrivée n’est pas vide ({refused}), la copie y est entière", code = ErrorCode::StorageUnavailable, refused = ErrorCode::StoreNotCopied)]
    Unknown,
    /// Both hold different things, in spite of all.
    #[error("{code}\u{a0}: ce qui est arrivé n’est pas ce qui est parti ({0})\u{202f}; rien n’en est gardé", code = ErrorCode::StoreNotCopied)]
    Differs(&'static str),
}

impl CopyRefused {
    /// Number of the catalogue.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Start { error, .. } => error.code(),
            Self::OtherKey(_) => ErrorCode::SealingKeyMissing,
            Self::OtherEnvironment => ErrorCode::EnvironmentMixed,
            Self::Failed(_) | Self::Unknown => ErrorCode::StorageUnavailable,
            Self::SameKind
            | Self::NoMemory(_)
            | Self::NothingToCopy
            | Self::NotEmpty { .. }
            | Self::Served(_)
            | Self::Connected
            | Self::Rotating(_)
            | Self::Differs(_) => ErrorCode::StoreNotCopied,
        }
    }
}

/// A configuration, and the memory that it names, which nobody else changes meanwhile.
struct Side {
    config: Config,
    held: HeldDatabase,
    _rights: Vec<Tenancy>,
}

/// Copies the memory that the first configuration names into the one that the second names. Blocks, and performs I/O.
///
/// # Errors
/// [`CopyRefused`]; nothing of the copy is kept, but by [`CopyRefused::Unknown`] maybe all of it.
pub fn copy(from: &Path, to: &Path, now: Timestamp) -> Result<Copied, CopyRefused> {
    let [before, after] = [from, to].map(|file| Config::load(file).map_err(|error| refused(file, error.into())));
    let (before, after) = (before?, after?);
    if before.psc.environment != after.psc.environment {
        return Err(CopyRefused::OtherEnvironment);
    }
    match (before.storage.place(), after.storage.place()) {
        (StoragePlace::File(_), StoragePlace::File(_)) | (StoragePlace::Server { .. }, StoragePlace::Server { .. }) => {
            return Err(CopyRefused::SameKind);
        }
        (StoragePlace::File(file), StoragePlace::Server { .. })
            if match std::fs::metadata(file) {
                Ok(found) => found.len() == 0,
                // What may not be looked at may be there: opening it says what is wrong.
                Err(error) => error.kind() == std::io::ErrorKind::NotFound,
            } =>
        {
            return Err(CopyRefused::NoMemory(file.to_owned()));
        }
        _ => {}
    }
    let mut source = hold(from, before)?;
    let mut target = hold(to, after)?;
    let outcome = take(&mut source, &mut target)?;
    // Numbers that another database left out are no sign of anything: the trail says itself that it came from there.
    let line = AuditRow { at: now, event: Event::TrailCopied.name().to_owned(), ..AuditRow::default() };
    target.held.record(&line)?;
    target.held.keep().map_err(|error| if matches!(error, StoreError::NotCommitted) { CopyRefused::Unknown } else { error.into() })?;
    Ok(outcome)
}

fn refused(config: &Path, error: StartError) -> CopyRefused {
    CopyRefused::Start { config: config.to_owned(), error }
}

fn hold(file: &Path, config: Config) -> Result<Side, CopyRefused> {
    let failed = |error| refused(file, StartError::store(&config, error));
    let (held, rights) = match config.storage.place() {
        StoragePlace::File(database) => {
            preflight::memory_folder(database).map_err(|error| refused(file, error))?;
            let tenancy = Tenancy::take(database).map_err(failed)?.ok_or_else(|| CopyRefused::Served(database.to_owned()))?;
            let mut beside = database.as_os_str().to_owned();
            beside.push(".rotation");
            let rotation = Tenancy::take(Path::new(&beside)).map_err(failed)?;
            let rotation = rotation.ok_or_else(|| CopyRefused::Rotating(database.to_owned()))?;
            (HeldDatabase::of_file(database).map_err(failed)?, vec![tenancy, rotation])
        }
        StoragePlace::Server { url_file, ca_file } => {
            let address = StorageSection::read_postgres_url(url_file).map_err(|error| refused(file, error.into()))?;
            let held = HeldDatabase::of_server(&address, ca_file).map_err(failed)?;
            (held.ok_or(CopyRefused::Connected)?, Vec::new())
        }
    };
    Ok(Side { config, held, _rights: rights })
}

fn take(source: &mut Side, target: &mut Side) -> Result<Copied, CopyRefused> {
    let leaving = source.held.counts()?;
    if leaving.iter().all(|(_, lines)| *lines == 0) {
        return Err(CopyRefused::NothingToCopy);
    }
    if let Some((table, lines)) = target.held.counts()?.into_iter().find(|(_, lines)| *lines > 0) {
        return Err(CopyRefused::NotEmpty { table, lines });
    }
    let keys = source.held.key_census()?;
    same_keys(source, target, &keys)?;
    target.held.fill_from(&mut source.held)?;
    look_again(&mut source.held, &mut target.held, leaving, &keys)
}

/// Those that the companion could open before are those that it opens afterwards.
fn same_keys(source: &Side, target: &Side, keys: &KeyCensus) -> Result<(), CopyRefused> {
    let missing = |side: &Side| -> Result<u64, CopyRefused> {
        let ring = vault::read_key_file(&side.config.vault.key_file);
        Ok(missing_values(&ring.map_err(|error| refused(&side.config.vault.key_file, error.into()))?, keys))
    };
    let (before, after) = (missing(source)?, missing(target)?);
    if after > before { Err(CopyRefused::OtherKey(after - before)) } else { Ok(()) }
}

fn look_again(
    source: &mut HeldDatabase,
    target: &mut HeldDatabase,
    leaving: Vec<(&'static Table, u64)>,
    keys: &KeyCensus,
) -> Result<Copied, CopyRefused> {
    if target.counts()? != leaving {
        return Err(CopyRefused::Differs("le nombre de lignes"));
    }
    if target.key_census()? != *keys {
        return Err(CopyRefused::Differs("les données chiffrées"));
    }
    let periods = source.audit_periods()?;
    if target.audit_periods()? != periods {
        return Err(CopyRefused::Differs("les sceaux du journal d’audit"));
    }
    let mut altered = 0;
    for period in &periods {
        let there = sealed_now(target, period)?;
        // A trail that was altered before is moved as it is: what it says stays to be read.
        if there != *period {
            altered += 1;
            if there != sealed_now(source, period)? {
                return Err(CopyRefused::Differs("les lignes du journal d’audit"));
            }
        }
    }
    let sealed = keys.values.iter().map(|(_, values)| values).sum();
    Ok(Copied::new(&leaving, periods.len() as u64, altered, sealed))
}

fn sealed_now(held: &mut HeldDatabase, period: &AuditPeriod) -> Result<AuditPeriod, StoreError> {
    let mut seal = Seal::of(period);
    let mut cursor = period.first_id.saturating_sub(1);
    while cursor < period.last_id {
        let rows = held.audit_after(cursor, BATCH)?;
        let Some(last) = rows.last() else { break };
        cursor = last.id;
        rows.iter().take_while(|row| row.id <= period.last_id).for_each(|row| seal.add(row));
    }
    Ok(seal.finish())
}

#[cfg(test)]
mod tests;
