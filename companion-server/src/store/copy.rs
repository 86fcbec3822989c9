//! A whole memory taken from one database into another that holds nothing: in one transaction of each, so that all of it comes or nothing does.

mod file;
mod server;
mod tables;

use std::path::Path;

use secrecy::SecretString;

pub use self::tables::{TABLES, Table};
use super::visit::{Bind as _, Column, Value, Visit};
use super::{AuditPeriod, AuditRow, KeyCensus, StoreError, audit_trail, postgres, sealing, sqlite};

/// Lines that are read and written at a time.
const BATCH: usize = 500;

/// What a database does for a copy that a companion never asks.
pub(super) trait Ground: Visit {
    /// Begins a transaction during which nobody else changes these tables.
    fn hold(&mut self, tables: &[Table]) -> Result<(), StoreError>;

    /// Lets the audit trail take lines and seals as they are, until [`Self::close_trail`] in the same transaction. Those of before a removed
    /// period could not come by any other way.
    fn open_trail(&mut self) -> Result<(), StoreError>;

    /// The trail has its rules again, and its next line comes after this number.
    fn close_trail(&mut self, last: i64) -> Result<(), StoreError>;
}

/// A database that nobody else changes as long as this value is there. What is done to it is lost unless it is kept.
pub struct HeldDatabase(Box<dyn Ground>);

impl HeldDatabase {
    /// Opens a file as a start does. The caller has the [`super::Tenancy`]. Blocks, and performs I/O.
    ///
    /// # Errors
    /// [`StoreError`], those of a start.
    pub fn of_file(file: &Path) -> Result<Self, StoreError> {
        Self::hold(Box::new(sqlite::alone(file)?))
    }

    /// Opens a database of PostgreSQL as a start does; `None` while a companion, or a command, is connected. Blocks, and performs I/O.
    ///
    /// # Errors
    /// [`StoreError`], those of a start.
    pub fn of_server(address: &SecretString, authorities: Option<&Path>) -> Result<Option<Self>, StoreError> {
        postgres::alone(address, authorities)?.map(|session| Self::hold(Box::new(session))).transpose()
    }

    pub(super) fn hold(mut ground: Box<dyn Ground>) -> Result<Self, StoreError> {
        ground.hold(TABLES)?;
        Ok(Self(ground))
    }

    /// How many lines each table has.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn counts(&mut self) -> Result<Vec<(&'static Table, u64)>, StoreError> {
        let visit: &mut dyn Visit = &mut *self.0;
        TABLES.iter().map(|table| Ok((table, visit.scalar(&format!("SELECT count(*) FROM {}", table.name), &[])?))).collect()
    }

    /// Under which keys the values lie.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn key_census(&mut self) -> Result<KeyCensus, StoreError> {
        sealing::census(&mut *self.0)
    }

    /// The sealed periods whose lines are still kept, oldest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn audit_periods(&mut self) -> Result<Vec<AuditPeriod>, StoreError> {
        audit_trail::kept(&mut *self.0)
    }

    /// Lines of the audit trail after `id`, oldest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn audit_after(&mut self, id: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        audit_trail::audit_after(&mut *self.0, id, limit)
    }

    /// Takes every line of another database, which keeps them.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn fill_from(&mut self, from: &mut Self) -> Result<(), StoreError> {
        self.0.open_trail()?;
        for table in TABLES {
            copy(&mut *from.0, &mut *self.0, table)?;
        }
        let visit: &mut dyn Visit = &mut *self.0;
        let ends = "SELECT COALESCE(MAX(last), 0) FROM (SELECT MAX(id) AS last FROM audit UNION ALL SELECT MAX(last_id) FROM audit_periods) AS ends";
        let last = visit.scalar(ends, &[])?;
        self.0.close_trail(last)
    }

    /// Adds a line to the audit trail.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn record(&mut self, line: &AuditRow) -> Result<(), StoreError> {
        audit_trail::record(&mut *self.0, line)
    }

    /// Keeps what was done.
    ///
    /// # Errors
    /// [`StoreError::NotCommitted`]: the database did not say whether it did. Any other: it did not.
    pub fn keep(mut self) -> Result<(), StoreError> {
        self.0.script("COMMIT").map_err(|error| {
            tracing::error!(%error, "The copy was not kept");
            if error.leaves_commit_open() { StoreError::NotCommitted } else { error }
        })
    }
}

fn copy(from: &mut dyn Visit, to: &mut dyn Visit, table: &Table) -> Result<(), StoreError> {
    let mut after: Vec<Column> = Vec::new();
    loop {
        let values: Vec<Value<'_>> = after.iter().map(Column::value).collect();
        let rows = from.rows(&page(table, !after.is_empty()), &values)?;
        let Some(last) = rows.last() else { return Ok(()) };
        let values: Vec<Value<'_>> = rows.iter().flat_map(|row| row.columns()).map(Column::value).collect();
        to.execute(&insert(table, rows.len()), &values)?;
        if rows.len() < BATCH {
            return Ok(());
        }
        after = last.columns()[..table.key].to_vec();
    }
}

/// The next lines in the order of the primary key, whose columns come first.
fn page(table: &Table, is_after: bool) -> String {
    let Table { name, key, columns, .. } = table;
    let key = columns[..*key].join(", ");
    let numbers: Vec<String> = (1..=table.key).map(|number| format!("?{number}")).collect();
    let after = if is_after { format!(" WHERE ({key}) > ({})", numbers.join(", ")) } else { String::new() };
    format!("SELECT {} FROM {name}{after} ORDER BY {key} LIMIT {BATCH}", columns.join(", "))
}

fn insert(table: &Table, lines: usize) -> String {
    let width = table.columns.len();
    let line = |line: usize| {
        let numbers: Vec<String> = (1..=width).map(|column| format!("?{}", line * width + column)).collect();
        format!("({})", numbers.join(", "))
    };
    let lines: Vec<String> = (0..lines).map(line).collect();
    format!("INSERT INTO {} ({}) VALUES {}", table.name, table.columns.join(", "), lines.join(", "))
}

#[cfg(test)]
mod tests;
