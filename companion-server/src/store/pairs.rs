//! People on devices: known by use, forgotten on request or for lack of it.

use vestibule_model::error_code::ErrorCode;
use vestibule_model::session::{SessionEnd, SignInId};

use super::visit::{Row, Visit, values};
use super::{asked_anew, audit_trail, codec, sign_ins, sign_outs};
use crate::clock::Timestamp;
use crate::store::{
    AuditRow, Cancelled, Forgetting, Forgotten, OwnSessionRow, PairRow, SessionRow, SignInEnd, SignInRow, Store, StoreError,
};

impl Store {
    /// The devices on which an account is known, the last used first; see [`Self::recognise`].
    pub async fn pairs_of(&self, account_id: i64, used_after: Timestamp) -> Result<Vec<PairRow>, StoreError> {
        self.read(move |visit| of_account(visit, account_id, used_after)).await
    }

    /// Forgets an account on a device key, and ends there at once what it has or is about to have; `None` when nothing was known.
    pub async fn forget_pair(&self, forgetting: Forgetting, now: Timestamp) -> Result<Option<Forgotten>, StoreError> {
        self.write(move |visit| forget(visit, &forgetting, now)).await
    }

    /// The sessions of an account that live at this moment, the oldest first.
    pub async fn live_sessions_of(&self, account_id: i64, now: Timestamp) -> Result<Vec<OwnSessionRow>, StoreError> {
        self.read(move |visit| live_sessions(visit, account_id, now)).await
    }

    /// The live session of an account on a device key.
    pub async fn live_session(&self, account_id: i64, jkt: &str) -> Result<Option<SessionRow>, StoreError> {
        let jkt = jkt.to_owned();
        self.read(move |visit| live_session(visit, account_id, &jkt)).await
    }
}

pub(super) fn of_account(visit: &mut dyn Visit, account_id: i64, used_after: Timestamp) -> Result<Vec<PairRow>, StoreError> {
    let rows = visit.rows(
        "SELECT jkt, device_label, created_at, last_sign_in_at FROM pairs
         WHERE account_id = ?1 AND last_sign_in_at > ?2 ORDER BY last_sign_in_at DESC, jkt",
        values![account_id, used_after.0],
    )?;
    let pair = |row: &Row| {
        Ok(PairRow {
            jkt: row.get("jkt")?,
            device_label: row.get("device_label")?,
            created_at: Timestamp(row.get("created_at")?),
            last_sign_in_at: Timestamp(row.get("last_sign_in_at")?),
        })
    };
    rows.iter().map(pair).collect()
}

/// From now on this person is known on this device.
pub(super) fn remember(
    visit: &mut dyn Visit,
    account_id: i64,
    sign_in: &SignInRow,
    used_after: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let jkt = &sign_in.jkt;
    visit.note("UPDATE accounts SET last_sign_in_at = ?2 WHERE id = ?1", values![account_id, now.0])?;
    visit.note(
        "INSERT INTO devices (jkt, last_account_id, last_sign_in_at, label) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (jkt) DO UPDATE SET last_account_id = excluded.last_account_id, last_sign_in_at = excluded.last_sign_in_at,
                                         label = excluded.label",
        values![jkt, account_id, now.0, &sign_in.device_label],
    )?;
    visit.note(
        "INSERT INTO pairs (account_id, jkt, device_label, created_at, last_sign_in_at) VALUES (?1, ?2, ?3, ?4, ?4)
         ON CONFLICT (account_id, jkt) DO UPDATE SET last_sign_in_at = excluded.last_sign_in_at, device_label = excluded.device_label,
             created_at = CASE WHEN pairs.last_sign_in_at > ?5 THEN pairs.created_at ELSE excluded.created_at END",
        values![account_id, jkt, &sign_in.device_label, now.0, used_after.0],
    )?;
    visit.note("DELETE FROM asked_anew WHERE jkt = ?1", values![jkt])
}

pub(super) fn live_sessions(visit: &mut dyn Visit, account_id: i64, now: Timestamp) -> Result<Vec<OwnSessionRow>, StoreError> {
    let rows = visit.rows(
        "SELECT sessions.*, pairs.device_label FROM sessions LEFT JOIN pairs USING (account_id, jkt)
         WHERE account_id = ?1 AND ended IS NULL AND idle_ends_at > ?2 AND absolute_ends_at > ?2 ORDER BY sessions.created_at, sign_in_id",
        values![account_id, now.0],
    )?;
    rows.iter().map(|row| Ok(OwnSessionRow { session: codec::session(row)?, device_label: row.get("device_label")? })).collect()
}

