//! Sign-outs at Pro Santé Connect: owed until it was seen to do them, and remembered until their time is over.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection, SqlitePool};
use vestibule_model::session::SignInId;

use crate::clock::Timestamp;
use crate::store::{Designated, NewAddress, NewSignOut, OwedSignOut, SecretHash, SignOut, StoreError};

/// Those of one person on one device key.
const OF_A_PAIR: &str = "SELECT sign_in_id FROM sessions WHERE account_id = ?2 AND jkt = ?3
                         UNION SELECT id FROM sign_ins WHERE account_id = ?2 AND jkt = ?3";
/// Those of one account.
const OF_AN_ACCOUNT: &str = "SELECT sign_in_id FROM sessions WHERE account_id = ?2 UNION SELECT id FROM sign_ins WHERE account_id = ?2";

/// Keeps what ends Pro Santé Connect's session, of whom it may be.
pub(super) async fn owe(connection: &mut SqliteConnection, id: &SignInId, owed: &NewSignOut, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO sign_outs (sign_in_id, id_token_sealed, created_at, ends_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
        .bind(&id.0)
        .bind(owed.id_token_sealed.as_slice())
        .bind(now.0)
        .bind(owed.ends_at.0)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn by_id(readers: &SqlitePool, id: &SignInId, now: Timestamp) -> Result<Option<SignOut>, StoreError> {
    one(sqlx::query("SELECT * FROM sign_outs WHERE ends_at > ?1 AND sign_in_id = ?2")
        .bind(now.0)
        .bind(&id.0)
        .fetch_optional(readers)
        .await?)
}

/// What is owed of those whom an administrator means.
pub(super) async fn designated(readers: &SqlitePool, which: &Designated, now: Timestamp) -> Result<Vec<OwedSignOut>, StoreError> {
    let (condition, value) = match which {
        Designated::Session(id) => ("sign_in_id = ?2", id.0.as_str()),
        Designated::Device(jkt) => {
            ("sign_in_id IN (SELECT sign_in_id FROM sessions WHERE jkt = ?2 UNION SELECT id FROM sign_ins WHERE jkt = ?2)", jkt.as_str())
        }
        Designated::Person(id) => (
            "sign_in_id IN (SELECT sign_in_id FROM sessions WHERE account_id = (SELECT id FROM accounts WHERE national_id = ?2)
                            UNION SELECT id FROM sign_ins WHERE account_id = (SELECT id FROM accounts WHERE national_id = ?2))",
            id.expose(),
        ),
        Designated::All => ("?2 = ''", ""),
    };
    let statement = format!("SELECT * FROM sign_outs WHERE ends_at > ?1 AND finished_at IS NULL AND {condition} ORDER BY created_at");
    all(&sqlx::query(sqlx::AssertSqlSafe(statement)).bind(now.0).bind(value).fetch_all(readers).await?)
}

/// From now on no browser is sent about those of a device key; they are given back, to be ended from here.
pub(super) async fn withdraw_of_device(
    connection: &mut SqliteConnection,
    jkt: &str,
    now: Timestamp,
) -> Result<Vec<OwedSignOut>, StoreError> {
    let statement = withdrawing("SELECT sign_in_id FROM sessions WHERE jkt = ?2 UNION SELECT id FROM sign_ins WHERE jkt = ?2");
    all(&sqlx::query(sqlx::AssertSqlSafe(statement)).bind(now.0).bind(jkt).fetch_all(connection).await?)
}

/// As [`withdraw_of_device`].
pub(super) async fn withdraw_of_pair(
    connection: &mut SqliteConnection,
    (account_id, jkt): (i64, &str),
    now: Timestamp,
) -> Result<Vec<OwedSignOut>, StoreError> {
    let statement = withdrawing(OF_A_PAIR);
    all(&sqlx::query(sqlx::AssertSqlSafe(statement)).bind(now.0).bind(account_id).bind(jkt).fetch_all(connection).await?)
}

/// As [`withdraw_of_device`].
pub(super) async fn withdraw_of_account(
    connection: &mut SqliteConnection,
    account_id: i64,
    now: Timestamp,
) -> Result<Vec<OwedSignOut>, StoreError> {
    let statement = withdrawing(OF_AN_ACCOUNT);
    all(&sqlx::query(sqlx::AssertSqlSafe(statement)).bind(now.0).bind(account_id).fetch_all(connection).await?)
}

fn withdrawing(which: &str) -> String {
    format!("UPDATE sign_outs SET server_only = 1 WHERE ends_at > ?1 AND finished_at IS NULL AND sign_in_id IN ({which}) RETURNING *")
}

pub(super) async fn waiting(readers: &SqlitePool, limit: u32, now: Timestamp) -> Result<Vec<OwedSignOut>, StoreError> {
    let statement = "SELECT * FROM sign_outs WHERE ends_at > ?1 AND finished_at IS NULL ORDER BY tried_at, created_at LIMIT ?2";
    all(&sqlx::query(statement).bind(now.0).bind(i64::from(limit)).fetch_all(readers).await?)
}

pub(super) async fn mark_tried(connection: &mut SqliteConnection, id: &SignInId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE sign_outs SET tried_at = ?2 WHERE sign_in_id = ?1").bind(&id.0).bind(now.0).execute(connection).await?;
    Ok(())
}

/// The same number while it was not used, the next one once it was: whoever else asks at the same time is given the same.
pub(super) async fn give_address(
    connection: &mut SqliteConnection,
    id: &SignInId,
    address: &NewAddress,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let given = sqlx::query(
        "UPDATE sign_outs SET address_number = ?2, ticket_hash = ?3, used_at = NULL
         WHERE sign_in_id = ?1 AND ends_at > ?4 AND server_only = 0 AND finished_at IS NULL
           AND ((address_number = ?2 AND used_at IS NULL) OR (address_number = ?2 - 1 AND used_at IS NOT NULL))",
    )
    .bind(&id.0)
    .bind(address.number)
    .bind(address.ticket.as_bytes())
    .bind(now.0)
    .execute(&mut *connection)
    .await?;
    if given.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("INSERT INTO sign_out_addresses (ticket_hash, sign_in_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
        .bind(address.ticket.as_bytes())
        .bind(&id.0)
        .execute(connection)
        .await?;
    Ok(true)
}

/// What is finished shows nothing of anybody: whoever was erased may still be told that it is.
pub(super) async fn by_ticket(readers: &SqlitePool, ticket: &SecretHash, now: Timestamp) -> Result<Option<SignOut>, StoreError> {
    let found = sqlx::query(
        "SELECT sign_outs.* FROM sign_outs JOIN sign_out_addresses USING (sign_in_id)
         WHERE ends_at > ?1 AND sign_out_addresses.ticket_hash = ?2 AND (server_only = 0 OR finished_at IS NOT NULL)",
    );
    one(found.bind(now.0).bind(ticket.as_bytes()).fetch_optional(readers).await?)
}

/// A browser without a cookie takes nobody's place.
pub(super) async fn take_ticket(
    connection: &mut SqliteConnection,
    ticket: &SecretHash,
    (browser, state): (Option<&SecretHash>, &SecretHash),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "UPDATE sign_outs SET state_hash = ?2, used_at = ?3, browser_hash = coalesce(?4, browser_hash)
         WHERE ticket_hash = ?1 AND ends_at > ?3 AND server_only = 0 AND finished_at IS NULL AND used_at IS NULL",
    )
    .bind(ticket.as_bytes())
    .bind(state.as_bytes())
    .bind(now.0)
    .bind(browser.map(SecretHash::as_bytes))
    .execute(connection)
    .await?;
    Ok(taken.rows_affected() == 1)
}

pub(super) async fn by_state(readers: &SqlitePool, state: &SecretHash, now: Timestamp) -> Result<Option<SignOut>, StoreError> {
    let found = sqlx::query("SELECT * FROM sign_outs WHERE ends_at > ?1 AND state_hash = ?2");
    one(found.bind(now.0).bind(state.as_bytes()).fetch_optional(readers).await?)
}

pub(super) async fn finish(connection: &mut SqliteConnection, id: &SignInId, now: Timestamp) -> Result<bool, StoreError> {
    let finished = sqlx::query(
        "UPDATE sign_outs SET finished_at = ?2, id_token_sealed = NULL, browser_hash = NULL WHERE sign_in_id = ?1 AND finished_at IS NULL",
    );
    Ok(finished.bind(&id.0).bind(now.0).execute(connection).await?.rows_affected() == 1)
}

fn one(row: Option<SqliteRow>) -> Result<Option<SignOut>, StoreError> {
    let Some(row) = row else { return Ok(None) };
    if row.try_get::<Option<i64>, _>("finished_at")?.is_some() {
        return Ok(Some(SignOut::Finished));
    }
    owed(&row).map(SignOut::Owed).map(Some)
}

fn all(rows: &[SqliteRow]) -> Result<Vec<OwedSignOut>, StoreError> {
    rows.iter().map(owed).collect()
}

fn owed(row: &SqliteRow) -> Result<OwedSignOut, StoreError> {
    let ticket = hash(row, "ticket_hash")?;
    Ok(OwedSignOut {
        id: SignInId(row.try_get("sign_in_id")?),
        id_token_sealed: row.try_get("id_token_sealed")?,
        ends_at: Timestamp(row.try_get("ends_at")?),
        address_number: row.try_get("address_number")?,
        ticket,
        is_address_used: row.try_get::<Option<i64>, _>("used_at")?.is_some(),
        browser: hash(row, "browser_hash")?,
        is_for_browser: row.try_get::<i64, _>("server_only")? == 0,
        was_tried: ticket.is_some() || row.try_get::<Option<i64>, _>("tried_at")?.is_some(),
    })
}

fn hash(row: &SqliteRow, column: &str) -> Result<Option<SecretHash>, StoreError> {
    let bytes: Option<Vec<u8>> = row.try_get(column)?;
    bytes.map(|bytes| SecretHash::from_bytes(&bytes).ok_or(StoreError::Unreadable("sign-out"))).transpose()
}
