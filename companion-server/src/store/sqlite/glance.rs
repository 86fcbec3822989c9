use std::collections::BTreeSet;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use vestibule_model::ErrorCode;

use super::{BUSY, MIGRATIONS, sealing};
use crate::clock::Timestamp;
use crate::ordinary_file;
use crate::store::{KeyCensus, StoreError};

/// What a database holds, as far as whoever only looks may know. Looking changes nothing and hinders no companion that serves.
#[derive(Debug, Clone)]
pub struct Glance {
    /// Under which keys the values lie.
    pub keys: KeyCensus,
    /// Workstations that were refused their group since a moment.
    pub refused_devices: RefusedDevices,
    /// Whether the next start brings the schema up to date.
    pub is_older: bool,
}

/// How many workstations were refused a group, by what is to be done about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RefusedDevices {
    /// For the token that they present.
    pub by_token: u64,
    /// Because the configuration no longer has their group.
    pub by_gone_group: u64,
}

impl Glance {
    /// Looks at the file, and at what was refused since a moment; `None` when there is none yet, or an empty one. Performs I/O.
    ///
    /// # Errors
    /// What a start would meet: not a database, unreadable, or of a later version of this program.
    pub async fn at(file: &Path, since: Timestamp) -> Result<Option<Self>, StoreError> {
        match ordinary_file::open(file, std::fs::OpenOptions::new().append(true)) {
            Ok(opened) if opened.metadata()?.len() == 0 => return Ok(None),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let options = SqliteConnectOptions::new().filename(file).read_only(true).busy_timeout(BUSY).disable_statement_logging();
        let mut looker = SqliteConnection::connect_with(&options).await?;
        let seen = look(&mut looker, since).await;
        looker.close().await?;
        seen.map(Some)
    }
}

async fn is_there(looker: &mut SqliteConnection, table: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)").bind(table).fetch_one(looker).await
}

async fn look(looker: &mut SqliteConnection, since: Timestamp) -> Result<Glance, StoreError> {
    let mut applied = BTreeSet::new();
    if is_there(looker, "_sqlx_migrations").await? {
        for row in sqlx::query("SELECT version, success, checksum FROM _sqlx_migrations").fetch_all(&mut *looker).await? {
            let (version, success, checksum): (i64, bool, Vec<u8>) =
                (row.try_get("version")?, row.try_get("success")?, row.try_get("checksum")?);
            // As the migrator itself judges at a start.
            if !success {
                return Err(sqlx::migrate::MigrateError::Dirty(version).into());
            }
            match MIGRATIONS.iter().find(|known| known.version == version) {
                None => return Err(sqlx::migrate::MigrateError::VersionMissing(version).into()),
                Some(known) if *known.checksum != *checksum => return Err(sqlx::migrate::MigrateError::VersionMismatch(version).into()),
                Some(_) => applied.insert(version),
            };
        }
    }
    let is_older = MIGRATIONS.iter().any(|known| !applied.contains(&known.version));
    let keys = if is_there(looker, "forgotten_keys").await? { sealing::census(looker).await? } else { KeyCensus::default() };
    let refused_devices = if is_there(looker, "audit").await? { refused_devices(looker, since).await? } else { RefusedDevices::default() };
    Ok(Glance { keys, is_older, refused_devices })
}

async fn refused_devices(looker: &mut SqliteConnection, since: Timestamp) -> Result<RefusedDevices, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(DISTINCT jkt) FILTER (WHERE error_code IS NOT ?2) AS by_token, COUNT(DISTINCT jkt) FILTER (WHERE error_code = ?2) AS by_gone_group
         FROM audit WHERE event = 'enrolment_refused' AND at > ?1",
    )
    .bind(since.0)
    .bind(i64::from(ErrorCode::GroupGone.number()))
    .fetch_one(looker)
    .await?;
    let count = |column: &str| row.try_get::<i64, _>(column).map(|count| u64::try_from(count).unwrap_or_default());
    Ok(RefusedDevices { by_token: count("by_token")?, by_gone_group: count("by_gone_group")? })
}
