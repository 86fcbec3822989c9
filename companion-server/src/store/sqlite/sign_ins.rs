use sqlx::{Row as _, SqliteConnection, SqlitePool};
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;
use vestibule_model::session::SignInId;

use super::{codec, pairs, sign_outs};
use crate::clock::Timestamp;
use crate::store::{
    Arrow, Cancelled, ClosedSignIn, ConfirmationReason, DroppedGrant, GrantRow, Inserted, NewSignInRow, Owing, SecretHash, SignInEnd,
    SignInKey, SignInRow, StoreError, TypedTry,
};

pub(super) async fn insert(connection: &mut SqliteConnection, row: &NewSignInRow, pending_limit: u32) -> Result<Inserted, StoreError> {
    let pending = sqlx::query(
        "SELECT COUNT(*) AS pending, COALESCE(MIN(stage_ends_at), 0) AS until FROM sign_ins
         WHERE jkt = ?1 AND stage_ends_at > ?2 AND is_open",
    )
    .bind(&row.jkt)
    .bind(row.created_at.0)
    .fetch_one(&mut *connection)
    .await?;
    if pending.try_get::<i64, _>("pending")? >= i64::from(pending_limit) {
        return Ok(Inserted::TooManyPending { until: Timestamp(pending.try_get("until")?) });
    }
    let address = row.way_back.address();
    let kept = sqlx::query(
        "INSERT INTO sign_ins (id, state, jkt, app_address, exchange, redirect_uri, app_state, device_code_hash, group_name, code_challenge,
                               device_label, match_number, request_hash, created_at, ends_at, stage_ends_at)
         SELECT ?1, 'created', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15
         WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE sign_in_id = ?1)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(&row.id.0)
    .bind(&row.jkt)
    .bind(&row.app_address)
    .bind(row.way_back.exchange().name())
    .bind(address.map(|address| &address.redirect_uri))
    .bind(address.map(|address| &address.app_state))
    .bind(row.device_code.as_ref().map(SecretHash::as_bytes))
    .bind(&row.group_name)
    .bind(&row.code_challenge)
    .bind(&row.device_label)
    .bind(&row.match_number)
    .bind(row.request.as_bytes())
    .bind(row.created_at.0)
    .bind(row.ends_at.0)
    .bind(row.stage_ends_at.0)
    .execute(connection)
    .await?;
    Ok(if kept.rows_affected() == 1 { Inserted::Kept } else { Inserted::IdTaken })
}

pub(super) async fn find(readers: &SqlitePool, key: &SignInKey) -> Result<Option<SignInRow>, StoreError> {
    let query = match key {
        SignInKey::Id(id) => sqlx::query("SELECT * FROM sign_ins WHERE id = ?1").bind(&id.0),
        SignInKey::Request(hash) => sqlx::query("SELECT * FROM sign_ins WHERE request_hash = ?1").bind(hash.as_bytes()),
        SignInKey::Cookie(hash) => sqlx::query("SELECT * FROM sign_ins WHERE cookie_hash = ?1").bind(hash.as_bytes()),
        SignInKey::PscState(hash) => sqlx::query("SELECT * FROM sign_ins WHERE psc_state_hash = ?1").bind(hash.as_bytes()),
        SignInKey::Code(hash) => sqlx::query("SELECT * FROM sign_ins WHERE code_hash = ?1").bind(hash.as_bytes()),
        SignInKey::DeviceCode(hash) => sqlx::query("SELECT * FROM sign_ins WHERE device_code_hash = ?1").bind(hash.as_bytes()),
    };
    query.fetch_optional(readers).await?.as_ref().map(codec::sign_in).transpose()
}

pub(super) async fn find_all(readers: &SqlitePool, ids: &[&SignInId]) -> Result<Vec<SignInRow>, StoreError> {
    let ids: Vec<&str> = ids.iter().map(|id| id.0.as_str()).collect();
    let ids = serde_json::to_string(&ids).map_err(|_| StoreError::Unreadable("sign-in ids"))?;
    let rows = sqlx::query("SELECT * FROM sign_ins WHERE id IN (SELECT value FROM json_each(?1))").bind(ids).fetch_all(readers).await?;
    rows.iter().map(codec::sign_in).collect()
}

