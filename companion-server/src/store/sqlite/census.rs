use sqlx::{Row as _, SqlitePool};

use super::codec;
use crate::store::{Census, StoreError};

pub(super) async fn count(readers: &SqlitePool) -> Result<Census, StoreError> {
    let rows = sqlx::query("SELECT state, count(*) AS number FROM sign_ins GROUP BY state").fetch_all(readers).await?;
    let sign_ins = rows.iter().map(|row| Ok((codec::state(row)?, number(row)?))).collect::<Result<_, StoreError>>()?;
    let rows = sqlx::query("SELECT exchange, count(*) AS number FROM sign_ins GROUP BY exchange").fetch_all(readers).await?;
    let exchanges = rows.iter().map(|row| Ok((codec::exchange(row)?, number(row)?))).collect::<Result<_, StoreError>>()?;
    let live = sqlx::query("SELECT count(*) AS number FROM sessions WHERE ended IS NULL").fetch_one(readers).await?;
    Ok(Census { sign_ins, exchanges, live_sessions: number(&live)? })
}

fn number(row: &sqlx::sqlite::SqliteRow) -> Result<u64, StoreError> {
    let number: i64 = row.try_get("number")?;
    Ok(u64::try_from(number).unwrap_or_default())
}
