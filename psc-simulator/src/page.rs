//! What every page stands on, and the pages that only say something; a strict content security policy for all.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::random;

const CSS: &str = include_str!("../templates/simulator.css");

/// What every page needs.
pub(crate) struct Frame {
    pub css: &'static str,
    pub nonce: String,
    pub version: &'static str,
    /// Current step, 1 to 4; 0 outside the walk.
    pub step: u8,
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

/// A refusal that cannot be sent back to the service.
pub(crate) fn refusal(status: StatusCode, title: &'static str, at_fault: &'static str) -> Response {
    tracing::info!(parameter = at_fault, "A request of a browser was refused");
    const LINES: &[&str] = &[
        "Le service qui vous envoie ici et le simulateur ne sont pas d’accord. Rien n’a été transmis.",
        "Revenez à votre application et recommencez. Si cela se reproduit, donnez le code d’erreur ci-dessous au support.",
    ];
    answer(status, 0, |frame| NoticePage { frame, title, lines: LINES, code: at_fault })
}

/// The end of a logout without a return address.
pub(crate) fn session_closed() -> Response {
    const LINES: &[&str] = &["Votre session du simulateur est fermée.", "Vous pouvez fermer cet onglet."];
    answer(StatusCode::OK, 0, |frame| NoticePage { frame, title: "Session fermée", lines: LINES, code: "" })
}

/// HTML where JSON is due.
pub(crate) fn maintenance() -> Response {
    const LINES: &[&str] = &["Une opération de maintenance est en cours.", "Cette page est une panne simulée."];
    answer(StatusCode::OK, 0, |frame| NoticePage { frame, title: "Service momentanément indisponible", lines: LINES, code: "" })
}

/// What this is for.
pub(crate) fn about() -> Response {
    const LINES: &[&str] = &[
        "Ce simulateur tient la place de Pro Santé Connect pendant le développement, les tests et les démonstrations.",
        "Il suit les mêmes étapes, applique les mêmes refus et les mêmes durées. Toutes les personnes y sont inventées.",
        "Le panneau «\u{a0}Pannes à simuler\u{a0}» permet de voir comment votre logiciel se comporte en cas de panne.",
    ];
    answer(StatusCode::OK, 0, |frame| NoticePage { frame, title: "À quoi sert le simulateur", lines: LINES, code: "" })
}

/// The rendered page, with the headers of every page.
pub(crate) fn answer<Page: Template>(status: StatusCode, step: u8, page: impl FnOnce(Frame) -> Page) -> Response {
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
