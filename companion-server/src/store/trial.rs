//! Whether the memory takes what is written, for whoever watches over it.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use vestibule_model::ErrorCode;

use super::visit::{Visit, values};
use super::{Database, Store, StoreError};

/// No key has so short a name.
const NO_KEY: [u8; 1] = [0];
/// How long what a trial said holds: whoever asks every moment does not make the memory write every moment.
const HOLDS: Duration = Duration::from_secs(5);
/// How long the memory is waited for, somewhat longer than it waits itself for whoever holds it.
const PATIENCE: Duration = Duration::from_secs(8);

/// What the last trial said, for whoever asks again soon: to be read is not to be written.
#[derive(Debug, Default)]
pub struct Trials(Mutex<Option<(Instant, Option<ErrorCode>)>>);

impl Trials {
    /// Why the memory does not take what is written; `None` where it does.
    pub async fn writing(&self, store: &Store) -> Option<ErrorCode> {
        let mut last = self.0.lock().await;
        if let Some((at, code)) = *last
            && at.elapsed() < HOLDS
        {
            return code;
        }
        let code = in_time(store.try_writing()).await.err().map(|error| {
            tracing::error!(error.code = %error.code(), %error, "The database does not take what is written");
            error.code()
        });
        *last = Some((Instant::now(), code));
        code
    }
}

/// What is asked of the memory, which may not answer.
///
/// # Errors
/// That of what is asked; [`StoreError::Silent`].
pub async fn in_time<T>(asked: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    tokio::time::timeout(PATIENCE, asked).await.unwrap_or(Err(StoreError::Silent))
}

impl Store {
    /// Writes a line and takes it away, on the way of every other command and until it is durable: what is only taken back reaches no disk.
    ///
    /// # Errors
    /// What a command that writes would meet; [`StoreError::Displaced`] too when a file at its place is no longer the one that is written,
    /// and what a new connection to a server would meet.
    pub async fn try_writing(&self) -> Result<(), StoreError> {
        match &self.0 {
            Database::Sqlite(sqlite) => sqlite.check_place()?,
            // The connections that there are may still write where the next one may not.
            Database::Postgres(postgres) => postgres.try_anew().await?,
        }
        self.write(|visit: &mut dyn Visit| {
            visit.note("INSERT INTO forgotten_keys (key_id, forgotten_at) VALUES (?1, 0)", values![NO_KEY.as_slice()])?;
            visit.note("DELETE FROM forgotten_keys WHERE key_id = ?1", values![NO_KEY.as_slice()])
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use crate::store::fixture;

    #[tokio::test]
    async fn what_is_tried_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = fixture::open(folder.path()).await;
        for _ in 0..3 {
            store.try_writing().await.expect("written");
        }
        assert_eq!(store.number("SELECT count(*) FROM forgotten_keys", &[]).await, 0);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_file_that_is_removed_or_replaced_under_the_companion_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("memory.sqlite");
        let store = crate::store::Store::open_file(&file).expect("opens");
        store.try_writing().await.expect("written");
        let aside = folder.path().join("aside.sqlite");
        std::fs::rename(&file, &aside).expect("moved");
        store.try_writing().await.expect_err("nothing is there");
        std::fs::copy(&aside, &file).expect("a copy");
        store.try_writing().await.expect_err("another file is there");
        std::fs::rename(&aside, &file).expect("back");
        store.try_writing().await.expect("the same again");
    }

    /// What is written goes into a journal without a name, which a kill loses and a clean end brings into the file.
    #[cfg(unix)]
    #[tokio::test]
    async fn a_journal_that_is_removed_under_the_companion_is_told_and_a_clean_end_loses_nothing() {
        use vestibule_model::ErrorCode;

        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("memory.sqlite");
        for ending in [crate::store::LOG, crate::store::INDEX] {
            let store = crate::store::Store::open_file(&file).expect("opens");
            store.try_writing().await.expect("written");
            std::fs::remove_file(folder.path().join(format!("memory.sqlite{ending}"))).expect("removed");
            let refused = store.try_writing().await.expect_err("nothing is there");
            assert_eq!(refused.code(), ErrorCode::DatabaseDisplaced, "{ending}");
            store.change("INSERT INTO audit (at, event) VALUES (1, 'signed_in')", &[]).await.expect("confirmed to somebody");
            // Somebody who reads comes when every reader is taken.
            std::fs::write(folder.path().join(format!("memory.sqlite{ending}")), "").expect("another one");
            store.try_writing().await.expect_err("another file is there");
        }
        let store = crate::store::Store::open_file(&file).expect("opens");
        assert_eq!(store.number("SELECT count(*) FROM audit", &[]).await, 2, "what was confirmed");
    }
}
