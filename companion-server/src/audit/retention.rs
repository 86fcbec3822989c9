//! How long the trail is kept. Closed days are sealed, each seal over the one before it; a whole day is removed once it is old enough, if it
//! still is what was sealed, and if the clock that says so is confirmed. Nothing else ever is: the memory itself refuses it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};
use vestibule_model::ErrorCode;

use super::{Audit, Entry, Event, kept};
use crate::clock::{Confirmation, Timestamp};
use crate::store::{AuditPeriod, AuditRow, SealHash, StoreError};

/// Milliseconds between two rounds.
const EVERY_MS: i64 = 60 * 60 * 1000;
/// Lines read or removed at a time: whoever signs in meanwhile waits milliseconds.
const BATCH: u32 = 1000;

/// Seals and removes.
pub struct Retention {
    audit: Audit,
    keep_days: Option<u32>,
    last_round: Mutex<Option<Timestamp>>,
    is_wait_said: AtomicBool,
    is_line_ahead_said: AtomicBool,
}

impl Retention {
    /// Keeps lines for this many days; for ever when `None`.
    pub fn new(audit: Audit, keep_days: Option<u32>) -> Self {
        Self {
            audit,
            keep_days,
            last_round: Mutex::default(),
            is_wait_said: AtomicBool::default(),
            is_line_ahead_said: AtomicBool::default(),
        }
    }

    /// One round, when the last one is an hour old. Removes by a confirmed clock alone: one that is ahead would make every line seem old enough.
    ///
    /// # Errors
    /// [`StoreError`]; what was sealed or removed stays so.
    pub async fn upkeep(&self, confirmation: Confirmation) -> Result<(), StoreError> {
        let now = self.audit.clock.now();
        {
            let mut last = self.last_round.lock().unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|last| (0..EVERY_MS).contains(&now.millis_since(last))) {
                return Ok(());
            }
            *last = Some(now);
        }
        while let Some(period) = self.closed_day(now, confirmation).await? {
            // Where another companion was faster, what is left is looked at anew.
            self.audit.store.seal_audit_period(period).await?;
        }
        if let Some(days) = self.keep_days {
            let before = now.plus_days(-i64::from(days));
            if confirmation == Confirmation::Right {
                self.is_wait_said.store(false, Ordering::Relaxed);
                self.prune(before, now).await?;
            } else {
                self.say_wait(before, confirmation).await?;
            }
        }
        Ok(())
    }

    /// Says once why what seems old enough stays.
    async fn say_wait(&self, before: Timestamp, confirmation: Confirmation) -> Result<(), StoreError> {
        let is_due = self.audit.store.oldest_audit_period().await?.is_some_and(|period| period.newest_at < before);
        if is_due && !self.is_wait_said.swap(true, Ordering::Relaxed) {
            let reason = match confirmation {
                Confirmation::Right => return Ok(()),
                Confirmation::Unknown => "no answer of Pro Santé Connect has been dated since the start",
                Confirmation::Stale => "the last dated answer of Pro Santé Connect is hours old, or the clock jumped",
                Confirmation::Wrong => "this machine's clock is not Pro Santé Connect's",
            };
            tracing::warn!(reason, "Nothing of the audit trail is removed until this machine's clock is confirmed");
        }
        Ok(())
    }

    /// Says once that a line is dated in a day to come, and what becomes of it.
    fn say_line_ahead(&self, id: i64, confirmation: Confirmation) {
        if self.is_line_ahead_said.swap(true, Ordering::Relaxed) {
            return;
        }
        if confirmation == Confirmation::Right {
            tracing::warn!(
                line = id,
                "A line of the audit trail is dated in a day to come: it is sealed with the day of the first line after it that is not"
            );
        } else {
            tracing::warn!(
                line = id,
                "A line of the audit trail is dated in a day to come: nothing is sealed from it on until this machine's clock is confirmed"
            );
        }
    }

    /// The lines of the first day that is over and not sealed yet; `None` when there is none.
    ///
    /// Lines are numbered as they are written. One that is dated in a day to come was written by a clock that was ahead, if the one of now is
    /// right: no later than the first line after it that is not. It is of that line's day, so that it goes no sooner than it is due and keeps
    /// nothing else.
    async fn closed_day(&self, now: Timestamp, confirmation: Confirmation) -> Result<Option<AuditPeriod>, StoreError> {
        let last = self.audit.store.last_audit_period().await?;
        let last = last.map(|period| (period.last_id, period.hash, period.newest_at));
        let (after, previous, sealed_until) = last.unwrap_or((0, SealHash::default(), Timestamp(i64::MIN)));
        let Some(day) = self.day_after(after, sealed_until, now, confirmation).await? else { return Ok(None) };
        let period = AuditPeriod { previous_hash: previous, sealed_at: now, content: Some(SealHash::default()), ..day };
        self.sealed_now(&period).await.map(Some)
    }

    /// Bounds and count of the day after a line, without its seal.
    async fn day_after(
        &self,
        after: i64,
        sealed_until: Timestamp,
        now: Timestamp,
        confirmation: Confirmation,
    ) -> Result<Option<AuditPeriod>, StoreError> {
        let today = now.day_began();
        let (mut first_id, mut ends_at, mut ahead) = (None, None, 0);
        // A line dated before the last sealed day was written after it all the same.
        let mut day = AuditPeriod { newest_at: sealed_until, ..AuditPeriod::default() };
        let mut cursor = after;
        'all: loop {
            let rows = self.audit.store.audit_after(cursor, BATCH).await?;
            for row in &rows {
                cursor = row.id;
                first_id.get_or_insert(row.id);
                if row.at >= today.plus_days(1) {
                    self.say_line_ahead(row.id, confirmation);
                    if confirmation != Confirmation::Right {
                        break 'all;
                    }
                    ahead += 1;
                    continue;
                }
                let ends_at = *ends_at.get_or_insert(row.at.day_began().plus_days(1));
                if ends_at > today {
                    return Ok(None);
                }
                if row.at >= ends_at {
                    break 'all;
                }
                (day.last_id, day.lines, day.newest_at) = (row.id, day.lines + ahead + 1, day.newest_at.max(row.at));
                ahead = 0;
            }
            if rows.len() < BATCH as usize {
                break;
            }
        }
        Ok(first_id.filter(|_| day.lines > 0).map(|first_id| AuditPeriod { first_id, ..day }))
    }

    async fn prune(&self, before: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        while let Some(period) = self.audit.store.oldest_audit_period().await?.filter(|period| period.newest_at < before) {
            if self.sealed_now(&period).await? != period {
                // What another companion removes meanwhile is not altered.
                if self.audit.store.oldest_audit_period().await? != Some(period) {
                    continue;
                }
                let code = ErrorCode::AuditAltered;
                tracing::error!(error.code = %code, first = period.first_id, last = period.last_id, "The audit trail is not what was sealed: nothing of it is removed");
                break;
            }
            let line = self.audit.line(Entry::new(Event::AuditPruned));
            if self.audit.store.prune_audit_period(period.first_id, line, now).await? {
                tracing::info!(lines = period.lines, "A day of the audit trail reached the end of its time");
                kept(Event::AuditPruned, None);
            }
        }
        while self.audit.store.remove_pruned_audit(BATCH).await? > 0 {}
        Ok(())
    }

    /// What a period would be if it were sealed now.
    async fn sealed_now(&self, period: &AuditPeriod) -> Result<AuditPeriod, StoreError> {
        let mut seal = Seal::of(period);
        let mut cursor = period.first_id.saturating_sub(1);
        loop {
            let rows = self.audit.store.audit_after(cursor, BATCH).await?;
            for row in rows.iter().take_while(|row| row.id <= period.last_id) {
                seal.add(row);
            }
            match rows.last() {
                Some(last) if last.id < period.last_id => cursor = last.id,
                _ => return Ok(seal.finish()),
            }
        }
    }
}