pub(super) fn live_session(visit: &mut dyn Visit, account_id: i64, jkt: &str) -> Result<Option<SessionRow>, StoreError> {
    let live = "SELECT * FROM sessions WHERE account_id = ?1 AND jkt = ?2 AND ended IS NULL";
    visit.optional(live, values![account_id, jkt])?.as_ref().map(codec::session).transpose()
}

pub(super) fn forget(visit: &mut dyn Visit, forgetting: &Forgetting, now: Timestamp) -> Result<Option<Forgotten>, StoreError> {
    let Forgetting { account_id, jkt, hint, hint_ends_at, owing, line } = forgetting;
    let removed = visit.execute("DELETE FROM pairs WHERE account_id = ?1 AND jkt = ?2", values![account_id, jkt])? == 1;
    visit.note("UPDATE devices SET last_account_id = NULL WHERE jkt = ?2 AND last_account_id = ?1", values![account_id, jkt])?;
    let session: Option<String> = visit.optional_scalar(
        "UPDATE sessions SET ended = ?3, ended_at = ?4, version = version + 1 WHERE account_id = ?1 AND jkt = ?2 AND ended IS NULL
         RETURNING sign_in_id",
        values![account_id, jkt, SessionEnd::Forgotten.name(), now.0],
    )?;
    let session = session.map(SignInId);
    let cancelled: Vec<String> = visit.scalars(
        "UPDATE sign_ins SET state = 'cancelled', is_open = FALSE, error_code = ?3, typed_code_mac = NULL
         WHERE account_id = ?1 AND jkt = ?2 AND is_open RETURNING id",
        values![account_id, jkt, i64::from(ErrorCode::WorkstationForgotten.number())],
    )?;
    let granted = match &session {
        Some(id) => sign_ins::drop_grant(visit, id)?,
        None => None,
    };
    let mut attempts = Cancelled::default();
    for id in cancelled.into_iter().map(SignInId) {
        attempts.closed.extend(sign_ins::drop_owing(visit, &id, SignInEnd::Cancelled, (owing, now))?);
        attempts.sign_ins.push(id);
    }
    if let (Some((id, sealed)), Some(granted)) = (hint.as_ref().filter(|(id, _)| session.as_ref() == Some(id)), granted) {
        sign_outs::owe(visit, (id, &granted.provider), sealed, *hint_ends_at, now)?;
    }
    if !removed && session.is_none() && attempts.sign_ins.is_empty() {
        return Ok(None);
    }
    let line = AuditRow { sign_in_id: session.as_ref().map(|id| id.0.clone()), ..line.clone() };
    audit_trail::record_of_pair(visit, &line, *account_id, jkt)?;
    let owed = sign_outs::withdraw_of_pair(visit, (*account_id, jkt), now)?;
    asked_anew::ask_anew(visit, jkt, now)?;
    Ok(Some(Forgotten { session, attempts, owed }))
}

/// Forgets what nobody used for too long; the pairs.
pub(super) fn expire(visit: &mut dyn Visit, used_after: Timestamp, limit: i64) -> Result<Vec<(i64, String)>, StoreError> {
    let expired = visit.rows(
        "DELETE FROM pairs WHERE (account_id, jkt) IN (SELECT account_id, jkt FROM pairs WHERE last_sign_in_at <= ?1 LIMIT ?2)
         RETURNING account_id, jkt",
        values![used_after.0, limit],
    )?;
    for statement in [
        "DELETE FROM devices WHERE jkt IN (SELECT jkt FROM devices WHERE last_sign_in_at <= ?1 LIMIT ?2)",
        "DELETE FROM asked_anew WHERE jkt IN (SELECT jkt FROM asked_anew WHERE since <= ?1 LIMIT ?2)",
    ] {
        visit.note(statement, values![used_after.0, limit])?;
    }
    expired.iter().map(|row| Ok((row.get("account_id")?, row.get("jkt")?))).collect()
}
