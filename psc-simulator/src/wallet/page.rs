//! The pages, rendered from `templates/` with a strict content security policy.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::persona::Persona;
use crate::random;
use crate::realm::Means;
use crate::realm::interaction::{Interaction, Step};
use crate::simulator::Simulator;

use super::panel::{self, Panel};

const CSS: &str = include_str!("../../templates/simulator.css");

/// What every page needs.
struct Frame {
    css: &'static str,
    nonce: String,
    version: &'static str,
    /// Current step, 1 to 4; 0 outside the walk.
    step: u8,
}

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

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage {
    frame: Frame,
    title: &'static str,
    lines: &'static [&'static str],
    /// The parameter at fault; empty when there is none.
    code: &'static str,
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

/// A refusal that cannot be sent back to the service.
pub(crate) fn refusal(status: StatusCode, title: &'static str, at_fault: &'static str) -> Response {
    tracing::info!(parameter = at_fault, "A request of a browser was refused");
    const LINES: &[&str] = &[
        "Le service qui vous envoie ici et le simulateur ne sont pas d’accord. Rien n’a été transmis.",
        "Revenez à votre application et recommencez. Si cela se reproduit, donnez le code ci-dessous à son support.",
    ];
    answer(status, 0, |frame| NoticePage { frame, title, lines: LINES, code: at_fault })
}

/// The end of a logout without a return address.
pub(crate) fn session_closed() -> Response {
    const LINES: &[&str] = &["Vous êtes déconnecté du simulateur.", "Vous pouvez fermer cet onglet."];
    answer(StatusCode::OK, 0, |frame| NoticePage { frame, title: "Session fermée", lines: LINES, code: "" })
}

/// HTML where JSON is due.
pub(crate) fn maintenance() -> Response {
    const LINES: &[&str] = &["Une opération de maintenance est en cours.", "Cette page est une panne simulée."];
    answer(StatusCode::OK, 0, |frame| NoticePage { frame, title: "Service momentanément indisponible", lines: LINES, code: "" })
}

/// What this is for.
pub(super) fn about() -> Response {
    const LINES: &[&str] = &[
        "Ce simulateur tient la place de Pro Santé Connect pendant le développement, les essais et les démonstrations.",
        "Il suit les mêmes étapes, applique les mêmes refus et les mêmes durées. Toutes les personnes y sont inventées.",
        "Le panneau « Pannes à simuler » montre comment votre service se comporte quand quelque chose va mal.",
    ];
    answer(StatusCode::OK, 0, |frame| NoticePage { frame, title: "À quoi sert le simulateur", lines: LINES, code: "" })
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

fn answer<Page: Template>(status: StatusCode, step: u8, page: impl FnOnce(Frame) -> Page) -> Response {
    let Ok(nonce) = random::token() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    // Browsers check form-action along every redirect after a form, and the service's own next hops are not ours to know.
    let policy =
        format!("default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self' http: https:; base-uri 'none'; frame-ancestors 'none'");
    let frame = Frame { css: CSS, nonce, version: env!("CARGO_PKG_VERSION"), step };
    let html = match page(frame).render() {
        Ok(html) => html,
        Err(reason) => {
            tracing::error!(error = %reason, "A page could not be rendered");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
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
            detail: details.into_iter().filter(|detail| !detail.is_empty()).collect::<Vec<_>>().join(" · "),
        }
    }

    fn matches(&self, search: &str) -> bool {
        let search = search.trim().to_lowercase();
        [&self.given_name, &self.family_name, &self.profession, &self.detail].iter().any(|text| text.to_lowercase().contains(&search))
    }
}
