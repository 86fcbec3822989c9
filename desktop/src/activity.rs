//! Real input, told to the companion at most once a minute.

use std::time::Duration;

/// Shortest time between two reports.
pub const PACE: Duration = Duration::from_secs(60);

/// After a report that did not arrive.
const AGAIN: Duration = Duration::from_secs(15);

/// When to tell the companion of real input.
#[derive(Debug, Clone)]
pub struct Pace {
    last_report: Duration,
    last_input: Duration,
    scheduled: bool,
    /// The last report did not arrive.
    owed: bool,
}

/// What an input calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Tell now.
    Report,
    /// Tell after this time, so that the last input of a busy minute counts too.
    ReportIn(Duration),
    /// A report is already due.
    Nothing,
}

impl Pace {
    /// The sign-in itself counts as input.
    pub fn new(now: Duration) -> Self {
        Self { last_report: now, last_input: now, scheduled: false, owed: false }
    }

    /// Something was typed, clicked or touched, so long ago. Of two inputs, the later one counts.
    pub fn input(&mut self, now: Duration, since_input: Duration) -> Next {
        self.last_input = self.last_input.max(now.saturating_sub(since_input));
        if self.scheduled {
            return Next::Nothing;
        }
        let since = now.saturating_sub(self.last_report);
        if since >= PACE {
            self.last_report = now;
            return Next::Report;
        }
        self.scheduled = true;
        Next::ReportIn(PACE - since)
    }

    /// The scheduled report goes out; returns how long ago the last input was.
    pub fn report(&mut self, now: Duration) -> Duration {
        self.scheduled = false;
        self.owed = false;
        self.last_report = now;
        now.saturating_sub(self.last_input)
    }

    /// The report did not arrive.
    pub fn untold(&mut self) -> Next {
        self.owed = true;
        if std::mem::replace(&mut self.scheduled, true) { Next::Nothing } else { Next::ReportIn(AGAIN) }
    }

    /// Whether the last report did not arrive, and no later one was made.
    pub fn is_owed(&self) -> bool {
        self.owed
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{AGAIN, Next, Pace};

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_busy_hour_makes_at_most_one_report_a_minute() {
        let mut pace = Pace::new(at(0));
        let (mut reports, mut due) = (0, None);
        for second in 1..=3600 {
            if due == Some(second) {
                due = None;
                reports += 1;
                assert!(pace.report(at(second)) <= at(1));
            }
            match pace.input(at(second), at(0)) {
                Next::Report => reports += 1,
                Next::ReportIn(wait) => due = Some(second + wait.as_secs()),
                Next::Nothing => {}
            }
        }
        assert!((58..=60).contains(&reports), "{reports}");
    }

    #[test]
    fn an_input_after_a_quiet_minute_is_told_at_once() {
        let mut pace = Pace::new(at(0));
        assert_eq!(pace.input(at(61), at(0)), Next::Report);
    }

    #[test]
    fn the_last_input_of_a_minute_is_told_with_its_age() {
        let mut pace = Pace::new(at(0));
        assert_eq!(pace.input(at(10), at(0)), Next::ReportIn(at(50)));
        assert_eq!(pace.input(at(20), at(0)), Next::Nothing);
        assert_eq!(pace.report(at(60)), at(40));
    }

    #[test]
    fn an_input_elsewhere_is_told_with_its_age_and_hides_no_later_one() {
        let mut pace = Pace::new(at(0));
        assert_eq!(pace.input(at(100), at(40)), Next::Report);
        assert_eq!(pace.report(at(100)), at(40));
        pace.input(at(110), at(0));
        pace.input(at(120), at(50));
        assert_eq!(pace.report(at(160)), at(50));
    }

    #[test]
    fn a_report_that_did_not_arrive_is_made_again_with_the_age_of_its_input() {
        let mut pace = Pace::new(at(0));
        assert_eq!(pace.input(at(100), at(0)), Next::Report);
        assert_eq!((pace.untold(), pace.is_owed()), (Next::ReportIn(AGAIN), true));
        assert_eq!((pace.untold(), pace.input(at(110), at(5))), (Next::Nothing, Next::Nothing));
        assert_eq!((pace.report(at(115)), pace.is_owed()), (at(10), false));
    }

    #[test]
    fn without_input_nothing_is_told() {
        let pace = Pace::new(at(0));
        assert!(!pace.scheduled);
    }
}
