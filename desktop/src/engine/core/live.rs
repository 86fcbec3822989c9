//! Being signed in, and leaving.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};
use vestibule_model::ErrorCode;
use vestibule_model::Session;
use vestibule_model::exchange::{SessionEvent, SignOutReason};
use vestibule_model::practitioner::SituationId;
use vestibule_model::session::{CardRemoval, SessionClocks, SessionEnd};
use vestibule_model::view::SignInNotice;

use super::Core;
use crate::activity::{Next, Pace};
use crate::card::policy::Guard;
use crate::engine::ends::Ends;
use crate::engine::events::{Happening, Opened};
use crate::engine::state::{AfterSignOut, Live, OwnList, State, problem};
use crate::engine::tasks;
use crate::engine::warning::{Near, Warned, notice};
use crate::notifications::Notice;
use crate::outside::outside;
use crate::session::CallError;
use crate::settings::ActivitySource;
use crate::workstation_input::News;
use crate::workstation_kind;

/// Clocks are told in whole seconds.
const PUT_OFF_MS: u64 = 2000;

/// The companion ends a session and says so; our own countdown only speaks when it cannot.
const COUNTDOWN_MARGIN_MS: u64 = 1000;

impl Core {
    fn workstation_is(&mut self, shared: bool) {
        if std::mem::replace(&mut self.service.shared_workstation, shared) == shared {
            return;
        }
        let file = self.settings.paths.shared_workstation.clone();
        self.spawn(async move {
            let written = outside(move || workstation_kind::remember(&file, shared)).await;
            if !matches!(written, Ok(Ok(()))) {
                tracing::warn!(?written, "Whether this workstation is shared will not be known before the next sign-in");
            }
        });
    }

    /// As the next sign-in will be told; a session that is open has what it was opened with.
    pub(super) fn workstation_is_by_its_rules(&mut self, shared: bool) {
        if !matches!(self.state, State::Live(_)) && self.behind.is_none() {
            self.workstation_is(shared);
        }
    }

    pub(super) fn live(&mut self, (service, session): Opened) {
        self.number += 1;
        // Of the same person, it takes the place of the locked one; of another, the companion has ended that.
        self.behind = None;
        self.resume_due = false;
        self.sign_in_wanted = false;
        self.service.environment = Some(session.environment);
        self.workstation_is(session.shared_workstation);
        let watch = CancellationToken::new();
        let (clock, events) = (self.ports.clock.clone(), self.found.of(self.number));
        self.spawn_until(watch.clone(), tasks::watch(service.clone(), clock, events));
        let (clock, events) = (self.ports.clock.clone(), self.found.of(self.number));
        self.spawn_until(watch.clone(), tasks::watch_wall_clock(self.wall_ahead, clock, events));
        let elsewhere = self.elsewhere(&session);
        if let Some(news) = elsewhere.clone() {
            let (clock, events) = (self.ports.clock.clone(), self.found.of(self.number));
            self.spawn_until(watch.clone(), tasks::watch_input(news, clock, events));
        }
        if self.settings.card_detection && self.card_rule(&session).action != CardRemoval::Nothing {
            let wakes = self.wakes.clone();
            self.spawn_until(watch.clone(), async move { wakes.keep_looking().await });
        }
        let (ends, warned) = (Ends::of(&session.clocks, self.ports.clock.unix_ms()), Warned::default());
        self.state = State::Live(Box::new(Live {
            service,
            ends,
            choosing: false,
            own: OwnList::default(),
            pace: Pace::new(self.ports.clock.elapsed()),
            reachable: true,
            warned,
            guard: Guard::new(session.means, self.cps()),
            pulled: None,
            trouble: None,
            _watch: watch.drop_guard(),
            _countdown: self.countdown(ends, warned, elsewhere.clone()),
            elsewhere,
            session,
        }));
    }

    /// What she types outside the window, where it counts as hers: on a shared workstation, somebody else may be typing.
    fn elsewhere(&self, session: &Session) -> Option<Arc<News>> {
        let counts = self.settings.activity_source == ActivitySource::Workstation && !session.shared_workstation;
        counts.then(|| Arc::new(News::new(self.ports.workstation_input.clone(), self.ports.clock.clone())))
    }

