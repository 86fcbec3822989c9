//! People on devices: known by use, forgotten on request or for lack of it.

use sqlx::{Row as _, SqliteConnection, SqlitePool};
use vestibule_model::error_code::ErrorCode;
use vestibule_model::session::{SessionEnd, SignInId};

use super::{codec, sign_ins, sign_outs};
use crate::clock::Timestamp;
use crate::store::{Cancelled, Forgetting, Forgotten, PairRow, SessionRow, SignInRow, StoreError};

pub(super) async fn of_account(readers: &SqlitePool, account_id: i64, used_after: Timestamp) -> Result<Vec<PairRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT jkt, device_label, created_at, last_sign_in_at FROM pairs
         WHERE account_id = ?1 AND last_sign_in_at > ?2 ORDER BY last_sign_in_at DESC, jkt",
    )
    .bind(account_id)
    .bind(used_after.0)
    .fetch_all(readers)
    .await?;
    let pair = |row: &sqlx::sqlite::SqliteRow| {
        Ok(PairRow {
            jkt: row.try_get("jkt")?,
            device_label: row.try_get("device_label")?,
            created_at: Timestamp(row.try_get("created_at")?),
            last_sign_in_at: Timestamp(row.try_get("last_sign_in_at")?),
        })
    };
    rows.iter().map(pair).collect()
}

/// From now on this person is known on this device; whether she is new there.
pub(super) async fn remember(
    connection: &mut SqliteConnection,
    account_id: i64,
    sign_in: &SignInRow,
    used_after: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let jkt = &sign_in.jkt;
    let is_known = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pairs WHERE account_id = ?1 AND jkt = ?2 AND last_sign_in_at > ?3)");
    let is_known: bool = is_known.bind(account_id).bind(jkt).bind(used_after.0).fetch_one(&mut *connection).await?;
    sqlx::query("UPDATE accounts SET last_sign_in_at = ?2 WHERE id = ?1").bind(account_id).bind(now.0).execute(&mut *connection).await?;
    sqlx::query(
        "INSERT INTO devices (jkt, last_account_id, last_sign_in_at, label) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (jkt) DO UPDATE SET last_account_id = excluded.last_account_id, last_sign_in_at = excluded.last_sign_in_at,
                                         label = excluded.label",
    )
    .bind(jkt)
    .bind(account_id)
    .bind(now.0)
    .bind(&sign_in.device_label)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO pairs (account_id, jkt, device_label, created_at, last_sign_in_at) VALUES (?1, ?2, ?3, ?4, ?4)
         ON CONFLICT (account_id, jkt) DO UPDATE SET last_sign_in_at = excluded.last_sign_in_at, device_label = excluded.device_label,
             created_at = CASE WHEN last_sign_in_at > ?5 THEN created_at ELSE excluded.created_at END",
    )
    .bind(account_id)
    .bind(jkt)
    .bind(&sign_in.device_label)
    .bind(now.0)
    .bind(used_after.0)
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM asked_anew WHERE jkt = ?1").bind(jkt).execute(connection).await?;
    Ok(!is_known)
}

pub(super) async fn live_session(readers: &SqlitePool, account_id: i64, jkt: &str) -> Result<Option<SessionRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM sessions WHERE account_id = ?1 AND jkt = ?2 AND ended IS NULL");
    row.bind(account_id).bind(jkt).fetch_optional(readers).await?.as_ref().map(codec::session).transpose()
}

pub(super) async fn must_ask_anew(readers: &SqlitePool, jkt: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM asked_anew WHERE jkt = ?1)").bind(jkt).fetch_one(readers).await?)
}