/// Each arrow is one conditional update: right state, and in time.
pub(super) async fn advance(connection: &mut SqliteConnection, id: &SignInId, arrow: Arrow, now: Timestamp) -> Result<bool, StoreError> {
    let query = match &arrow {
        Arrow::Open { browser } => sqlx::query(
            "UPDATE sign_ins SET state = 'opened', cookie_hash = ?3, browser_address = ?4
             WHERE id = ?1 AND state = 'created' AND stage_ends_at > ?2",
        )
        .bind(&id.0)
        .bind(now.0)
        .bind(browser.cookie.as_bytes())
        .bind(browser.address.map(|address| address.to_string())),
        Arrow::LeaveForPsc { psc_state, pending_sealed, stage_ends_at } => sqlx::query(
            "UPDATE sign_ins SET state = 'at_provider', psc_state_hash = ?3, psc_pending_sealed = ?4, stage_ends_at = MIN(?5, ends_at)
             WHERE id = ?1 AND state = 'opened' AND stage_ends_at > ?2",
        )
        .bind(&id.0)
        .bind(now.0)
        .bind(psc_state.as_bytes())
        .bind(pending_sealed)
        .bind(stage_ends_at.0),
        Arrow::Exchange { stage_ends_at } => sqlx::query(
            "UPDATE sign_ins SET state = 'exchanging', psc_pending_sealed = NULL, stage_ends_at = ?3
             WHERE id = ?1 AND state = 'at_provider' AND stage_ends_at > ?2",
        )
        .bind(&id.0)
        .bind(now.0)
        .bind(stage_ends_at.0),
        Arrow::Authenticate { cookie, account_id, identity_changed, asks, stage_ends_at, grant: _ } => sqlx::query(
            "UPDATE sign_ins SET state = 'authenticated', cookie_hash = ?3, account_id = ?4, confirmation_reason = ?5,
                                 identity_changed = ?6, number_choices = NULLIF(?7, ''), stage_ends_at = ?8
             WHERE id = ?1 AND state = 'exchanging' AND stage_ends_at > ?2",
        )
        .bind(&id.0)
        .bind(now.0)
        .bind(cookie.as_bytes())
        .bind(account_id)
        .bind(asks.reason().map(ConfirmationReason::name))
        .bind(identity_changed)
        .bind(asks.choices().join(" "))
        .bind(stage_ends_at.0),
        Arrow::Confirm { release, stage_ends_at } => sqlx::query(
            "UPDATE sign_ins SET state = 'confirmed', code_hash = ?3, typed_code_mac = ?4, stage_ends_at = ?5
                 WHERE id = ?1 AND state = 'authenticated' AND stage_ends_at > ?2 AND (redirect_uri IS NULL) = (?3 IS NULL)",
        )
        .bind(&id.0)
        .bind(now.0)
        .bind(release.code.as_ref().map(SecretHash::as_bytes))
        .bind(&release.letters)
        .bind(stage_ends_at.0),
    };
    let moved = query.execute(&mut *connection).await?.rows_affected() == 1;
    if let (true, Arrow::Authenticate { grant, .. }) = (moved, &arrow) {
        keep_grant(connection, id, grant).await?;
    }
    Ok(moved)
}

