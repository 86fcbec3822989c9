//! A connection to the file, and what is said over it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{OpenFlags, Statement, params_from_iter};

use crate::store::StoreError;
use crate::store::visit::{Before, Column, Row, Value, Visit};

/// Another process (a backup, an administrator's shell) may hold the file for a moment.
const BUSY: Duration = Duration::from_secs(5);
/// Statements that stay prepared: more than the program has.
const PREPARED: usize = 256;
/// Of the file, what a connection that is served keeps at hand: the usual two megabytes are less than the indexes of ten thousand sessions.
const CACHE_KIB: i64 = 16 * 1024;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Writes, and may make the file.
    Write,
    /// Only reads, beside a writer that made the file.
    Read,
    /// Only looks at a file that nobody may be serving.
    Look,
    /// Writes nothing that stays, into such a file.
    Try,
    /// Writes into a file that is there and that nobody else knows of, as it is.
    Fill,
}

pub(in crate::store) struct Connection {
    file: rusqlite::Connection,
    /// Of the columns of each statement that was read by: some thirty allocations for every row of a session otherwise.
    names: HashMap<Box<str>, Arc<[String]>>,
}

impl Connection {
    /// Performs I/O.
    pub(super) fn open(file: &Path, purpose: Purpose) -> Result<Self, StoreError> {
        let flags = match purpose {
            Purpose::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Purpose::Read | Purpose::Try | Purpose::Fill => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Purpose::Look => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let connection = rusqlite::Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(BUSY)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        if matches!(purpose, Purpose::Write | Purpose::Read) {
            connection.pragma_update(None, "journal_mode", "wal")?;
            // A redeemed code or a sign-out must survive a power cut: the grouped writer pays for it.
            connection.pragma_update(None, "synchronous", "full")?;
            connection.pragma_update(None, "secure_delete", "on")?;
            connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        }
        connection.pragma_update(None, "foreign_keys", "on")?;
        // What a savepoint would put back, and what is sorted: beyond some size, it would be written into a file for temporary things.
        connection.pragma_update(None, "temp_store", "memory")?;
        if purpose == Purpose::Read {
            connection.pragma_update(None, "query_only", "on")?;
        }
        Ok(Self { file: connection, names: HashMap::new() })
    }

    /// Copies every page of another file over this one, as it was at one moment. Whoever writes there goes on meanwhile.
    pub(super) fn take_pages_of(&mut self, other: &Self) -> Result<(), StoreError> {
        let backup = Backup::new(&other.file, &mut self.file)?;
        // All pages in one step: one moment is read. For a file that is just being opened or closed, the step itself waits.
        match backup.step(-1)? {
            StepResult::Done => Ok(()),
            StepResult::More | StepResult::Busy | StepResult::Locked | _ => Err(StoreError::Silent),
        }
    }

    pub(super) fn close(self) -> Result<(), StoreError> {
        self.file.close().map_err(|(_, error)| error.into())
    }
}

impl Visit for Connection {
    fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let mut prepared = self.file.prepare_cached(statement)?;
        let changed = prepared.execute(params_from_iter(values))?;
        #[cfg(test)]
        super::steps::count(&prepared);
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    fn rows(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let mut prepared = self.file.prepare_cached(statement)?;
        let names = match self.names.get(statement) {
            Some(names) if names.len() == prepared.column_count() => Arc::clone(names),
            Some(_) | None => {
                let names = names(&prepared);
                if self.names.len() < PREPARED {
                    self.names.insert(statement.into(), Arc::clone(&names));
                }
                names
            }
        };
        let mut found = prepared.query(params_from_iter(values))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let columns = (0..names.len()).map(|place| Ok(column(row.get_ref(place)?))).collect::<Result<_, StoreError>>()?;
            rows.push(Row::new(Arc::clone(&names), columns));
        }
        drop(found);
        #[cfg(test)]
        super::steps::count(&prepared);
        Ok(rows)
    }

    fn rows_after(&mut self, before: &Before<'_>, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        before.and_then(self, statement, values)
    }

    fn script(&mut self, statements: &str) -> Result<(), StoreError> {
        // What made tables anew gives other columns.
        self.names.clear();
        Ok(self.file.execute_batch(statements)?)
    }
}

fn names(statement: &Statement<'_>) -> Arc<[String]> {
    statement.column_names().into_iter().map(str::to_owned).collect()
}

/// Every table is STRICT and holds whole numbers, texts and bytes; a text that is none is shown as its bytes, which no text is read from.
fn column(value: ValueRef<'_>) -> Column {
    match value {
        ValueRef::Null => Column::Null,
        ValueRef::Integer(number) => Column::Integer(number),
        ValueRef::Real(_) => Column::Bytes(Vec::new()),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Column::Text(text.to_owned()),
            Err(_) => Column::Bytes(text.to_vec()),
        },
        ValueRef::Blob(bytes) => Column::Bytes(bytes.to_vec()),
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Null => ValueRef::Null,
            Self::Boolean(truth) => ValueRef::Integer(i64::from(truth)),
            Self::Integer(number) => ValueRef::Integer(number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
