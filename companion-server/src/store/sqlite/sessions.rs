use sqlx::{SqliteConnection, SqlitePool};
use vestibule_model::practitioner::SituationId;
use vestibule_model::session::{SessionEnd, SignInId};

use super::codec::{self, kind_name};
use super::pairs;
use crate::clock::Timestamp;
use crate::store::{Ending, GrantRow, RotateAttempt, Rotated, SecretHash, SessionRow, StoreError, TokenKind, TokenRow};

pub(super) async fn find(connection: &mut SqliteConnection, id: &SignInId) -> Result<Option<SessionRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM sessions WHERE sign_in_id = ?1").bind(&id.0).fetch_optional(connection).await?;
    row.as_ref().map(codec::session).transpose()
}

pub(super) async fn by_token(
    readers: &SqlitePool,
    hash: &SecretHash,
    kind: TokenKind,
) -> Result<Option<(SessionRow, TokenRow)>, StoreError> {
    let row = sqlx::query(
        "SELECT sessions.*, session_tokens.generation, session_tokens.expires_at
         FROM session_tokens JOIN sessions USING (sign_in_id) WHERE session_tokens.hash = ?1 AND session_tokens.kind = ?2",
    )
    .bind(hash.as_bytes())
    .bind(kind_name(kind))
    .fetch_optional(readers)
    .await?;
    row.as_ref().map(|row| Ok((codec::session(row)?, codec::token(row)?))).transpose()
}

