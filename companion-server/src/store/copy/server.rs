//! What a copy asks of a server.

use super::{Ground, Table};
use crate::store::StoreError;
use crate::store::postgres::Session;
use crate::store::visit::Visit;

/// A transaction that is as long as there are lines; no other can begin to change these tables, or to read what is not whole.
const BEGIN: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL statement_timeout = '10min'; SET LOCAL idle_in_transaction_session_timeout = 0";

impl Ground for Session {
    fn hold(&mut self, tables: &[Table]) -> Result<(), StoreError> {
        self.script(BEGIN)?;
        let names: Vec<&str> = tables.iter().map(|table| table.name).collect();
        self.script(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", names.join(", ")))
    }

    fn open_trail(&mut self) -> Result<(), StoreError> {
        self.script("ALTER TABLE audit DISABLE TRIGGER USER; ALTER TABLE audit_periods DISABLE TRIGGER USER")
    }

    fn close_trail(&mut self, last: i64) -> Result<(), StoreError> {
        self.script(&format!(
            "ALTER TABLE audit ENABLE TRIGGER USER; ALTER TABLE audit_periods ENABLE TRIGGER USER;
             ALTER SEQUENCE audit_numbers RESTART WITH {}",
            last.saturating_add(1)
        ))
    }
}
