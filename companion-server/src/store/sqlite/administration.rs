//! What an administrator asks of the memory: what lives now, and that it ends or is forgotten. Nothing given back names a person.

use sqlx::{Row as _, SqliteConnection, SqlitePool};
use vestibule_model::error_code::ErrorCode;
use vestibule_model::practitioner::NationalId;
use vestibule_model::session::SignInId;

use super::{codec, pairs, sign_ins, sign_outs};
use crate::clock::Timestamp;
use crate::store::{Cancelled, Designated, DeviceEntry, Erased, SessionEntry, SessionRow, StoreError};

/// Sessions that are neither ended nor out of time, the oldest first.
const LIVE: &str = "sessions.ended IS NULL AND sessions.idle_ends_at > ?1 AND sessions.absolute_ends_at > ?1";

/// Keys of devices that something is kept about.
const KNOWN: &str = "SELECT jkt FROM devices UNION SELECT jkt FROM pairs UNION SELECT jkt FROM device_groups
                     UNION SELECT jkt FROM sessions WHERE ended IS NULL";

pub(super) async fn sessions(readers: &SqlitePool, now: Timestamp) -> Result<Vec<SessionEntry>, StoreError> {
    let statement = format!(
        "SELECT sessions.*, sign_ins.device_label, sign_ins.group_name
         FROM sessions LEFT JOIN sign_ins ON sign_ins.id = sessions.sign_in_id WHERE {LIVE} ORDER BY sessions.created_at"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(now.0).fetch_all(readers).await?;
    rows.iter()
        .map(|row| {
            Ok(SessionEntry {
                session: codec::session(row)?,
                device_label: row.try_get("device_label")?,
                group_name: row.try_get("group_name")?,
            })
        })
        .collect()
}

pub(super) async fn designated(readers: &SqlitePool, which: &Designated) -> Result<Vec<SessionRow>, StoreError> {
    let (condition, value) = match which {
        Designated::Session(id) => ("sign_in_id = ?1", id.0.as_str()),
        Designated::Device(jkt) => ("jkt = ?1", jkt.as_str()),
        Designated::Person(id) => ("account_id = (SELECT id FROM accounts WHERE national_id = ?1)", id.expose()),
        Designated::All => ("?1 = ''", ""),
    };
    let statement = format!("SELECT * FROM sessions WHERE ended IS NULL AND {condition} ORDER BY created_at");
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(value).fetch_all(readers).await?;
    rows.iter().map(codec::session).collect()
}

pub(super) async fn devices(readers: &SqlitePool, now: Timestamp) -> Result<Vec<DeviceEntry>, StoreError> {
    let statement = format!(
        "SELECT known.jkt, devices.last_sign_in_at, device_groups.group_name,
                coalesce(devices.label, (SELECT device_label FROM sign_ins WHERE sign_ins.jkt = known.jkt ORDER BY created_at DESC)) AS label,
                (SELECT COUNT(*) FROM pairs WHERE pairs.jkt = known.jkt) AS people,
                EXISTS (SELECT 1 FROM sessions WHERE sessions.jkt = known.jkt AND {LIVE}) AS has_session
         FROM ({KNOWN}) AS known LEFT JOIN devices ON devices.jkt = known.jkt LEFT JOIN device_groups ON device_groups.jkt = known.jkt
         ORDER BY devices.last_sign_in_at DESC, device_groups.joined_at DESC"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(now.0).fetch_all(readers).await?;
    rows.iter()
        .map(|row| {
            Ok(DeviceEntry {
                jkt: row.try_get("jkt")?,
                label: row.try_get("label")?,
                group_name: row.try_get("group_name")?,
                last_sign_in_at: row.try_get::<Option<i64>, _>("last_sign_in_at")?.map(Timestamp),
                people: row.try_get("people")?,
                has_session: row.try_get("has_session")?,
            })
        })
        .collect()
}

/// Keys of devices that are known by anything, be it a sign-in under way, and begin so: two are enough to know that one is not meant.
pub(super) async fn devices_beginning(readers: &SqlitePool, prefix: &str, now: Timestamp) -> Result<Vec<String>, StoreError> {
    // Not LIKE: a thumbprint may hold `_`, and its case counts.
    let statement = format!(
        "SELECT jkt FROM ({KNOWN} UNION SELECT jkt FROM sign_ins WHERE stage_ends_at > ?2 AND is_open)
         WHERE substr(jkt, 1, length(?1)) = ?1 LIMIT 2"
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).bind(prefix).bind(now.0).fetch_all(readers).await?)
}

/// Forgets who signed in on a device and which group it is in, and cancels what it had under way; gives back what was cancelled.
pub(super) async fn forget_device(connection: &mut SqliteConnection, jkt: &str, now: Timestamp) -> Result<Cancelled, StoreError> {
    let nothing_kept = SignInId(String::new());
    let mut cancelled = Cancelled::default();
    for id in sign_ins::cancel_others(connection, jkt, &nothing_kept, ErrorCode::SignInEndedByAdministrator, now).await? {
        cancelled.tokens_sealed.extend(sign_ins::drop_grant(connection, &id).await?.map(|sealed| (id.clone(), sealed)));
        cancelled.under_way.push(id.clone());
        cancelled.sign_ins.push(id);
    }
    for statement in ["DELETE FROM pairs WHERE jkt = ?1", "DELETE FROM devices WHERE jkt = ?1", "DELETE FROM device_groups WHERE jkt = ?1"]
    {
        sqlx::query(statement).bind(jkt).execute(&mut *connection).await?;
    }
    if !cancelled.tokens_sealed.is_empty() {
        pairs::ask_anew(connection, jkt, now).await?;
    }
    Ok(cancelled)
}

/// Removes all that is kept about a person but the audit trail; `None` when nobody of that id is known. What Pro Santé Connect is still to be
/// told stays for its own short time, sealed: without it her session there would stay open.
pub(super) async fn erase(connection: &mut SqliteConnection, person: &NationalId, now: Timestamp) -> Result<Option<Erased>, StoreError> {
    let account: Option<i64> =
        sqlx::query_scalar("SELECT id FROM accounts WHERE national_id = ?1").bind(person.expose()).fetch_optional(&mut *connection).await?;
    let Some(account) = account else { return Ok(None) };
    // In the same transaction: one that nobody ended would be wiped without its end.
    let is_live = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sessions WHERE account_id = ?1 AND ended IS NULL)");
    if is_live.bind(account).fetch_one(&mut *connection).await? {
        return Ok(Some(Erased { is_session_live: true, ..Erased::default() }));
    }
    // First: what follows takes away what ties them to her.
    let owed = sign_outs::withdraw_of_account(connection, account, now).await?;
    let mut erased = Erased { attempts: sign_ins::detach(connection, account, now).await?, owed, ..Erased::default() };
    erased.sign_ins = u64::try_from(erased.attempts.sign_ins.len()).unwrap_or(u64::MAX);
    for (statement, count) in [
        ("DELETE FROM sessions WHERE account_id = ?1", Some(&mut erased.sessions)),
        ("DELETE FROM pairs WHERE account_id = ?1", Some(&mut erased.pairs)),
        ("UPDATE devices SET last_account_id = NULL WHERE last_account_id = ?1", None),
        ("DELETE FROM accounts WHERE id = ?1", None),
    ] {
        let removed = sqlx::query(statement).bind(account).execute(&mut *connection).await?.rows_affected();
        if let Some(count) = count {
            *count = removed;
        }
    }
    Ok(Some(erased))
}
