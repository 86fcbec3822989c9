use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection, SqlitePool};

use crate::clock::Timestamp;
use crate::store::{AuditPeriod, SealHash, StoreError};

pub(super) async fn last(readers: &SqlitePool) -> Result<Option<AuditPeriod>, StoreError> {
    let row = sqlx::query("SELECT * FROM audit_periods ORDER BY last_id DESC LIMIT 1").fetch_optional(readers).await?;
    row.as_ref().map(period).transpose()
}

pub(super) async fn oldest(readers: &SqlitePool) -> Result<Option<AuditPeriod>, StoreError> {
    let row = sqlx::query("SELECT * FROM audit_periods WHERE pruned_at IS NULL ORDER BY first_id LIMIT 1").fetch_optional(readers).await?;
    row.as_ref().map(period).transpose()
}

pub(super) async fn seal(connection: &mut SqliteConnection, period: &AuditPeriod) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit_periods (first_id, last_id, lines, newest_at, previous_hash, hash, sealed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .bind(period.first_id)
    .bind(period.last_id)
    .bind(period.lines)
    .bind(period.newest_at.0)
    .bind(period.previous_hash.0.as_slice())
    .bind(period.hash.0.as_slice())
    .bind(period.sealed_at.0)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn prune(connection: &mut SqliteConnection, first_id: i64, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE audit_periods SET pruned_at = ?2 WHERE first_id = ?1").bind(first_id).bind(now.0).execute(connection).await?;
    Ok(())
}

/// Pruned periods are the oldest ones, so that what is to be removed stands at the beginning.
pub(super) async fn remove(connection: &mut SqliteConnection, limit: u32) -> Result<u64, StoreError> {
    let removed = sqlx::query(
        "DELETE FROM audit WHERE id IN (SELECT id FROM audit
           WHERE id <= (SELECT COALESCE(MAX(last_id), 0) FROM audit_periods WHERE pruned_at IS NOT NULL) ORDER BY id LIMIT ?1)",
    )
    .bind(i64::from(limit))
    .execute(connection)
    .await?;
    Ok(removed.rows_affected())
}

fn period(row: &SqliteRow) -> Result<AuditPeriod, StoreError> {
    Ok(AuditPeriod {
        first_id: row.try_get("first_id")?,
        last_id: row.try_get("last_id")?,
        lines: row.try_get("lines")?,
        newest_at: Timestamp(row.try_get("newest_at")?),
        previous_hash: hash(row.try_get("previous_hash")?)?,
        hash: hash(row.try_get("hash")?)?,
        sealed_at: Timestamp(row.try_get("sealed_at")?),
    })
}

fn hash(bytes: &[u8]) -> Result<SealHash, StoreError> {
    Ok(SealHash(bytes.try_into().map_err(|_| StoreError::Unreadable("seal of the audit trail"))?))
}
