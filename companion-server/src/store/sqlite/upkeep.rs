use sqlx::{Row as _, SqliteConnection, SqlitePool};
use vestibule_model::error_code::ErrorCode;
use vestibule_model::session::{SessionEnd, SignInId};

use super::{codec, pairs, sessions, sign_ins};
use crate::clock::Timestamp;
use crate::store::{AuditRow, Owing, PurgeRules, Purged, SignInEnd, StoreError};

pub(super) async fn record(connection: &mut SqliteConnection, row: &AuditRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit (at, event, sign_in_id, national_id, jkt, address, error_code, group_name, actor)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )
    .bind(row.at.0)
    .bind(&row.event)
    .bind(&row.sign_in_id)
    .bind(&row.national_id)
    .bind(&row.jkt)
    .bind(&row.address)
    .bind(row.error_code.map(|code| i64::from(code.number())))
    .bind(&row.group_name)
    .bind(&row.actor)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn audit_after(readers: &SqlitePool, id: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM audit WHERE id > ?1 ORDER BY id LIMIT ?2").bind(id).bind(i64::from(limit)).fetch_all(readers).await?;
    rows.iter().map(codec::audit).collect()
}

pub(super) async fn purge(
    connection: &mut SqliteConnection,
    rules: &PurgeRules,
    owing: &Owing,
    now: Timestamp,
) -> Result<Purged, StoreError> {
    let mut purged = Purged::default();
    let limit = i64::from(rules.limit);

    let late = sqlx::query(
        "SELECT id FROM sign_ins
         WHERE stage_ends_at <= ?1 AND is_open LIMIT ?2",
    )
    .bind(now.0)
    .bind(limit)
    .fetch_all(&mut *connection)
    .await?;
    purged.has_more |= reaches(late.len(), rules);
    for row in late {
        let id = SignInId(row.try_get("id")?);
        let as_what = (SignInEnd::Expired, Some(ErrorCode::SignInExpired));
        purged.expired_sign_ins.extend(sign_ins::close(connection, &id, None, as_what, (owing, now)).await?);
    }

    let out_of_time = sqlx::query(
        "SELECT sign_in_id, absolute_ends_at <= ?1 AS expired FROM sessions
         WHERE ended IS NULL AND (idle_ends_at <= ?1 OR absolute_ends_at <= ?1) LIMIT ?2",
    )
    .bind(now.0)
    .bind(limit)
    .fetch_all(&mut *connection)
    .await?;
    purged.has_more |= reaches(out_of_time.len(), rules);
    let ever = Timestamp(i64::MAX);
    for row in out_of_time {
        let id = SignInId(row.try_get("sign_in_id")?);
        if row.try_get("expired")? {
            sessions::end_when(connection, &id, SessionEnd::Expired, ever, now, now).await?;
            purged.expired_sessions.push(id);
        } else {
            sessions::end_when(connection, &id, SessionEnd::Idle, now, ever, now).await?;
            purged.idle_sessions.push(id);
        }
    }

    purged.expired_pairs = pairs::expire(connection, rules.pair_used_after, limit).await?;
    purged.has_more |= reaches(purged.expired_pairs.len(), rules);
    for statement in [
        "DELETE FROM sessions WHERE sign_in_id IN (SELECT sign_in_id FROM sessions WHERE ended IS NOT NULL AND ended_at <= ?1 LIMIT ?2)",
        "DELETE FROM sign_ins WHERE id IN (SELECT id FROM sign_ins WHERE ends_at <= ?1 AND NOT is_open LIMIT ?2)",
    ] {
        let removed = sqlx::query(statement).bind(rules.over_before.0).bind(limit).execute(&mut *connection).await?.rows_affected();
        purged.removed += removed;
        purged.has_more |= removed >= u64::from(rules.limit);
    }
    let removed = sqlx::query("DELETE FROM sign_outs WHERE sign_in_id IN (SELECT sign_in_id FROM sign_outs WHERE ends_at <= ?1 LIMIT ?2)")
        .bind(now.0)
        .bind(limit)
        .execute(connection)
        .await?
        .rows_affected();
    purged.removed += removed;
    purged.has_more |= removed >= u64::from(rules.limit);
    Ok(purged)
}

fn reaches(found: usize, rules: &PurgeRules) -> bool {
    u32::try_from(found).is_ok_and(|found| found >= rules.limit)
}