async fn keep_grant(connection: &mut SqliteConnection, id: &SignInId, grant: &GrantRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO grants (sign_in_id, practitioner_sealed, tokens_sealed, means, acr, last_exchange_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .bind(&id.0)
    .bind(&grant.practitioner_sealed)
    .bind(&grant.tokens_sealed)
    .bind(&grant.means)
    .bind(&grant.acr)
    .bind(grant.last_exchange_at.0)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn close(
    connection: &mut SqliteConnection,
    id: &SignInId,
    from: Option<SignInState>,
    (end, code): (SignInEnd, Option<ErrorCode>),
    (owing, now): (&Owing, Timestamp),
) -> Result<Option<ClosedSignIn>, StoreError> {
    let closed = sqlx::query(
        "UPDATE sign_ins SET state = ?2, is_open = 0, error_code = ?3, psc_pending_sealed = NULL, typed_code_mac = NULL
         WHERE id = ?1 AND is_open AND (?4 IS NULL OR state = ?4)",
    )
    .bind(&id.0)
    .bind(SignInState::from(end).name())
    .bind(code.map(|code| i64::from(code.number())))
    .bind(from.map(SignInState::name))
    .execute(&mut *connection)
    .await?;
    if closed.rows_affected() == 0 {
        return Ok(None);
    }
    let closed = settle(connection, id, end, (owing, now)).await?;
    if end == SignInEnd::Declined {
        sqlx::query(
            "INSERT INTO asked_anew (jkt, since) SELECT jkt, created_at FROM sign_ins WHERE id = ?1
             ON CONFLICT (jkt) DO UPDATE SET since = excluded.since",
        )
        .bind(&id.0)
        .execute(connection)
        .await?;
    }
    Ok(Some(closed))
}

/// Drops what was granted to an attempt that ended without a session, and keeps what is owed of it.
pub(super) async fn settle(
    connection: &mut SqliteConnection,
    id: &SignInId,
    end: SignInEnd,
    (owing, now): (&Owing, Timestamp),
) -> Result<ClosedSignIn, StoreError> {
    let mut closed = ClosedSignIn { id: id.clone(), is_owed: false };
    let Some(tokens_sealed) = drop_grant(connection, id).await? else { return Ok(closed) };
    let row = sqlx::query(
        "SELECT group_name, EXISTS (SELECT 1 FROM sessions WHERE sessions.account_id = sign_ins.account_id AND sessions.jkt = sign_ins.jkt
                                      AND ended IS NULL AND idle_ends_at > ?2 AND absolute_ends_at > ?2) AS is_held
         FROM sign_ins WHERE id = ?1",
    )
    .bind(&id.0)
    .bind(now.0)
    .fetch_one(&mut *connection)
    .await?;
    let (group_name, is_held) = (row.try_get("group_name")?, row.try_get("is_held")?);
    if let Some(owed) = owing(&DroppedGrant { id: id.clone(), end, group_name, is_held, tokens_sealed }) {
        sign_outs::owe(connection, id, &owed, now).await?;
        closed.is_owed = true;
    }
    Ok(closed)
}

/// Cancels what the key started besides `kept`, for this reason: an app that was killed in the middle left it behind, or the device is forgotten.
/// What was granted to it is still to be dropped.
pub(super) async fn cancel_others(
    connection: &mut SqliteConnection,
    jkt: &str,
    kept: &SignInId,
    reason: ErrorCode,
    now: Timestamp,
) -> Result<Vec<SignInId>, StoreError> {
    let others: Vec<String> = sqlx::query_scalar(
        "UPDATE sign_ins SET state = 'cancelled', is_open = 0, error_code = ?4, psc_pending_sealed = NULL, typed_code_mac = NULL
         WHERE jkt = ?1 AND id <> ?2 AND stage_ends_at > ?3 AND is_open RETURNING id",
    )
    .bind(jkt)
    .bind(&kept.0)
    .bind(now.0)
    .bind(i64::from(reason.number()))
    .fetch_all(connection)
    .await?;
    Ok(others.into_iter().map(SignInId).collect())
}

/// Forgets what was granted; its sealed tokens.
pub(super) async fn drop_grant(connection: &mut SqliteConnection, id: &SignInId) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar("DELETE FROM grants WHERE sign_in_id = ?1 RETURNING tokens_sealed")
        .bind(&id.0)
        .fetch_optional(connection)
        .await?)
}

