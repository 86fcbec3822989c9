//! The whole audit trail as it stands at one moment, for whoever judges whether it is what was written.

use super::made::{Made, Place};
use super::visit::{Visit, values};
use super::{AuditPeriod, AuditRow, Difference, StoreError, audit_trail, codec, shape};
use crate::clock::Timestamp;

/// The trail, and what the database itself has for its protection.
pub struct TrailView<'a> {
    visit: &'a mut dyn Visit,
    made: &'a Made,
}

/// A seal, and whether the time of its lines is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptSeal {
    pub period: AuditPeriod,
    /// When its lines were removed, at the end of their time.
    pub pruned_at: Option<Timestamp>,
}

/// A line by its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedLine {
    pub id: i64,
    /// `None` for what no version of this program writes.
    pub row: Option<AuditRow>,
}

impl<'a> TrailView<'a> {
    pub(super) fn new(visit: &'a mut dyn Visit, made: &'a Made) -> Self {
        Self { visit, made }
    }

    /// What is otherwise than a start makes it about the trail.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn differences(&mut self) -> Result<Vec<Difference>, StoreError> {
        let found = shape::differences(self.visit, self.made)?.into_iter();
        // Where the steps are not noted as they were done, nothing is known of the rest.
        let is_of_trail = |table: &str| table.starts_with("audit") || table.ends_with("_of_trail") || table == "_sqlx_migrations";
        Ok(found.filter(|found| is_of_trail(&found.table) || found.may_write_trail).collect())
    }

    /// Whether seals can be read at all.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn has_seals(&mut self) -> Result<bool, StoreError> {
        self.made.has(self.visit, "audit_periods")
    }

    /// Every seal that was ever kept, oldest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn seals(&mut self) -> Result<Vec<KeptSeal>, StoreError> {
        let rows = self.visit.rows("SELECT * FROM audit_periods ORDER BY first_id", &[])?;
        rows.iter()
            .map(|row| {
                let pruned_at = row.get::<Option<i64>>("pruned_at")?.map(Timestamp);
                Ok(KeptSeal { period: audit_trail::period(row)?, pruned_at })
            })
            .collect()
    }

    /// Lines after a number and up to another, in the order of their numbers: at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn lines(&mut self, after: i64, until: i64, limit: u32) -> Result<Vec<NumberedLine>, StoreError> {
        let statement = "SELECT * FROM audit WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3";
        let rows = self.visit.rows(statement, values![after, until, i64::from(limit)])?;
        rows.iter().map(|row| Ok(NumberedLine { id: row.get("id")?, row: codec::audit(row).ok() })).collect()
    }

    /// Whether every number is given to a line: a server draws some for nothing.
    pub fn leaves_no_number_out(&self) -> bool {
        self.made.place == Place::File
    }

    /// The number that the last line ever written had, where the database keeps it by itself.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn last_number(&mut self) -> Result<Option<i64>, StoreError> {
        match self.made.place {
            Place::File => self.visit.optional_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'audit'", &[]),
            Place::Server => Ok(None),
        }
    }

    /// How many lines of an event were written after a moment.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn count_after(&mut self, event: &str, at: Timestamp) -> Result<u64, StoreError> {
        self.visit.scalar("SELECT COUNT(*) FROM audit WHERE event = ?1 AND at > ?2", values![event, at])
    }
}