pub(super) async fn confirm_generation(connection: &mut SqliteConnection, id: &SignInId, generation: i64) -> Result<(), StoreError> {
    // Only the head can become confirmed: generations between were voided by a retry.
    sqlx::query("UPDATE sessions SET confirmed = head WHERE sign_in_id = ?1 AND head = ?2")
        .bind(&id.0)
        .bind(generation)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn keep_tokens(
    connection: &mut SqliteConnection,
    id: &SignInId,
    generation: i64,
    (access, access_ends_at): (&SecretHash, Timestamp),
    (refresh, refresh_ends_at): (&SecretHash, Timestamp),
) -> Result<(), StoreError> {
    for (kind, hash, ends_at) in [(TokenKind::Access, access, access_ends_at), (TokenKind::Refresh, refresh, refresh_ends_at)] {
        sqlx::query("INSERT INTO session_tokens (hash, sign_in_id, kind, generation, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)")
            .bind(hash.as_bytes())
            .bind(&id.0)
            .bind(kind_name(kind))
            .bind(generation)
            .bind(ends_at.0)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// The head and, until the head is confirmed, its confirmed predecessor may be presented; anything older was copied.
pub(super) async fn rotate(connection: &mut SqliteConnection, attempt: &RotateAttempt, now: Timestamp) -> Result<Rotated, StoreError> {
    let id = &attempt.sign_in_id;
    let rotated = sqlx::query(
        "UPDATE sessions SET confirmed = ?2, head = head + 1
         WHERE sign_in_id = ?1 AND ended IS NULL AND (head = ?2 OR confirmed = ?2) AND idle_ends_at > ?3 AND absolute_ends_at > ?3
         RETURNING *",
    )
    .bind(&id.0)
    .bind(attempt.presented)
    .bind(now.0)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(row) = rotated {
        let session = codec::session(&row)?;
        // The unconfirmed successor, if any, is void: its access token must not come back to life when later ones are confirmed.
        sqlx::query("DELETE FROM session_tokens WHERE sign_in_id = ?1 AND kind = 'access' AND (generation > ?2 OR expires_at <= ?3)")
            .bind(&id.0)
            .bind(attempt.presented)
            .bind(now.0)
            .execute(&mut *connection)
            .await?;
        let refresh_ends_at = session.absolute_ends_at;
        keep_tokens(connection, id, session.head, (&attempt.access, attempt.access_ends_at), (&attempt.refresh, refresh_ends_at)).await?;
        return Ok(Rotated::Next(session));
    }
    let Some(session) = find(connection, id).await? else { return Ok(Rotated::Over) };
    if session.ended.is_some() || session.head == attempt.presented || session.confirmed == attempt.presented {
        return Ok(Rotated::Over);
    }
    end_as(connection, id, SessionEnd::Revoked, now).await?;
    Ok(Rotated::Reused)
}

pub(super) async fn touch(
    connection: &mut SqliteConnection,
    id: &SignInId,
    at: Timestamp,
    now: Timestamp,
) -> Result<Option<SessionRow>, StoreError> {
    let row = sqlx::query(
        "UPDATE sessions SET version = version + (last_activity_at < ?2), idle_ends_at = idle_ends_at + MAX(?2 - last_activity_at, 0),
                             last_activity_at = MAX(last_activity_at, ?2)
         WHERE sign_in_id = ?1 AND ended IS NULL AND idle_ends_at > ?3 AND absolute_ends_at > ?3
         RETURNING *",
    )
    .bind(&id.0)
    .bind(at.0)
    .bind(now.0)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(codec::session).transpose()
}

pub(super) async fn choose_situation(connection: &mut SqliteConnection, id: &SignInId, choice: &SituationId) -> Result<bool, StoreError> {
    let chosen = sqlx::query("UPDATE sessions SET situation_id = ?2, version = version + 1 WHERE sign_in_id = ?1 AND ended IS NULL")
        .bind(&id.0)
        .bind(&choice.0)
        .execute(&mut *connection)
        .await?;
    if chosen.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(
        "UPDATE pairs SET last_situation_id = ?2
         WHERE (account_id, jkt) IN (SELECT account_id, jkt FROM sessions WHERE sign_in_id = ?1)",
    )
    .bind(&id.0)
    .bind(&choice.0)
    .execute(connection)
    .await?;
    Ok(true)
}

pub(super) async fn end(connection: &mut SqliteConnection, id: &SignInId, ending: Ending, now: Timestamp) -> Result<bool, StoreError> {
    match ending {
        Ending::Idle => end_when(connection, id, SessionEnd::Idle, now, Timestamp(i64::MAX), now).await,
        Ending::Expired => end_when(connection, id, SessionEnd::Expired, Timestamp(i64::MAX), now, now).await,
        Ending::Closed => end_as(connection, id, SessionEnd::Closed, now).await,
        Ending::ByPerson { end, id_token_sealed, ends_at } => end_for_good(connection, id, end, (id_token_sealed, ends_at), now).await,
        Ending::Administrator { id_token_sealed, ends_at } => {
            end_for_good(connection, id, SessionEnd::Administrator, (id_token_sealed, ends_at), now).await
        }
    }
}

/// Ends a session that nobody shall come back to without a means: the device asks anew, and the hint is kept for Pro Santé Connect.
async fn end_for_good(
    connection: &mut SqliteConnection,
    id: &SignInId,
    end: SessionEnd,
    (id_token_sealed, ends_at): (Option<Vec<u8>>, Timestamp),
    now: Timestamp,
) -> Result<bool, StoreError> {
    if !end_as(connection, id, end, now).await? {
        return Ok(false);
    }
    let jkt: String = sqlx::query_scalar("SELECT jkt FROM sessions WHERE sign_in_id = ?1").bind(&id.0).fetch_one(&mut *connection).await?;
    pairs::ask_anew(connection, &jkt, now).await?;
    if let Some(id_token_sealed) = id_token_sealed {
        sqlx::query("INSERT INTO sign_outs (sign_in_id, id_token_sealed, created_at, ends_at) VALUES (?1, ?2, ?3, ?4)")
            .bind(&id.0)
            .bind(id_token_sealed.as_slice())
            .bind(now.0)
            .bind(ends_at.0)
            .execute(connection)
            .await?;
    }
    Ok(true)
}

/// Of a session that this did not end: its end would be traced already.
pub(super) async fn note_objection(connection: &mut SqliteConnection, id: &SignInId, now: Timestamp) -> Result<bool, StoreError> {
    let noted = sqlx::query("UPDATE sessions SET objected_at = ?2 WHERE sign_in_id = ?1 AND objected_at IS NULL AND ended IS NOT ?3")
        .bind(&id.0)
        .bind(now.0)
        .bind(SessionEnd::Disowned.name())
        .execute(connection)
        .await?;
    Ok(noted.rows_affected() == 1)
}

async fn end_as(connection: &mut SqliteConnection, id: &SignInId, end: SessionEnd, now: Timestamp) -> Result<bool, StoreError> {
    end_when(connection, id, end, Timestamp(i64::MAX), Timestamp(i64::MAX), now).await
}

/// Ends a live session whose idle and absolute limits lie at or before the given moments.
pub(super) async fn end_when(
    connection: &mut SqliteConnection,
    id: &SignInId,
    end: SessionEnd,
    idle_until: Timestamp,
    absolute_until: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let ended = sqlx::query(
        "UPDATE sessions SET ended = ?2, ended_at = ?3, version = version + 1
         WHERE sign_in_id = ?1 AND ended IS NULL AND idle_ends_at <= ?4 AND absolute_ends_at <= ?5",
    )
    .bind(&id.0)
    .bind(end.name())
    .bind(now.0)
    .bind(idle_until.0)
    .bind(absolute_until.0)
    .execute(&mut *connection)
    .await?;
    let ended = ended.rows_affected() == 1;
    if ended {
        sqlx::query("DELETE FROM grants WHERE sign_in_id = ?1").bind(&id.0).execute(connection).await?;
    }
    Ok(ended)
}

pub(super) async fn grant(connection: &mut SqliteConnection, id: &SignInId) -> Result<Option<GrantRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM grants WHERE sign_in_id = ?1").bind(&id.0).fetch_optional(connection).await?;
    row.as_ref().map(codec::grant).transpose()
}

pub(super) async fn lease_grant(
    connection: &mut SqliteConnection,
    id: &SignInId,
    older_than: Timestamp,
    until: Timestamp,
    now: Timestamp,
) -> Result<Option<GrantRow>, StoreError> {
    let row = sqlx::query(
        "UPDATE grants SET leased_until = ?3
         WHERE sign_in_id = ?1 AND last_exchange_at <= ?2 AND leased_until <= ?4 AND psc_over = 0
           AND EXISTS (SELECT 1 FROM sessions WHERE sign_in_id = ?1 AND ended IS NULL)
         RETURNING *",
    )
    .bind(&id.0)
    .bind(older_than.0)
    .bind(until.0)
    .bind(now.0)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(codec::grant).transpose()
}

pub(super) async fn renew_grant(
    connection: &mut SqliteConnection,
    id: &SignInId,
    tokens_sealed: Vec<u8>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let renewed = sqlx::query("UPDATE grants SET tokens_sealed = ?2, last_exchange_at = ?3, leased_until = 0 WHERE sign_in_id = ?1")
        .bind(&id.0)
        .bind(tokens_sealed)
        .bind(now.0)
        .execute(connection)
        .await?;
    Ok(renewed.rows_affected() == 1)
}

pub(super) async fn mark_psc_over(connection: &mut SqliteConnection, id: &SignInId) -> Result<bool, StoreError> {
    let marked = sqlx::query("UPDATE grants SET psc_over = 1, leased_until = 0 WHERE sign_in_id = ?1 AND psc_over = 0")
        .bind(&id.0)
        .execute(connection)
        .await?;
    Ok(marked.rows_affected() == 1)
}