/// The next sign-in on the device asks who it is, whatever Pro Santé Connect or a local provider remember.
pub(super) async fn ask_anew(connection: &mut SqliteConnection, jkt: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO asked_anew (jkt, since) VALUES (?1, ?2) ON CONFLICT (jkt) DO UPDATE SET since = excluded.since")
        .bind(jkt)
        .bind(now.0)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn forget(
    connection: &mut SqliteConnection,
    forgetting: &Forgetting,
    now: Timestamp,
) -> Result<Option<Forgotten>, StoreError> {
    let Forgetting { account_id, jkt, hint, hint_ends_at } = forgetting;
    let removed = sqlx::query("DELETE FROM pairs WHERE account_id = ?1 AND jkt = ?2").bind(account_id).bind(jkt);
    let removed = removed.execute(&mut *connection).await?.rows_affected() == 1;
    sqlx::query("UPDATE devices SET last_account_id = NULL WHERE jkt = ?2 AND last_account_id = ?1")
        .bind(account_id)
        .bind(jkt)
        .execute(&mut *connection)
        .await?;
    let session: Option<String> = sqlx::query_scalar(
        "UPDATE sessions SET ended = ?3, ended_at = ?4, version = version + 1 WHERE account_id = ?1 AND jkt = ?2 AND ended IS NULL
         RETURNING sign_in_id",
    )
    .bind(account_id)
    .bind(jkt)
    .bind(SessionEnd::Forgotten.name())
    .bind(now.0)
    .fetch_optional(&mut *connection)
    .await?;
    let session = session.map(SignInId);
    let cancelled: Vec<String> = sqlx::query_scalar(
        "UPDATE sign_ins SET state = 'cancelled', is_open = 0, error_code = ?3, typed_code_mac = NULL
         WHERE account_id = ?1 AND jkt = ?2 AND is_open RETURNING id",
    )
    .bind(account_id)
    .bind(jkt)
    .bind(i64::from(ErrorCode::WorkstationForgotten.number()))
    .fetch_all(&mut *connection)
    .await?;
    if let Some(id) = &session {
        sign_ins::drop_grant(connection, id).await?;
    }
    let mut attempts = Cancelled::default();
    for id in cancelled.into_iter().map(SignInId) {
        attempts.tokens_sealed.extend(sign_ins::drop_grant(connection, &id).await?.map(|sealed| (id.clone(), sealed)));
        attempts.sign_ins.push(id);
    }
    if let Some((id, sealed)) = hint.as_ref().filter(|(id, _)| session.as_ref() == Some(id)) {
        sqlx::query("INSERT INTO sign_outs (sign_in_id, id_token_sealed, created_at, ends_at) VALUES (?1, ?2, ?3, ?4)")
            .bind(&id.0)
            .bind(sealed)
            .bind(now.0)
            .bind(hint_ends_at.0)
            .execute(&mut *connection)
            .await?;
    }
    if !removed && session.is_none() && attempts.sign_ins.is_empty() {
        return Ok(None);
    }
    let owed = sign_outs::withdraw_of_pair(connection, (*account_id, jkt), now).await?;
    ask_anew(connection, jkt, now).await?;
    Ok(Some(Forgotten { session, attempts, owed }))
}

/// Forgets what nobody used for too long; the pairs.
pub(super) async fn expire(connection: &mut SqliteConnection, used_after: Timestamp, limit: i64) -> Result<Vec<(i64, String)>, StoreError> {
    let expired = sqlx::query(
        "DELETE FROM pairs WHERE (account_id, jkt) IN (SELECT account_id, jkt FROM pairs WHERE last_sign_in_at <= ?1 LIMIT ?2)
         RETURNING account_id, jkt",
    )
    .bind(used_after.0)
    .bind(limit)
    .fetch_all(&mut *connection)
    .await?;
    for statement in [
        "DELETE FROM devices WHERE jkt IN (SELECT jkt FROM devices WHERE last_sign_in_at <= ?1 LIMIT ?2)",
        "DELETE FROM asked_anew WHERE jkt IN (SELECT jkt FROM asked_anew WHERE since <= ?1 LIMIT ?2)",
    ] {
        sqlx::query(statement).bind(used_after.0).bind(limit).execute(&mut *connection).await?;
    }
    expired.iter().map(|row| Ok((row.try_get("account_id")?, row.try_get("jkt")?))).collect()
}