/// Ends what a person has under way, and takes from every attempt of hers whatever leads to her: what is left says why it ended, for a day.
pub(super) async fn detach(connection: &mut SqliteConnection, account_id: i64, now: Timestamp) -> Result<Cancelled, StoreError> {
    let attempts = sqlx::query("SELECT id, jkt, is_open AND stage_ends_at > ?2 AS is_under_way FROM sign_ins WHERE account_id = ?1")
        .bind(account_id)
        .bind(now.0)
        .fetch_all(&mut *connection)
        .await?;
    let mut cancelled = Cancelled::default();
    for row in attempts {
        let id = SignInId(row.try_get("id")?);
        cancelled.tokens_sealed.extend(drop_grant(connection, &id).await?.map(|sealed| (id.clone(), sealed)));
        if row.try_get("is_under_way")? {
            pairs::ask_anew(connection, row.try_get("jkt")?, now).await?;
            cancelled.under_way.push(id.clone());
        }
        cancelled.sign_ins.push(id);
    }
    sqlx::query(
        "UPDATE sign_ins SET
             error_code = CASE WHEN state = 'redeemed' OR (is_open AND stage_ends_at > ?2) THEN ?3 WHEN is_open THEN ?4 ELSE error_code END,
             state = CASE WHEN state = 'redeemed' OR (is_open AND stage_ends_at > ?2) THEN 'cancelled' WHEN is_open THEN 'expired'
                          ELSE state END,
             is_open = 0,
             account_id = NULL, confirmation_reason = NULL, identity_changed = 0, number_choices = NULL, device_label = NULL,
             app_address = '', browser_address = NULL, psc_pending_sealed = NULL, typed_code_mac = NULL
         WHERE account_id = ?1",
    )
    .bind(account_id)
    .bind(now.0)
    .bind(i64::from(ErrorCode::SignInEndedByAdministrator.number()))
    .bind(i64::from(ErrorCode::SignInExpired.number()))
    .execute(connection)
    .await?;
    Ok(cancelled)
}

pub(super) async fn count_typed_try(
    connection: &mut SqliteConnection,
    id: &SignInId,
    limit: u32,
    now: Timestamp,
) -> Result<TypedTry, StoreError> {
    let counted = sqlx::query(
        "UPDATE sign_ins SET typed_tries = typed_tries + 1
         WHERE id = ?1 AND state = 'confirmed' AND stage_ends_at > ?2 AND typed_code_mac IS NOT NULL AND typed_tries < ?3
         RETURNING typed_code_mac, typed_tries",
    )
    .bind(&id.0)
    .bind(now.0)
    .bind(limit)
    .fetch_optional(connection)
    .await?;
    match counted {
        Some(row) => Ok(TypedTry::Counted { mac: row.try_get("typed_code_mac")?, tries: row.try_get("typed_tries")? }),
        None => Ok(TypedTry::NotDue),
    }
}

pub(super) async fn count_wrong_try(
    connection: &mut SqliteConnection,
    jkt: &str,
    limit: u32,
    (owing, now): (&Owing, Timestamp),
) -> Result<Vec<ClosedSignIn>, StoreError> {
    sqlx::query(
        "UPDATE sign_ins SET wrong_tries = wrong_tries + 1
         WHERE jkt = ?1 AND stage_ends_at > ?2 AND is_open",
    )
    .bind(jkt)
    .bind(now.0)
    .execute(&mut *connection)
    .await?;
    let worn_out = sqlx::query(
        "SELECT id FROM sign_ins
         WHERE jkt = ?1 AND wrong_tries >= ?2 AND is_open",
    )
    .bind(jkt)
    .bind(i64::from(limit))
    .fetch_all(&mut *connection)
    .await?;
    let mut burned = Vec::new();
    for row in worn_out {
        let id = SignInId(row.try_get("id")?);
        burned.extend(close(connection, &id, None, (SignInEnd::Burned, Some(ErrorCode::SignInBurned)), (owing, now)).await?);
    }
    Ok(burned)
}
