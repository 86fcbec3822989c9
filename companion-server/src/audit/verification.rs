//! Whether the audit trail is what was written: each sealed day is computed again, each seal over the one before it, back to the first one, those
//! of days whose lines are gone included.

mod tail;

use std::fmt::Write as _;

use serde::Serialize;

use self::tail::Tail;
use super::retention::sealed_with;
use super::{Event, Seal};
use crate::clock::Timestamp;
use crate::config::LEAST_DAYS;
use crate::store::{AuditPeriod, AuditRow, Difference, KeptSeal, NumberedLine, SchemaError, SealHash, StoreError, TrailView};

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
    /// Of these, those under a seal of before the moments of a day were sealed with it.
    pub undated_days: u64,
    /// Lines after the last seal: rules of the database alone protect them.
    pub unsealed_lines: u64,
    /// The last seal, and with it the whole chain.
    pub last_seal: Option<String>,
    /// Number of the last line under it.
    pub last_sealed_line: Option<i64>,
    /// Days that are kept by the configuration; for ever when `None`.
    pub keep_days: Option<u32>,
    /// Days removed sooner than it says by now: somebody removed them, or it said less when they were.
    pub early_days: Vec<EarlyDay>,
    /// What is not what was written.
    pub findings: Vec<Finding>,
}

/// A day that was removed before the end of the time that the configuration gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct EarlyDay {
    pub first: i64,
    pub last: i64,
    /// Whole days for which its newest line was kept.
    pub kept_days: i64,
}

/// What happened to the trail. A day is named by the numbers of its first and last lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Finding {
    /// A seal was changed, or one before it is gone, or was put in.
    SealBroken { first: i64, last: i64 },
    /// The seal that somebody noted elsewhere is not in the chain.
    SealGone,
    /// What a seal says of its day (numbers, count, moments) is not what was sealed; the lines, where they are still there, are.
    SealChanged { first: i64, last: i64 },
    /// Days that are over are under no seal, though the companion served long enough to make it.
    Unsealed { first: i64, last: i64, is_any_left: bool },
    /// Lines are otherwise than they were sealed; those that can be named.
    Changed { first: i64, last: i64, lines: Vec<i64> },
    /// Lines are gone; those that can be named.
    Removed { first: i64, last: i64, count: u64, lines: Vec<i64> },
    /// Lines came in; those that can be named.
    Inserted { first: i64, last: i64, count: u64, lines: Vec<i64> },
    /// The same lines, under each other's numbers.
    Reordered { first: i64, last: i64, lines: Vec<i64> },
    /// Lines after the last seal are gone from between two others: every number was given.
    Hole { after: i64, before: i64 },
    /// Lines after the last seal are gone: the last number that was given is higher than the last that is there.
    EndRemoved { after: i64, until: i64 },
    /// What the database itself notes of the last number that it gave is gone, or lower than the last line's.
    CounterChanged { last: i64 },
    /// The database no longer has rules that keep the trail from being changed.
    RulesGone { rules: Vec<String> },
    /// Somebody gave the database rules of his own, which may change or hide what is written.
    RulesForeign { rules: Vec<String> },
    /// What holds the trail is otherwise than this program makes it; in French.
    SchemaChanged { objects: Vec<String> },
    /// The lines of a day are gone before the least time that any are kept, or by a moment that is still to come.
    PrunedEarly { first: i64, last: i64 },
    /// More days are said to have come to the end of their time than the trail itself tells of.
    PrunedUntold { days: u64, told: u64 },
}

impl Verification {
    /// Reads all of it. `noted` is a seal that the chain must go through; `keep_days` is how long the configuration keeps lines.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn of(view: &mut TrailView<'_>, noted: Option<SealHash>, keep_days: Option<u32>, now: Timestamp) -> Result<Self, StoreError> {
        let mut done = Self { keep_days, ..Self::default() };
        let differences = view.differences()?;
        if !view.has_seals()? {
            if differences.is_empty() {
                return Err(SchemaError::Earlier.into());
            }
            let objects = differences.into_iter().map(|found| found.told).collect();
            done.findings.push(Finding::SchemaChanged { objects });
            return Ok(done);
        }
        let seals = view.seals()?;
        let rules: Vec<String> = differences.iter().filter_map(Difference::rule_gone).map(str::to_owned).collect();
        if !rules.is_empty() {
            done.findings.push(Finding::RulesGone { rules });
        }
        if noted.is_some_and(|noted| !seals.iter().any(|seal| seal.period.hash == noted)) {
            done.findings.push(Finding::SealGone);
        }
        let rules: Vec<String> = differences.iter().filter_map(Difference::rule_foreign).map(str::to_owned).collect();
        if !rules.is_empty() {
            done.findings.push(Finding::RulesForeign { rules });
        }
        let is_rule = |found: &Difference| found.rule_gone().or(found.rule_foreign()).is_some();
        let objects: Vec<String> = differences.into_iter().filter(|found| !is_rule(found)).map(|found| found.told).collect();
        if !objects.is_empty() {
            done.findings.push(Finding::SchemaChanged { objects });
        }
        // The database itself gives none below.
        done.outside(view, i64::MIN, 0)?;
        let mut former = AuditPeriod::default();
        for (number, seal) in seals.iter().enumerate() {
            done.outside(view, former.last_id, seal.period.first_id.saturating_sub(1))?;
            done.day(view, &former, seal, seals.get(number + 1), now)?;
            former = seal.period;
        }
        done.untold(view, &seals)?;
        done.last_seal = seals.last().map(|seal| seal_text(seal.period.hash));
        done.last_sealed_line = seals.last().map(|seal| seal.period.last_id);
        done.tail(view, former.last_id, now)?;
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

