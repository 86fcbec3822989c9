//! Towards browsers: the shell of every page, refusals as pages, and posts that must come from our own forms.

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::header::{ACCEPT, ORIGIN, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use vestibule_model::ErrorCode;
use vestibule_model::language::Language;
use vestibule_model::session::SignInId;

use crate::config::Config;
use crate::measures;
use crate::pages::{self, Look, Page, Shell};
use crate::random::Random;

use super::Companion;
use crate::edge::answer::Refusal;
use crate::edge::language;
use crate::edge::params::Params;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What surrounds every page of this companion.
pub fn shell<'a>(companion: &'a Companion, language: Language, sign_in_id: Option<&'a SignInId>) -> Shell<'a> {
    Shell { language, sign_in_id, ..shell_of(&companion.config, &companion.look, companion.random.as_ref()) }
}

/// What surrounds the pages of a companion configured so, in French.
pub fn shell_of<'a>(config: &'a Config, look: &'a Look, random: &'a dyn Random) -> Shell<'a> {
    let service = &config.service;
    Shell {
        look,
        language: Language::Fr,
        service_name: &service.name,
        environment: config.psc.environment,
        sign_in_id: None,
        public_https: service.is_https(),
        support_contact: service.support_contact.as_deref(),
        random,
    }
}

/// A page, or the refusal as the problem page.
pub fn page_or_problem(companion: &Companion, language: Language, outcome: Result<Page, Refusal>) -> Response {
    match outcome {
        Ok(page) => page.into_response(),
        Err(refusal) => problem(companion, language, &refusal).into_response(),
    }
}

/// The problem page of a refusal.
pub fn problem(companion: &Companion, language: Language, refusal: &Refusal) -> Page {
    measures::failed(refusal.code());
    let mut page = pages::problem(shell(companion, language, refusal.sign_in_id()), refusal.code(), refusal.status());
    if let Some(seconds) = refusal.retry_after_s() {
        page.headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    page
}

/// Refuses a form that another site sent. `Origin` is `null` on our own pages, which say `Referrer-Policy: no-referrer`;
/// browsers too old for `Sec-Fetch-Site` are held back by the form's guard alone.
///
/// # Errors
/// 403.
fn check_own_form(companion: &Companion, headers: &HeaderMap) -> Result<(), Refusal> {
    let value = |name: &HeaderName| headers.get(name).map(HeaderValue::as_bytes);
    let from_elsewhere = value(&SEC_FETCH_SITE).is_some_and(|site| site != b"same-origin");
    let other_origin = value(&ORIGIN).is_some_and(|origin| origin != b"null" && origin != companion.config.service.origin().as_bytes());
    if from_elsewhere || other_origin {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "access_denied", ErrorCode::FormRefused));
    }
    Ok(())
}

/// A form of ours, and what its sender reads the answer in.
///
/// # Errors
/// The problem page: 403 for a form of another site; what [`Params::from_form`] refuses.
pub async fn own_form(companion: &Companion, parts: &Parts, body: Body) -> Result<(Language, Params), Box<Response>> {
    let refused =
        |refusal: Refusal| Box::new(problem(companion, language::of_request(&parts.uri, &parts.headers), &refusal).into_response());
    check_own_form(companion, &parts.headers).map_err(refused)?;
    let params = Params::from_form(&parts.headers, body).await.map_err(|reason| refused(reason.into()))?;
    Ok((language::of_form(&params, &parts.headers), params))
}

/// Whether the client would rather read a page than JSON.
pub fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}