/// A hash over lines, each part preceded by its length, so that no two trails share an encoding.
pub struct Seal {
    context: Context,
    period: AuditPeriod,
}

impl Seal {
    /// Of a period's lines, in the form in which it was sealed, or is to be.
    pub fn of(period: &AuditPeriod) -> Self {
        let mut context = Context::new(&SHA256);
        if period.content.is_some() {
            context.update(b"vestibule audit lines 2\0");
        } else {
            context.update(b"vestibule audit period 1\0");
            context.update(&period.previous_hash.0);
        }
        Self { context, period: *period }
    }

    /// The next line.
    pub fn add(&mut self, row: &AuditRow) {
        self.context.update(&row.id.to_be_bytes());
        self.context.update(&row.at.0.to_be_bytes());
        let code = row.error_code.map(|code| code.number().to_string());
        for part in [
            Some(&row.event),
            row.sign_in_id.as_ref(),
            row.national_id.as_ref(),
            row.jkt.as_ref(),
            row.address.as_ref(),
            code.as_ref(),
            row.group_name.as_ref(),
            row.actor.as_ref(),
        ] {
            match part {
                Some(text) => {
                    self.context.update(b"+");
                    self.context.update(&(text.len() as u64).to_be_bytes());
                    self.context.update(text.as_bytes());
                }
                None => self.context.update(b"-"),
            }
        }
    }

    /// The period under the seal of these lines.
    pub fn finish(self) -> AuditPeriod {
        let lines = digest(self.context);
        match self.period.content {
            Some(_) => sealed_with(&self.period, lines),
            None => AuditPeriod { hash: lines, ..self.period },
        }
    }
}

/// The period under the seal of all that it says of itself, whose lines have this hash.
pub(super) fn sealed_with(period: &AuditPeriod, content: SealHash) -> AuditPeriod {
    let mut context = Context::new(&SHA256);
    context.update(b"vestibule audit period 2\0");
    context.update(&period.previous_hash.0);
    context.update(&content.0);
    for number in [period.first_id, period.last_id, period.lines, period.newest_at.0, period.sealed_at.0] {
        context.update(&number.to_be_bytes());
    }
    AuditPeriod { content: Some(content), hash: digest(context), ..*period }
}

fn digest(context: Context) -> SealHash {
    let mut hash = SealHash::default();
    hash.0.copy_from_slice(context.finish().as_ref());
    hash
}

#[cfg(test)]
mod tests;
