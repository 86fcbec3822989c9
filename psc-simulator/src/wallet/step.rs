//! The person's walk: means, persona, approval, confirmation; or, already signed in, a confirmation only.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::page;
use crate::parameters::Parameters;
use crate::random::{self, NoRandomness};
use crate::realm::Means;
use crate::realm::interaction::{Interaction, Step};
use crate::simulator::Simulator;

use super::{back, back_with_error, cookie, delegation, panel, walk};

/// Where the current step of an interaction is shown.
pub(super) fn address(interaction: &str) -> String {
    format!("/auth/step?interaction={interaction}")
}

pub(super) async fn show(State(simulator): State<Arc<Simulator>>, Extension(parameters): Extension<Parameters>) -> Response {
    match held(&simulator, &parameters) {
        Some((id, interaction)) => walk::step(&simulator, &id, &interaction, parameters.get("search").unwrap_or_default()),
        None => forgotten(),
    }
}

pub(super) async fn answer(State(simulator): State<Arc<Simulator>>, Extension(parameters): Extension<Parameters>) -> Response {
    let Some((id, interaction)) = held(&simulator, &parameters) else { return forgotten() };
    panel::apply(&simulator, &interaction.asked.client_id, &parameters);
    let decision = parameters.get("decision");
    if decision == Some("cancel") {
        return cancelled(&simulator, &id, &interaction, "The user cancelled");
    }
    let moved = match &interaction.step {
        Step::Means => chosen_means(&parameters).map(|means| Step::Persona { means }).map_or(Move::Stay, Move::To),
        Step::Persona { means } => match parameters.get("persona").filter(|persona| simulator.persona(persona).is_some()) {
            Some(persona) => match random::two_digits() {
                Ok(number) => Move::To(Step::Approve { means: *means, persona: persona.to_owned(), number }),
                Err(NoRandomness) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            },
            None if decision == Some("back") => Move::To(Step::Means),
            None => Move::Stay,
        },
        Step::Approve { means, persona, .. } => match decision {
            Some("approve") => Move::To(Step::Confirm { means: *means, persona: persona.clone() }),
            Some("mismatch") => return cancelled(&simulator, &id, &interaction, "The number did not match"),
            _ => Move::Stay,
        },
        Step::Confirm { means, persona } => match decision {
            Some("approve") => Move::SignIn { means: *means, persona: persona.clone() },
            Some("other") => Move::To(Step::Persona { means: *means }),
            _ => Move::Stay,
        },
        Step::Resume { session } => match decision {
            Some("approve") => Move::Continue { session: session.clone() },
            Some("other") => Move::To(Step::Means),
            _ => Move::Stay,
        },
    };
    match moved {
        Move::Stay => {}
        Move::To(step) => simulator.realm().interactions.advance(&id, step),
        Move::SignIn { means, persona } => return sign_in(&simulator, &id, &interaction, means, &persona),
        Move::Continue { session } => {
            if let Some(response) = proceed(&simulator, &id, &interaction, &session) {
                return response;
            }
            // The session ended while the page was open.
            simulator.realm().interactions.advance(&id, Step::Means);
        }
    }
    (StatusCode::SEE_OTHER, [(header::LOCATION, address(&id))]).into_response()
}

enum Move {
    Stay,
    To(Step),
    SignIn { means: Means, persona: String },
    Continue { session: String },
}

fn held(simulator: &Simulator, parameters: &Parameters) -> Option<(String, Interaction)> {
    let id = parameters.get("interaction")?;
    let interaction = simulator.realm().interactions.get(id)?.clone();
    Some((id.to_owned(), interaction))
}

fn forgotten() -> Response {
    page::refusal(StatusCode::NOT_FOUND, "Cette demande de connexion n’existe plus", "interaction")
}

fn chosen_means(parameters: &Parameters) -> Option<Means> {
    match parameters.get("means")? {
        "card" => Some(Means::Card),
        "mobile" => Some(Means::Mobile),
        _ => None,
    }
}

fn cancelled(simulator: &Simulator, id: &str, interaction: &Interaction, reason: &str) -> Response {
    simulator.realm().interactions.close(id);
    back_with_error(simulator, &interaction.asked, "access_denied", reason)
}

fn sign_in(simulator: &Simulator, id: &str, interaction: &Interaction, means: Means, persona: &str) -> Response {
    let opened = simulator.realm().open_session(persona, means, simulator.clock.now());
    let Ok((session, cookie)) = opened else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let Some(mut response) = proceed(simulator, id, interaction, &session) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if let Ok(kept) = HeaderValue::from_str(&cookie::kept(&cookie)) {
        response.headers_mut().insert(header::SET_COOKIE, kept);
    }
    delegation::remember(simulator, &interaction.asked, persona, means, &mut response);
    response
}

/// Back to the service with a code; `None` when the session no longer lives.
fn proceed(simulator: &Simulator, id: &str, interaction: &Interaction, session: &str) -> Option<Response> {
    let now = simulator.clock.now();
    let code = {
        let mut realm = simulator.realm();
        realm.live_session(session, now)?;
        realm.interactions.close(id);
        realm.issue_code(interaction.asked.clone(), session, now)
    };
    let Ok(code) = code else { return Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()) };
    tracing::info!(client.id = interaction.asked.client_id, "A person was sent back with a code");
    Some(back(simulator, &interaction.asked, &[("code", &code), ("session_state", session)]))
}
