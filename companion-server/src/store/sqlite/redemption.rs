use sqlx::SqliteConnection;
use subtle::ConstantTimeEq as _;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::session::{SessionEnd, SignInId};

use super::codec;
use super::{pairs, sessions, sign_ins};
use crate::clock::Timestamp;
use crate::store::{Identified, Presented, RedeemAttempt, Redeemed, SignInEnd, SignInRow, Stage, StoreError};

pub(super) async fn redeem(connection: &mut SqliteConnection, attempt: &RedeemAttempt, now: Timestamp) -> Result<Redeemed, StoreError> {
    let won = match &attempt.presented {
        Presented::Code { code, redirect_uri } => sqlx::query(
            "UPDATE sign_ins SET state = 'redeemed', is_open = 0, typed_code_mac = NULL
             WHERE code_hash = ?1 AND state = 'confirmed' AND jkt = ?2 AND code_challenge = ?3 AND stage_ends_at > ?4 AND redirect_uri = ?6
               AND (typed_code_mac IS NULL OR ?5)
             RETURNING *",
        )
        .bind(code.as_bytes())
        .bind(&attempt.jkt)
        .bind(&attempt.code_challenge)
        .bind(now.0)
        .bind(attempt.letters_right)
        .bind(redirect_uri),
        Presented::DeviceCode(device_code) => sqlx::query(
            "UPDATE sign_ins SET state = 'redeemed', is_open = 0, typed_code_mac = NULL
             WHERE device_code_hash = ?1 AND state = 'confirmed' AND jkt = ?2 AND code_challenge = ?3 AND stage_ends_at > ?4
               AND (typed_code_mac IS NULL OR ?5)
             RETURNING *",
        )
        .bind(device_code.as_bytes())
        .bind(&attempt.jkt)
        .bind(&attempt.code_challenge)
        .bind(now.0)
        .bind(attempt.letters_right),
    };
    match won.fetch_optional(&mut *connection).await? {
        Some(row) => {
            let sign_in = codec::sign_in(&row)?;
            let Stage::Redeemed(who) = &sign_in.stage else { return Err(StoreError::Unreadable("sign-in state")) };
            open_session(connection, &sign_in, who, attempt, now).await
        }
        None => refuse(connection, attempt, now).await,
    }
}

/// Says why nobody won, and burns a sign-in whose code is in other hands.
async fn refuse(connection: &mut SqliteConnection, attempt: &RedeemAttempt, now: Timestamp) -> Result<Redeemed, StoreError> {
    let query = match &attempt.presented {
        Presented::Code { code, .. } => sqlx::query("SELECT * FROM sign_ins WHERE code_hash = ?1").bind(code.as_bytes()),
        Presented::DeviceCode(device_code) => {
            sqlx::query("SELECT * FROM sign_ins WHERE device_code_hash = ?1").bind(device_code.as_bytes())
        }
    };
    let row = query.fetch_optional(&mut *connection).await?;
    let Some(row) = row.as_ref().map(codec::sign_in).transpose()? else { return Ok(Redeemed::Unknown) };
    // A device code is good from the start; a code only exists once it left.
    let is_under_way = match (&row.stage, &attempt.presented) {
        (Stage::Redeemed(_), _) => return Ok(Redeemed::Replayed(row.id)),
        (Stage::Over(_), _) => false,
        (_, Presented::DeviceCode(_)) => true,
        (stage, Presented::Code { .. }) => matches!(stage, Stage::Confirmed { .. }),
    };
    if !is_under_way || row.stage_ends_at <= now {
        return Ok(Redeemed::Over(row.id));
    }
    if row.jkt != attempt.jkt || !bool::from(row.code_challenge.as_bytes().ct_eq(attempt.code_challenge.as_bytes())) {
        let as_what = (SignInEnd::Burned, Some(ErrorCode::SignInBurned));
        let burned = sign_ins::close(connection, &row.id, None, as_what, (&attempt.owing, now)).await?;
        return Ok(burned.map_or(Redeemed::Over(row.id), Redeemed::Burned));
    }
    let is_other_address = match &attempt.presented {
        Presented::Code { redirect_uri, .. } => row.way_back.address().is_none_or(|address| address.redirect_uri != *redirect_uri),
        Presented::DeviceCode(_) => false,
    };
    Ok(if is_other_address { Redeemed::OtherReturnAddress(row.id) } else { Redeemed::NotYet(row.id) })
}

async fn open_session(
    connection: &mut SqliteConnection,
    sign_in: &SignInRow,
    who: &Identified,
    attempt: &RedeemAttempt,
    now: Timestamp,
) -> Result<Redeemed, StoreError> {
    let replaced = end_former(connection, &sign_in.jkt, now).await?;
    let new_workstation = pairs::remember(connection, who.account_id, sign_in, attempt.pair_used_after, now).await?;
    sqlx::query(
        "INSERT INTO sessions (sign_in_id, account_id, jkt, situation_id, suggested_situation_id, identity_changed,
                               created_at, last_activity_at, idle_ends_at, absolute_ends_at, rules, new_workstation)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, ?11)",
    )
    .bind(&sign_in.id.0)
    .bind(who.account_id)
    .bind(&sign_in.jkt)
    .bind(attempt.situation_id.as_ref().map(|id| &id.0))
    .bind(attempt.suggested_situation_id.as_ref().map(|id| &id.0))
    .bind(who.identity_changed)
    .bind(now.0)
    .bind(now.plus_seconds(i64::from(attempt.rules.idle_limit_s)).0)
    .bind(attempt.absolute_ends_at.0)
    .bind(serde_json::to_string(&attempt.rules).map_err(|_| StoreError::Unreadable("session rules"))?)
    .bind(new_workstation)
    .execute(&mut *connection)
    .await?;
    sessions::keep_tokens(
        connection,
        &sign_in.id,
        1,
        (&attempt.access, attempt.access_ends_at),
        (&attempt.refresh, attempt.absolute_ends_at),
    )
    .await?;
    let session = sessions::find(connection, &sign_in.id).await?.ok_or(StoreError::Unreadable("session"))?;
    let mut cancelled = Vec::new();
    for id in sign_ins::cancel_others(connection, &sign_in.jkt, &sign_in.id, ErrorCode::SignInReplaced, now).await? {
        cancelled.push(sign_ins::settle(connection, &id, SignInEnd::Cancelled, (&attempt.owing, now)).await?);
    }
    Ok(Redeemed::Opened { session: Box::new(session), replaced, cancelled })
}

/// One session per device key: the former one ends, the service's only.
async fn end_former(connection: &mut SqliteConnection, jkt: &str, now: Timestamp) -> Result<Option<SignInId>, StoreError> {
    let former: Option<String> = sqlx::query_scalar(
        "UPDATE sessions SET ended = ?2, ended_at = ?3, version = version + 1 WHERE jkt = ?1 AND ended IS NULL RETURNING sign_in_id",
    )
    .bind(jkt)
    .bind(SessionEnd::Replaced.name())
    .bind(now.0)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(former) = former else { return Ok(None) };
    sqlx::query("DELETE FROM grants WHERE sign_in_id = ?1").bind(&former).execute(connection).await?;
    Ok(Some(SignInId(former)))
}
