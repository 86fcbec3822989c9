//! What a rotation of the vault's keys needs. Table and column names are this program's own constants.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Row as _, SqliteConnection, SqlitePool};

use crate::clock::Timestamp;
use crate::store::{KeyCensus, Rewrapped, SEALED_COLUMNS, SealedColumn, SealedRow, StoreError};
use crate::vault::KeyId;

/// Values of one column that do not lie under `current`, after row `after`, in the order of their rows.
pub(super) async fn elsewhere(
    readers: &SqlitePool,
    column: &SealedColumn,
    current: KeyId,
    after: &str,
    limit: u32,
) -> Result<Vec<SealedRow>, StoreError> {
    let SealedColumn { table, key, column, .. } = column;
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT {key} AS id, {column} AS envelope FROM {table}
         WHERE {key} > ?1 AND {column} IS NOT NULL AND substr({column}, 2, 8) <> ?2 ORDER BY {key} LIMIT ?3"
    )))
    .bind(after)
    .bind(current.0.as_slice())
    .bind(i64::from(limit))
    .fetch_all(readers)
    .await?;
    rows.iter().map(|row| Ok(SealedRow { row: row.try_get("id")?, envelope: row.try_get("envelope")? })).collect()
}

pub(super) async fn rewrap(connection: &mut SqliteConnection, column: &SealedColumn, moved: &[Rewrapped]) -> Result<u64, StoreError> {
    let SealedColumn { table, key, column, .. } = column;
    let statement = format!("UPDATE {table} SET {column} = ?3 WHERE {key} = ?1 AND {column} = ?2");
    let mut replaced = 0;
    for Rewrapped { row, before, after } in moved {
        replaced += sqlx::query(AssertSqlSafe(statement.clone()))
            .bind(row)
            .bind(before.as_slice())
            .bind(after.as_slice())
            .execute(&mut *connection)
            .await?
            .rows_affected();
    }
    Ok(replaced)
}

pub(super) async fn census(reader: &mut SqliteConnection) -> Result<KeyCensus, StoreError> {
    let mut values = BTreeMap::<Option<KeyId>, u64>::new();
    for SealedColumn { table, column, .. } in SEALED_COLUMNS {
        let rows = sqlx::query(AssertSqlSafe(format!(
            "SELECT substr({column}, 2, 8) AS key_id, count(*) AS number FROM {table} WHERE {column} IS NOT NULL GROUP BY 1"
        )))
        .fetch_all(&mut *reader)
        .await?;
        for row in rows {
            let (key, number): (Vec<u8>, i64) = (row.try_get("key_id")?, row.try_get("number")?);
            *values.entry(KeyId::from_slice(&key)).or_default() += u64::try_from(number).unwrap_or_default();
        }
    }
    let forgotten: Vec<Vec<u8>> = sqlx::query_scalar("SELECT key_id FROM forgotten_keys ORDER BY forgotten_at").fetch_all(reader).await?;
    Ok(KeyCensus { values: values.into_iter().collect(), forgotten: forgotten.iter().filter_map(|key| KeyId::from_slice(key)).collect() })
}

/// Nothing else is written while this looks and decides: the writer's transactions begin immediate.
pub(super) async fn forget(connection: &mut SqliteConnection, key: KeyId, now: Timestamp) -> Result<bool, StoreError> {
    for SealedColumn { table, column, .. } in SEALED_COLUMNS {
        let used: bool =
            sqlx::query_scalar(AssertSqlSafe(format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE substr({column}, 2, 8) = ?1)")))
                .bind(key.0.as_slice())
                .fetch_one(&mut *connection)
                .await?;
        if used {
            return Ok(false);
        }
    }
    sqlx::query("INSERT INTO forgotten_keys (key_id, forgotten_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
        .bind(key.0.as_slice())
        .bind(now.0)
        .execute(connection)
        .await?;
    Ok(true)
}
