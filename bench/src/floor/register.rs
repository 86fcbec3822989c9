//! What a sign-in leaves in the memory of the companion, to be kept again and again: the same rows in the same tables, each time under other names.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use serde::{Deserialize, Serialize};

/// Where the sign-in itself is kept: first of all, and changed by all that comes after.
const SIGN_INS: &str = "sign_ins";

/// The tables and indexes of a companion, and what sign-ins left there.
#[derive(Serialize, Deserialize)]
pub struct Register {
    pub schema: Vec<String>,
    /// Of a sign-in on a new workstation, and on a known one.
    pub traces: [Trace; 2],
}

/// The rows that one sign-in left, its own first.
#[derive(Clone, Serialize, Deserialize)]
pub struct Trace {
    rows: Vec<Kept>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    statement: String,
    values: Vec<Cell>,
}

#[derive(Clone, Serialize, Deserialize)]
enum Cell {
    Nothing,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
    /// Found again by it: another one each time, of the same length.
    TextName(String),
    BytesName(Vec<u8>),
    /// Of an account, which the database numbers.
    Account,
}

/// Every row of a memory, at one moment.
pub struct Snapshot {
    schema: Vec<String>,
    tables: Vec<Table>,
}

struct Table {
    name: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
}

struct Column {
    name: String,
    /// Part of what tells one row from another.
    is_key: bool,
    /// Part of a unique index.
    is_name: bool,
    /// Numbers the rows.
    is_number: bool,
    is_account: bool,
}

impl Snapshot {
    /// Of the file of a companion, which may be running.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(file: &Path) -> anyhow::Result<Self> {
        let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let made =
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type <> 'table'";
        let schema = database.prepare(made)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let named = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
        let names: Vec<String> = database.prepare(named)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let tables = names.into_iter().map(|name| Table::read(&database, name)).collect::<Result<_, _>>()?;
        Ok(Self { schema, tables })
    }
}

impl Table {
    fn read(database: &Connection, name: String) -> rusqlite::Result<Self> {
        let unique = "SELECT info.name FROM pragma_index_list(?1) AS list, pragma_index_info(list.name) AS info WHERE list.\"unique\"";
        let unique: HashSet<String> = database.prepare(unique)?.query_map([&name], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut columns = database.prepare("SELECT name, pk, type = 'INTEGER' AND pk > 0 AND (SELECT sum(pk > 0) FROM pragma_table_info(?1)) = 1 FROM pragma_table_info(?1)")?;
        let columns: Vec<Column> = columns
            .query_map([&name], |row| {
                let column: String = row.get(0)?;
                let is_number: bool = row.get(2)?;
                let is_account = column.ends_with("account_id") || (is_number && name == "accounts");
                Ok(Column { is_key: row.get::<_, i64>(1)? > 0, is_name: unique.contains(&column), is_number, is_account, name: column })
            })?
            .collect::<Result<_, _>>()?;
        let mut all = database.prepare(&format!("SELECT * FROM \"{name}\""))?;
        let rows = all.query_map([], |row| (0..columns.len()).map(|place| row.get(place)).collect())?.collect::<Result<_, _>>()?;
        Ok(Self { name, columns, rows })
    }

    /// What tells a row from the others.
    fn key(&self, row: &[Value]) -> String {
        let key: Vec<&Value> = row.iter().zip(&self.columns).filter(|(_, column)| column.is_key).map(|(value, _)| value).collect();
        format!("{} {key:?}", self.name)
    }
}

impl Register {
    /// What came between three moments.
    ///
    /// # Errors
    /// When they are not three, or a sign-in left nothing.
    pub fn between(moments: &[Snapshot]) -> anyhow::Result<Self> {
        let [first, second, third] = moments else { anyhow::bail!("not three moments") };
        let traces = [Trace::between(first, second), Trace::between(second, third)];
        anyhow::ensure!(traces.iter().all(Trace::is_of_a_sign_in), "a sign-in left no row of its own");
        Ok(Self { schema: third.schema.clone(), traces })
    }
}

impl Trace {
    /// What came between two moments; what was only changed is none of it.
    fn between(before: &Snapshot, after: &Snapshot) -> Self {
        let known: HashSet<String> = before.tables.iter().flat_map(|table| table.rows.iter().map(|row| table.key(row))).collect();
        let fresh = |table: &&Table, row: &&Vec<Value>| !known.contains(&table.key(row));
        let mut names: HashSet<Vec<u8>> = HashSet::new();
        let mut found = Vec::new();
        for table in &after.tables {
            for row in table.rows.iter().filter(|row| fresh(&table, row)) {
                names.extend(row.iter().zip(&table.columns).filter(|(_, column)| column.is_name).filter_map(|(value, _)| bytes(value)));
                found.push((table, row));
            }
        }
        found.sort_by_key(|(table, _)| table.name != SIGN_INS);
        Self { rows: found.into_iter().map(|(table, row)| Kept::of(table, row, &names)).collect() }
    }

