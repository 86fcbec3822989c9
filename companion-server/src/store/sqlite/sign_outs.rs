use sqlx::{Row as _, SqliteConnection, SqlitePool};
use vestibule_model::session::SignInId;

use crate::clock::Timestamp;
use crate::store::{SecretHash, StoreError};

/// Seconds in which a ticket that was used gives its form again: to a double click or a reload, not to the next reader of the history.
const AGAIN_S: i64 = 60;

pub(super) async fn give_ticket(connection: &mut SqliteConnection, id: &SignInId, ticket: &SecretHash) -> Result<bool, StoreError> {
    let given = sqlx::query("UPDATE sign_outs SET ticket_hash = ?2, used_at = NULL WHERE sign_in_id = ?1")
        .bind(&id.0)
        .bind(ticket.as_bytes())
        .execute(connection)
        .await?;
    Ok(given.rows_affected() == 1)
}

pub(super) async fn unfinished(readers: &SqlitePool, id: &SignInId, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar("SELECT id_token_sealed FROM sign_outs WHERE sign_in_id = ?1 AND ends_at > ?2")
        .bind(&id.0)
        .bind(now.0)
        .fetch_optional(readers)
        .await?)
}

/// Keeps what ends Pro Santé Connect's session, of whom it may be.
pub(super) async fn owe(
    connection: &mut SqliteConnection,
    id: &SignInId,
    id_token_sealed: &[u8],
    ends_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO sign_outs (sign_in_id, id_token_sealed, created_at, ends_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
        .bind(&id.0)
        .bind(id_token_sealed)
        .bind(now.0)
        .bind(ends_at.0)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn ticket(readers: &SqlitePool, ticket: &SecretHash, now: Timestamp) -> Result<Option<(SignInId, Vec<u8>)>, StoreError> {
    let row = sqlx::query(
        "SELECT sign_in_id, id_token_sealed FROM sign_outs
         WHERE ticket_hash = ?1 AND ends_at > ?2 AND (used_at IS NULL OR used_at > ?3)",
    )
    .bind(ticket.as_bytes())
    .bind(now.0)
    .bind(now.plus_seconds(-AGAIN_S).0)
    .fetch_optional(readers)
    .await?;
    row.map(|row| Ok((SignInId(row.try_get("sign_in_id")?), row.try_get("id_token_sealed")?))).transpose()
}

pub(super) async fn take_ticket(
    connection: &mut SqliteConnection,
    ticket: &SecretHash,
    state: &SecretHash,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "UPDATE sign_outs SET state_hash = ?2, used_at = coalesce(used_at, ?3)
         WHERE ticket_hash = ?1 AND ends_at > ?3 AND (used_at IS NULL OR used_at > ?4)",
    )
    .bind(ticket.as_bytes())
    .bind(state.as_bytes())
    .bind(now.0)
    .bind(now.plus_seconds(-AGAIN_S).0)
    .execute(connection)
    .await?;
    Ok(taken.rows_affected() == 1)
}

pub(super) async fn finish(connection: &mut SqliteConnection, id: &SignInId) -> Result<bool, StoreError> {
    let finished = sqlx::query("DELETE FROM sign_outs WHERE sign_in_id = ?1").bind(&id.0).execute(connection).await?;
    Ok(finished.rows_affected() == 1)
}

pub(super) async fn finish_by_state(
    connection: &mut SqliteConnection,
    state: &SecretHash,
    now: Timestamp,
) -> Result<Option<SignInId>, StoreError> {
    let id: Option<String> = sqlx::query_scalar("DELETE FROM sign_outs WHERE state_hash = ?1 AND ends_at > ?2 RETURNING sign_in_id")
        .bind(state.as_bytes())
        .bind(now.0)
        .fetch_optional(connection)
        .await?;
    Ok(id.map(SignInId))
}

pub(super) async fn interrupted(readers: &SqlitePool, limit: u32, now: Timestamp) -> Result<Vec<(SignInId, Vec<u8>)>, StoreError> {
    let rows = sqlx::query(
        "SELECT sign_in_id, id_token_sealed FROM sign_outs WHERE ticket_hash IS NULL AND state_hash IS NULL AND ends_at > ?1
         ORDER BY created_at LIMIT ?2",
    )
    .bind(now.0)
    .bind(i64::from(limit))
    .fetch_all(readers)
    .await?;
    rows.iter().map(|row| Ok((SignInId(row.try_get("sign_in_id")?), row.try_get("id_token_sealed")?))).collect()
}
