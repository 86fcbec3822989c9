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
    /// Under which keys its values lie; `None` where an earlier version kept them otherwise.
    pub keys: Option<KeyCensus>,
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
    let keys = sealing::census_if_known(visit, made)?;
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

#[cfg(test)]
mod tests {
    use super::super::visit::Visit as _;
    use super::*;
    use crate::audit::Verification;
    use crate::clock::Timestamp;
    use crate::store::schema::Migration;
    use crate::store::{Glance, SchemaError, TrailReader};

    /// As an earlier version left it.
    fn left_by(steps: &[Migration], file: &Path) {
        let mut connection = sqlite::made_anew(file).expect("a file");
        connection.script(sqlite::STEPS).expect("the first table");
        crate::store::schema::bring_up_to_date(&mut connection, steps).expect("made");
        connection.script("INSERT INTO audit (at, event) VALUES (1, 'signed_in')").expect("kept");
        drop(connection);
    }

    #[tokio::test]
    async fn a_database_of_each_earlier_step_is_read_or_said_to_be_one() {
        for end in 1..=sqlite::MADE.steps.len() {
            let folder = tempfile::tempdir().expect("a folder");
            let file = folder.path().join("companion.sqlite");
            let steps = &sqlite::MADE.steps[..end];
            let version = steps[end - 1].version;
            left_by(steps, &file);
            let saved = SavedFile::examine(&file).expect("readable").expect("a companion's");
            assert_eq!((saved.schema, saved.audit_lines, saved.sessions, saved.differences.len()), (version, 1, 0, 0), "{version}");
            let glance = Glance::of_file(&file, Timestamp(0)).expect("readable").expect("there");
            assert_eq!((glance.is_older, glance.differences.len()), (end < sqlite::MADE.steps.len(), 0), "{version}");
            assert_eq!(glance.keys, saved.keys, "{version}");
            assert!(glance.is_older || glance.keys.is_some(), "{version}");
            let judged = TrailReader::File(file.clone()).judge(|view| Verification::of(view, None, None, Timestamp(2))).await;
            match judged {
                Ok(judged) => assert_eq!(judged.expect("a trail").findings, [], "{version}"),
                Err(error) => {
                    assert!(matches!(error, StoreError::Schema(SchemaError::Earlier)) && version < 7, "{version}: {error:?}");
                    assert!(error.in_french().contains("démarrez d’abord le serveur"), "{}", error.in_french());
                }
            }
            let period = TrailReader::File(file).period(Timestamp(0), Timestamp(2), 10).await;
            match period {
                Ok(period) => assert_eq!(period.expect("a trail").lines.len(), 1, "{version}"),
                Err(error) => assert!(matches!(error, StoreError::Schema(SchemaError::Earlier)), "{version}: {error:?}"),
            }
        }
    }
}
