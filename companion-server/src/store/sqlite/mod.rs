//! SQLite: one writer that groups commits, a few readers.

mod administration;
mod census;
mod codec;
mod glance;
mod pairs;
mod people;
mod redemption;
mod retention;
mod sealing;
mod sessions;
mod sign_ins;
mod sign_outs;
mod upkeep;
mod writer;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqlitePool};
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;
use vestibule_model::practitioner::{NationalId, SituationId};
use vestibule_model::session::SignInId;

pub use self::glance::{Glance, RefusedDevices};
use self::writer::Writer;
use super::{
    Arrow, AuditPeriod, AuditRow, Cancelled, Census, ClosedSignIn, Designated, DeviceEntry, Ending, Erased, Forgetting, Forgotten,
    GrantRow, Inserted, KeyCensus, NewAddress, NewSignInRow, NewSignOut, OwedSignOut, Owing, PairRow, PurgeRules, Purged, Recognition,
    RedeemAttempt, Redeemed, Rewrapped, RotateAttempt, Rotated, SealedColumn, SealedRow, SecretHash, SessionEntry, SessionRow, SignInEnd,
    SignInKey, SignInRow, SignOut, Store, StoreError, TokenKind, TokenRow, TypedTry,
};
use crate::clock::Timestamp;
use crate::ordinary_file;
use crate::vault::KeyId;

const READERS: u32 = 4;
/// Another process (a backup, an administrator's shell) may hold the file for a moment.
const BUSY: Duration = Duration::from_secs(5);

/// Every version of the schema, oldest first.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// The memory of one companion process, in one file.
pub struct SqliteStore {
    writer: Writer,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, or makes it readable by its owner only, and brings its schema up to date. Performs I/O.
    ///
    /// # Errors
    /// [`StoreError::File`], [`StoreError::Database`] or [`StoreError::Migration`].
    pub async fn open(file: &Path) -> Result<Self, StoreError> {
        prepare_file(file)?;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .journal_mode(SqliteJournalMode::Wal)
            // A redeemed code or a sign-out must survive a power cut: the grouped writer pays for it.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .pragma("secure_delete", "on")
            .disable_statement_logging();
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
        // Not `run`: its future is `Send` for one lifetime only, and whoever opens the memory may be spawned.
        MIGRATIONS.run_direct(None, &mut connection, false).await?;
        let readers = untended(READERS).connect_with(options.pragma("query_only", "on")).await?;
        Ok(Self { writer: Writer::start(connection), readers })
    }
}

/// Connections that nothing tends. sqlx's upkeep of a pool counts the idle ones in a number that falls below zero while one is handed back and
/// taken at the same moment; it then goes over 2^64 of them, and a thread, with it the end of the program, waits for ever. A connection to
/// a file needs no renewal.
fn untended(connections: u32) -> SqlitePoolOptions {
    #[expect(clippy::disallowed_methods, reason = "the one place that forbids the upkeep")]
    SqlitePoolOptions::new().max_connections(connections).idle_timeout(None).max_lifetime(None)
}

