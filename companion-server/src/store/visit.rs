//! A command's visit to the database: the statements that both databases understand, with the values that go in and come out.
//!
//! Commands are written once, over this, and are plain functions: on SQLite one runs in the writer's thread, on PostgreSQL in the thread of a
//! connection, in either case without a thread being crossed between two statements.

use std::cell::Cell;
use std::sync::Arc;

use vestibule_model::session::SignInId;

use super::{SecretHash, StoreError};
use crate::clock::Timestamp;
use crate::provider_name::ProviderName;

/// One transaction, or one reading.
///
/// Statements number their values `?1`, `?2`, …; of what SQL has in two dialects they use what both databases take (`ON CONFLICT`, `RETURNING`,
/// `IS DISTINCT FROM`, `NULLS FIRST`, `TRUE`), never scalar `MIN`/`MAX`, `random()` or a boolean in a sum.
pub(super) trait Visit {
    /// Runs a statement; how many rows it changed.
    fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, StoreError>;

    /// Runs a statement whose count nobody looks at: what is on another machine may be told only with the next one, or with the end of the
    /// transaction, and then fails there.
    fn note(&mut self, statement: &str, values: &[Value<'_>]) -> Result<(), StoreError> {
        self.execute(statement, values).map(drop)
    }

    /// Runs the last statement of a command, which keeps whatever it changed, and be it nothing: on another machine the end of the transaction
    /// is asked for at once. How many rows it changed.
    fn conclude(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        self.execute(statement, values)
    }

    /// Runs a statement; its rows.
    fn rows(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError>;

    /// Runs a statement, and then another; the rows of that one. Where each stands by itself, what is on another machine is told both at once.
    fn rows_after(&mut self, before: &Before<'_>, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError>;

    /// Runs several statements that take no values.
    fn script(&mut self, statements: &str) -> Result<(), StoreError>;
}

impl dyn Visit + '_ {
    /// The first row, if any.
    pub(super) fn optional(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(statement, values)?.into_iter().next())
    }

    /// The first row, which there always is.
    pub(super) fn row(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Row, StoreError> {
        self.optional(statement, values)?.ok_or(StoreError::Unreadable("count"))
    }

    /// The first column of every row.
    pub(super) fn scalars<T: for<'r> FromValue<'r>>(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Vec<T>, StoreError> {
        self.rows(statement, values)?.iter().map(Row::first).collect()
    }

    /// The first column of the first row, if any.
    pub(super) fn optional_scalar<T: for<'r> FromValue<'r>>(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
    ) -> Result<Option<T>, StoreError> {
        self.optional(statement, values)?.as_ref().map(Row::first).transpose()
    }

    /// The first column of the first row, which there always is.
    pub(super) fn scalar<T: for<'r> FromValue<'r>>(&mut self, statement: &str, values: &[Value<'_>]) -> Result<T, StoreError> {
        self.row(statement, values)?.first()
    }
}

/// One of the ways to run a statement.
pub(super) type Run = fn(&mut dyn Visit, &str, &[Value<'_>]) -> Result<u64, StoreError>;

/// What is run before a question.
#[derive(Debug)]
pub(super) struct Before<'s> {
    pub statement: &'s str,
    pub values: &'s [Value<'s>],
    /// How many rows it changed, as soon as that is known, and be it that the question then fails.
    pub changed: &'s Cell<Option<u64>>,
}

impl Before<'_> {
    /// Both, one after the other.
    pub(super) fn and_then(&self, visit: &mut dyn Visit, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.changed.set(Some(visit.execute(self.statement, self.values)?));
        visit.rows(statement, values)
    }
}

/// A value that goes into a statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'v> {
    Null,
    Boolean(bool),
    Integer(i64),
    Text(&'v str),
    Bytes(&'v [u8]),
}

impl Value<'_> {
    /// For a statement that is sent later.
    pub(super) fn kept(&self) -> Column {
        match *self {
            Self::Null => Column::Null,
            Self::Boolean(truth) => Column::Boolean(truth),
            Self::Integer(number) => Column::Integer(number),
            Self::Text(text) => Column::Text(text.to_owned()),
            Self::Bytes(bytes) => Column::Bytes(bytes.to_vec()),
        }
    }
}

/// What can go into a statement.
pub(super) trait Bind {
    fn value(&self) -> Value<'_>;
}

/// The values of a statement, in the order of their numbers.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::store::visit::Bind::value(&$value)),*] };
}
pub(super) use values;

impl Bind for bool {
    fn value(&self) -> Value<'_> {
        Value::Boolean(*self)
    }
}

impl Bind for i64 {
    fn value(&self) -> Value<'_> {
        Value::Integer(*self)
    }
}

impl Bind for u32 {
    fn value(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

impl Bind for Timestamp {
    fn value(&self) -> Value<'_> {
        Value::Integer(self.0)
    }
}

impl Bind for str {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Bind for String {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Bind for SignInId {
    fn value(&self) -> Value<'_> {
        Value::Text(&self.0)
    }
}

impl Bind for ProviderName {
    fn value(&self) -> Value<'_> {
        Value::Text(self.name())
    }
}

impl Bind for [u8] {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl Bind for Vec<u8> {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl Bind for SecretHash {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self.as_bytes())
    }
}

impl<T: Bind> Bind for Option<T> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Bind::value)
    }
}

