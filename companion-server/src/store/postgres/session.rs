//! A connection to PostgreSQL, and what is said over it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_postgres::error::{DbError, Severity};
use tokio_postgres::{Client, Error, Statement};

use super::encoding::{column, fit, parameters};
use super::line::{self, Failed, Held, Line};
use crate::store::visit::{Before, Row, Value, Visit};
use crate::store::{Lasting, StoreError};

/// Statements that stay prepared: more than the program has.
const PREPARED: usize = 256;
/// Statements that wait for the next one to be sent with.
const HELD: usize = 16;
const _: () = assert!(HELD + 1 < line::MOST);
/// A connection that answered so lately is taken to be there still. Of one that was silent for longer, the beginning of a transaction is
/// answered before anything else is sent: lost with it, the command begins again.
const TRUSTED: Duration = Duration::from_secs(5);

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
    /// How many rows each statement that was sent with the last question changed, as far as the server said so.
    told: Vec<u64>,
    /// When it last answered.
    answered: Instant,
    /// Whether it must not be used any more.
    is_spent: bool,
    /// Whether the server ended it, in a last word that is read before the end itself is seen.
    is_ended: bool,
}

impl Session {
    pub(super) fn begin(mut line: Line) -> Result<Self, StoreError> {
        line.ask(async |client| client.batch_execute(MANNERS).await)?;
        Ok(Self {
            line,
            prepared: HashMap::new(),
            state: State::Apart,
            held: Vec::new(),
            told: Vec::new(),
            answered: Instant::now(),
            is_spent: false,
            is_ended: false,
        })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_spent || self.is_gone()
    }

    fn is_gone(&self) -> bool {
        self.is_ended || self.line.is_closed()
    }

    /// Until [`Self::commit`] or [`Self::roll_back`]; sent with the first statement.
    ///
    /// The level is set in the transaction: what does not suit a server fails it, where a `BEGIN` that is refused leaves what follows to itself.
    pub(super) fn begin_transaction(&mut self, lasting: Lasting) -> Result<(), StoreError> {
        let begin = match lasting {
            Lasting::AtOnce => "BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            Lasting::Soon => "BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SET LOCAL synchronous_commit = off",
        };
        self.line.look();
        self.held.clear();
        if self.line.is_closed() || self.answered.elapsed() > TRUSTED {
            // Begun and then refused its level, it would be in the way of every command to come.
            self.script(begin).inspect_err(|_| self.is_spent = true)?;
        } else {
            self.held.push(Held::Script(begin));
        }
        self.state = State::InTransaction;
        Ok(())
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
            State::InTransaction if has_begun && !self.is_gone() => self.script("ROLLBACK"),
            State::InTransaction | State::Apart | State::Concluded => Ok(()),
        }
    }

    /// Asks for the end of the transaction after what was held; how many rows the last of that changed.
    fn end(&mut self) -> Result<u64, StoreError> {
        match self.ask_after_held(async |client| client.batch_execute("COMMIT").await) {
            Ok(()) => Ok(self.told.last().copied().unwrap_or_default()),
            Err(Failed { error, .. }) if self.is_spent => Err(unknown(&error)),
            // Whatever a server says of a statement before it, the end of a transaction that failed keeps nothing.
            Err(Failed { before: Some(_), error }) if error.code().is_some() => Err(error.into()),
            Err(Failed { error, .. }) => {
                let error = StoreError::from(error);
                // What a lost connection says at this moment does not tell whether the change is kept.
                if error.may_be_tried_again() && !self.is_closed() { Err(error) } else { Err(unknown(&error)) }
            }
        }
    }

    /// Sends what was held and then what is asked: one round trip.
    fn ask<T>(&mut self, question: impl AsyncFnOnce(&Client) -> Result<T, Error>) -> Result<T, StoreError> {
        match self.ask_after_held(question) {
            Ok(answer) => Ok(answer),
            Err(Failed { error, .. }) if self.is_spent => Err(unknown(&error)),
            Err(Failed { error, .. }) => Err(error.into()),
        }
    }

    fn ask_after_held<T>(&mut self, question: impl AsyncFnOnce(&Client) -> Result<T, Error>) -> Result<T, Failed> {
        let held = std::mem::take(&mut self.held);
        let (told, asked) = self.line.ask_after(&held, question);
        self.told = told;
        match &asked {
            Ok(_) => self.answered = Instant::now(),
            // What came after a beginning that was refused stood by itself.
            Err(failed) => {
                self.hear_the_last(&failed.error);
                let is_beginning = failed.before == Some(0) && matches!(held.first(), Some(Held::Script(_)));
                self.is_spent |= is_beginning && !self.is_gone();
            }
        }
        asked
    }

    /// A server that ends a connection says so before it does.
    fn hear_the_last(&mut self, error: &Error) {
        let severity = error.as_db_error().and_then(DbError::parsed_severity);
        self.is_ended |= matches!(severity, Some(Severity::Fatal | Severity::Panic));
    }

    fn refuse_after_the_last(&self) -> Result<(), StoreError> {
        if self.state == State::Concluded { Err(StoreError::Unreadable("statement after the last one")) } else { Ok(()) }
    }

    fn hold(&mut self, statement: &str, values: &[Value<'_>]) -> Result<(), StoreError> {
        let prepared = self.prepare(statement)?.statement.clone();
        fit(&prepared, values)?;
        self.held.push(Held::Statement(prepared, values.iter().map(Value::kept).collect()));
        Ok(())
    }

    fn prepare(&mut self, statement: &str) -> Result<&Prepared, StoreError> {
        self.refuse_after_the_last()?;
        if !self.prepared.contains_key(statement) {
            if self.prepared.len() >= PREPARED {
                self.prepared.clear();
            }
            let numbered = numbered(statement);
            let made = self.line.ask(async |client| client.prepare(&numbered).await).inspect_err(|error| self.hear_the_last(error))?;
            let names = made.columns().iter().map(|column| column.name().to_owned()).collect();
            self.prepared.insert(statement.to_owned(), Prepared { statement: made, names });
        }
        self.prepared.get(statement).ok_or(StoreError::Unreadable("statement"))
    }
}

fn unknown(error: &dyn std::fmt::Display) -> StoreError {
    tracing::error!(%error, "The database did not say whether it kept a change");
    StoreError::NotCommitted
}

/// PostgreSQL numbers its values with another sign.
fn numbered(statement: &str) -> String {
    statement.replace('?', "$")
}

impl Visit for Session {
    fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let prepared = self.prepare(statement)?.statement.clone();
        let values = parameters(values);
        self.ask(async |client| client.execute(&prepared, &values).await)
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
        let found = self.ask(async |client| client.query(&prepared, &values).await)?;
        found
            .iter()
            .map(|row| {
                let columns = (0..row.len()).map(|place| column(row, place)).collect::<Result<_, _>>()?;
                Ok(Row::new(Arc::clone(&names), columns))
            })
            .collect()
    }

    fn rows_after(&mut self, before: &Before<'_>, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        if self.state != State::Apart {
            return before.and_then(self, statement, values);
        }
        self.told.clear();
        self.hold(before.statement, before.values)?;
        let rows = self.rows(statement, values);
        // Never left to whoever comes next, where the question could not even be prepared.
        self.held.clear();
        before.changed.set(self.told.last().copied());
        rows
    }

    fn script(&mut self, statements: &str) -> Result<(), StoreError> {
        self.refuse_after_the_last()?;
        self.ask(async |client| client.batch_execute(statements).await)
    }
}
