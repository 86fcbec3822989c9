//! What a database holds, for whoever only looks.

use std::path::Path;

use secrecy::SecretString;
use vestibule_model::ErrorCode;

use super::made::Made;
use super::recent_sign_ins::RecentSignIns;
use super::visit::{Visit, values};
use super::{
    KeyCensus, SEALED_COLUMNS, SealedColumn, SealedRow, StoreError, environment, postgres, recent_sign_ins, sealing, shape, sqlite,
};
use crate::clock::Timestamp;

/// What a database holds, as far as whoever only looks may know. Looking changes nothing and hinders no companion that serves.
#[derive(Debug, Clone, Default)]
pub struct Glance {
    /// Under which keys the values lie; `None` in a memory of a version that kept them otherwise.
    pub keys: Option<KeyCensus>,
    /// Workstations that were refused their group since a moment.
    pub refused_devices: RefusedDevices,
    /// How the sign-ins since that moment ended; `None` in a memory of an earlier version.
    pub sign_ins: Option<RecentSignIns>,
    /// Name of the environment whose people it holds.
    pub environment: Option<String>,
    /// Whether the next start brings the schema up to date.
    pub is_older: bool,
    /// Whether a start prepared it.
    pub is_prepared: bool,
    /// What is otherwise than a start makes it, for an administrator, in French; nothing else is known of it then.
    pub differences: Vec<String>,
    /// Some of its sealed values, as they lie, to try the keys on.
    pub sealed: Vec<(&'static SealedColumn, SealedRow)>,
}

/// Sealed values of each column that are taken along, at most.
const SEALED_SEEN: u32 = 25;

/// How many workstations were refused a group, by what is to be done about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RefusedDevices {
    /// For the token that they present.
    pub by_token: u64,
    /// Because the configuration no longer has their group.
    pub by_gone_group: u64,
}

impl Glance {
    /// Looks at a file of SQLite, and at what was refused since a moment; `None` when there is none yet, or an empty one. Performs I/O.
    ///
    /// # Errors
    /// What a start would meet: not a database, unreadable, or of a later version of this program.
    pub fn of_file(file: &Path, since: Timestamp) -> Result<Option<Self>, StoreError> {
        sqlite::look(file, |visit, made| look(visit, made, since))
    }

    /// Looks at a database of PostgreSQL; `None` when it is empty. Performs I/O.
    ///
    /// # Errors
    /// As [`Self::of_file`].
    pub async fn of_server(address: SecretString, authorities: Option<&Path>, since: Timestamp) -> Result<Option<Self>, StoreError> {
        let authorities = authorities.map(Path::to_owned);
        postgres::apart(move || {
            postgres::look(&address, authorities.as_deref(), |visit, made| {
                let seen = look(visit, made, since)?;
                Ok((seen.is_prepared || !seen.differences.is_empty()).then_some(seen))
            })
        })
        .await
    }
}

impl Glance {
    /// Writes into a file that a start prepared, and takes it back. Performs I/O.
    ///
    /// # Errors
    /// What a companion that writes would meet.
    pub fn try_file(file: &Path) -> Result<(), StoreError> {
        sqlite::trial(file)
    }

    /// As [`Self::try_file`], in a database of PostgreSQL.
    ///
    /// # Errors
    /// As [`Self::try_file`].
    pub async fn try_server(address: SecretString, authorities: Option<&Path>) -> Result<(), StoreError> {
        let authorities = authorities.map(Path::to_owned);
        postgres::apart(move || postgres::trial(&address, authorities.as_deref())).await
    }
}

fn look(visit: &mut dyn Visit, made: &Made, since: Timestamp) -> Result<Glance, StoreError> {
    let is_there = |visit: &mut dyn Visit, table: &str| made.has(visit, table);
    let is_prepared = is_there(visit, "_sqlx_migrations")?;
    let is_older = !is_prepared || made.is_older(visit)?;
    let differences: Vec<String> = shape::differences(visit, made)?.into_iter().map(|difference| difference.told).collect();
    if !differences.is_empty() {
        // What is not as it was made is not read as if it were.
        return Ok(Glance { is_older, is_prepared, differences, ..Glance::default() });
    }
    let keys = if is_prepared { sealing::census_if_known(visit, made)? } else { Some(KeyCensus::default()) };
    let sealed = if is_prepared && keys.is_some() { some_sealed(visit)? } else { Vec::new() };
    let refused_devices = if is_there(visit, "audit")? { refused_devices(visit, since)? } else { RefusedDevices::default() };
    let environment = if is_there(visit, "environment")? { environment::noted_in(visit)? } else { None };
    let sign_ins = if is_older { None } else { Some(recent_sign_ins::since(visit, since)?) };
    Ok(Glance { keys, refused_devices, sign_ins, environment, is_older, is_prepared, sealed, differences })
}

fn some_sealed(visit: &mut dyn Visit) -> Result<Vec<(&'static SealedColumn, SealedRow)>, StoreError> {
    let mut some = Vec::new();
    for column in SEALED_COLUMNS {
        some.extend(sealing::some(visit, column, SEALED_SEEN)?.into_iter().map(|row| (column, row)));
    }
    Ok(some)
}

fn refused_devices(looker: &mut dyn Visit, since: Timestamp) -> Result<RefusedDevices, StoreError> {
    let row = looker.row(
        "SELECT COUNT(DISTINCT jkt) FILTER (WHERE error_code IS DISTINCT FROM ?2) AS by_token,
                COUNT(DISTINCT jkt) FILTER (WHERE error_code = ?2) AS by_gone_group
         FROM audit WHERE event = 'enrolment_refused' AND at > ?1",
        values![since, i64::from(ErrorCode::GroupGone.number())],
    )?;
    Ok(RefusedDevices { by_token: row.get("by_token")?, by_gone_group: row.get("by_gone_group")? })
}