    fn is_of_a_sign_in(&self) -> bool {
        self.rows.first().is_some_and(|own| own.statement.contains(SIGN_INS) && matches!(own.values.first(), Some(Cell::TextName(_))))
    }

    /// Keeps the rows of one step out of so many under the names of this sign-in; its own row is there from the first on, and changed by the others.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub fn keep(&self, database: &Connection, sign_in: u64, step: usize, steps: usize) -> rusqlite::Result<()> {
        let Some((own, others)) = self.rows.split_first() else { return Ok(()) };
        if step == 0 {
            return own.keep(database, sign_in);
        }
        database.prepare_cached("UPDATE sign_ins SET state = state WHERE id = ?1")?.execute([own.values[0].drawn(sign_in)])?;
        let each = others.len().div_ceil(steps.saturating_sub(1).max(1));
        others.iter().skip(each * (step - 1)).take(each).try_for_each(|row| row.keep(database, sign_in))
    }

    /// Reads the row of the sign-in itself.
    ///
    /// # Errors
    /// When it is not there.
    pub fn read(&self, database: &Connection, sign_in: u64) -> rusqlite::Result<usize> {
        let Some(own) = self.rows.first() else { return Ok(0) };
        let mut statement = database.prepare_cached("SELECT * FROM sign_ins WHERE id = ?1")?;
        let columns = statement.column_count();
        let read = |row: &rusqlite::Row<'_>| (0..columns).map(|place| row.get::<_, Value>(place)).collect::<Result<Vec<_>, _>>();
        Ok(statement.query_row([own.values[0].drawn(sign_in)], read)?.len())
    }
}

impl Kept {
    fn of(table: &Table, row: &[Value], names: &HashSet<Vec<u8>>) -> Self {
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let places: Vec<String> = (1..=columns.len()).map(|place| format!("?{place}")).collect();
        let statement = format!("INSERT INTO \"{}\" ({}) VALUES ({})", table.name, columns.join(", "), places.join(", "));
        let cells = row.iter().zip(&table.columns).map(|(value, column)| match value {
            Value::Integer(_) if column.is_account => Cell::Account,
            Value::Integer(_) if column.is_number => Cell::Nothing,
            Value::Integer(number) => Cell::Number(*number),
            Value::Text(text) if names.contains(text.as_bytes()) => Cell::TextName(text.clone()),
            Value::Text(text) => Cell::Text(text.clone()),
            Value::Blob(bytes) if names.contains(bytes) => Cell::BytesName(bytes.clone()),
            Value::Blob(bytes) => Cell::Bytes(bytes.clone()),
            Value::Null | Value::Real(_) => Cell::Nothing,
        });
        Self { statement, values: cells.collect() }
    }

    fn keep(&self, database: &Connection, sign_in: u64) -> rusqlite::Result<()> {
        let values = self.values.iter().map(|cell| cell.drawn(sign_in));
        database.prepare_cached(&self.statement)?.execute(params_from_iter(values)).map(drop)
    }
}

impl Cell {
    /// As it stands in a row of this sign-in.
    fn drawn(&self, sign_in: u64) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Number(number) => Value::Integer(*number),
            Self::Text(text) => Value::Text(text.clone()),
            Self::Bytes(bytes) => Value::Blob(bytes.clone()),
            Self::BytesName(name) => Value::Blob(Drawing::of(sign_in, name).zip(name).map(|(drawn, _)| drawn).collect()),
            // In the same kind of letters.
            Self::TextName(name) => {
                Value::Text(Drawing::of(sign_in, name.as_bytes()).zip(name.chars()).map(|(drawn, letter)| like(letter, drawn)).collect())
            }
            Self::Account => Value::Integer(i64::try_from(sign_in).unwrap_or(i64::MAX)),
        }
    }
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Text(text) => Some(text.clone().into_bytes()),
        Value::Blob(bytes) => Some(bytes.clone()),
        Value::Null | Value::Integer(_) | Value::Real(_) => None,
    }
}

fn like(letter: char, drawn: u8) -> char {
    match letter {
        '0'..='9' => char::from(b'0' + drawn % 10),
        'a'..='z' => char::from(b'a' + drawn % 26),
        'A'..='Z' => char::from(b'A' + drawn % 26),
        other => other,
    }
}

/// Bytes that are the same for the same sign-in and name, and spread as if by chance (splitmix64): nothing here is a secret.
struct Drawing {
    state: u64,
    left: u64,
    count: u8,
}

impl Drawing {
    fn of(sign_in: u64, name: &[u8]) -> Self {
        let name = name.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        Self { state: sign_in ^ name, left: 0, count: 0 }
    }
}

impl Iterator for Drawing {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if self.count == 0 {
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (self.left, self.count) = (mixed ^ (mixed >> 31), 8);
        }
        self.count -= 1;
        let [byte, ..] = self.left.to_le_bytes();
        self.left >>= 8;
        Some(byte)
    }
}
