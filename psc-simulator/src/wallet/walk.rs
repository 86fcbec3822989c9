//! The pages of the walk, rendered from `templates/`.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::page::{Frame, answer};
use crate::persona::Persona;
use crate::realm::Means;
use crate::realm::interaction::{Interaction, Step};
use crate::simulator::Simulator;

use super::panel::{self, Panel};

/// What every page of the walk needs besides.
struct Walk {
    interaction: String,
    client: String,
    panel: Panel,
}

struct Card {
    id: String,
    initials: String,
    title: String,
    given_name: String,
    family_name: String,
    profession: String,
    detail: String,
}

#[derive(Template)]
#[template(path = "means.html")]
struct MeansPage {
    frame: Frame,
    walk: Walk,
}

#[derive(Template)]
#[template(path = "persona.html")]
struct PersonaPage {
    frame: Frame,
    walk: Walk,
    search: String,
    cards: Vec<Card>,
}

#[derive(Template)]
#[template(path = "approve.html")]
struct ApprovePage {
    frame: Frame,
    walk: Walk,
    card: Card,
    means: Means,
    number: u8,
    /// Number and decision of each button.
    numbers: [(u8, &'static str); 3],
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    frame: Frame,
    walk: Walk,
    card: Card,
    means: Means,
    resumed: bool,
}

/// The page of the current step.
pub(super) fn step(simulator: &Simulator, id: &str, interaction: &Interaction, search: &str) -> Response {
    let walk = Walk {
        interaction: id.to_owned(),
        client: simulator.client(&interaction.asked.client_id).map(|client| client.name.clone()).unwrap_or_default(),
        panel: panel::of(simulator, &interaction.asked.client_id),
    };
    match &interaction.step {
        Step::Means => answer(StatusCode::OK, 1, |frame| MeansPage { frame, walk }),
        Step::Persona { .. } => answer(StatusCode::OK, 2, |frame| PersonaPage {
            frame,
            walk,
            search: search.to_owned(),
            cards: simulator.personas.iter().map(Card::of).filter(|card| card.matches(search)).collect(),
        }),
        Step::Approve { means, persona, number } => match simulator.persona(persona) {
            Some(persona) => answer(StatusCode::OK, 3, |frame| ApprovePage {
                frame,
                walk,
                card: Card::of(persona),
                means: *means,
                number: *number,
                numbers: numbers(*number),
            }),
            None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
        Step::Confirm { means, persona } => confirm(simulator, walk, persona, *means, false),
        Step::Resume { session } => {
            let found = simulator.realm().live_session(session, simulator.clock.now()).cloned();
            match found {
                Some(session) => confirm(simulator, walk, &session.persona, session.means, true),
                None => answer(StatusCode::OK, 1, |frame| MeansPage { frame, walk }),
            }
        }
    }
}

fn confirm(simulator: &Simulator, walk: Walk, persona: &str, means: Means, resumed: bool) -> Response {
    let Some(persona) = simulator.persona(persona) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    answer(StatusCode::OK, if resumed { 0 } else { 4 }, |frame| ConfirmPage { frame, walk, card: Card::of(persona), means, resumed })
}

/// The shown number among two others, in an order that depends on it.
fn numbers(number: u8) -> [(u8, &'static str); 3] {
    let other = |offset: u8| (10 + (number - 10 + offset) % 90, "mismatch");
    let mut numbers = [(number, "approve"), other(28), other(56)];
    numbers.sort_unstable();
    numbers
}

impl Card {
    fn of(persona: &Persona) -> Self {
        let situations = match persona.situations() {
            0 => String::new(),
            1 => "1\u{a0}situation".to_owned(),
            count => format!("{count}\u{a0}situations"),
        };
        let details = [situations.as_str(), persona.note.as_str()];
        Self {
            id: persona.id.clone(),
            initials: persona.initials(),
            title: persona.title.clone(),
            given_name: persona.claim("given_name").to_owned(),
            family_name: persona.claim("family_name").to_owned(),
            profession: persona.profession.clone(),
            detail: details.into_iter().filter(|detail| !detail.is_empty()).collect::<Vec<_>>().join(", "),
        }
    }

    fn matches(&self, search: &str) -> bool {
        let search = search.trim().to_lowercase();
        [&self.given_name, &self.family_name, &self.profession, &self.detail].iter().any(|text| text.to_lowercase().contains(&search))
    }
}
