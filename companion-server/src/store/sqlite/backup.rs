//! A file of SQLite copied while it is served, and looked at closely: by the library's own means, which know what lies beside the file.

use std::path::Path;

use super::MADE;
use super::connection::{Connection, Purpose};
use crate::store::StoreError;
use crate::store::made::Made;
use crate::store::visit::Visit;

/// Copies what a file holds at one moment into one that is there and empty. Performs I/O.
pub(in crate::store) fn copy_into(from: &Path, into: &Path) -> Result<(), StoreError> {
    let (source, mut target) = (Connection::open(from, Purpose::Look)?, Connection::open(into, Purpose::Fill)?);
    target.take_pages_of(&source)?;
    target.close()?;
    source.close()
}

/// Brings into a file what lies beside it, so that it is whole by itself. Performs I/O.
pub(in crate::store) fn fold(file: &Path) -> Result<(), StoreError> {
    let mut connection = Connection::open(file, Purpose::Fill)?;
    connection.rows("PRAGMA journal_mode = delete", &[])?;
    connection.close()
}

/// Looks at a file whose every page was checked; `None` for one with a fault. Performs I/O.
pub(in crate::store) fn look_closely<T>(
    file: &Path,
    look: impl FnOnce(&mut dyn Visit, &Made) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let mut connection = Connection::open(file, Purpose::Look)?;
    let visit: &mut dyn Visit = &mut connection;
    let faults: Vec<String> = visit.scalars("PRAGMA integrity_check(1)", &[])?;
    if faults != ["ok"] || !visit.rows("PRAGMA foreign_key_check", &[])?.is_empty() {
        return Ok(None);
    }
    let seen = look(visit, &MADE)?;
    connection.close()?;
    Ok(Some(seen))
}
