//! Where a browser ends: back from the app, signed out, or reading what binds us.

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, Uri};
use secrecy::SecretString;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{SignInEvent, SignInState, SignOutAnswer};
use vestibule_model::language::Language;
use vestibule_model::session::SignInId;

use crate::companion::page::{page_or_problem, problem, shell};
use crate::companion::{Companion, SharedCompanion};
use crate::edge::answer::Refusal;
use crate::edge::language;
use crate::edge::params::Params;
use crate::pages::{self, Destination, LawPages, Page};
use crate::sign_in::{Afterwards, Onward, TypedCode};

use super::browser::cookie_of;

/// `GET /sign-in/return?id=`: the app has its answer, the person may go back to it, or learns why not.
pub async fn returned(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let language = language::of_request(&parts.uri, &parts.headers);
    let outcome = returned_page(&companion, language, &parts.uri, &parts.headers).await;
    page_or_problem(&companion, language, outcome)
}

async fn returned_page(companion: &SharedCompanion, language: Language, uri: &Uri, headers: &HeaderMap) -> Result<Page, Refusal> {
    let params = Params::from_query(uri.query())?;
    let Some(id) = params.optional("id").and_then(|id| SignInId::parse(id).ok()) else {
        return Ok(pages::returned(shell(companion, language, None), None));
    };
    let cookie = cookie_of(companion, &id, headers).await?;
    outcome_page(companion, language, &id, cookie.as_ref()).await
}

/// How an attempt stands, for the person in front of the browser; the browser that signed in, which its cookie tells, may do more.
///
/// # Errors
/// 503.
pub async fn outcome_page(
    companion: &Companion,
    language: Language,
    id: &SignInId,
    cookie: Option<&SecretString>,
) -> Result<Page, Refusal> {
    let afterwards = match cookie {
        Some(cookie) => companion.sign_ins.afterwards(cookie, id).await.map_err(|error| Refusal::unavailable(error.code()))?,
        None => None,
    };
    match afterwards {
        Some(Afterwards::TypeCode(typed)) => return Ok(letters_to_type(companion, language, &typed, false)),
        Some(Afterwards::MayObject { form_guard, device_label }) => {
            let hers = pages::Hers { form_guard: &form_guard, device_label: device_label.as_deref() };
            return Ok(pages::returned(shell(companion, language, Some(id)), Some(hers)));
        }
        Some(Afterwards::SessionEnded { was_open, psc }) => {
            return Ok(pages::disowned(shell(companion, language, Some(id)), was_open, psc.as_ref()));
        }
        None => {}
    }
    // An id that names nothing is not written back into a page.
    let Some(SignInEvent { state, code, .. }) = stands(companion, id).await? else {
        return Ok(pages::returned(shell(companion, language, None), None));
    };
    let psc = match cookie {
        Some(cookie) if state.is_end() => provider_after_end(companion, id, cookie).await?,
        Some(_) | None => None,
    };
    Ok(page_of(companion, language, id, (state, code), psc.as_ref()))
}

/// The page that takes the browser back to the app, or that sends the person back to it. The cookie stays until it ends by itself: asked
/// again, the page is the same, and with it she may still say that she asked for nothing.
///
/// # Errors
/// 503.
pub(super) async fn go_on(
    companion: &Companion,
    language: Language,
    onward: &Onward,
    cookie: Option<&SecretString>,
) -> Result<Page, Refusal> {
    match onward {
        Onward::ReturnToApp(back) => {
            let form_guard = cookie.map(|cookie| companion.sign_ins.form_guard(cookie));
            Ok(pages::leave_for(shell(companion, language, Some(&back.sign_in_id)), &back.url, Destination::App, form_guard.as_ref()))
        }
        Onward::Stay(id) => outcome_page(companion, language, id, cookie).await,
    }
}

/// Where a browser goes whose attempt came to nothing: with that to the app, or to the page that says it.
///
/// # Errors
/// 503.
pub(super) async fn go_back(
    companion: &Companion,
    language: Language,
    onward: &Onward,
    cookie: Option<&SecretString>,
) -> Result<Page, Refusal> {
    let back = match onward {
        Onward::ReturnToApp(back) => back,
        Onward::Stay(id) => return outcome_page(companion, language, id, cookie).await,
    };
    // A listener may be gone in a moment, and sends the browser to a page that says it; an address of the app's scheme leaves this one.
    let psc = match cookie.filter(|_| back.url.scheme() != "http") {
        Some(cookie) => provider_after_end(companion, &back.sign_in_id, cookie).await?,
        None => None,
    };
    Ok(pages::leave_ended(shell(companion, language, Some(&back.sign_in_id)), &back.url, psc.as_ref()))
}

/// The page with the letters; `is_early` to who says that they are typed, when they are not. Keeps the cookie: the page can still say no.
pub(super) fn letters_to_type(companion: &Companion, language: Language, typed: &TypedCode, is_early: bool) -> Page {
    let shown = pages::LettersShown {
        practitioner: &typed.practitioner,
        code: &typed.code,
        sign_in_id: &typed.sign_in_id,
        expires_in_s: typed.expires_in_s,
        form_guard: &typed.form_guard,
        opens_app: typed.opens_app.as_ref(),
        is_early,
    };
    pages::typed_code(shell(companion, language, Some(&typed.sign_in_id)), &shown)
}

