//! How many steps SQLite took in a thread: what a statement costs, whatever the machine.

use std::cell::Cell;

use rusqlite::{Statement, StatementStatus};

thread_local!(static TAKEN: Cell<i64> = const { Cell::new(0) });

pub(super) fn count(statement: &Statement<'_>) {
    TAKEN.set(TAKEN.get() + i64::from(statement.reset_status(StatementStatus::VmStep)));
}

pub(in crate::store) fn taken() -> i64 {
    TAKEN.get()
}