    fn day(
        &mut self,
        view: &mut TrailView<'_>,
        former: &AuditPeriod,
        seal: &KeptSeal,
        next: Option<&KeptSeal>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let period = &seal.period;
        let (first, last) = (period.first_id, period.last_id);
        // Those of before come before.
        let goes_back = former.content.is_some() && period.content.is_none();
        let follows = period.previous_hash == former.hash && first > former.last_id && !goes_back;
        if !follows {
            self.findings.push(Finding::SealBroken { first, last });
        }
        if let Some(pruned_at) = seal.pruned_at {
            // Some of its lines may still be there: they go a thousand at a time.
            self.pruned_days += 1;
            match period.content {
                None => self.undated_days += 1,
                Some(content) if follows && sealed_with(period, content) != *period => {
                    self.findings.push(Finding::SealChanged { first, last })
                }
                // Whoever seals lines under a moment of long ago may call them old enough.
                Some(_) if period.newest_at < former.newest_at => self.findings.push(Finding::SealChanged { first, last }),
                Some(_) => {}
            }
            let is_kept = |days: u32| pruned_at >= period.newest_at.plus_days(i64::from(days));
            if !is_kept(LEAST_DAYS) || pruned_at > now.plus_days(1) {
                self.findings.push(Finding::PrunedEarly { first, last });
            } else if !self.keep_days.is_some_and(is_kept) {
                self.early_days.push(EarlyDay { first, last, kept_days: pruned_at.days_since(period.newest_at) });
            }
            return Ok(());
        }
        let lines = all(view, first.saturating_sub(1), last)?;
        let count = lines.len() as u64;
        match found_in(former, period, lines, next) {
            Some(finding) => self.findings.push(finding),
            None => {
                self.intact_days += 1;
                self.intact_lines += count;
            }
        }
        Ok(())
    }

    /// Every removal of a day is a line of a later one; those that came after the last day that is gone are all there.
    fn untold(&mut self, view: &mut TrailView<'_>, seals: &[KeptSeal]) -> Result<(), StoreError> {
        let pruned = || seals.iter().filter_map(|seal| Some((seal.period.newest_at, seal.pruned_at?)));
        let Some(last) = pruned().map(|(newest_at, _)| newest_at).max() else { return Ok(()) };
        let days = pruned().filter(|(_, at)| *at > last).count() as u64;
        let told = view.count_after(Event::AuditPruned.name(), last)?;
        if told < days {
            self.findings.push(Finding::PrunedUntold { days, told });
        }
        Ok(())
    }

