//! A connection to PostgreSQL, and what is said over it.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Error, Statement};

use super::line::{Failed, Line};
use crate::store::visit::{Bind as _, Column, Row, Value, Visit};
use crate::store::{Lasting, StoreError};

/// Statements that stay prepared: more than the program has.
const PREPARED: usize = 256;
/// Statements that wait for the next one to be sent with.
const HELD: usize = 16;

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

/// What is sent with what is asked next: nobody looks at its answer before.
enum Held {
    Script(&'static str),
    Statement(Statement, Vec<Column>),
}

impl Held {
    /// How many rows it changed.
    async fn send(&self, client: &Client) -> Result<u64, Error> {
        match self {
            Self::Script(statements) => client.batch_execute(statements).await.map(|()| 0),
            Self::Statement(statement, columns) => {
                let values: Vec<_> = columns.iter().map(Column::value).collect();
                client.execute(statement, &parameters(&values)).await
            }
        }
    }
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        failed.error.into()
    }
}

/// Where a connection is between two commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Each statement stands by itself.
    Apart,
    /// All of them hang together.
    InTransaction,
    /// Nothing may follow but the end of the command.
    Concluded,
}

pub(in crate::store) struct Session {
    line: Line,
    prepared: HashMap<String, Prepared>,
    state: State,
    held: Vec<Held>,
}

impl Session {
    pub(super) fn begin(mut line: Line) -> Result<Self, StoreError> {
        line.ask(|client| client.batch_execute(MANNERS))?;
        Ok(Self { line, prepared: HashMap::new(), state: State::Apart, held: Vec::new() })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.line.is_closed()
    }

    /// Until [`Self::commit`] or [`Self::roll_back`]; sent with the first statement.
    pub(super) fn begin_transaction(&mut self, lasting: Lasting) {
        self.state = State::InTransaction;
        self.held = vec![Held::Script(match lasting {
            Lasting::AtOnce => "BEGIN ISOLATION LEVEL SERIALIZABLE",
            Lasting::Soon => "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL synchronous_commit = off",
        })];
    }

    pub(super) fn commit(&mut self) -> Result<(), StoreError> {
        match std::mem::replace(&mut self.state, State::Apart) {
            State::InTransaction => self.end().map(drop),
            State::Apart | State::Concluded => Ok(()),
        }
    }

    pub(super) fn roll_back(&mut self) -> Result<(), StoreError> {
        let has_begun = !matches!(self.held.first(), Some(Held::Script(_)));
        self.held.clear();
        match std::mem::replace(&mut self.state, State::Apart) {
            State::InTransaction if has_begun => self.script("ROLLBACK"),
            State::InTransaction | State::Apart | State::Concluded => Ok(()),
        }
    }

    /// Asks for the end of the transaction after what was held; how many rows the last of that changed.
    fn end(&mut self) -> Result<u64, StoreError> {
        let held = std::mem::take(&mut self.held);
        let asked =
            self.line.ask_after(|client| held.iter().map(|held| held.send(client)).collect(), |client| client.batch_execute("COMMIT"));
        match asked {
            Ok((changed, ())) => Ok(changed.last().copied().unwrap_or_default()),
            // Whatever a server says of a statement before it, the end of a transaction that failed keeps nothing.
            Err(Failed { is_before: true, error }) if error.code().is_some() => Err(error.into()),
            Err(Failed { error, .. }) => {
                let error = StoreError::from(error);
                // What a lost connection says at this moment does not tell whether the change is kept.
                if error.may_be_tried_again() && !self.is_closed() {
                    return Err(error);
                }
                tracing::error!(%error, "The database did not say whether it kept a change");
                Err(StoreError::NotCommitted)
            }
        }
    }

    /// Sends what was held and then what is asked, in this order and without waiting in between: one round trip.
    fn ask<'s, T, F>(&'s mut self, question: impl FnOnce(&'s Client) -> F) -> Result<T, Failed>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let held = std::mem::take(&mut self.held);
        let asked = self.line.ask_after(|client| held.iter().map(|held| held.send(client)).collect(), question);
        asked.map(|(_, answer)| answer)
    }

    fn hold(&mut self, statement: &str, values: &[Value<'_>]) -> Result<(), StoreError> {
        let prepared = self.prepare(statement)?.statement.clone();
        self.held.push(Held::Statement(prepared, values.iter().map(Value::kept).collect()));
        Ok(())
    }

    fn prepare(&mut self, statement: &str) -> Result<&Prepared, StoreError> {
        if self.state == State::Concluded {
            return Err(StoreError::Unreadable("statement after the last one"));
        }
        if !self.prepared.contains_key(statement) {
            if self.prepared.len() >= PREPARED {
                self.prepared.clear();
            }
            let numbered = numbered(statement);
            let made = self.line.ask(|client| client.prepare(&numbered))?;
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
        let values = parameters(values);
        Ok(self.ask(|client| client.execute(&prepared, &values))?)
    }

    fn note(&mut self, statement: &str, values: &[Value<'_>]) -> Result<(), StoreError> {
        if self.state != State::InTransaction || self.held.len() >= HELD {
            return self.execute(statement, values).map(drop);
        }
        self.hold(statement, values)
    }

    fn conclude(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        if self.state != State::InTransaction {
            return self.execute(statement, values);
        }
        self.hold(statement, values)?;
        self.state = State::Concluded;
        self.end()
    }

    fn rows(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let prepared = self.prepare(statement)?;
        let (prepared, names) = (prepared.statement.clone(), Arc::clone(&prepared.names));
        let values = parameters(values);
        let found = self.ask(|client| client.query(&prepared, &values))?;
        found
            .iter()
            .map(|row| {
                let columns = (0..row.len()).map(|place| column(row, place)).collect::<Result<_, _>>()?;
                Ok(Row::new(Arc::clone(&names), columns))
            })
            .collect()
    }

    fn script(&mut self, statements: &str) -> Result<(), StoreError> {
        Ok(self.ask(|client| client.batch_execute(statements))?)
    }
}

fn parameters<'v>(values: &'v [Value<'v>]) -> Vec<&'v (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn column(row: &tokio_postgres::Row, place: usize) -> Result<Column, StoreError> {
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
