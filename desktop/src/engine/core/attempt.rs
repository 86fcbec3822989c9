//! Signing in.

use tokio_util::sync::CancellationToken;
use vestibule_model::exchange::Exchange;
use vestibule_model::view::{SignInNotice, WaitingStage, WaitingView};

use super::Core;
use crate::engine::state::{Attempting, State, problem};
use crate::engine::tasks;
use crate::exchange::{Attempt, Outcome, Progress};

impl Core {
    pub(super) fn attempt(&mut self) {
        let Some(link) = self.link.clone() else { return };
        self.number += 1;
        let attempt = Attempt::new(link.companion.clone(), self.ports.clone(), &self.settings);
        let cancel = CancellationToken::new();
        let task = self.spawn(tasks::attempt(self.number, link, attempt, cancel.clone(), self.events_in.clone()));
        self.state = State::Attempting(Attempting { waiting: None, match_number: String::new(), cancel, task });
    }

    pub(super) fn progressed(&mut self, step: Progress) {
        if let Progress::Companion(metadata) = step {
            self.introduced(&metadata);
            return;
        }
        let now_ms = self.ports.clock.unix_ms();
        let State::Attempting(attempting) = &mut self.state else { return };
        match (step, &mut attempting.waiting) {
            (Progress::Started { sign_in_id, match_number, ends_in }, waiting) => {
                attempting.match_number = match_number;
                *waiting = Some(WaitingView {
                    sign_in_id: sign_in_id.0,
                    ends_at_ms: now_ms + u64::try_from(ends_in.as_millis()).unwrap_or(0),
                    stage: WaitingStage::BrowserAsked,
                    match_number: None,
                    browser_missing: false,
                    exchange: Exchange::Loopback,
                    link: None,
                    link_ends_at_ms: None,
                    can_use_another_browser: false,
                });
            }
            (Progress::Stage(stage), Some(waiting)) => {
                waiting.stage = stage;
                waiting.browser_missing = false;
                // Two digits, only while the confirmation page shows them too.
                waiting.match_number = (stage == WaitingStage::Confirming).then(|| attempting.match_number.clone());
            }
            (Progress::BrowserMissing, Some(waiting)) => waiting.browser_missing = waiting.stage == WaitingStage::BrowserAsked,
            (Progress::Companion(_) | Progress::Stage(_) | Progress::BrowserMissing, _) => {}
        }
    }

    pub(super) fn attempt_ended(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Cancelled => self.rest(Some(SignInNotice::Cancelled)),
            Outcome::Declined => self.rest(Some(SignInNotice::Declined)),
            Outcome::TimedOut => self.rest(Some(SignInNotice::TimedOut)),
            Outcome::Problem { code, sign_in_id } => {
                self.number += 1;
                self.state = State::Problem(problem(code, sign_in_id.map(|id| id.0)));
            }
            // Arrives as a session instead.
            Outcome::SignedIn(_) => {}
        }
    }
}
