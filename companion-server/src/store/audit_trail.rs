//! The audit trail: lines that are only ever added, and the seals of its periods.

use vestibule_model::session::SignInId;

use super::codec;
use super::visit::{Row, Visit, values};
use crate::clock::Timestamp;
use crate::store::{AuditPeriod, AuditRow, SealHash, Store, StoreError};

impl Store {
    /// Adds a line to the audit trail.
    pub async fn record(&self, row: AuditRow) -> Result<(), StoreError> {
        self.write(move |visit| record(visit, &row)).await
    }

    /// Lines of the audit trail after `id`, oldest first.
    pub async fn audit_after(&self, id: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.survey(move |visit| audit_after(visit, id, limit)).await
    }

    /// The latest sealed period of the audit trail.
    pub async fn last_audit_period(&self) -> Result<Option<AuditPeriod>, StoreError> {
        self.read(move |visit| last(visit)).await
    }

    /// The oldest sealed period whose lines are still kept.
    pub async fn oldest_audit_period(&self) -> Result<Option<AuditPeriod>, StoreError> {
        self.read(move |visit| oldest(visit)).await
    }

    /// Keeps the seal of a closed period, which must follow the one before it; `false` when another companion sealed since that one was read.
    pub async fn seal_audit_period(&self, period: AuditPeriod) -> Result<bool, StoreError> {
        self.write(move |visit| seal(visit, &period)).await
    }

    /// Notes that the time of a period is over: its lines may be removed. Refused for any but the oldest, or within thirty days; `false` when
    /// another companion noted it before.
    pub async fn prune_audit_period(&self, first_id: i64, line: AuditRow, now: Timestamp) -> Result<bool, StoreError> {
        self.write(move |visit| prune(visit, first_id, &line, now)).await
    }

    /// Removes lines of pruned periods: at most `limit`; how many.
    pub async fn remove_pruned_audit(&self, limit: u32) -> Result<u64, StoreError> {
        self.write(move |visit| remove(visit, limit)).await
    }
}

pub(super) fn record(visit: &mut dyn Visit, row: &AuditRow) -> Result<(), StoreError> {
    visit.note(
        "INSERT INTO audit (at, event, sign_in_id, national_id, jkt, address, error_code, group_name, actor)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        values![row.at, row.event, row.sign_in_id, row.national_id, row.jkt, row.address, error_number(row), row.group_name, row.actor],
    )
}

/// Keeps a line about a session, with its workstation and its person. One statement, which adds the line whatever is known of the session.
pub(super) fn record_of_session(visit: &mut dyn Visit, line: &AuditRow, id: &SignInId) -> Result<(), StoreError> {
    visit.note(
        "INSERT INTO audit (at, event, sign_in_id, national_id, jkt, address, error_code, group_name, actor)
         SELECT ?1, ?2, ?3, (SELECT subject FROM identities WHERE account_id = sessions.account_id AND provider = 'psc' LIMIT 1), sessions.jkt,
                ?4, ?5, ?6, ?7
         FROM (SELECT 1 AS one) AS here LEFT JOIN sessions ON sessions.sign_in_id = ?3",
        values![line.at, line.event, id, line.address, error_number(line), line.group_name, line.actor],
    )
}

/// Keeps a line about a person on a workstation.
pub(super) fn record_of_pair(visit: &mut dyn Visit, line: &AuditRow, account_id: i64, jkt: &str) -> Result<(), StoreError> {
    visit.note(
        "INSERT INTO audit (at, event, sign_in_id, national_id, jkt, address, error_code, group_name, actor)
         VALUES (?1, ?2, ?3, (SELECT subject FROM identities WHERE account_id = ?4 AND provider = 'psc' LIMIT 1), ?5, ?6, ?7, ?8, ?9)",
        values![line.at, line.event, line.sign_in_id, account_id, jkt, line.address, error_number(line), line.group_name, line.actor],
    )
}

fn error_number(line: &AuditRow) -> Option<i64> {
    line.error_code.map(|code| i64::from(code.number()))
}

