//! What a rotation of the vault's keys needs. Table and column names are this program's own constants.

use std::collections::BTreeMap;

use super::SchemaError;
use super::made::Made;
use super::visit::{Visit, values};
use crate::clock::Timestamp;
use crate::store::{KeyCensus, Rewrapped, SEALED_COLUMNS, SealedColumn, SealedRow, Store, StoreError};
use crate::vault::KeyId;

impl Store {
    /// Values of one column that do not lie under `current`, after row `after`, in the order of their rows: at most `limit`.
    pub async fn sealed_elsewhere(
        &self,
        column: &'static SealedColumn,
        current: KeyId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<SealedRow>, StoreError> {
        let after = after.to_owned();
        self.survey(move |visit| elsewhere(visit, column, current, &after, limit)).await
    }

    /// Puts values that were wrapped again in the place of those they were made from, where these still are; how many were replaced.
    pub async fn rewrap(&self, column: &'static SealedColumn, moved: Vec<Rewrapped>) -> Result<u64, StoreError> {
        self.write(move |visit| rewrap(visit, column, &moved)).await
    }

    /// Under which keys the values lie.
    pub async fn key_census(&self) -> Result<KeyCensus, StoreError> {
        self.survey(move |visit| census(visit)).await
    }

    /// Keys that rotations have forgotten, the first one first.
    pub async fn forgotten_keys(&self) -> Result<Vec<KeyId>, StoreError> {
        self.read(move |visit| forgotten(visit)).await
    }

    /// Forgets a key of the vault: from now on nothing is kept that was sealed under it. `false` when a value still lies under it.
    pub async fn forget_key(&self, key: KeyId, now: Timestamp) -> Result<bool, StoreError> {
        self.write(move |visit| forget(visit, key, now)).await
    }
}

/// Values of one column that do not lie under `current`, after row `after`, in the order of their rows.
pub(super) fn elsewhere(
    visit: &mut dyn Visit,
    column: &SealedColumn,
    current: KeyId,
    after: &str,
    limit: u32,
) -> Result<Vec<SealedRow>, StoreError> {
    let SealedColumn { table, key, column, .. } = column;
    let rows = visit.rows(
        &format!(
            "SELECT {key} AS id, {column} AS envelope FROM {table}
         WHERE {key} > ?1 AND {column} IS NOT NULL AND substr({column}, 2, 8) <> ?2 ORDER BY {key} LIMIT ?3"
        ),
        values![after, current.0.as_slice(), i64::from(limit)],
    )?;
    rows.iter().map(|row| Ok(SealedRow { row: row.get("id")?, envelope: row.get("envelope")? })).collect()
}

/// Values of one column, whatever key they lie under.
pub(super) fn some(visit: &mut dyn Visit, column: &SealedColumn, limit: u32) -> Result<Vec<SealedRow>, StoreError> {
    let SealedColumn { table, key, column, .. } = column;
    let statement = format!("SELECT {key} AS id, {column} AS envelope FROM {table} WHERE {column} IS NOT NULL ORDER BY {key} LIMIT ?1");
    let rows = visit.rows(&statement, values![i64::from(limit)])?;
    rows.iter().map(|row| Ok(SealedRow { row: row.get("id")?, envelope: row.get("envelope")? })).collect()
}

pub(super) fn rewrap(visit: &mut dyn Visit, column: &SealedColumn, moved: &[Rewrapped]) -> Result<u64, StoreError> {
    let SealedColumn { table, key, column, .. } = column;
    let statement = format!("UPDATE {table} SET {column} = ?3 WHERE {key} = ?1 AND {column} = ?2");
    let mut replaced = 0;
    for Rewrapped { row, before, after } in moved {
        replaced += visit.execute(&statement, values![row, before.as_slice(), after.as_slice()])?;
    }
    Ok(replaced)
}

pub(super) fn census(visit: &mut dyn Visit) -> Result<KeyCensus, StoreError> {
    let mut values = BTreeMap::<Option<KeyId>, u64>::new();
    for SealedColumn { table, column, .. } in SEALED_COLUMNS {
        let rows = visit.rows(
            &format!("SELECT substr({column}, 2, 8) AS key_id, count(*) AS number FROM {table} WHERE {column} IS NOT NULL GROUP BY 1"),
            &[],
        )?;
        for row in rows {
            let (key, number): (Vec<u8>, i64) = (row.get("key_id")?, row.get("number")?);
            *values.entry(KeyId::from_slice(&key)).or_default() += u64::try_from(number).unwrap_or_default();
        }
    }
    Ok(KeyCensus { values: values.into_iter().collect(), forgotten: forgotten(visit)? })
}

fn forgotten(visit: &mut dyn Visit) -> Result<Vec<KeyId>, StoreError> {
    let forgotten: Vec<Vec<u8>> = visit.scalars("SELECT key_id FROM forgotten_keys ORDER BY forgotten_at", &[])?;
    Ok(forgotten.iter().filter_map(|key| KeyId::from_slice(key)).collect())
}

/// The same of a database that may be of an earlier version; `None` where it keeps its values otherwise.
pub(super) fn census_if_known(visit: &mut dyn Visit, made: &Made) -> Result<Option<KeyCensus>, StoreError> {
    if !made.has(visit, "forgotten_keys")? {
        return Ok(None);
    }
    let read = census(visit);
    match made.judged(visit, read) {
        Err(StoreError::Schema(SchemaError::Earlier)) => Ok(None),
        read => read.map(Some),
    }
}

/// Nothing else is written while this looks and decides: the writer's transactions begin immediate.
pub(super) fn forget(visit: &mut dyn Visit, key: KeyId, now: Timestamp) -> Result<bool, StoreError> {
    for SealedColumn { table, column, .. } in SEALED_COLUMNS {
        let used: bool =
            visit.scalar(&format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE substr({column}, 2, 8) = ?1)"), values![key.0.as_slice()])?;
        if used {
            return Ok(false);
        }
    }
    visit.note(
        "INSERT INTO forgotten_keys (key_id, forgotten_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        values![key.0.as_slice(), now.0],
    )?;
    Ok(true)
}
