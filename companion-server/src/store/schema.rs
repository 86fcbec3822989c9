//! Versions of the schema, and how a database comes from one to the next. Both databases note what was done in the table that former versions
//! of this program made.

use aws_lc_rs::digest::{SHA384, digest};

use super::visit::{Visit, values};
use super::{SchemaError, StoreError};

/// One step of the schema.
#[derive(Debug)]
pub(super) struct Migration {
    pub version: i64,
    pub description: &'static str,
    pub statements: &'static str,
}

impl Migration {
    pub(super) fn checksum(&self) -> Vec<u8> {
        digest(&SHA384, self.statements.as_bytes()).as_ref().to_vec()
    }
}

/// The steps of one database, by the names of their files.
macro_rules! migrations {
    ($folder:literal: $(($version:literal, $name:literal, $file:literal)),* $(,)?) => {
        &[$($crate::store::schema::Migration {
            version: $version,
            description: $name,
            statements: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/", $folder, $file)),
        }),*]
    };
}
pub(super) use migrations;

/// What was done in a database, as far as it is known to this version of the program; `true` when some step is still to be done.
///
/// # Errors
/// [`StoreError::Schema`] when it is of a later version, of another program, or was left in the middle.
pub(super) fn is_older(visit: &mut dyn Visit, known: &[Migration]) -> Result<bool, StoreError> {
    let done = visit.rows("SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version", &[])?;
    for row in &done {
        let version: i64 = row.get("version")?;
        if !row.get::<bool>("success")? {
            return Err(SchemaError::Unfinished.into());
        }
        match known.iter().find(|migration| migration.version == version) {
            None => return Err(SchemaError::Later.into()),
            Some(migration) if migration.checksum() != row.get::<&[u8]>("checksum")? => return Err(SchemaError::Other.into()),
            Some(_) => {}
        }
    }
    Ok(done.len() < known.len())
}

/// The versions that were done.
fn done(visit: &mut dyn Visit) -> Result<Vec<i64>, StoreError> {
    visit.scalars("SELECT version FROM _sqlx_migrations", &[])
}

/// Brings a database up to date. Inside a transaction of the caller's: it is done whole or not at all.
pub(super) fn bring_up_to_date(visit: &mut dyn Visit, known: &[Migration]) -> Result<(), StoreError> {
    if !is_older(visit, known)? {
        return Ok(());
    }
    let done = done(visit)?;
    for migration in known.iter().filter(|migration| !done.contains(&migration.version)) {
        visit.script(migration.statements)?;
        visit.execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (?1, ?2, ?3, ?4, 0)",
            values![migration.version, migration.description, true, migration.checksum()],
        )?;
    }
    Ok(())
}
