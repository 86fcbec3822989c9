//! SQLite: one writer that groups commits, a few readers, one companion to a file.

mod backup;
mod connection;
#[cfg(test)]
pub(super) mod steps;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub(super) use backup::{copy_into, fold, look_closely};
pub(super) use connection::Connection;
use connection::Purpose;
use writer::Writer;

use super::made::{Made, Place};
use super::schema::{self, Migration, migrations};
use super::visit::Visit;
use super::{Lasting, StoreError};
use crate::ordinary_file;

/// Readers that stay open.
const READERS: usize = 4;

/// How the name ends of the journal of a file that is written in place: what to take back after a kill.
pub const JOURNAL: &str = "-journal";
/// The same of what is written and not yet brought into the file.
pub const LOG: &str = "-wal";
/// The same of the index of that.
pub const INDEX: &str = "-shm";
/// Everything that SQLite lays beside a file: made, moved, given and removed with it.
pub const BESIDE: [&str; 3] = [JOURNAL, LOG, INDEX];

/// The file beside another one whose name ends so.
pub fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Every version of the schema, oldest first.
const MIGRATIONS: &[Migration] = migrations!["":
    (1, "sign ins and sessions", "0001_sign_ins_and_sessions.sql"),
    (2, "exchanges", "0002_exchanges.sql"),
    (3, "groups", "0003_groups.sql"),
    (4, "sealing keys", "0004_sealing_keys.sql"),
    (5, "presence and pairs", "0005_presence_and_pairs.sql"),
    (7, "administration", "0007_administration.sql"),
    (8, "sign out tickets", "0008_sign_out_tickets.sql"),
    (9, "who was last may be forgotten", "0009_who_was_last_may_be_forgotten.sql"),
    (10, "audit order", "0010_audit_order.sql"),
    (11, "sign outs taken up", "0011_sign_outs_taken_up.sql"),
    (12, "names once", "0012_names_once.sql"),
    (13, "session rules", "0013_session_rules.sql"),
    (14, "sign outs remembered", "0014_sign_outs_remembered.sql"),
    (15, "providers", "0015_providers.sql"),
    (16, "environment", "0016_environment.sql"),
    (17, "locked sessions", "0017_locked_sessions.sql"),
    (18, "asked anew after a lock", "0018_asked_anew_after_a_lock.sql"),
    (19, "seals of what they say", "0019_seals_of_what_they_say.sql"),
];

/// As the programs of before made it, and as they read it.
pub(super) const STEPS: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version        BIGINT PRIMARY KEY,
    description    TEXT NOT NULL,
    installed_on   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success        BOOLEAN NOT NULL,
    checksum       BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);";

/// The memory of one companion process, in one file.
pub(super) struct Sqlite {
    writer: Writer,
    file: PathBuf,
    standing: Standing,
    idle: Mutex<Vec<Connection>>,
}

impl Sqlite {
    /// Opens the file, or makes it readable by its owner only, and brings its schema up to date. Performs I/O.
    pub(super) fn open(file: &Path) -> Result<Self, StoreError> {
        let connection = alone(file)?;
        let idle = Mutex::new(vec![Connection::open(file, Purpose::Read)?]);
        Ok(Self { writer: Writer::start(connection)?, file: file.to_owned(), standing: Standing::of(file)?, idle })
    }

    /// Whether what is written goes where the next start looks for it. Performs I/O.
    pub(super) fn check_place(&self) -> Result<(), StoreError> {
        if self.standing.is_as_it_was(&self.file)? { Ok(()) } else { Err(StoreError::Displaced) }
    }

    pub(super) async fn write<T, F>(&self, lasting: Lasting, command: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Visit) -> Result<T, StoreError> + Send + 'static,
    {
        self.writer.write(lasting, command).await
    }

    /// Answers as soon as every later command finds it done.
    pub(super) async fn hand_over<F>(&self, lasting: Lasting, command: F) -> Result<(), StoreError>
    where
        F: Fn(&mut dyn Visit) -> Result<(), StoreError> + Send + 'static,
    {
        let settle = |outcome: Result<(), StoreError>| {
            if let Err(error) = outcome {
                tracing::error!(error.code = %error.code(), %error, "What nobody waited for could not be kept");
            }
        };
        self.writer.hand_over(lasting, command, settle).await
    }

    /// On the spot: what is in memory costs microseconds, less than a thread that is woken.
    pub(super) fn read<T>(&self, command: impl FnOnce(&mut dyn Visit) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let spare = idle().pop();
        let mut connection = match spare {
            Some(connection) => connection,
            None => Connection::open(&self.file, Purpose::Read)?,
        };
        let outcome = command(&mut connection);
        let mut idle = idle();
        if idle.len() < READERS {
            idle.push(connection);
        }
        outcome
    }
}

