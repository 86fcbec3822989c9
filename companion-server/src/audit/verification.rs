//! Whether the audit trail is what was written: each sealed day is computed again, each seal over the one before it, back to the first one, those
//! of days whose lines are gone included.

use std::fmt::Write as _;

use serde::Serialize;

use super::Seal;
use crate::config::LEAST_DAYS;
use crate::store::{AuditPeriod, AuditRow, KeptSeal, NumberedLine, SealHash, StoreError, TrailView};

/// Lines read at a time.
const BATCH: u32 = 1000;
/// Lines of a day among which a single one is looked for that makes the difference: each costs a reading of the day.
const MOST_TRIED: usize = 4000;

/// What a whole reading found.
#[derive(Debug, Default, Serialize)]
pub struct Verification {
    /// Days that are what was sealed.
    pub intact_days: u64,
    /// Lines in these.
    pub intact_lines: u64,
    /// Days removed at the end of their time, whose seals the chain goes through.
    pub pruned_days: u64,
    /// Lines after the last seal: rules of the database alone protect them.
    pub unsealed_lines: u64,
    /// The last seal, and with it the whole chain.
    pub last_seal: Option<String>,
    /// Number of the last line under it.
    pub last_sealed_line: Option<i64>,
    /// What is not what was written.
    pub findings: Vec<Finding>,
}

/// What happened to the trail. A day is named by the numbers of its first and last lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Finding {
    /// A seal was changed, or one before it is gone, or was put in.
    SealBroken { first: i64, last: i64 },
    /// The seal that somebody noted elsewhere is not in the chain.
    SealGone,
    /// Lines are otherwise than they were sealed; those that can be named.
    Changed { first: i64, last: i64, lines: Vec<i64> },
    /// Lines are gone; those that can be named.
    Removed { first: i64, last: i64, count: u64, lines: Vec<i64> },
    /// Lines came in; those that can be named.
    Inserted { first: i64, last: i64, count: u64, lines: Vec<i64> },
    /// The same lines, under each other's numbers.
    Reordered { first: i64, last: i64, lines: Vec<i64> },
    /// Lines after the last seal are gone: the last number that was given is higher than the last that is there.
    EndRemoved { after: i64, until: i64 },
    /// The database no longer has rules that keep the trail from being changed.
    RulesGone { rules: Vec<String> },
    /// Somebody gave the database rules of his own, which may change or hide what is written.
    RulesForeign { rules: Vec<String> },
    /// The lines of a day are gone before the least time that any are kept.
    PrunedEarly { first: i64, last: i64 },
}

impl Verification {
    /// Reads all of it. `noted` is a seal that the chain must go through.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn of(view: &mut TrailView<'_>, noted: Option<SealHash>) -> Result<Self, StoreError> {
        let seals = view.seals()?;
        let mut done = Self::default();
        let rules = view.missing_rules()?;
        if !rules.is_empty() {
            done.findings.push(Finding::RulesGone { rules });
        }
        if noted.is_some_and(|noted| !seals.iter().any(|seal| seal.period.hash == noted)) {
            done.findings.push(Finding::SealGone);
        }
        let rules = view.foreign_rules()?;
        if !rules.is_empty() {
            done.findings.push(Finding::RulesForeign { rules });
        }
        // The database itself gives none below.
        done.outside(view, i64::MIN, 0)?;
        let mut former = AuditPeriod::default();
        for (number, seal) in seals.iter().enumerate() {
            done.outside(view, former.last_id, seal.period.first_id - 1)?;
            done.day(view, &former, seal, seals.get(number + 1))?;
            former = seal.period;
        }
        done.last_seal = seals.last().map(|seal| seal_text(seal.period.hash));
        done.last_sealed_line = seals.last().map(|seal| seal.period.last_id);
        done.tail(view, former.last_id)?;
        Ok(done)
    }

    /// Whether all of it is what was written, as far as seals and rules can tell.
    pub fn is_intact(&self) -> bool {
        self.findings.is_empty()
    }

    /// No day ends between two days.
    fn outside(&mut self, view: &mut TrailView<'_>, after: i64, until: i64) -> Result<(), StoreError> {
        let lines: Vec<i64> = all(view, after, until)?.iter().map(|line| line.id).collect();
        if let (Some(first), Some(last)) = (lines.first(), lines.last()) {
            self.findings.push(Finding::Inserted { first: *first, last: *last, count: lines.len() as u64, lines });
        }
        Ok(())
    }

    fn day(&mut self, view: &mut TrailView<'_>, former: &AuditPeriod, seal: &KeptSeal, next: Option<&KeptSeal>) -> Result<(), StoreError> {
        let period = &seal.period;
        if period.previous_hash != former.hash || period.first_id <= former.last_id {
            self.findings.push(Finding::SealBroken { first: period.first_id, last: period.last_id });
        }
        if seal.pruned_at.is_some() {
            // Some of its lines may still be there: they go a thousand at a time.
            self.pruned_days += 1;
            let least = period.newest_at.plus_seconds(i64::from(LEAST_DAYS) * 24 * 60 * 60);
            if seal.pruned_at.is_some_and(|at| at < least) {
                self.findings.push(Finding::PrunedEarly { first: period.first_id, last: period.last_id });
            }
            return Ok(());
        }
        let lines = all(view, period.first_id - 1, period.last_id)?;
        let count = lines.len() as u64;
        match found_in(period, lines, next) {
            Some(finding) => self.findings.push(finding),
            None => {
                self.intact_days += 1;
                self.intact_lines += count;
            }
        }
        Ok(())
    }

    fn tail(&mut self, view: &mut TrailView<'_>, sealed: i64) -> Result<(), StoreError> {
        let mut last = sealed;
        loop {
            let lines = view.lines(last, i64::MAX, BATCH)?;
            let Some(line) = lines.last() else { break };
            self.unsealed_lines += lines.len() as u64;
            last = line.id;
            let unreadable: Vec<i64> = lines.iter().filter(|line| line.row.is_none()).map(|line| line.id).collect();
            if let (Some(first), Some(last)) = (unreadable.first(), unreadable.last()) {
                self.findings.push(Finding::Changed { first: *first, last: *last, lines: unreadable });
            }
        }
        if let Some(given) = view.last_number()?.filter(|given| *given > last) {
            self.findings.push(Finding::EndRemoved { after: last, until: given });
        }
        Ok(())
    }
}