/// Keeps a line about an attempt.
pub(super) fn record_of_sign_in(visit: &mut dyn Visit, line: &AuditRow, id: &SignInId) -> Result<(), StoreError> {
    record(visit, &AuditRow { sign_in_id: Some(id.0.clone()), ..line.clone() })
}

pub(super) fn audit_after(visit: &mut dyn Visit, id: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
    let rows = visit.rows("SELECT * FROM audit WHERE id > ?1 ORDER BY id LIMIT ?2", values![id, i64::from(limit)])?;
    rows.iter().map(codec::audit).collect()
}

pub(super) fn last(visit: &mut dyn Visit) -> Result<Option<AuditPeriod>, StoreError> {
    let row = visit.optional("SELECT * FROM audit_periods ORDER BY last_id DESC LIMIT 1", &[])?;
    row.as_ref().map(period).transpose()
}

pub(super) fn oldest(visit: &mut dyn Visit) -> Result<Option<AuditPeriod>, StoreError> {
    let row = visit.optional("SELECT * FROM audit_periods WHERE pruned_at IS NULL ORDER BY first_id LIMIT 1", &[])?;
    row.as_ref().map(period).transpose()
}

/// Those whose lines are still kept, oldest first.
pub(super) fn kept(visit: &mut dyn Visit) -> Result<Vec<AuditPeriod>, StoreError> {
    visit.rows("SELECT * FROM audit_periods WHERE pruned_at IS NULL ORDER BY first_id", &[])?.iter().map(period).collect()
}

pub(super) fn seal(visit: &mut dyn Visit, period: &AuditPeriod) -> Result<bool, StoreError> {
    if last(visit)?.map(|last| last.hash).unwrap_or_default() != period.previous_hash {
        return Ok(false);
    }
    // Two that are at it in the same moment: the one that comes later begins again, and finds the other's.
    let sealed = visit.execute(
        "INSERT INTO audit_periods (first_id, last_id, lines, newest_at, previous_hash, hash, sealed_at, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
        values![
            period.first_id,
            period.last_id,
            period.lines,
            period.newest_at,
            period.previous_hash.0.as_slice(),
            period.hash.0.as_slice(),
            period.sealed_at,
            period.content.as_ref().map(|content| content.0.as_slice())
        ],
    )?;
    Ok(sealed == 1)
}

pub(super) fn prune(visit: &mut dyn Visit, first_id: i64, line: &AuditRow, now: Timestamp) -> Result<bool, StoreError> {
    let pruned = "UPDATE audit_periods SET pruned_at = ?2 WHERE first_id = ?1 AND pruned_at IS NULL";
    let is_pruned = visit.execute(pruned, values![first_id, now.0])? == 1;
    if is_pruned {
        record(visit, line)?;
    }
    Ok(is_pruned)
}

/// Pruned periods are the oldest ones, so that what is to be removed stands at the beginning.
pub(super) fn remove(visit: &mut dyn Visit, limit: u32) -> Result<u64, StoreError> {
    let removed = visit.execute(
        "DELETE FROM audit WHERE id IN (SELECT id FROM audit
           WHERE id <= (SELECT COALESCE(MAX(last_id), 0) FROM audit_periods WHERE pruned_at IS NOT NULL) ORDER BY id LIMIT ?1)",
        values![i64::from(limit)],
    )?;
    Ok(removed)
}

pub(super) fn period(row: &Row) -> Result<AuditPeriod, StoreError> {
    Ok(AuditPeriod {
        first_id: row.get("first_id")?,
        last_id: row.get("last_id")?,
        lines: row.get("lines")?,
        newest_at: Timestamp(row.get("newest_at")?),
        previous_hash: hash(row.get("previous_hash")?)?,
        hash: hash(row.get("hash")?)?,
        sealed_at: Timestamp(row.get("sealed_at")?),
        // A database that the next start brings up to date has no such column yet.
        content: if row.has("content") { row.get::<Option<&[u8]>>("content")?.map(hash).transpose()? } else { None },
    })
}

fn hash(bytes: &[u8]) -> Result<SealHash, StoreError> {
    Ok(SealHash(bytes.try_into().map_err(|_| StoreError::Unreadable("seal of the audit trail"))?))
}