impl<T: Bind + ?Sized> Bind for &T {
    fn value(&self) -> Value<'_> {
        T::value(self)
    }
}

/// A value that came out of a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Column {
    Null,
    Boolean(bool),
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Bind for Column {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Boolean(truth) => Value::Boolean(*truth),
            Self::Integer(number) => Value::Integer(*number),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        }
    }
}

/// One row that a statement gave.
#[derive(Debug)]
pub(super) struct Row {
    names: Arc<[String]>,
    columns: Vec<Column>,
    /// Columns are asked for in about the order in which they come: where the last one was found, the next one is looked for first.
    next: Cell<usize>,
}

impl Row {
    pub(super) const fn new(names: Arc<[String]>, columns: Vec<Column>) -> Self {
        Self { names, columns, next: Cell::new(0) }
    }

    /// What this column holds.
    pub(super) fn get<'r, T: FromValue<'r>>(&'r self, name: &str) -> Result<T, StoreError> {
        let (count, start) = (self.names.len(), self.next.get());
        let place = (start..count).chain(0..start).find(|place| self.names[*place] == name);
        let place = place.ok_or(StoreError::Unreadable("column"))?;
        self.next.set(place + 1);
        T::from_value(&self.columns[place]).ok_or(StoreError::Unreadable("value"))
    }

    /// Whether there is a column of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }

    /// All of it, in the order of the statement.
    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn first<T: for<'r> FromValue<'r>>(&self) -> Result<T, StoreError> {
        self.columns.first().and_then(T::from_value).ok_or(StoreError::Unreadable("value"))
    }
}

/// What can come out of a row.
pub(crate) trait FromValue<'r>: Sized {
    /// `None` when the column holds something else.
    fn from_value(column: &'r Column) -> Option<Self>;
}

impl FromValue<'_> for i64 {
    fn from_value(column: &Column) -> Option<Self> {
        if let Column::Integer(number) = column { Some(*number) } else { None }
    }
}

impl FromValue<'_> for u32 {
    fn from_value(column: &Column) -> Option<Self> {
        i64::from_value(column)?.try_into().ok()
    }
}

impl FromValue<'_> for u64 {
    fn from_value(column: &Column) -> Option<Self> {
        i64::from_value(column)?.try_into().ok()
    }
}

/// SQLite's are the numbers 0 and 1.
impl FromValue<'_> for bool {
    fn from_value(column: &Column) -> Option<Self> {
        match column {
            Column::Boolean(truth) => Some(*truth),
            Column::Integer(number @ (0 | 1)) => Some(*number == 1),
            Column::Null | Column::Integer(_) | Column::Text(_) | Column::Bytes(_) => None,
        }
    }
}

impl FromValue<'_> for Timestamp {
    fn from_value(column: &Column) -> Option<Self> {
        i64::from_value(column).map(Self)
    }
}

impl<'r> FromValue<'r> for &'r str {
    fn from_value(column: &'r Column) -> Option<Self> {
        if let Column::Text(text) = column { Some(text) } else { None }
    }
}

impl FromValue<'_> for String {
    fn from_value(column: &Column) -> Option<Self> {
        <&str>::from_value(column).map(str::to_owned)
    }
}

impl FromValue<'_> for SignInId {
    fn from_value(column: &Column) -> Option<Self> {
        String::from_value(column).map(Self)
    }
}

impl FromValue<'_> for ProviderName {
    fn from_value(column: &Column) -> Option<Self> {
        <&str>::from_value(column).map(Self::of)
    }
}

impl<'r> FromValue<'r> for &'r [u8] {
    fn from_value(column: &'r Column) -> Option<Self> {
        if let Column::Bytes(bytes) = column { Some(bytes) } else { None }
    }
}

impl FromValue<'_> for Vec<u8> {
    fn from_value(column: &Column) -> Option<Self> {
        <&[u8]>::from_value(column).map(<[u8]>::to_vec)
    }
}

impl<'r, T: FromValue<'r>> FromValue<'r> for Option<T> {
    fn from_value(column: &'r Column) -> Option<Self> {
        if *column == Column::Null { Some(None) } else { T::from_value(column).map(Some) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_read_as_what_it_is_and_as_nothing_else() {
        let names: Arc<[String]> = ["number", "truth", "text", "bytes", "nothing"].map(str::to_owned).into();
        let columns = vec![Column::Integer(7), Column::Integer(1), Column::Text("mot".into()), Column::Bytes(vec![1, 2]), Column::Null];
        let row = Row::new(names, columns);
        assert_eq!(row.get::<&[u8]>("bytes").expect("bytes"), [1, 2]);
        assert_eq!(row.get::<i64>("number").expect("a number"), 7);
        assert!(row.get::<bool>("truth").expect("a truth"));
        assert_eq!(row.get::<Option<&str>>("text").expect("a text"), Some("mot"));
        assert_eq!(row.get::<Option<i64>>("nothing").expect("nothing"), None);
        for refused in [row.get::<bool>("number").err(), row.get::<bool>("nothing").err(), row.get::<bool>("absent").err()] {
            assert!(matches!(refused, Some(StoreError::Unreadable(_))), "{refused:?}");
        }
    }
}
