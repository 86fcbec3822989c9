//! What ran out of time ends, and what nobody asks for any more goes.

use vestibule_model::error_code::ErrorCode;
use vestibule_model::session::{SessionEnd, SignInId};

use super::visit::{Visit, values};
use super::{audit_trail, pairs, sessions, sign_ins};
use crate::clock::Timestamp;
use crate::store::{Owing, PurgeLines, PurgeRules, Purged, SignInEnd, Store, StoreError};

impl Store {
    /// Ends what ran out of time and removes what nobody asks for any more, a bounded number at a time.
    pub async fn purge(&self, rules: PurgeRules, owing: Owing, lines: PurgeLines, now: Timestamp) -> Result<Purged, StoreError> {
        self.write(move |visit| purge(visit, &rules, (&owing, &lines), now)).await
    }
}

pub(super) fn purge(
    visit: &mut dyn Visit,
    rules: &PurgeRules,
    (owing, lines): (&Owing, &PurgeLines),
    now: Timestamp,
) -> Result<Purged, StoreError> {
    let mut purged = Purged::default();
    let limit = i64::from(rules.limit);

    let late = visit.rows(
        "SELECT id FROM sign_ins
         WHERE stage_ends_at <= ?1 AND is_open LIMIT ?2",
        values![now.0, limit],
    )?;
    purged.has_more |= reaches(late.len(), rules);
    for row in late {
        let id = SignInId(row.get("id")?);
        let as_what = (SignInEnd::Expired, Some(ErrorCode::SignInExpired));
        purged.expired_sign_ins.extend(sign_ins::close(visit, &id, None, as_what, (owing, now))?);
    }

    let out_of_time = visit.rows(
        "SELECT sign_in_id, absolute_ends_at <= ?1 AS expired FROM sessions
         WHERE ended IS NULL AND (idle_ends_at <= ?1 OR absolute_ends_at <= ?1) LIMIT ?2",
        values![now.0, limit],
    )?;
    purged.has_more |= reaches(out_of_time.len(), rules);
    let ever = Timestamp(i64::MAX);
    for row in out_of_time {
        let id = SignInId(row.get("sign_in_id")?);
        if row.get("expired")? {
            sessions::end_when(visit, &id, SessionEnd::Expired, ever, now, now)?;
            audit_trail::record_of_session(visit, &lines.expired, &id)?;
            purged.expired_sessions.push(id);
        } else {
            sessions::end_when(visit, &id, SessionEnd::Idle, now, ever, now)?;
            audit_trail::record_of_session(visit, &lines.idle, &id)?;
            purged.idle_sessions.push(id);
        }
    }

    purged.expired_pairs = pairs::expire(visit, rules.pair_used_after, limit)?;
    purged.has_more |= reaches(purged.expired_pairs.len(), rules);
    for (account_id, jkt) in &purged.expired_pairs {
        audit_trail::record_of_pair(visit, &lines.pair, *account_id, jkt)?;
    }
    for statement in [
        "DELETE FROM sessions WHERE sign_in_id IN (SELECT sign_in_id FROM sessions WHERE ended IS NOT NULL AND ended_at <= ?1 LIMIT ?2)",
        "DELETE FROM sign_ins WHERE id IN (SELECT id FROM sign_ins WHERE ends_at <= ?1 AND NOT is_open LIMIT ?2)",
    ] {
        let removed = visit.execute(statement, values![rules.over_before.0, limit])?;
        purged.removed += removed;
        purged.has_more |= removed >= u64::from(rules.limit);
    }
    let removed = visit.execute(
        "DELETE FROM sign_outs WHERE sign_in_id IN (SELECT sign_in_id FROM sign_outs WHERE ends_at <= ?1 LIMIT ?2)",
        values![now.0, limit],
    )?;
    purged.removed += removed;
    purged.has_more |= removed >= u64::from(rules.limit);
    Ok(purged)
}

fn reaches(found: usize, rules: &PurgeRules) -> bool {
    u32::try_from(found).is_ok_and(|found| found >= rules.limit)
}
