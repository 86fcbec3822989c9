//! The lines after the last seal: what their numbers and moments tell by themselves.

use super::super::Event;
use crate::clock::Timestamp;
use crate::store::NumberedLine;

/// A companion seals a day that is over when it starts, and every hour; one round may fail.
const OVERDUE_MS: i64 = 3 * 60 * 60 * 1000;
/// Holes that are told: whoever removes lines one by one leaves many.
const MOST_HOLES: usize = 20;

/// What was read of them.
pub(super) struct Tail {
    pub(super) last: i64,
    now: Timestamp,
    holes: Vec<(i64, i64)>,
    first: Option<(i64, Timestamp)>,
    /// The last line of the first day, and the first moment of another.
    day_over: Option<(i64, Timestamp)>,
    newest: Timestamp,
    is_overdue: bool,
    /// A clock was ahead: what is sealed waits for it.
    is_ahead: bool,
}

impl Tail {
    pub(super) const fn after(sealed: i64, now: Timestamp) -> Self {
        Self {
            last: sealed,
            now,
            holes: Vec::new(),
            first: None,
            day_over: None,
            newest: Timestamp(i64::MIN),
            is_overdue: false,
            is_ahead: false,
        }
    }

    pub(super) fn add(&mut self, line: &NumberedLine) {
        if line.id > self.last.saturating_add(1) && self.holes.len() < MOST_HOLES {
            self.holes.push((self.last, line.id));
        }
        let former = std::mem::replace(&mut self.last, line.id);
        let Some(row) = &line.row else { return };
        if row.event == Event::TrailCopied.name() {
            // Numbers that a server drew for nothing came along.
            self.holes.clear();
        }
        let at = row.at;
        self.is_ahead |= at > self.now.plus_days(1) || at < self.newest.plus_days(-1);
        self.newest = self.newest.max(at);
        let (_, began) = *self.first.get_or_insert((line.id, at));
        match self.day_over {
            None if at >= began.day_began().plus_days(1) => self.day_over = Some((former, at)),
            Some((_, over)) if at >= over.plus_millis(OVERDUE_MS) => self.is_overdue = true,
            None | Some(_) => {}
        }
    }

    /// First and last lines of a day that a companion had the time to seal.
    pub(super) fn overdue(&self) -> Option<(i64, i64)> {
        let ((first, _), (last, _)) = (self.first?, self.day_over?);
        (self.is_overdue && !self.is_ahead).then_some((first, last))
    }

    /// The lines before and after each.
    pub(super) fn holes(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.holes.iter().copied()
    }
}
