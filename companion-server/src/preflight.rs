//! Everything that a start can refuse, asked without starting: nothing is served, nobody is called, nothing is changed, and a companion that
//! runs meanwhile is not disturbed.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vestibule_model::ErrorCode;
use vestibule_model::room::Free;

use crate::clock::Clock;
use crate::config::{Config, ConfigError, StoragePlace, StorageSection};
use crate::disk;
use crate::key_rotation::{self, RotationRefused};
use crate::provider;
use crate::random::{Random, SystemRandom};
use crate::store::{Glance, SchemaError, Store, StoreError};
use crate::vault::{self, KeyRing, SealedPlace, Vault, VaultRefused};
use crate::words::{in_french, of_folder};

/// Why the companion does not start, or stops by itself.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration names something that cannot serve.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An address cannot be listened on.
    #[error("{code}\u{a0}: impossible d’écouter sur l’adresse {address}\u{a0}: {}", in_french(source), code = ErrorCode::ListenerUnavailable)]
    Listener {
        /// As configured.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The sealing key.
    #[error("{code}\u{a0}: paramètre «\u{a0}vault.key_file\u{a0}»\u{a0}: {0}", code = .0.code())]
    Vault(#[from] VaultRefused),
    /// The keys of the vault and what lies under them do not fit, or a rotation did not reach its end.
    #[error(transparent)]
    Keys(#[from] RotationRefused),
    /// The database.
    #[error("{code}\u{a0}: la base de données {named} ne peut pas être ouverte\u{a0}: {}", error.in_french(), code = ErrorCode::StorageUnavailable)]
    Store {
        /// The key that names it, and in brackets which one it is, where that can be said.
        named: Box<str>,
        /// What is wrong with it.
        error: StoreError,
    },
    /// It holds the people of another Pro Santé Connect.
    #[error("{code}\u{a0}: la base de données {named} vient de l’environnement «\u{a0}{other}\u{a0}», et «\u{a0}psc.environment\u{a0}» en nomme un autre\u{202f}; chaque environnement a sa base", code = ErrorCode::EnvironmentMixed)]
    OtherEnvironment {
        /// As of [`Self::Store`].
        named: Box<str>,
        /// The one that it is of.
        other: Box<str>,
    },
    /// Its folder.
    #[error("{code}\u{a0}: le dossier de la base de données («\u{a0}storage.sqlite_file\u{a0}»), «\u{a0}{}\u{a0}», ne peut pas servir\u{a0}: {}", folder.display(), of_folder(source), code = ErrorCode::StorageUnavailable)]
    StoreFolder {
        /// As configured.
        folder: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another companion serves the same database.
    #[error("{code}\u{a0}: un autre serveur de connexion utilise déjà la base de données «\u{a0}{}\u{a0}»\u{202f}; un seul à la fois le peut", .0.display(), code = ErrorCode::StorageUnavailable)]
    StoreTaken(PathBuf),
    /// A listener broke.
    #[error("{code}\u{a0}: l’écoute sur une adresse s’est arrêtée\u{a0}: {}", in_french(.0), code = ErrorCode::ListenerUnavailable)]
    Broken(std::io::Error),
}

impl StartError {
    /// The memory that this configuration names cannot serve.
    pub(crate) fn store(config: &Config, error: StoreError) -> Self {
        Self::Store { named: named(config), error }
    }

    /// The memory is of this environment, and the configuration of another.
    pub(crate) fn other_environment(config: &Config, other: &str) -> Self {
        Self::OtherEnvironment { named: named(config), other: other.into() }
    }

    /// The catalogue's number.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Config(error) => error.code(),
            Self::Listener { .. } | Self::Broken(_) => ErrorCode::ListenerUnavailable,
            Self::Vault(refused) => refused.code(),
            Self::Keys(refused) => refused.code(),
            Self::OtherEnvironment { .. } => ErrorCode::EnvironmentMixed,
            Self::Store { .. } | Self::StoreFolder { .. } | Self::StoreTaken(_) => ErrorCode::StorageUnavailable,
        }
    }
}

/// What a start would take on, and people would meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// Values of the memory that no key of the file opens.
    pub missing_values: u64,
}

/// Seconds for which what was refused is looked at.
const RECENT_S: i64 = 24 * 60 * 60;

