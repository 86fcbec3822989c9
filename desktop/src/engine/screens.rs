//! State to screen. Everything a person may see passes here, and nothing else does.

use vestibule_model::Session;
use vestibule_model::language::Language;
use vestibule_model::practitioner::{PracticeSituation, Practitioner, ProfessionalPractice, Structure};
use vestibule_model::view::{OwnSessionsView, ProblemView, Screen, SessionView, SituationView};

use super::ends::Ends;
use super::state::{Attempting, Hidden, Live, OwnList, State, Trouble};

/// `behind`: the session that is hidden, where there is one.
pub(super) fn screen(state: &State, behind: Option<&Hidden>, language: Language) -> Screen {
    match state {
        State::Resuming => Screen::Resuming,
        State::AwaitingKeyring => Screen::AwaitingKeyring,
        State::SignIn { notice } => Screen::SignIn { notice: *notice },
        State::Attempting(Attempting { code: Some(code), .. }) => Screen::EnteringCode(code.clone()),
        State::Attempting(attempting) => attempting.waiting.clone().map_or(Screen::OpeningBrowser, Screen::WaitingForBrowser),
        State::Live(live) => live_screen(live, language),
        State::Locked => {
            let (at_ms, ends_at_ms) = behind.map(|hidden| (hidden.at_ms, hidden.ends_at_ms())).unwrap_or_default();
            Screen::Locked { at_ms, ends_at_ms }
        }
        State::SigningOut { .. } => Screen::SigningOut,
        State::Ended { reason, at_ms, idle_limit_s } => Screen::Ended { reason: *reason, at_ms: *at_ms, idle_limit_s: *idle_limit_s },
        State::Problem(trouble) => Screen::Problem(problem_view(trouble, language)),
    }
}

fn live_screen(live: &Live, language: Language) -> Screen {
    if let Some(trouble) = &live.trouble {
        return Screen::Problem(problem_view(trouble, language));
    }
    let session = SessionView { service_reachable: live.reachable, ..session_view(&live.session, &live.ends, language) };
    if !live.choosing && !live.session.situation_choice_due() {
        return if live.own.shown {
            Screen::OwnSessions(own_sessions_view(&live.own, session, language))
        } else {
            Screen::SignedIn { session }
        };
    }
    let situations = live.session.practitioner.situations().map(|(practice, situation)| situation_view(practice, situation)).collect();
    let suggested_id = live.session.situation_id.as_ref().or(live.session.suggested_situation_id.as_ref()).map(|id| id.0.clone());
    Screen::ChoosingSituation { session, situations, suggested_id, can_keep: live.session.situation_id.is_some() }
}

fn own_sessions_view(own: &OwnList, session: SessionView, language: Language) -> OwnSessionsView {
    let problem = own.problem.as_ref().map(|trouble| problem_view(trouble, language));
    OwnSessionsView { session, sessions: own.sessions.clone(), busy: own.busy, ended: own.ended, problem }
}

/// The catalogue's words in her language: the window has none of them.
pub(super) fn problem_view(trouble: &Trouble, language: Language) -> ProblemView {
    let told = trouble.code.explanation(language);
    ProblemView {
        code: trouble.code,
        title: told.title.to_owned(),
        cause: told.cause.to_owned(),
        remedy: told.remedy.to_owned(),
        sign_in_id: trouble.sign_in_id.clone(),
        can_retry: trouble.can_retry,
        can_use_another_browser: trouble.can_use_another_browser,
    }
}

/// A session without its national id, but for its last signs where there is no name to show.
pub(super) fn session_view(session: &Session, ends: &Ends, language: Language) -> SessionView {
    let practitioner = &session.practitioner;
    let (title, given_name, family_name) = if practitioner.is_nameless() {
        (None, String::new(), practitioner.display_name(language))
    } else {
        (practitioner.title.clone(), practitioner.given_name.clone(), practitioner.family_name.clone())
    };
    let chosen = session.situation_id.as_ref().and_then(|id| practitioner.situation(id));
    SessionView {
        sign_in_id: session.sign_in_id.0.clone(),
        title,
        given_name,
        family_name,
        capacity: chosen.map_or_else(|| capacities(practitioner), |(practice, _)| practice.capacity()),
        situation: chosen.map(|(practice, situation)| situation_view(practice, situation)),
        situation_count: practitioner.situations().count(),
        means: session.means,
        identity_changed: session.identity_changed,
        new_workstation: session.new_workstation,
        idle_ends_at_ms: ends.idle_at_ms,
        ends_at_ms: ends.at_ms,
        service_reachable: true,
    }
}

pub(crate) fn situation_view(practice: &ProfessionalPractice, situation: &PracticeSituation) -> SituationView {
    SituationView {
        id: situation.id.0.clone(),
        capacity: practice.capacity(),
        place: situation.structure.as_ref().and_then(Structure::place),
        mode: situation.mode.as_ref().map(|mode| mode.label.clone()),
        role: situation.role.as_ref().map(|role| role.label.clone()),
    }
}

/// Every capacity once, before one is chosen.
pub(crate) fn capacities(practitioner: &Practitioner) -> String {
    let mut all: Vec<String> = Vec::new();
    for capacity in practitioner.practices.iter().map(ProfessionalPractice::capacity) {
        if !all.contains(&capacity) {
            all.push(capacity);
        }
    }
    all.join(" · ")
}