    /// To the next warning and to the end.
    fn countdown(&self, ends: Ends, warned: Warned, elsewhere: Option<Arc<News>>) -> DropGuard {
        let (clock, events, end) = (self.ports.clock.clone(), self.found.of(self.number), CancellationToken::new());
        let until = |at_ms: u64| Duration::from_millis(at_ms.saturating_sub(clock.unix_ms()));
        let left = until(ends.idle_at_ms.min(ends.at_ms) + COUNTDOWN_MARGIN_MS);
        if let Some((at_ms, near)) = warned.next(&ends) {
            let warning = tasks::until_warning(until(at_ms), near, elsewhere.clone(), clock.clone(), events.clone());
            self.spawn_until(end.clone(), warning);
        }
        if let (true, Some(news)) = (warned.idle, elsewhere) {
            self.spawn_until(end.clone(), tasks::watch_input_closely(news, clock.clone(), events.clone()));
        }
        self.spawn_until(end.clone(), async move {
            clock.sleep(left).await;
            events.send(Happening::LocalEnd);
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
        if event.locked {
            self.locked(false);
        }
    }

    pub(super) fn clocks_are(&mut self, clocks: &SessionClocks) {
        self.ends_are(Ends::of(clocks, self.ports.clock.unix_ms()));
    }

    fn ends_are(&mut self, ends: Ends) {
        let State::Live(live) = &mut self.state else { return };
        // A second that was rounded the other way puts nothing off.
        let put_off = ends.idle_at_ms > live.ends.idle_at_ms + PUT_OFF_MS;
        live.ends = ends;
        if put_off && std::mem::take(&mut live.warned.idle) {
            self.attend(false);
        }
        self.count_down_again();
    }

    fn count_down_again(&mut self) {
        let State::Live(live) = &self.state else { return };
        let countdown = self.countdown(live.ends, live.warned, live.elsewhere.clone());
        if let State::Live(live) = &mut self.state {
            live._countdown = countdown;
        }
    }

    /// The end is near: she is to see it wherever she works, once.
    pub(super) fn end_near(&mut self, near: Near) {
        let State::Live(live) = &mut self.state else { return };
        live.warned.of(near);
        tracing::info!(sign_in.id = %live.session.sign_in_id, near = near.name(), "She is warned that the session ends soon");
        self.warn(notice(near, self.language, &self.service.name));
        self.count_down_again();
    }

    /// She is to see it wherever she works.
    pub(super) fn warn(&mut self, notice: Notice) {
        self.signals.attention.send_replace(true);
        if self.settings.raise_before_end {
            self.signals.raise.send_modify(|count| *count += 1);
        }
        self.notices.show(notice);
    }

    /// Whether the window is to ask for attention; the notice of the desktop goes away with that.
    pub(super) fn attend(&mut self, wanted: bool) {
        if self.signals.attention.send_replace(wanted) && !wanted {
            self.notices.withdraw();
        }
    }

    pub(super) fn reached(&mut self, reachable: bool) {
        if let State::Live(live) = &mut self.state {
            live.reachable = reachable;
            if reachable && live.pace.is_owed() {
                self.report();
            }
        }
    }

    /// Real input in the window: she is here.
    pub(super) fn active(&mut self) {
        if matches!(self.state, State::Live(_)) {
            self.attend(false);
            self.active_elsewhere(Duration::ZERO);
        }
    }

    /// Another software speaks for her, where it may.
    pub(super) fn called_active(&mut self, since_input: Duration) {
        let State::Live(live) = &self.state else { return };
        if self.settings.activity_source == ActivitySource::Caller && !live.session.shared_workstation {
            self.active_elsewhere(since_input);
        } else {
            tracing::info!("Activity of another software does not count on this workstation");
        }
    }

    /// Real input so long ago, be it somewhere else. The warning goes away once the companion has put the end off.
    pub(super) fn active_elsewhere(&mut self, since_input: Duration) {
        let now = self.ports.clock.elapsed();
        let State::Live(live) = &mut self.state else { return };
        live.service.touched();
        let next = live.pace.input(now, since_input);
        self.report_next(next);
    }

    fn report_next(&mut self, next: Next) {
        match next {
            Next::Report => self.report(),
            Next::ReportIn(wait) => {
                let (clock, events) = (self.ports.clock.clone(), self.found.of(self.number));
                self.spawn(async move {
                    clock.sleep(wait).await;
                    events.send(Happening::ReportDue);
                });
            }
            Next::Nothing => {}
        }
    }

    /// What she did while the companion was out of reach counts once it is back.
    pub(super) fn activity_untold(&mut self) {
        let State::Live(live) = &mut self.state else { return };
        let next = live.pace.untold();
        self.report_next(next);
    }

    pub(super) fn report(&mut self) {
        let now = self.ports.clock.elapsed();
        let State::Live(live) = &mut self.state else { return };
        let since_input = live.pace.report(now);
        let service = live.service.clone();
        self.spawn(tasks::report_activity(service, since_input, self.found.of(self.number)));
    }

    pub(super) fn choose(&mut self, id: SituationId) {
        let State::Live(live) = &mut self.state else { return };
        live.trouble = None;
        let (service, events) = (live.service.clone(), self.found.of(self.number));
        self.spawn(async move {
            events.send(Happening::Chosen(service.choose_situation(id).await));
        });
    }

    pub(super) fn chosen(&mut self, chosen: Result<Session, CallError>) {
        match chosen {
            Ok(session) => {
                let ends = Ends::of(&session.clocks, self.ports.clock.unix_ms());
                let State::Live(live) = &mut self.state else { return };
                live.session = session;
                live.choosing = false;
                self.ends_are(ends);
            }
            Err(CallError::Over(reason)) => self.over(reason),
            Err(error) if error.code() == ErrorCode::SessionLocked => self.locked(false),
            Err(error) => {
                let State::Live(live) = &mut self.state else { return };
                tracing::warn!(sign_in.id = %live.session.sign_in_id, error.code = %error.code(), %error, "The situation was not chosen");
                live.trouble = Some(problem(error.code(), Some(live.session.sign_in_id.0.clone())));
            }
        }
    }

    /// The session ended without anyone asking for it here. Nothing is asked of Pro Santé Connect (EXI 32).
    pub(super) fn over(&mut self, reason: Option<SessionEnd>) {
        let now_ms = self.ports.clock.unix_ms();
        let State::Live(live) = &self.state else { return };
        let reason = reason.or_else(|| live.ends.reason(now_ms));
        let told = reason.map_or("unknown", SessionEnd::name);
        tracing::info!(sign_in.id = %live.session.sign_in_id, reason = told, "The session ended");
        let (service, idle_limit_s) = (live.service.clone(), live.ends.idle_limit_s);
        self.spawn(async move { service.forget().await });
        self.rest(None);
        self.attend(false);
        match reason {
            // She did it herself, from the command line or as the app was being closed.
            Some(SessionEnd::SignedOut | SessionEnd::Closed) => {}
            Some(
                SessionEnd::Idle
                | SessionEnd::Expired
                | SessionEnd::Revoked
                | SessionEnd::Replaced
                | SessionEnd::Disowned
                | SessionEnd::Forgotten
                | SessionEnd::Administrator
                | SessionEnd::EndedElsewhere,
            )
            | None => {
                self.state = State::Ended { reason, at_ms: now_ms, idle_limit_s };
            }
        }
    }

    pub(super) fn sign_out(&mut self, then: AfterSignOut) {
        self.sign_out_because(None, then);
    }

    /// The same, with what the companion is to keep of why.
    pub(super) fn sign_out_because(&mut self, reason: Option<SignOutReason>, then: AfterSignOut) {
        let Some(link) = self.link.clone() else { return };
        let service = match (&self.state, self.behind.take()) {
            (State::Live(live), _) => live.service.clone(),
            (State::Locked, Some(locked)) => locked.live.service,
            _ => return,
        };
        self.number += 1;
        let task = self.spawn(tasks::sign_out((service, reason), (link, self.language), self.ports.clone(), self.found.of(self.number)));
        self.state = State::SigningOut { then, task };
        self.attend(false);
    }

    pub(super) fn signed_out(&mut self, notice: SignInNotice) {
        let State::SigningOut { then, .. } = &self.state else { return };
        let then = *then;
        self.rest(Some(notice));
        if notice == SignInNotice::SignedOutLater {
            self.settle();
        }
        // With Pro Santé Connect still open, a sign-in at once would bring the same person back without a word.
        if then == AfterSignOut::NextPerson && notice == SignInNotice::SignedOutEverywhere {
            self.attempt();
        }
    }

    /// Sends the sign-outs that are owed, now and until the companion answers. One at a time of those.
    pub(super) fn settle(&mut self) {
        let Some(link) = self.link.clone() else { return };
        if let Some(hurry) = &self.settling {
            return hurry.notify_one();
        }
        let hurry = Arc::new(Notify::new());
        self.settling = Some(hurry.clone());
        self.spawn(tasks::settle((link, self.language), self.ports.clone(), hurry, self.found.clone()));
    }

    /// After a restart, too, she is to know that Pro Santé Connect may be open still.
    pub(super) fn owing(&mut self) {
        if let State::SignIn { notice: notice @ None } = &mut self.state {
            *notice = Some(SignInNotice::SignedOutLater);
        }
    }

    /// Told where nobody is in the middle of something else.
    pub(super) fn settled(&mut self, notice: Option<SignInNotice>) {
        self.settling = None;
        let State::SignIn { notice: shown } = &mut self.state else { return };
        // Without news, another run of this user told it: nothing is left for later.
        if notice.is_some() || *shown == Some(SignInNotice::SignedOutLater) {
            *shown = notice;
        }
    }
}
