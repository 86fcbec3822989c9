//! A memory of SQLite in one more file: taken at one moment while a companion serves, and looked at before anyone counts on it.

use std::path::Path;

use super::made::Made;
use super::visit::Visit;
use super::{KeyCensus, StoreError, environment, sealing, shape, sqlite};

/// What a file holds whose every page was checked.
#[derive(Debug, PartialEq, Eq)]
pub struct SavedFile {
    /// Version of its schema.
    pub schema: i64,
    /// Name of the environment whose people it holds, where one was noted.
    pub environment: Option<String>,
    /// Lines of its audit trail.
    pub audit_lines: u64,
    /// Sessions that are not over.
    pub sessions: u64,
    /// What is otherwise than a start makes it, for an administrator, in French.
    pub differences: Vec<String>,
    /// Under which keys its values lie.
    pub keys: KeyCensus,
}

impl SavedFile {
    /// Copies what a file holds at one moment into one that is there, empty and nobody else's. Hinders no companion that serves. Performs I/O.
    ///
    /// # Errors
    /// [`StoreError`]: a database that cannot be read, a disk that is full.
    pub fn take(from: &Path, into: &Path) -> Result<(), StoreError> {
        sqlite::copy_into(from, into)?;
        sqlite::fold(into)
    }

    /// Brings into a file what lies beside it. Performs I/O.
    ///
    /// # Errors
    /// [`StoreError`]: not a database, or one that someone else has open.
    pub fn fold(file: &Path) -> Result<(), StoreError> {
        sqlite::fold(file)
    }

    /// Reads every page of a file; `None` when one has a fault, or when no companion made it. Performs I/O.
    ///
    /// # Errors
    /// [`StoreError`]: not a database, or one of a later version of this program.
    pub fn examine(file: &Path) -> Result<Option<Self>, StoreError> {
        sqlite::look_closely(file, seen).map(Option::flatten)
    }
}

fn seen(visit: &mut dyn Visit, made: &Made) -> Result<Option<SavedFile>, StoreError> {
    let is_there = |visit: &mut dyn Visit, table: &str| made.has(visit, table);
    if !is_there(visit, "_sqlx_migrations")? || !is_there(visit, "audit")? {
        return Ok(None);
    }
    made.is_older(visit)?;
    let differences = shape::differences(visit, made)?.into_iter().map(|difference| difference.told).collect();
    let keys = if is_there(visit, "forgotten_keys")? { sealing::census(visit)? } else { KeyCensus::default() };
    let environment = if is_there(visit, "environment")? { environment::noted_in(visit)? } else { None };
    Ok(Some(SavedFile {
        schema: visit.scalar("SELECT MAX(version) FROM _sqlx_migrations", &[])?,
        environment,
        differences,
        audit_lines: visit.scalar("SELECT COUNT(*) FROM audit", &[])?,
        sessions: visit.scalar("SELECT COUNT(*) FROM sessions WHERE ended IS NULL", &[])?,
        keys,
    }))
}
