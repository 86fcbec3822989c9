use sqlx::{Row as _, SqliteConnection, SqlitePool};
use vestibule_model::practitioner::{NationalId, SituationId};

use crate::clock::Timestamp;
use crate::store::{Recognition, StoreError};

pub(super) async fn recognise(
    connection: &mut SqliteConnection,
    national_id: &NationalId,
    jkt: &str,
    used_after: Timestamp,
    now: Timestamp,
) -> Result<Recognition, StoreError> {
    // Drawn, not counted: the number of somebody who was erased while she signs in must never be the next person's.
    sqlx::query(
        "INSERT INTO accounts (id, national_id, created_at) VALUES (random() & 9223372036854775807, ?1, ?2) ON CONFLICT (national_id) DO NOTHING",
    )
        .bind(national_id.expose())
        .bind(now.0)
        .execute(&mut *connection)
        .await?;
    let account_id: i64 =
        sqlx::query_scalar("SELECT id FROM accounts WHERE national_id = ?1").bind(national_id.expose()).fetch_one(&mut *connection).await?;
    recall(connection, account_id, jkt, used_after).await
}

pub(super) async fn recall(
    connection: &mut SqliteConnection,
    account_id: i64,
    jkt: &str,
    used_after: Timestamp,
) -> Result<Recognition, StoreError> {
    let last: Option<Option<i64>> = sqlx::query_scalar("SELECT last_account_id FROM devices WHERE jkt = ?1 AND last_sign_in_at > ?2")
        .bind(jkt)
        .bind(used_after.0)
        .fetch_optional(&mut *connection)
        .await?;
    let pair = sqlx::query("SELECT last_situation_id FROM pairs WHERE account_id = ?1 AND jkt = ?2 AND last_sign_in_at > ?3")
        .bind(account_id)
        .bind(jkt)
        .bind(used_after.0)
        .fetch_optional(connection)
        .await?;
    let last_situation_id = match &pair {
        Some(row) => row.try_get::<Option<String>, _>("last_situation_id")?.map(SituationId),
        None => None,
    };
    Ok(Recognition {
        account_id,
        pair_known: pair.is_some(),
        last_account_id: last.flatten(),
        is_last_forgotten: last == Some(None),
        last_situation_id,
    })
}

pub(super) async fn is_known_device(readers: &SqlitePool, jkt: &str, used_after: Timestamp) -> Result<bool, StoreError> {
    let known = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM devices WHERE jkt = ?1 AND last_sign_in_at > ?2)");
    Ok(known.bind(jkt).bind(used_after.0).fetch_one(readers).await?)
}

pub(super) async fn is_known_person(readers: &SqlitePool, person: &NationalId) -> Result<bool, StoreError> {
    let known = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM accounts WHERE national_id = ?1)");
    Ok(known.bind(person.expose()).fetch_one(readers).await?)
}

pub(super) async fn national_id(readers: &SqlitePool, account_id: i64) -> Result<Option<NationalId>, StoreError> {
    let text: Option<String> =
        sqlx::query_scalar("SELECT national_id FROM accounts WHERE id = ?1").bind(account_id).fetch_optional(readers).await?;
    text.map(|text| NationalId::parse(&text).map_err(|_| StoreError::Unreadable("national id"))).transpose()
}

pub(super) async fn device_group(connection: &mut SqliteConnection, jkt: &str) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT group_name FROM device_groups WHERE jkt = ?1").bind(jkt).fetch_optional(connection).await?)
}

pub(super) async fn join_group(
    connection: &mut SqliteConnection,
    jkt: &str,
    group: &str,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let former = device_group(connection, jkt).await?;
    sqlx::query(
        "INSERT INTO device_groups (jkt, group_name, joined_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (jkt) DO UPDATE SET group_name = excluded.group_name, joined_at = excluded.joined_at
         WHERE group_name <> excluded.group_name",
    )
    .bind(jkt)
    .bind(group)
    .bind(now.0)
    .execute(connection)
    .await?;
    Ok(former)
}
