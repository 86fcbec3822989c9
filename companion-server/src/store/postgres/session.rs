//! A connection to PostgreSQL, and what is said over it.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Statement};

use crate::store::StoreError;
use crate::store::visit::{Column, Row, Value, Visit};

/// Statements that stay prepared: more than the program has.
const PREPARED: usize = 256;

/// How every connection speaks, whatever the server's own defaults are: durable, in bounded time, and never by reading whole tables, which would
/// make transactions that have nothing to do with each other seem to. The price that the planner is told for that makes it compile its plans to
/// machine code, which took more than half of both processors in a run of redemptions.
const MANNERS: &str = "SET synchronous_commit = on; SET statement_timeout = '10s'; SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '30s'; SET enable_seqscan = off; SET jit = off;
    SET client_min_messages = warning;";

struct Prepared {
    statement: Statement,
    names: Arc<[String]>,
}

pub(in crate::store) struct Session {
    client: Client,
    prepared: HashMap<String, Prepared>,
}

impl Session {
    pub(super) fn begin(mut client: Client) -> Result<Self, StoreError> {
        client.batch_execute(MANNERS)?;
        Ok(Self { client, prepared: HashMap::new() })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    fn prepare(&mut self, statement: &str) -> Result<&Prepared, StoreError> {
        if !self.prepared.contains_key(statement) {
            if self.prepared.len() >= PREPARED {
                self.prepared.clear();
            }
            let made = self.client.prepare(&numbered(statement))?;
            let names = made.columns().iter().map(|column| column.name().to_owned()).collect();
            self.prepared.insert(statement.to_owned(), Prepared { statement: made, names });
        }
        self.prepared.get(statement).ok_or(StoreError::Unreadable("statement"))
    }
}

/// PostgreSQL numbers its values with another sign.
fn numbered(statement: &str) -> String {
    statement.replace('?', "$")
}

impl Visit for Session {
    fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let prepared = self.prepare(statement)?.statement.clone();
        Ok(self.client.execute(&prepared, &parameters(values))?)
    }

    fn rows(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let prepared = self.prepare(statement)?;
        let (prepared, names) = (prepared.statement.clone(), Arc::clone(&prepared.names));
        let found = self.client.query(&prepared, &parameters(values))?;
        found
            .iter()
            .map(|row| {
                let columns = (0..row.len()).map(|place| column(row, place)).collect::<Result<_, _>>()?;
                Ok(Row::new(Arc::clone(&names), columns))
            })
            .collect()
    }

    fn script(&mut self, statements: &str) -> Result<(), StoreError> {
        Ok(self.client.batch_execute(statements)?)
    }
}

fn parameters<'v>(values: &'v [Value<'v>]) -> Vec<&'v (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn column(row: &postgres::Row, place: usize) -> Result<Column, StoreError> {
    let kind = row.columns()[place].type_();
    let held = match *kind {
        Type::BOOL => row.try_get::<_, Option<bool>>(place)?.map(Column::Boolean),
        Type::INT2 => row.try_get::<_, Option<i16>>(place)?.map(i64::from).map(Column::Integer),
        Type::INT4 => row.try_get::<_, Option<i32>>(place)?.map(i64::from).map(Column::Integer),
        Type::INT8 => row.try_get::<_, Option<i64>>(place)?.map(Column::Integer),
        Type::TEXT | Type::VARCHAR | Type::NAME => row.try_get::<_, Option<String>>(place)?.map(Column::Text),
        Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(place)?.map(Column::Bytes),
        _ => return Err(StoreError::Unreadable("kind of column")),
    };
    Ok(held.unwrap_or(Column::Null))
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match *self {
            Self::Null => Ok(IsNull::Yes),
            Self::Boolean(truth) => truth.to_sql_checked(kind, out),
            Self::Integer(number) => match *kind {
                Type::INT4 => i32::try_from(number)?.to_sql(kind, out),
                // As SQLite has them.
                Type::BOOL if matches!(number, 0 | 1) => (number == 1).to_sql(kind, out),
                _ => number.to_sql_checked(kind, out),
            },
            Self::Text(text) => text.to_sql_checked(kind, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(kind, out),
        }
    }

    /// Asked of each value in turn.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
