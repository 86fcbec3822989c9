//! What no test can read, such as the app's own tokens, the companion still knows by its hash: enough to recognise it in a text.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::ensure;
use sha2::{Digest as _, Sha256};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

/// Hashes of the secrets of every sign-in and session that a companion's database remembers.
#[derive(Debug, Default)]
pub struct KnownSecrets(BTreeSet<Vec<u8>>);

impl KnownSecrets {
    /// Learns what the database at `file` knows now, in these columns: `request_hash FROM sign_ins`.
    ///
    /// # Errors
    /// When the database cannot be read, or a column knows nothing.
    pub async fn learn(&mut self, file: &Path, columns: &[&str]) -> anyhow::Result<()> {
        let mut memory = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await?;
        for column in columns {
            let query = sqlx::AssertSqlSafe(format!("SELECT {column}"));
            let hashes: Vec<Option<Vec<u8>>> = sqlx::query_scalar(query).fetch_all(&mut memory).await?;
            let known: Vec<Vec<u8>> = hashes.into_iter().flatten().collect();
            ensure!(!known.is_empty(), "{column} holds no hash");
            self.0.extend(known);
        }
        Ok(())
    }

    /// How many secrets stand in a text, as a word or as what follows a colon or an equal sign.
    #[must_use]
    pub fn told_in(&self, text: &str) -> usize {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        let words: BTreeSet<&str> = text.split(|letter| !is_part(letter)).filter(|word| word.len() == 43).collect();
        words.into_iter().filter(|word| self.0.contains(Sha256::digest(word).as_slice())).count()
    }
}
