//! PostgreSQL: several companions over one memory. Commands are serializable transactions, so that what was thought for one writer holds for all.

mod changes;
mod claim;
mod connect;
mod encoding;
mod line;
mod pool;
mod session;
#[cfg(test)]
mod tests;

use std::path::Path;

use secrecy::SecretString;
use tokio::sync::mpsc;

pub use self::changes::Ear;
pub use self::claim::SharedClaim;
use self::connect::Connector;
pub(super) use self::connect::named;
use self::pool::{Manner, Pool};
pub(super) use self::session::Session;
use super::made::{Made, Place};
use super::schema::{self, Migration, migrations};
use super::visit::{Visit, values};
use super::{Change, Lasting, StoreError};
use crate::random::{Random as _, SystemRandom};

/// Every version of the schema, oldest first.
const MIGRATIONS: &[Migration] = migrations!["postgres/": (1, "memory", "0001_memory.sql"), (2, "providers", "0002_providers.sql"), (3, "environment", "0003_environment.sql"), (4, "locked sessions", "0004_locked_sessions.sql"), (5, "asked anew after a lock", "0005_asked_anew_after_a_lock.sql"), (6, "seals of what they say", "0006_seals_of_what_they_say.sql")];

/// The same steps are noted in the same way as in a file of SQLite.
const STEPS: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version        BIGINT PRIMARY KEY,
    description    TEXT NOT NULL,
    installed_on   TIMESTAMPTZ NOT NULL DEFAULT now(),
    success        BOOLEAN NOT NULL,
    checksum       BYTEA NOT NULL,
    execution_time BIGINT NOT NULL
);";

/// Of two companions that start at once, one brings the schema up to date and the other waits.
const ONE_AT_A_TIME: &str = "SELECT pg_advisory_xact_lock(7362616973)";

/// The memory that several companions share.
pub(super) struct Postgres {
    pool: Pool,
    connector: Connector,
    /// By what this companion knows its own word again.
    own_name: String,
}

impl Postgres {
    /// Connects, and brings the schema up to date. Blocks, and performs I/O.
    pub(super) fn open(address: &SecretString, authorities: Option<&Path>) -> Result<Self, StoreError> {
        let connector = Connector::new(address, authorities)?;
        let session = up_to_date(&connector)?;
        Ok(Self { pool: Pool::start(&connector, session)?, connector, own_name: own_name() })
    }

    pub(super) async fn write<T, F>(&self, lasting: Lasting, command: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Visit) -> Result<T, StoreError> + Send + 'static,
    {
        self.pool.run(Manner::Transaction(lasting), command).await
    }

    /// Runs statements that each stand by themselves: those that only read, and those for which a table's key alone decides.
    pub(super) async fn one_by_one<T, F>(&self, command: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Visit) -> Result<T, StoreError> + Send + 'static,
    {
        self.pool.run(Manner::OneByOne, command).await
    }

    /// As [`trial`], over a connection of its own.
    pub(super) async fn try_anew(&self) -> Result<(), StoreError> {
        let connector = self.connector.clone();
        apart(move || Session::begin(connector.connect()?)?.script(TRIAL)).await
    }

    /// Tells the other companions.
    pub(super) async fn announce(&self, change: &Change) -> Result<(), StoreError> {
        let said = format!("{} {}", self.own_name, change.text());
        self.one_by_one(move |visit| visit.rows("SELECT CAST(pg_notify('vestibule_changes', ?1) AS TEXT)", values![said]).map(drop)).await
    }

    /// Hears the other companions.
    pub(super) fn listen(&self, heard: mpsc::UnboundedSender<Change>) -> Result<Ear, StoreError> {
        Ear::start(self.connector.clone(), self.own_name.clone(), heard)
    }
}

fn own_name() -> String {
    let mut drawn = [0_u8; 8];
    SystemRandom.fill(&mut drawn);
    u64::from_be_bytes(drawn).to_string()
}

/// Whether this account may use it or not: the standard's own view would show it its own tables alone.
const HAS_TABLE: &str = "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = ?1)";

/// As this program knows a server's database.
pub(super) const MADE: Made = Made { has_table: HAS_TABLE, steps: MIGRATIONS, place: Place::Server };

/// Refused where a start could not make its tables; nothing stays.
const MAY_MAKE: &str = "BEGIN; CREATE TABLE looked_at (); ROLLBACK";
/// Refused where a companion could not write; no line is held.
const MAY_WRITE: &str = "SELECT FROM _sqlx_migrations WHERE FALSE FOR UPDATE";

/// Looks at a database, and asks whether this account may do there what it must. Blocks, and performs I/O.
pub(super) fn look<T>(
    address: &SecretString,
    authorities: Option<&Path>,
    look: impl FnOnce(&mut dyn Visit, &Made) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut session = Session::begin(Connector::new(address, authorities)?.connect()?)?;
    let visit: &mut dyn Visit = &mut session;
    let is_made: bool = visit.scalar(HAS_TABLE, values!["_sqlx_migrations"])?;
    visit.script(if is_made { MAY_WRITE } else { MAY_MAKE })?;
    look(&mut session, &MADE)
}

/// A change of a line that nobody changes otherwise, taken back.
const TRIAL: &str = "BEGIN; UPDATE _sqlx_migrations SET execution_time = execution_time
    WHERE version = (SELECT max(version) FROM _sqlx_migrations); ROLLBACK";

/// Writes, and takes it back. Blocks, and performs I/O.
pub(super) fn trial(address: &SecretString, authorities: Option<&Path>) -> Result<(), StoreError> {
    Session::begin(Connector::new(address, authorities)?.connect()?)?.script(TRIAL)
}

/// Runs statements over a connection of their own. Blocks, and performs I/O.
#[cfg(test)]
pub(super) fn run(address: &SecretString, statements: &str) -> Result<(), StoreError> {
    Session::begin(Connector::new(address, None)?.connect()?)?.script(statements)
}

/// Another connection of this program: one that serves, or a command.
const ANOTHER: &str = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = current_setting('application_name') AND pid <> pg_backend_pid())";

/// A connection to a database that no other companion is connected to, its schema up to date; `None` while one is. Blocks, and performs I/O.
pub(super) fn alone(address: &SecretString, authorities: Option<&Path>) -> Result<Option<Session>, StoreError> {
    let mut session = beside(address, authorities)?;
    let visit: &mut dyn Visit = &mut session;
    let is_another: bool = visit.scalar(ANOTHER, &[])?;
    Ok((!is_another).then_some(session))
}

/// A connection whoever else has one, the schema up to date. Blocks, and performs I/O.
pub(super) fn beside(address: &SecretString, authorities: Option<&Path>) -> Result<Session, StoreError> {
    up_to_date(&Connector::new(address, authorities)?)
}

fn up_to_date(connector: &Connector) -> Result<Session, StoreError> {
    let mut session = Session::begin(connector.connect()?)?;
    bring_up_to_date(&mut session)?;
    Ok(session)
}

/// What blocks goes on in a thread that is nobody else's.
pub(super) async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("memory".into()).spawn(move || drop(answer.send(work())))?;
    answered.await.unwrap_or(Err(StoreError::Stopped))
}

fn bring_up_to_date(session: &mut Session) -> Result<(), StoreError> {
    session.script("BEGIN")?;
    let done =
        session.script(ONE_AT_A_TIME).and_then(|()| session.script(STEPS)).and_then(|()| schema::bring_up_to_date(session, MIGRATIONS));
    session.script(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}
