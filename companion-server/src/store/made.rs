//! The two kinds of database, as this program knows each.

use super::schema::{self, Migration};
use super::visit::{Visit, values};
use super::{SchemaError, StoreError};

/// One kind of database, as this program knows it.
pub(super) struct Made {
    /// Asks whether a table of a name is there.
    pub has_table: &'static str,
    /// Every step, oldest first.
    pub steps: &'static [Migration],
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    File,
    Server,
}

impl Place {
    /// Begins what sees one moment only.
    pub(super) const fn begin(self) -> &'static str {
        match self {
            Self::File => "BEGIN",
            Self::Server => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }
}

impl Made {
    pub(super) fn has(&self, visit: &mut dyn Visit, table: &str) -> Result<bool, StoreError> {
        visit.scalar(self.has_table, values![table])
    }

    /// What was read of a database, if it was; of one of an earlier version, what it does not have yet is missing for that alone.
    ///
    /// # Errors
    /// [`SchemaError::Earlier`] then; any other of what was read.
    pub(super) fn judged<T>(&self, visit: &mut dyn Visit, read: Result<T, StoreError>) -> Result<T, StoreError> {
        match read {
            Err(error) if error.is_of_another_schema() && self.is_older(visit).unwrap_or(false) => Err(SchemaError::Earlier.into()),
            read => read,
        }
    }

    /// Whether a later start has steps to do; asked of a database that a start prepared.
    ///
    /// # Errors
    /// As [`schema::is_older`].
    pub(super) fn is_older(&self, visit: &mut dyn Visit) -> Result<bool, StoreError> {
        schema::is_older(visit, self.steps)
    }
}
