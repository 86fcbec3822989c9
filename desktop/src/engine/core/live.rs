//! Being signed in, and leaving.

use std::time::Duration;

use tokio_util::sync::{CancellationToken, DropGuard};
use vestibule_model::Session;
use vestibule_model::exchange::SessionEvent;
use vestibule_model::practitioner::SituationId;
use vestibule_model::session::{SessionClocks, SessionEnd};
use vestibule_model::view::SignInNotice;

use super::Core;
use crate::activity::{Next, Pace};
use crate::engine::state::{AfterSignOut, Ends, Live, State, problem};
use crate::engine::tasks::{self, Event, Opened};
use crate::session::CallError;

/// The companion ends a session and says so; our own countdown only speaks when it cannot.
const COUNTDOWN_MARGIN_MS: u64 = 1000;

impl Core {
    pub(super) fn live(&mut self, (service, session): Opened) {
        self.number += 1;
        self.resume_due = false;
        self.sign_in_wanted = false;
        self.service.environment = Some(session.environment);
        self.service.shared_workstation = session.shared_workstation;
        let watch = CancellationToken::new();
        let (clock, events) = (self.ports.clock.clone(), self.events_in.clone());
        self.spawn_until(watch.clone(), tasks::watch(self.number, service.clone(), clock, events));
        let ends = Ends::of(&session.clocks, self.ports.clock.unix_ms());
        self.state = State::Live(Box::new(Live {
            service,
            session,
            ends,
            choosing: false,
            pace: Pace::new(self.ports.clock.elapsed()),
            trouble: None,
            _watch: watch.drop_guard(),
            _countdown: self.countdown(ends),
        }));
    }

    fn countdown(&self, ends: Ends) -> DropGuard {
        let (number, clock, events, end) = (self.number, self.ports.clock.clone(), self.events_in.clone(), CancellationToken::new());
        let left = ends.idle_at_ms.min(ends.at_ms).saturating_sub(clock.unix_ms()) + COUNTDOWN_MARGIN_MS;
        self.spawn_until(end.clone(), async move {
            clock.sleep(Duration::from_millis(left)).await;
            let _ = events.send(Event::LocalEnd(number));
        });
        end.drop_guard()
    }

    pub(super) fn session_changed(&mut self, event: SessionEvent) {
        if let Some(reason) = event.ended {
            return self.over(Some(reason));
        }
        if let Some(clocks) = event.clocks {
            self.clocks_are(&clocks);
        }
    }

    pub(super) fn clocks_are(&mut self, clocks: &SessionClocks) {
        let ends = Ends::of(clocks, self.ports.clock.unix_ms());
        let countdown = self.countdown(ends);
        if let State::Live(live) = &mut self.state {
            live.ends = ends;
            live._countdown = countdown;
        }
    }

    pub(super) fn active(&mut self) {
        let now = self.ports.clock.elapsed();
        let State::Live(live) = &mut self.state else { return };
        live.service.touched();
        match live.pace.input(now) {
            Next::Report => self.report(),
            Next::ReportIn(wait) => {
                let (number, clock, events) = (self.number, self.ports.clock.clone(), self.events_in.clone());
                self.spawn(async move {
                    clock.sleep(wait).await;
                    let _ = events.send(Event::ReportDue(number));
                });
            }
            Next::Nothing => {}
        }
    }

    pub(super) fn report(&mut self) {
        let now = self.ports.clock.elapsed();
        let State::Live(live) = &mut self.state else { return };
        let since_input = live.pace.report(now);
        let service = live.service.clone();
        self.spawn(tasks::report_activity(self.number, service, since_input, self.events_in.clone()));
    }

    pub(super) fn choose(&mut self, id: SituationId) {
        let State::Live(live) = &mut self.state else { return };
        live.trouble = None;
        let (number, service, events) = (self.number, live.service.clone(), self.events_in.clone());
        self.spawn(async move {
            let _ = events.send(Event::Chosen(number, service.choose_situation(id).await));
        });
    }

    pub(super) fn chosen(&mut self, chosen: Result<Session, CallError>) {
        match chosen {
            Ok(session) => {
                let ends = Ends::of(&session.clocks, self.ports.clock.unix_ms());
                let countdown = self.countdown(ends);
                let State::Live(live) = &mut self.state else { return };
                live.session = session;
                live.choosing = false;
                live.ends = ends;
                live._countdown = countdown;
            }
            Err(CallError::Over(reason)) => self.over(reason),
            Err(error) => {
                tracing::warn!(error.code = %error.code(), %error, "the situation was not chosen");
                let State::Live(live) = &mut self.state else { return };
                live.trouble = Some(problem(error.code(), Some(live.session.sign_in_id.0.clone())));
            }
        }
    }

    /// The session ended without anyone asking for it here. Nothing is asked of Pro Santé Connect (EXI 32).
    pub(super) fn over(&mut self, reason: Option<SessionEnd>) {
        let now_ms = self.ports.clock.unix_ms();
        let State::Live(live) = &self.state else { return };
        let reason = reason.unwrap_or_else(|| live.ends.reason(now_ms));
        tracing::info!(sign_in.id = %live.session.sign_in_id, ?reason, "the session ended");
        let (service, idle_limit_s) = (live.service.clone(), live.ends.idle_limit_s);
        self.spawn(async move { service.forget().await });
        self.rest(None);
        match reason {
            // She did it herself, from the command line or as the app was being closed.
            SessionEnd::SignedOut | SessionEnd::Closed => {}
            SessionEnd::Idle | SessionEnd::Expired | SessionEnd::Revoked | SessionEnd::Replaced => {
                self.state = State::Ended { reason, at_ms: now_ms, idle_limit_s };
            }
        }
    }

    pub(super) fn sign_out(&mut self, then: AfterSignOut) {
        let (State::Live(live), Some(link)) = (&self.state, self.link.clone()) else { return };
        let service = live.service.clone();
        self.number += 1;
        let task = self.spawn(tasks::sign_out(self.number, service, link, self.ports.clone(), self.events_in.clone()));
        self.state = State::SigningOut { then, task };
    }

    pub(super) fn signed_out(&mut self, notice: SignInNotice) {
        let State::SigningOut { then, .. } = &self.state else { return };
        let then = *then;
        self.rest(Some(notice));
        // With Pro Santé Connect still open, a sign-in at once would bring the same person back without a word.
        if then == AfterSignOut::NextPerson && notice == SignInNotice::SignedOutEverywhere {
            self.attempt();
        }
    }
}