/// Reads a configuration and asks everything of it; workstations' eyes on the companion's own certificate included.
///
/// # Errors
/// [`StartError`], the first that a start would meet; [`ConfigError::Refused`] also for a certificate that workstations refuse.
pub async fn check(file: &Path, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<Checked, StartError> {
    check_config(&Config::load(file)?, clock, random).await
}

/// As [`check`], of a configuration that was read and whose files were looked at.
///
/// # Errors
/// As [`check`].
pub async fn check_config(config: &Config, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<Checked, StartError> {
    for address in [config.listener.address, config.administration.address] {
        listenable(address)?;
    }
    provider::open(config, Arc::clone(&clock), random)?;
    let glance = database(config, &*clock).await?;
    if let StoragePlace::File(file) = config.storage.place() {
        memory_room(file, disk::free(folder_of(file)))?;
    }
    workstations_accept(config, &*clock)?;
    let missing_values = match glance {
        Some(glance) => missing_values(&key_file(config)?, &glance),
        None => 0,
    };
    Ok(Checked { missing_values })
}

/// Whether an address can be listened on. Taken is not refused: by the companion itself, if it runs.
///
/// # Errors
/// [`StartError::Listener`]
pub fn listenable(address: SocketAddr) -> Result<(), StartError> {
    match TcpListener::bind(address) {
        Err(source) if source.kind() != ErrorKind::AddrInUse => Err(StartError::Listener { address, source }),
        _ => Ok(()),
    }
}

/// Opens the memory, and brings its schema up to date. Performs I/O.
///
/// # Errors
/// [`StartError::Store`], [`StartError::Config`] for a file with an address that cannot serve.
pub async fn open(config: &Config) -> Result<Store, StartError> {
    let opened = match config.storage.place() {
        StoragePlace::File(file) => Store::open_file(file),
        StoragePlace::Server { url_file, ca_file } => Store::connect(StorageSection::read_postgres_url(url_file)?, ca_file).await,
    };
    opened.map_err(|error| StartError::store(config, error))
}

/// Whether the memory opens, and takes what the first key of the vault would seal.
///
/// # Errors
/// [`StartError::Store`], [`StartError::Keys`]
pub async fn database(config: &Config, clock: &dyn Clock) -> Result<Option<Glance>, StartError> {
    if let StoragePlace::File(file) = config.storage.place() {
        memory_folder(file)?;
    }
    let Some(glance) = glance(config, clock).await? else { return Ok(None) };
    if !glance.differences.is_empty() {
        return Err(StartError::store(config, StoreError::Foreign(glance.differences)));
    }
    if let Some(other) = glance.environment.as_deref().filter(|name| *name != config.psc.environment.name()) {
        return Err(StartError::other_environment(config, other));
    }
    let ring = vault::read_key_file(&config.vault.key_file)?;
    if glance.keys.as_ref().is_some_and(|keys| keys.forgotten.contains(&ring.current())) {
        return Err(RotationRefused::Forgotten(ring.current()).into());
    }
    Ok(Some(glance))
}

/// What the memory holds; `None` when it is still to be made. Changes nothing, and hinders no companion that serves. Performs I/O.
///
/// # Errors
/// [`StartError::Store`], [`StartError::Config`] for a file with an address that cannot serve.
pub async fn glance(config: &Config, clock: &dyn Clock) -> Result<Option<Glance>, StartError> {
    let since = clock.now().plus_seconds(-RECENT_S);
    let glance = match config.storage.place() {
        StoragePlace::File(file) => Glance::of_file(file, since),
        StoragePlace::Server { url_file, ca_file } => Glance::of_server(StorageSection::read_postgres_url(url_file)?, ca_file, since).await,
    };
    glance.map_err(|error| StartError::store(config, error))
}

/// What an earlier version made does not say all that is asked of it.
pub fn of_earlier_version(config: &Config) -> StartError {
    StartError::store(config, SchemaError::Earlier.into())
}

/// The key that names the memory, and in brackets which one it is, where that can be said. Performs I/O.
fn named(config: &Config) -> Box<str> {
    let place = memory_named(config).map(|place| format!(" ({place})")).unwrap_or_default();
    format!("«\u{a0}{}\u{a0}»{place}", config.storage.key()).into()
}

/// The file, or the database, its server and account, for an administrator; `None` where the address cannot be read. Performs I/O.
pub fn memory_named(config: &Config) -> Option<String> {
    match config.storage.place() {
        StoragePlace::File(file) => Some(file.display().to_string()),
        StoragePlace::Server { url_file, .. } => Store::named(&StorageSection::read_postgres_url(url_file).ok()?),
    }
}

/// Whether the memory's folder takes new files: a start makes a lock there, and what would refuse it is asked without leaving anything.
///
/// # Errors
/// [`StartError::StoreFolder`]
pub fn memory_folder(database: &Path) -> Result<(), StartError> {
    let folder = folder_of(database);
    writable_folder(folder).map_err(|source| StartError::StoreFolder { folder: folder.to_owned(), source })
}

/// What a start writes beside a database before it serves, in bytes: its index and the beginning of its journal, and the tables of a new one.
const LEAST_ROOM: u64 = 256 * 1024;

/// Whether a start finds the room that it takes.
fn memory_room(database: &Path, free: Option<Free>) -> Result<(), StartError> {
    match free {
        Some(free) if free.bytes < LEAST_ROOM || free.files == Some(0) => {
            let (folder, source) = (folder_of(database).to_owned(), ErrorKind::StorageFull.into());
            Err(StartError::StoreFolder { folder, source })
        }
        _ => Ok(()),
    }
}

fn folder_of(database: &Path) -> &Path {
    database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes into a memory that a start prepared, and takes it back at once; a companion that serves meanwhile waits a moment for it at most.
/// Performs I/O.
///
/// # Errors
/// [`StartError::Store`] with what refuses it, [`StartError::Config`] for a file with an address that cannot serve.
pub async fn trial(config: &Config) -> Result<(), StartError> {
    let tried = match config.storage.place() {
        StoragePlace::File(file) => Glance::try_file(file),
        StoragePlace::Server { url_file, ca_file } => Glance::try_server(StorageSection::read_postgres_url(url_file)?, ca_file).await,
    };
    tried.map_err(|error| StartError::store(config, error))
}

/// The keys of the vault. Performs I/O.
///
/// # Errors
/// [`StartError::Vault`]
pub fn key_file(config: &Config) -> Result<KeyRing, StartError> {
    Ok(vault::read_key_file(&config.vault.key_file)?)
}

/// How many values of the memory lie under a key that is none of these.
pub fn missing_values(ring: &KeyRing, glance: &Glance) -> u64 {
    glance.keys.as_ref().map_or(0, |keys| key_rotation::missing_values(ring, keys))
}

/// Sealed values that were opened to see whether they open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TriedValues {
    /// Looked at.
    pub all: usize,
    /// That their own key does not open.
    pub refused: usize,
}

/// Opens the values that the glance took along, and keeps none.
pub fn tried_values(ring: KeyRing, glance: &Glance) -> TriedValues {
    let vault = Vault::with_ring(ring, Arc::new(SystemRandom));
    let refused = glance.sealed.iter().filter(|(column, value)| {
        let place = SealedPlace { table: column.table, row: value.row.as_bytes(), column: column.place };
        vault.check(&place, &value.envelope).is_err()
    });
    TriedValues { all: glance.sealed.len(), refused: refused.count() }
}

/// # Errors
/// [`ConfigError::Refused`] with what workstations hold against the companion's own certificate.
pub fn workstations_accept(config: &Config, clock: &dyn Clock) -> Result<(), ConfigError> {
    match &config.listener.tls {
        Some(tls) => tls.check_as_workstation(&config.service, clock.now()).map(drop),
        None => Ok(()),
    }
}

#[cfg(unix)]
fn writable_folder(folder: &Path) -> std::io::Result<()> {
    use rustix::fs::{Access, access};
    Ok(access(folder, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK)?)
}

#[cfg(not(unix))]
fn writable_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::metadata(folder).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_without_the_room_that_a_start_takes_is_refused_as_the_start_does() {
        let told = |bytes, files| memory_room(Path::new("/var/lib/vestibule/companion.sqlite"), Some(Free { bytes, files }));
        for (bytes, files) in [(0, None), (LEAST_ROOM - 1, Some(9)), (1 << 30, Some(0))] {
            let refused = told(bytes, files).expect_err("full");
            assert!(refused.code() == ErrorCode::StorageUnavailable && refused.to_string().contains("plus de place"), "{refused}");
        }
        told(LEAST_ROOM, Some(1)).expect("room enough");
        memory_room(Path::new("companion.sqlite"), None).expect("nobody knows");
    }
}