/// A seal as it is written down elsewhere.
pub fn seal_text(seal: SealHash) -> String {
    seal.0.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn all(view: &mut TrailView<'_>, after: i64, until: i64) -> Result<Vec<NumberedLine>, StoreError> {
    let (mut lines, mut after) = (Vec::new(), after);
    loop {
        let more = view.lines(after, until, BATCH)?;
        let Some(last) = more.last() else { return Ok(lines) };
        after = last.id;
        lines.extend(more);
    }
}

/// What happened to a day; `None` when it is what was sealed.
fn found_in(period: &AuditPeriod, lines: Vec<NumberedLine>, next: Option<&KeptSeal>) -> Option<Finding> {
    let (first, last) = (period.first_id, period.last_id);
    let unreadable: Vec<i64> = lines.iter().filter(|line| line.row.is_none()).map(|line| line.id).collect();
    let rows: Vec<AuditRow> = lines.into_iter().filter_map(|line| line.row).collect();
    let excess = rows.len() as i64 + unreadable.len() as i64 - period.lines;
    if !unreadable.is_empty() && excess == 0 {
        return Some(Finding::Changed { first, last, lines: unreadable });
    }
    let seal = sealed(period.previous_hash, &rows);
    if seal == period.hash && excess == 0 {
        return None;
    }
    Some(match excess {
        // The day that follows was sealed over these lines: what was changed is the seal.
        0 if next.is_some_and(|next| next.period.previous_hash == seal) => Finding::SealBroken { first, last },
        0 => match reordered(period, &rows) {
            Some(lines) => Finding::Reordered { first, last, lines },
            None => Finding::Changed { first, last, lines: Vec::new() },
        },
        ..0 => {
            let there: Vec<i64> = rows.iter().map(|row| row.id).chain(unreadable).collect();
            // Only where every number between the two was given.
            let is_whole = last - first + 1 == period.lines;
            let lines = if is_whole { (first..=last).filter(|id| !there.contains(id)).collect() } else { Vec::new() };
            Finding::Removed { first, last, count: excess.unsigned_abs(), lines }
        }
        _ => Finding::Inserted { first, last, count: excess.unsigned_abs(), lines: inserted(period, &rows, excess) },
    })
}

fn sealed<'a>(previous: SealHash, rows: impl IntoIterator<Item = &'a AuditRow>) -> SealHash {
    let mut seal = Seal::after(previous);
    rows.into_iter().for_each(|row| seal.add(row));
    seal.finish()
}

/// Numbers of those that stand under others' numbers, if the day is what was sealed once its lines are in the order of their moments.
fn reordered(period: &AuditPeriod, rows: &[AuditRow]) -> Option<Vec<i64>> {
    let mut by_time: Vec<&AuditRow> = rows.iter().collect();
    by_time.sort_by_key(|row| row.at);
    let in_order: Vec<AuditRow> = rows.iter().zip(by_time).map(|(place, row)| AuditRow { id: place.id, ..row.clone() }).collect();
    let moved = in_order.iter().zip(rows).filter(|(one, other)| one != other).map(|(row, _)| row.id).collect();
    (sealed(period.previous_hash, &in_order) == period.hash).then_some(moved)
}

/// The one line without which the day is what was sealed.
fn inserted(period: &AuditPeriod, rows: &[AuditRow], excess: i64) -> Vec<i64> {
    if excess != 1 || rows.len() > MOST_TRIED {
        return Vec::new();
    }
    let without = |number: usize| rows[..number].iter().chain(&rows[number + 1..]);
    let found = (0..rows.len()).rev().find(|number| sealed(period.previous_hash, without(*number)) == period.hash);
    found.map(|number| rows[number].id).into_iter().collect()
}

#[cfg(test)]
mod tests;
