//! What a session check costs at least where who is signed in is kept sealed: the signature, one row that is read, and one value that is opened.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use companion_server::random::SystemRandom;
use companion_server::vault::{KEY_BYTES, SealedPlace, Vault};

use super::sign_in::{Readers, database, failed};

/// The header by which it is told which of its values is asked for, from 0 on.
pub const NUMBER_HEADER: &str = "number";
pub const OPENED: &str = "/opened";

const PLACE: SealedPlace<'static> = SealedPlace { table: "kept", row: b"any", column: "value" };

struct Opened {
    readers: Readers,
    vault: Vault,
    answer: String,
}

/// The request, answered with so many bytes from one of so many values, each of so many bytes before it was sealed.
///
/// # Errors
/// When they cannot be kept in the folder.
pub fn router(folder: &Path, answer_bytes: usize, count: u64, value_bytes: usize) -> anyhow::Result<Router> {
    let file = folder.join("kept");
    let vault = Vault::with_key(&[0x5a; KEY_BYTES], Arc::new(SystemRandom));
    let mut connection = database(&file)?;
    connection.execute_batch("CREATE TABLE kept (hash BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT")?;
    let transaction = connection.transaction()?;
    for number in 0..count {
        let sealed = vault.seal(&PLACE, &vec![0x5a; value_bytes]);
        transaction.prepare_cached("INSERT INTO kept VALUES (?1, ?2)")?.execute((hashed(number), sealed.0))?;
    }
    transaction.commit()?;
    let opened = Opened { readers: Readers::of(file), vault, answer: "x".repeat(answer_bytes) };
    Ok(Router::new().route(OPENED, get(open)).with_state(Arc::new(opened)))
}

async fn open(State(opened): State<Arc<Opened>>, headers: HeaderMap) -> Result<String, StatusCode> {
    super::verify(&headers)?;
    let number = headers.get(NUMBER_HEADER).and_then(|number| number.to_str().ok()?.parse().ok()).ok_or(StatusCode::BAD_REQUEST)?;
    opened.open(number).map_err(|error| failed(&error))
}

impl Opened {
    fn open(&self, number: u64) -> anyhow::Result<String> {
        let sealed: Vec<u8> = self.readers.read(|connection| {
            connection.prepare_cached("SELECT value FROM kept WHERE hash = ?1")?.query_row([hashed(number)], |row| row.get(0))
        })?;
        // Opened, and not left out because nobody looks at it.
        black_box(self.vault.unseal(&PLACE, &sealed).ok().context("another's value")?);
        Ok(self.answer.clone())
    }
}

fn hashed(number: u64) -> Vec<u8> {
    digest(&SHA256, &number.to_be_bytes()).as_ref().to_vec()
}
