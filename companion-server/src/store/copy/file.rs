//! What a copy asks of a file.

use super::{Ground, Table};
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::visit::{Visit, values};

impl Ground for Connection {
    /// Of one database there is one writer, whatever the tables.
    fn hold(&mut self, _: &[Table]) -> Result<(), StoreError> {
        self.script("BEGIN IMMEDIATE")
    }

    /// A trigger cannot be told to wait here: it goes, and comes back as it was written, from a table that ends with the connection.
    fn open_trail(&mut self) -> Result<(), StoreError> {
        self.script(
            "CREATE TEMP TABLE rules_of_trail AS SELECT name, sql FROM main.sqlite_schema
             WHERE type = 'trigger' AND tbl_name IN ('audit', 'audit_periods')",
        )?;
        let visit: &mut dyn Visit = self;
        let names: Vec<String> = visit.scalars("SELECT name FROM rules_of_trail", &[])?;
        names.iter().try_for_each(|name| visit.script(&format!("DROP TRIGGER {name}")))
    }

    fn close_trail(&mut self, last: i64) -> Result<(), StoreError> {
        let visit: &mut dyn Visit = self;
        let rules: Vec<String> = visit.scalars("SELECT sql FROM rules_of_trail", &[])?;
        rules.iter().try_for_each(|rule| visit.script(rule))?;
        visit.script("DROP TABLE rules_of_trail; DELETE FROM sqlite_sequence WHERE name = 'audit'")?;
        visit.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('audit', ?1)", values![last]).map(drop)
    }
}