    fn tail(&mut self, view: &mut TrailView<'_>, sealed: i64, now: Timestamp) -> Result<(), StoreError> {
        let mut tail = Tail::after(sealed, now);
        loop {
            let lines = view.lines(tail.last, i64::MAX, BATCH)?;
            if lines.is_empty() {
                break;
            }
            self.unsealed_lines += lines.len() as u64;
            let unreadable: Vec<i64> = lines.iter().filter(|line| line.row.is_none()).map(|line| line.id).collect();
            if let (Some(first), Some(last)) = (unreadable.first(), unreadable.last()) {
                self.findings.push(Finding::Changed { first: *first, last: *last, lines: unreadable });
            }
            lines.iter().for_each(|line| tail.add(line));
        }
        let last = tail.last;
        if let Some((first, last)) = tail.overdue() {
            self.findings.push(Finding::Unsealed { first, last, is_any_left: self.last_seal.is_some() });
        }
        if view.leaves_no_number_out() {
            self.findings.extend(tail.holes().map(|(after, before)| Finding::Hole { after, before }));
            match view.last_number()? {
                Some(given) if given > last => self.findings.push(Finding::EndRemoved { after: last, until: given }),
                Some(given) if given == last => {}
                None if last == 0 => {}
                Some(_) | None => self.findings.push(Finding::CounterChanged { last }),
            }
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
fn found_in(former: &AuditPeriod, period: &AuditPeriod, lines: Vec<NumberedLine>, next: Option<&KeptSeal>) -> Option<Finding> {
    let (first, last) = (period.first_id, period.last_id);
    let unreadable: Vec<i64> = lines.iter().filter(|line| line.row.is_none()).map(|line| line.id).collect();
    let rows: Vec<AuditRow> = lines.into_iter().filter_map(|line| line.row).collect();
    let excess = (rows.len() as i64 + unreadable.len() as i64).saturating_sub(period.lines);
    if !unreadable.is_empty() && excess == 0 {
        return Some(Finding::Changed { first, last, lines: unreadable });
    }
    let now = sealed(period, &rows);
    if now == *period && excess == 0 {
        // Seals of before are over the lines alone: the rest follows from these.
        let agrees = period.content.is_some() || says_what_is(former, period, &rows);
        return (!agrees).then_some(Finding::SealChanged { first, last });
    }
    // The day that follows was sealed over these lines: what was changed is the seal.
    if excess == 0 && next.is_some_and(|next| next.period.previous_hash == now.hash) {
        return Some(Finding::SealBroken { first, last });
    }
    if period.content.is_some() && now.content == period.content {
        return Some(Finding::SealChanged { first, last });
    }
    Some(match excess {
        0 => match reordered(period, &rows) {
            Some(lines) => Finding::Reordered { first, last, lines },
            None => Finding::Changed { first, last, lines: Vec::new() },
        },
        ..0 => {
            let there: Vec<i64> = rows.iter().map(|row| row.id).chain(unreadable).collect();
            // Only where every number between the two was given, and they are not so many that whoever wrote the seal made them up.
            let is_whole = last.checked_sub(first).is_some_and(|more| more.checked_add(1) == Some(period.lines));
            let is_whole = is_whole && excess.unsigned_abs() <= MOST_TRIED as u64;
            let lines = if is_whole { (first..=last).filter(|id| !there.contains(id)).collect() } else { Vec::new() };
            Finding::Removed { first, last, count: excess.unsigned_abs(), lines }
        }
        _ => Finding::Inserted { first, last, count: excess.unsigned_abs(), lines: inserted(period, &rows, excess) },
    })
}

/// Whether a seal tells the newest moment of these lines, and was made once their day was over: as [`super::Retention`] makes one.
fn says_what_is(former: &AuditPeriod, period: &AuditPeriod, rows: &[AuditRow]) -> bool {
    let today = period.sealed_at.day_began();
    // Of a clock that was ahead are those of a day that was still to come.
    let told = rows.iter().map(|row| row.at).filter(|at| *at < today.plus_days(1));
    told.clone().all(|at| at < today) && told.fold(former.newest_at, Timestamp::max) == period.newest_at
}

fn sealed<'a>(period: &AuditPeriod, rows: impl IntoIterator<Item = &'a AuditRow>) -> AuditPeriod {
    let mut seal = Seal::of(period);
    rows.into_iter().for_each(|row| seal.add(row));
    seal.finish()
}

/// Whether these were sealed, whatever is said of them.
fn are_the_lines_of<'a>(period: &AuditPeriod, rows: impl IntoIterator<Item = &'a AuditRow>) -> bool {
    let now = sealed(period, rows);
    if period.content.is_some() { now.content == period.content } else { now.hash == period.hash }
}

/// Numbers of those that stand under others' numbers, if the day is what was sealed once its lines are in the order of their moments.
fn reordered(period: &AuditPeriod, rows: &[AuditRow]) -> Option<Vec<i64>> {
    let mut by_time: Vec<&AuditRow> = rows.iter().collect();
    by_time.sort_by_key(|row| row.at);
    let in_order: Vec<AuditRow> = rows.iter().zip(by_time).map(|(place, row)| AuditRow { id: place.id, ..row.clone() }).collect();
    let moved = in_order.iter().zip(rows).filter(|(one, other)| one != other).map(|(row, _)| row.id).collect();
    are_the_lines_of(period, &in_order).then_some(moved)
}

/// The one line without which the day is what was sealed.
fn inserted(period: &AuditPeriod, rows: &[AuditRow], excess: i64) -> Vec<i64> {
    if excess != 1 || rows.len() > MOST_TRIED {
        return Vec::new();
    }
    let without = |number: usize| rows[..number].iter().chain(&rows[number + 1..]);
    let found = (0..rows.len()).rev().find(|number| are_the_lines_of(period, without(*number)));
    found.map(|number| rows[number].id).into_iter().collect()
}

#[cfg(test)]
mod tests;
