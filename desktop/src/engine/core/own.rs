//! Her sessions on all her workstations: she sees them and ends them from here. The companion is asked when she asks, and never otherwise.

use vestibule_model::ErrorCode;
use vestibule_model::exchange::OwnSession;
use vestibule_model::session::SignInId;
use vestibule_model::view::OwnSessionView;

use super::Core;
use crate::engine::events::{OwnAnswer, OwnAsked};
use crate::engine::state::{AfterSignOut, OwnList, State, problem};
use crate::engine::tasks;
use crate::session::CallError;

impl Core {
    pub(super) fn show_own_sessions(&mut self) {
        let State::Live(live) = &mut self.state else { return };
        if live.choosing || live.session.situation_choice_due() {
            return tracing::debug!("A situation comes first");
        }
        live.own.shown = true;
        self.ask_own_sessions(OwnAsked::List);
    }

    pub(super) fn hide_own_sessions(&mut self) {
        let State::Live(live) = &mut self.state else { return };
        // What is on its way goes on, and nothing else is asked before its answer.
        live.own = OwnList { busy: live.own.busy, ..OwnList::default() };
    }

    /// The one of this workstation ends by a sign-out, like any other time.
    pub(super) fn end_own_session(&mut self, id: &str) {
        let State::Live(live) = &self.state else { return };
        let is_this = live.own.shown && live.session.sign_in_id.0 == id;
        match SignInId::parse(id) {
            _ if is_this => self.sign_out(AfterSignOut::Rest),
            Ok(id) => self.end_own_sessions(OwnAsked::One(id)),
            Err(_) => tracing::debug!("No list of sessions has such a number"),
        }
    }

    /// She ends only what she sees.
    pub(super) fn end_own_sessions(&mut self, which: OwnAsked) {
        if matches!(&self.state, State::Live(live) if live.own.shown) {
            self.ask_own_sessions(which);
        } else {
            tracing::debug!("No list of sessions is shown");
        }
    }

    fn ask_own_sessions(&mut self, asked: OwnAsked) {
        let State::Live(live) = &mut self.state else { return };
        let own = &mut live.own;
        if own.busy {
            return;
        }
        (own.busy, own.ended, own.problem) = (true, None, None);
        let (service, events) = (live.service.clone(), self.found.of(self.number));
        self.spawn(tasks::own_sessions(service, asked, events));
    }

    pub(super) fn own_sessions_told(&mut self, OwnAnswer { asked, ended, sessions }: OwnAnswer) {
        let now_ms = self.ports.clock.unix_ms();
        let State::Live(live) = &mut self.state else { return };
        live.own.busy = false;
        if let Ok(Some(count)) = ended {
            tracing::info!(sign_in.id = %live.session.sign_in_id, ended = count, "Her sessions elsewhere were ended from here");
        }
        if ended.is_ok() && asked == OwnAsked::All {
            return self.sign_out(AfterSignOut::Rest);
        }
        let (ended, refused) = split(ended);
        let (sessions, unknown) = sessions.map_or((None, None), split);
        let told = match refused.or(unknown) {
            Some(CallError::Over(reason)) => return self.over(reason),
            Some(error) if error.code() == ErrorCode::SessionLocked => return self.locked(false),
            Some(error) => {
                let (id, code) = (&live.session.sign_in_id, error.code());
                tracing::warn!(sign_in.id = %id, error.code = %code, %error, "Her sessions were not shown or ended");
                Some(problem(error.code(), Some(live.session.sign_in_id.0.clone())))
            }
            None => None,
        };
        if live.own.shown {
            live.own.ended = ended.flatten();
            // Of what could not be read again, nothing old is shown.
            live.own.sessions = sessions.map(|all| all.into_iter().map(|one| described(one, now_ms)).collect());
            live.own.problem = told;
        } else if asked != OwnAsked::List {
            // She has left the list, and is to know that it was not done.
            live.trouble = told;
        }
    }
}

fn split<T>(result: Result<T, CallError>) -> (Option<T>, Option<CallError>) {
    match result {
        Ok(value) => (Some(value), None),
        Err(error) => (None, Some(error)),
    }
}

/// Relative seconds become local time at once: workstation clocks are often wrong, but they advance.
fn described(one: OwnSession, now_ms: u64) -> OwnSessionView {
    let before = |seconds: u64| now_ms.saturating_sub(seconds.saturating_mul(1000));
    OwnSessionView {
        opened_at_ms: before(one.opened_s_ago),
        active_at_ms: before(one.active_s_ago),
        id: one.id.0,
        device_label: one.device_label,
        is_this: one.is_this,
        locked: one.locked,
    }
}