/// What is refused to the browser with this cookie, with what is known of Pro Santé Connect's session where its attempt came to nothing.
///
/// # Errors
/// The refusal, of any other browser; 503.
pub(super) async fn refused_page(
    companion: &Companion,
    language: Language,
    refusal: Refusal,
    cookie: Option<&SecretString>,
) -> Result<Page, Refusal> {
    let (Some(id), Some(cookie)) = (refusal.sign_in_id(), cookie) else { return Err(refusal) };
    let psc = provider_after_end(companion, id, cookie).await?;
    Ok(pages::refused(shell(companion, language, Some(id)), refusal.code(), refusal.status(), psc.as_ref()))
}

/// What is known of Pro Santé Connect's session once an attempt came to nothing, for the browser with her cookie.
///
/// # Errors
/// 503.
async fn provider_after_end(companion: &Companion, id: &SignInId, cookie: &SecretString) -> Result<Option<SignOutAnswer>, Refusal> {
    companion.sign_ins.provider_after_end(cookie, id).await.map_err(|error| Refusal::unavailable(error.code()))
}

/// The same for the browser that opened the attempt: it may find back to the page where it is waited for.
///
/// # Errors
/// 503.
pub async fn standing_page(companion: &Companion, language: Language, id: &SignInId, headers: &HeaderMap) -> Result<Page, Refusal> {
    let event = stands(companion, id).await?;
    let confirms = event.is_some_and(|event| {
        event.state == SignInState::Authenticated || (event.state == SignInState::Confirmed && event.confirmation.is_some())
    });
    if confirms {
        return Ok(pages::under_way(shell(companion, language, Some(id)), Some(id)));
    }
    let cookie = cookie_of(companion, id, headers).await?;
    outcome_page(companion, language, id, cookie.as_ref()).await
}

/// How an attempt ended; `None` while it goes on, and for an id that names nothing.
///
/// # Errors
/// 503.
pub async fn ended_page(companion: &Companion, language: Language, id: &SignInId) -> Result<Option<Page>, Refusal> {
    let ended = stands(companion, id).await?.filter(|event| event.state.is_end());
    Ok(ended.map(|event| page_of(companion, language, id, (event.state, event.code), None)))
}

async fn stands(companion: &Companion, id: &SignInId) -> Result<Option<SignInEvent>, Refusal> {
    companion.sign_ins.outcome(id).await.map_err(|error| Refusal::unavailable(error.code()))
}

fn page_of(
    companion: &Companion,
    language: Language,
    id: &SignInId,
    (state, code): (SignInState, Option<ErrorCode>),
    psc: Option<&SignOutAnswer>,
) -> Page {
    let shell = shell(companion, language, Some(id));
    let problem = |code| pages::refused(shell, code, StatusCode::OK, psc);
    match (state, code) {
        (SignInState::Declined, None) => pages::declined(shell, psc),
        (SignInState::Declined, Some(code)) => problem(code),
        (SignInState::Failed, code) => problem(code.unwrap_or(ErrorCode::CompanionFault)),
        (SignInState::Expired, code) => problem(code.unwrap_or(ErrorCode::SignInExpired)),
        (SignInState::Burned, code) => problem(code.unwrap_or(ErrorCode::SignInBurned)),
        (SignInState::Cancelled, code) => problem(code.unwrap_or(ErrorCode::SignInCancelled)),
        (SignInState::Confirmed | SignInState::Redeemed, _) => pages::returned(shell, None),
        (
            SignInState::Created | SignInState::Opened | SignInState::AtProvider | SignInState::Exchanging | SignInState::Authenticated,
            _,
        ) => pages::under_way(shell, None),
    }
}

/// `GET /terms`.
pub async fn terms(State(companion): State<SharedCompanion>, request: Request) -> Response {
    law_pages(&companion, &request).terms.clone().into_response()
}

/// `GET /privacy`.
pub async fn privacy(State(companion): State<SharedCompanion>, request: Request) -> Response {
    law_pages(&companion, &request).privacy.clone().into_response()
}

fn law_pages<'a>(companion: &'a Companion, request: &Request) -> &'a LawPages {
    companion.pages.of(language::of_request(request.uri(), request.headers()))
}

/// `GET /logo`: the picture of the brand, where it has one.
pub async fn logo(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let unknown = || {
        problem(
            &companion,
            language::of_request(request.uri(), request.headers()),
            &Refusal::new(StatusCode::NOT_FOUND, "not_found", ErrorCode::PathUnknown),
        )
        .into_response()
    };
    companion.look.logo().unwrap_or_else(unknown)
}

/// `GET /accessibility`.
pub async fn accessibility(State(companion): State<SharedCompanion>, request: Request) -> Response {
    law_pages(&companion, &request).accessibility.clone().into_response()
}