/// Opens the file, or makes it, and brings its schema up to date, for whoever wants one connection and no more. Performs I/O.
pub(super) fn alone(file: &Path) -> Result<Connection, StoreError> {
    prepare_file(file)?;
    let mut connection = Connection::open(file, Purpose::Write)?;
    bring_up_to_date(&mut connection)?;
    Ok(connection)
}

/// A file without a step.
#[cfg(test)]
pub(super) fn made_anew(file: &Path) -> Result<Connection, StoreError> {
    Connection::open(file, Purpose::Write)
}

/// A database that is nowhere, as these steps make one.
pub(super) fn in_memory(steps: &[i64]) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(Path::new(":memory:"), Purpose::Write)?;
    connection.script(STEPS)?;
    let steps = MIGRATIONS.iter().filter(|migration| steps.contains(&migration.version));
    steps.map(|migration| migration.statements).try_for_each(|statements| connection.script(statements))?;
    Ok(connection)
}

/// Which files a memory that is served consists of: what was written and not yet brought into the file lies beside it, and is found there by
/// the next start alone.
struct Standing {
    /// Where the file is, links followed: it is beside that one.
    beside: Vec<PathBuf>,
    /// Of the file by the name that it was given, then of each of those; `None` for what was not there.
    identities: Vec<Option<Identity>>,
}

impl Standing {
    fn of(file: &Path) -> std::io::Result<Self> {
        let really = file.canonicalize()?;
        let beside: Vec<PathBuf> = BESIDE.iter().map(|ending| beside(&really, ending)).collect();
        Ok(Self { identities: identities(file, &beside)?, beside })
    }

    /// Whether each is what it was, where it was there.
    fn is_as_it_was(&self, file: &Path) -> std::io::Result<bool> {
        let now = identities(file, &self.beside)?;
        Ok(self.identities.iter().zip(&now).all(|(was, is)| was.is_none() || was == is))
    }
}

fn identities(file: &Path, beside: &[PathBuf]) -> std::io::Result<Vec<Option<Identity>>> {
    std::iter::once(file).chain(beside.iter().map(PathBuf::as_path)).map(identity).collect()
}

/// By device and number, which stay when a name is given to another file.
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(file: &Path) -> std::io::Result<Option<Identity>> {
    use std::os::unix::fs::MetadataExt as _;
    match std::fs::metadata(file) {
        Ok(metadata) => Ok(Some((metadata.dev(), metadata.ino()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The system keeps an open file in its place.
#[cfg(not(unix))]
fn identity(_: &Path) -> std::io::Result<Option<Identity>> {
    Ok(None)
}

/// As this program knows a file.
pub(super) const MADE: Made = Made {
    has_table: "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)",
    steps: MIGRATIONS,
    place: Place::File,
};

/// Looks at a file; `None` when there is none yet, or an empty one. Performs I/O.
pub(super) fn look<T>(file: &Path, look: impl FnOnce(&mut dyn Visit, &Made) -> Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match ordinary_file::open(file, std::fs::OpenOptions::new().append(true)) {
        Ok(opened) if opened.metadata()?.len() == 0 => return Ok(None),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let mut looker = Connection::open(file, Purpose::Look)?;
    let seen = look(&mut looker, &MADE);
    looker.close()?;
    seen.map(Some)
}

/// A change that every schema takes, and that nothing keeps.
const TRIAL: &str = "BEGIN IMMEDIATE; CREATE TABLE tried (id INTEGER) STRICT; ROLLBACK;";

/// Writes, and takes it back. Performs I/O.
pub(super) fn trial(file: &Path) -> Result<(), StoreError> {
    let mut connection = Connection::open(file, Purpose::Try)?;
    connection.script(TRIAL)?;
    connection.close()
}

fn bring_up_to_date(connection: &mut Connection) -> Result<(), StoreError> {
    connection.execute("BEGIN IMMEDIATE", &[])?;
    let done = connection.script(STEPS).and_then(|()| schema::bring_up_to_date(connection, MIGRATIONS));
    connection.execute(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }, &[])?;
    done
}

#[cfg(unix)]
fn prepare_file(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    // SQLite gives its journals the mode of the file.
    ordinary_file::open(file, std::fs::OpenOptions::new().create(true).append(true).mode(0o600))?;
    // A file that was there before, restored from a backup for example: it names people, so whatever everyone may do to it is taken back.
    for path in std::iter::once(file.to_owned()).chain(BESIDE.iter().map(|ending| beside(file, ending))) {
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.permissions().mode() & 0o007 != 0 => {
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(metadata.permissions().mode() & 0o770))?;
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn prepare_file(file: &Path) -> std::io::Result<()> {
    ordinary_file::open(file, std::fs::OpenOptions::new().create(true).append(true)).map(drop)
}

#[cfg(test)]
mod tests;