#[cfg(unix)]
fn prepare_file(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    // SQLite gives its journals the mode of the file.
    ordinary_file::open(file, std::fs::OpenOptions::new().create(true).append(true).mode(0o600))?;
    // A file that was there before, restored from a backup for example: it names people, so whatever everyone may do to it is taken back.
    for suffix in ["", "-wal", "-shm"] {
        let mut path = file.as_os_str().to_owned();
        path.push(suffix);
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.permissions().mode() & 0o007 != 0 => {
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(metadata.permissions().mode() & 0o770))?;
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn prepare_file(file: &Path) -> std::io::Result<()> {
    ordinary_file::open(file, std::fs::OpenOptions::new().create(true).append(true)).map(drop)
}

#[async_trait]
impl Store for SqliteStore {
    async fn insert_sign_in(&self, row: NewSignInRow, pending_limit: u32) -> Result<Inserted, StoreError> {
        self.writer.write(move |connection| Box::pin(async move { sign_ins::insert(connection, &row, pending_limit).await })).await
    }

    async fn sign_in(&self, key: SignInKey) -> Result<Option<SignInRow>, StoreError> {
        sign_ins::find(&self.readers, &key).await
    }

    async fn sign_ins(&self, ids: &[&SignInId]) -> Result<Vec<SignInRow>, StoreError> {
        sign_ins::find_all(&self.readers, ids).await
    }

    async fn advance(&self, id: &SignInId, arrow: Arrow, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.writer.write(move |connection| Box::pin(async move { sign_ins::advance(connection, &id, arrow, now).await })).await
    }

    async fn close_sign_in(
        &self,
        id: &SignInId,
        from: Option<SignInState>,
        as_what: (SignInEnd, Option<ErrorCode>),
        owing: Owing,
        now: Timestamp,
    ) -> Result<Option<ClosedSignIn>, StoreError> {
        let id = id.clone();
        self.writer
            .write(move |connection| Box::pin(async move { sign_ins::close(connection, &id, from, as_what, (&owing, now)).await }))
            .await
    }

    async fn recognise(
        &self,
        national_id: &NationalId,
        jkt: &str,
        used_after: Timestamp,
        now: Timestamp,
    ) -> Result<Recognition, StoreError> {
        let (national_id, jkt) = (national_id.clone(), jkt.to_owned());
        self.writer
            .write(move |connection| Box::pin(async move { people::recognise(connection, &national_id, &jkt, used_after, now).await }))
            .await
    }

    async fn recall(&self, account_id: i64, jkt: &str, used_after: Timestamp) -> Result<Recognition, StoreError> {
        people::recall(&mut *self.readers.acquire().await?, account_id, jkt, used_after).await
    }

    async fn pairs_of(&self, account_id: i64, used_after: Timestamp) -> Result<Vec<PairRow>, StoreError> {
        pairs::of_account(&self.readers, account_id, used_after).await
    }

    async fn forget_pair(&self, forgetting: Forgetting, now: Timestamp) -> Result<Option<Forgotten>, StoreError> {
        self.writer.write(move |connection| Box::pin(async move { pairs::forget(connection, &forgetting, now).await })).await
    }

    async fn live_session(&self, account_id: i64, jkt: &str) -> Result<Option<SessionRow>, StoreError> {
        pairs::live_session(&self.readers, account_id, jkt).await
    }

    async fn must_ask_anew(&self, jkt: &str) -> Result<bool, StoreError> {
        pairs::must_ask_anew(&self.readers, jkt).await
    }

    async fn national_id(&self, account_id: i64) -> Result<Option<NationalId>, StoreError> {
        people::national_id(&self.readers, account_id).await
    }

    async fn redeem(&self, attempt: RedeemAttempt, now: Timestamp) -> Result<Redeemed, StoreError> {
        self.writer.write(move |connection| Box::pin(async move { redemption::redeem(connection, &attempt, now).await })).await
    }

    async fn count_wrong_try(&self, jkt: &str, limit: u32, owing: Owing, now: Timestamp) -> Result<Vec<ClosedSignIn>, StoreError> {
        let jkt = jkt.to_owned();
        self.writer
            .write(move |connection| Box::pin(async move { sign_ins::count_wrong_try(connection, &jkt, limit, (&owing, now)).await }))
            .await
    }

    async fn count_typed_try(&self, id: &SignInId, limit: u32, now: Timestamp) -> Result<TypedTry, StoreError> {
        let id = id.clone();
        self.writer.write(move |connection| Box::pin(async move { sign_ins::count_typed_try(connection, &id, limit, now).await })).await
    }

    async fn is_known_person(&self, person: &NationalId) -> Result<bool, StoreError> {
        people::is_known_person(&self.readers, person).await
    }

    async fn is_known_device(&self, jkt: &str, used_after: Timestamp) -> Result<bool, StoreError> {
        people::is_known_device(&self.readers, jkt, used_after).await
    }

    async fn device_group(&self, jkt: &str) -> Result<Option<String>, StoreError> {
        people::device_group(&mut *self.readers.acquire().await?, jkt).await
    }

    async fn join_group(&self, jkt: &str, group: &str, now: Timestamp) -> Result<Option<String>, StoreError> {
        let (jkt, group) = (jkt.to_owned(), group.to_owned());
        self.writer.write(move |connection| Box::pin(async move { people::join_group(connection, &jkt, &group, now).await })).await
    }

    async fn session_by_token(&self, hash: &SecretHash, kind: TokenKind) -> Result<Option<(SessionRow, TokenRow)>, StoreError> {
        sessions::by_token(&self.readers, hash, kind).await
    }

    async fn session(&self, id: &SignInId) -> Result<Option<SessionRow>, StoreError> {
        sessions::find(&mut *self.readers.acquire().await?, id).await
    }

    async fn confirm_generation(&self, id: &SignInId, generation: i64) -> Result<(), StoreError> {
        let id = id.clone();
        self.writer.write(move |connection| Box::pin(async move { sessions::confirm_generation(connection, &id, generation).await })).await
    }

    async fn rotate(&self, attempt: RotateAttempt, now: Timestamp) -> Result<Rotated, StoreError> {
        self.writer.write(move |connection| Box::pin(async move { sessions::rotate(connection, &attempt, now).await })).await
    }

    async fn touch(&self, id: &SignInId, at: Timestamp, now: Timestamp) -> Result<Option<SessionRow>, StoreError> {
        let id = id.clone();
        self.writer.write(move |connection| Box::pin(async move { sessions::touch(connection, &id, at, now).await })).await
    }

    async fn choose_situation(&self, id: &SignInId, choice: &SituationId) -> Result<bool, StoreError> {
        let (id, choice) = (id.clone(), choice.clone());
        self.writer.write(move |connection| Box::pin(async move { sessions::choose_situation(connection, &id, &choice).await })).await
    }

    async fn end_session(&self, id: &SignInId, ending: Ending, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.writer.write(move |connection| Box::pin(async move { sessions::end(connection, &id, ending, now).await })).await
    }

    async fn grant(&self, id: &SignInId) -> Result<Option<GrantRow>, StoreError> {
        sessions::grant(&mut *self.readers.acquire().await?, id).await
    }

    async fn lease_grant(
        &self,
        id: &SignInId,
        older_than: Timestamp,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<GrantRow>, StoreError> {
        let id = id.clone();
        self.writer
            .write(move |connection| Box::pin(async move { sessions::lease_grant(connection, &id, older_than, until, now).await }))
            .await
    }

    async fn renew_grant(&self, id: &SignInId, tokens_sealed: Vec<u8>, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.writer.write(move |connection| Box::pin(async move { sessions::renew_grant(connection, &id, tokens_sealed, now).await })).await
    }

    async fn mark_psc_over(&self, id: &SignInId) -> Result<bool, StoreError> {
        let id = id.clone();
        self.writer.write(move |connection| Box::pin(async move { sessions::mark_psc_over(connection, &id).await })).await
    }

    async fn sign_out(&self, id: &SignInId, now: Timestamp) -> Result<Option<SignOut>, StoreError> {
        sign_outs::by_id(&self.readers, id, now).await
    }

    async fn owed_sign_outs(&self, which: &Designated, now: Timestamp) -> Result<Vec<OwedSignOut>, StoreError> {
        sign_outs::designated(&self.readers, which, now).await
    }

    async fn withdraw_sign_outs(&self, jkt: &str, now: Timestamp) -> Result<Vec<OwedSignOut>, StoreError> {
        let jkt = jkt.to_owned();
        self.writer.write(move |connection| Box::pin(async move { sign_outs::withdraw_of_device(connection, &jkt, now).await })).await
    }

    async fn waiting_sign_outs(&self, limit: u32, now: Timestamp) -> Result<Vec<OwedSignOut>, StoreError> {
        sign_outs::waiting(&self.readers, limit, now).await
    }

    async fn mark_tried(&self, id: &SignInId, now: Timestamp) -> Result<(), StoreError> {
        let id = id.clone();
        self.writer.write(move |connection| Box::pin(async move { sign_outs::mark_tried(connection, &id, now).await })).await
    }

    async fn note_objection(&self, id: &SignInId, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.writer.write(move |connection| Box::pin(async move { sessions::note_objection(connection, &id, now).await })).await
    }

    async fn give_address(&self, id: &SignInId, address: NewAddress, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.writer.write(move |connection| Box::pin(async move { sign_outs::give_address(connection, &id, &address, now).await })).await
    }

    async fn ticket(&self, ticket: &SecretHash, now: Timestamp) -> Result<Option<SignOut>, StoreError> {
        sign_outs::by_ticket(&self.readers, ticket, now).await
    }

    async fn take_ticket(
        &self,
        ticket: &SecretHash,
        browser: Option<SecretHash>,
        state: SecretHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let ticket = *ticket;
        self.writer
            .write(move |connection| {
                Box::pin(async move { sign_outs::take_ticket(connection, &ticket, (browser.as_ref(), &state), now).await })
            })
            .await
    }

    async fn sign_out_by_state(&self, state: &SecretHash, now: Timestamp) -> Result<Option<SignOut>, StoreError> {
        sign_outs::by_state(&self.readers, state, now).await
    }

    async fn owe_sign_out(&self, id: &SignInId, id_token_sealed: Vec<u8>, ends_at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let id = id.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move { sign_outs::owe(connection, &id, &NewSignOut { id_token_sealed, ends_at }, now).await })
            })
            .await
    }

    async fn finish_sign_out(&self, id: &SignInId, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.writer.write(move |connection| Box::pin(async move { sign_outs::finish(connection, &id, now).await })).await
    }

    async fn record(&self, row: AuditRow) -> Result<(), StoreError> {
        self.writer.write(move |connection| Box::pin(async move { upkeep::record(connection, &row).await })).await
    }

    async fn audit_after(&self, id: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        upkeep::audit_after(&self.readers, id, limit).await
    }

    async fn last_audit_period(&self) -> Result<Option<AuditPeriod>, StoreError> {
        retention::last(&self.readers).await
    }

    async fn oldest_audit_period(&self) -> Result<Option<AuditPeriod>, StoreError> {
        retention::oldest(&self.readers).await
    }

    async fn seal_audit_period(&self, period: AuditPeriod) -> Result<(), StoreError> {
        self.writer.write(move |connection| Box::pin(async move { retention::seal(connection, &period).await })).await
    }

    async fn prune_audit_period(&self, first_id: i64, now: Timestamp) -> Result<(), StoreError> {
        self.writer.write(move |connection| Box::pin(async move { retention::prune(connection, first_id, now).await })).await
    }

    async fn remove_pruned_audit(&self, limit: u32) -> Result<u64, StoreError> {
        self.writer.write(move |connection| Box::pin(async move { retention::remove(connection, limit).await })).await
    }

    async fn live_sessions(&self, now: Timestamp) -> Result<Vec<SessionEntry>, StoreError> {
        administration::sessions(&self.readers, now).await
    }

    async fn designated_sessions(&self, which: &Designated) -> Result<Vec<SessionRow>, StoreError> {
        administration::designated(&self.readers, which).await
    }

    async fn devices(&self, now: Timestamp) -> Result<Vec<DeviceEntry>, StoreError> {
        administration::devices(&self.readers, now).await
    }

    async fn devices_beginning(&self, prefix: &str, now: Timestamp) -> Result<Vec<String>, StoreError> {
        administration::devices_beginning(&self.readers, prefix, now).await
    }

    async fn forget_device(&self, jkt: &str, now: Timestamp) -> Result<Cancelled, StoreError> {
        let jkt = jkt.to_owned();
        self.writer.write(move |connection| Box::pin(async move { administration::forget_device(connection, &jkt, now).await })).await
    }

    async fn erase_person(&self, person: &NationalId, now: Timestamp) -> Result<Option<Erased>, StoreError> {
        let person = person.clone();
        self.writer.write(move |connection| Box::pin(async move { administration::erase(connection, &person, now).await })).await
    }

    async fn census(&self) -> Result<Census, StoreError> {
        census::count(&self.readers).await
    }

    async fn purge(&self, rules: PurgeRules, owing: Owing, now: Timestamp) -> Result<Purged, StoreError> {
        self.writer.write(move |connection| Box::pin(async move { upkeep::purge(connection, &rules, &owing, now).await })).await
    }

    async fn sealed_elsewhere(
        &self,
        column: &'static SealedColumn,
        current: KeyId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<SealedRow>, StoreError> {
        sealing::elsewhere(&self.readers, column, current, after, limit).await
    }

    async fn rewrap(&self, column: &'static SealedColumn, moved: Vec<Rewrapped>) -> Result<u64, StoreError> {
        self.writer.write(move |connection| Box::pin(async move { sealing::rewrap(connection, column, &moved).await })).await
    }

    async fn key_census(&self) -> Result<KeyCensus, StoreError> {
        sealing::census(&mut *self.readers.acquire().await?).await
    }

    async fn forget_key(&self, key: KeyId, now: Timestamp) -> Result<bool, StoreError> {
        self.writer.write(move |connection| Box::pin(async move { sealing::forget(connection, key, now).await })).await
    }
}

#[cfg(test)]
mod tests;
