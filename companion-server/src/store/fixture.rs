//! A memory for tests: a file of its own, or, where the tests are told of a server, a schema of its own there. And a foreign hand at it.

use std::path::Path;

use secrecy::SecretString;
use vestibule_model::practitioner::NationalId;

use super::sqlite::steps;
use super::visit::{Bind as _, Column, FromValue, values};
use super::{HeldDatabase, Recognition, Store, StoreError, TrailReader, people, postgres};
use crate::clock::Timestamp;
use crate::ordinary_file;
use crate::provider_name::ProviderName;

/// Address of a PostgreSQL server on which the same tests are run.
pub(crate) const SERVER: &str = "VESTIBULE_TEST_POSTGRES";

/// The memory that belongs to this folder, made when it is first asked for.
pub(crate) async fn open(folder: &Path) -> Store {
    match address(folder) {
        None => Store::open_file(&folder.join("companion.sqlite")).expect("a database"),
        Some(address) => Store::connect(address, None).await.expect("a database"),
    }
}

/// The same memory, as a copy holds it. Blocks.
pub(crate) fn hold(folder: &Path) -> Result<HeldDatabase, StoreError> {
    match address(folder) {
        None => HeldDatabase::of_file(&folder.join("companion.sqlite")),
        Some(address) => HeldDatabase::hold(Box::new(super::postgres::beside(&address, None)?)),
    }
}

/// The same memory, for whoever only reads its trail.
pub(crate) fn trail(folder: &Path) -> TrailReader {
    match address(folder) {
        None => TrailReader::File(folder.join("companion.sqlite")),
        Some(address) => TrailReader::Server { address, authorities: None },
    }
}

/// Where the schema of this folder is, made when it is first asked for.
fn address(folder: &Path) -> Option<SecretString> {
    let server = std::env::var(SERVER).ok()?;
    let schema =
        folder.file_name().expect("a folder").to_string_lossy().to_lowercase().replace(|sign: char| !sign.is_ascii_alphanumeric(), "_");
    let address = format!("{server}?options=-csearch_path%3D{schema}");
    let marker = folder.join("schema");
    if !marker.exists() {
        let made = format!("CREATE SCHEMA {schema}");
        let making = std::thread::spawn(move || postgres::run(&SecretString::from(server), &made));
        making.join().expect("no panic").expect("a schema");
        std::fs::write(&marker, schema).expect("noted");
    }
    Some(SecretString::from(address))
}

/// All that lies in the memory, as bytes: the files themselves, or what every column of a server holds.
pub(crate) async fn written(store: &Store, folder: &Path) -> Vec<u8> {
    if !is_on_a_server() {
        let files = ["companion.sqlite", "companion.sqlite-wal"].map(|name| folder.join(name));
        return files.iter().flat_map(|file| ordinary_file::read(file).expect("both files are there")).collect();
    }
    let columns = "SELECT 'SELECT ' || CASE data_type WHEN 'bytea' THEN column_name ELSE 'convert_to(CAST(' || column_name || ' AS TEXT), ''UTF8'')' END
                          || ' FROM ' || table_name || ' WHERE ' || column_name || ' IS NOT NULL'
                   FROM information_schema.columns WHERE table_schema = current_schema()";
    let mut all = Vec::new();
    for column in store.look::<String>(columns, &[]).await {
        store.look::<Vec<u8>>(&column, &[]).await.into_iter().for_each(|held| all.extend(held));
    }
    all
}

/// Whether the tests run on a server.
pub(crate) fn is_on_a_server() -> bool {
    std::env::var_os(SERVER).is_some()
}

impl From<i64> for Column {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for Column {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Column {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Vec<u8>> for Column {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// An administrator, or an attacker, at the database: past every rule of the program, under every rule of the database.
impl Store {
    pub(crate) async fn change(&self, statement: &str, values: &[Column]) -> Result<u64, StoreError> {
        let (statement, values) = (statement.to_owned(), values.to_vec());
        self.write(move |visit| visit.execute(&statement, &values.iter().map(Column::value).collect::<Vec<_>>())).await
    }

    pub(crate) async fn look<T: for<'r> FromValue<'r> + Send + 'static>(&self, statement: &str, values: &[Column]) -> Vec<T> {
        let (statement, values) = (statement.to_owned(), values.to_vec());
        let seen = self.read(move |visit| visit.scalars(&statement, &values.iter().map(Column::value).collect::<Vec<_>>())).await;
        seen.expect("readable")
    }

    pub(crate) async fn number(&self, statement: &str, values: &[Column]) -> i64 {
        self.look(statement, values).await[0]
    }

    /// How many steps SQLite has taken so far, for what was read from this thread and for what was written.
    pub(crate) async fn steps(&self) -> i64 {
        steps::taken() + self.write(|_| Ok(steps::taken())).await.expect("writable")
    }

    /// Finds or makes an account, outside of any attempt.
    pub(crate) async fn recognise(
        &self,
        provider: &ProviderName,
        national_id: &NationalId,
        jkt: &str,
        used_after: Timestamp,
        now: Timestamp,
    ) -> Result<Recognition, StoreError> {
        let (provider, national_id, jkt) = (provider.clone(), national_id.clone(), jkt.to_owned());
        self.write(move |visit| {
            let known = "SELECT account_id FROM identities WHERE provider = ?1 AND subject = ?2";
            let account_id = match visit.optional_scalar(known, values![provider, national_id.expose()])? {
                Some(account_id) => account_id,
                None => people::new_account(visit, &provider, &national_id, now)?,
            };
            people::recall(visit, account_id, &jkt, used_after)
        })
        .await
    }
}
