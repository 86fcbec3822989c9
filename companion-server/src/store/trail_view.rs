//! The whole audit trail as it stands at one moment, for whoever judges whether it is what was written.

use super::made::{Made, Place};
use super::visit::{Visit, values};
use super::{AuditPeriod, AuditRow, StoreError, audit_trail, codec, shape, sqlite};
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

/// Rules of a server, by name.
const RULES_OF_SERVER: [&str; 8] = [
    "audit_is_never_changed",
    "audit_is_never_emptied",
    "audit_is_removed_by_whole_periods",
    "audit_lines_come_after_every_seal",
    "audit_periods_are_never_emptied",
    "audit_periods_are_never_removed",
    "audit_periods_follow_each_other",
    "audit_periods_only_become_pruned",
];

impl<'a> TrailView<'a> {
    pub(super) fn new(visit: &'a mut dyn Visit, made: &'a Made) -> Self {
        Self { visit, made }
    }

    /// What is otherwise than a start makes it about the trail: its name, and what is wrong, for an administrator, in French.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn differences(&mut self) -> Result<Vec<(String, String)>, StoreError> {
        let found = shape::differences(self.visit, self.made)?.into_iter();
        // Where the steps are not noted as they were done, nothing is known of the rest.
        let is_of_trail = |table: &str| table.starts_with("audit") || table.ends_with("_of_trail") || table == "_sqlx_migrations";
        Ok(found.filter(|found| is_of_trail(&found.table)).map(|found| (found.name, found.told)).collect())
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

    /// The rules of the trail that are no longer in the database as they were made.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn missing_rules(&mut self) -> Result<Vec<String>, StoreError> {
        match self.made.place {
            Place::File => self.missing_in_file(),
            Place::Server => {
                let rules = "SELECT CAST(tgname AS TEXT) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'
                    AND tgrelid IN (CAST('audit' AS regclass), CAST('audit_periods' AS regclass))";
                let there: Vec<String> = self.visit.scalars(rules, &[])?;
                Ok(RULES_OF_SERVER.iter().filter(|rule| !there.iter().any(|name| name == *rule)).map(|rule| (*rule).to_owned()).collect())
            }
        }
    }

    /// The rules on the trail that no version of this program makes.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn foreign_rules(&mut self) -> Result<Vec<String>, StoreError> {
        match self.made.place {
            Place::File => {
                let (there, made) = self.rules_of_file()?;
                Ok(there.into_iter().filter(|(name, _)| !made.iter().any(|(ours, _)| ours == name)).map(|(name, _)| name).collect())
            }
            Place::Server => {
                let rules = "SELECT CAST(tgname AS TEXT) FROM pg_trigger WHERE NOT tgisinternal
                    AND tgrelid IN (CAST('audit' AS regclass), CAST('audit_periods' AS regclass)) ORDER BY tgname";
                let there: Vec<String> = self.visit.scalars(rules, &[])?;
                Ok(there.into_iter().filter(|name| !RULES_OF_SERVER.contains(&name.as_str())).collect())
            }
        }
    }

    fn missing_in_file(&mut self) -> Result<Vec<String>, StoreError> {
        let (there, made) = self.rules_of_file()?;
        Ok(made.into_iter().filter(|rule| !there.contains(rule)).map(|(name, _)| name).collect())
    }

    /// Those that are there, and those that this program made by the steps that were done: name and text of each.
    fn rules_of_file(&mut self) -> Result<(Vec<Rule>, Vec<Rule>), StoreError> {
        let rules = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('audit', 'audit_periods')";
        let read = |visit: &mut dyn Visit| -> Result<Vec<Rule>, StoreError> {
            visit.rows(rules, &[])?.iter().map(|row| Ok((row.get("name")?, row.get("sql")?))).collect()
        };
        let done: Vec<i64> = self.visit.scalars("SELECT version FROM _sqlx_migrations", &[])?;
        Ok((read(self.visit)?, read(&mut sqlite::in_memory(&done)?)?))
    }
}

/// Name and text of one.
type Rule = (String, String);
