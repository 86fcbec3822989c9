//! The browser's part of a sign-out (EXI 20), when the companion itself could not end Pro Santé Connect's session.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use vestibule_model::language::Language;
use vestibule_model::session::SignInId;

use crate::companion::SharedCompanion;
use crate::companion::page::{check_own_form, page_or_problem, shell};
use crate::edge::answer::Refusal;
use crate::edge::params::Params;
use crate::edge::{client_of, cookie, to_completion};
use crate::pages::{self, Page};
use crate::session::{SignOutForm, SignOutRefused, SignOutReturn, SignOutStart};

/// `GET /sign-out?ticket=`: a form that posts itself here. Looking at it has no effect: link scanners look at everything.
pub async fn show(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let params = match Params::from_query(request.uri().query()) {
        Ok(params) => params,
        Err(refused) => return page_or_problem(&companion, cookie::language(request.headers()), Err(refused.into())),
    };
    let language = language_asked(&params, request.headers());
    let mut outcome = start_page(&companion, language, &params, request.headers()).await;
    if let Ok(page) = &mut outcome {
        cookie::set_language(&mut page.headers, request.headers(), language);
    }
    page_or_problem(&companion, language, outcome)
}

/// `POST /sign-out`: uses the ticket and answers with a form that posts itself to Pro Santé Connect; again, for the same browser only.
pub async fn open(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let language = cookie::language(request.headers());
    let outcome = leave(&companion, language, request).await;
    page_or_problem(&companion, language, outcome)
}

/// `GET /psc/logout-return`: Pro Santé Connect may have dropped `state`; the person is then told no more than is known.
pub async fn returned(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let language = cookie::language(&parts.headers);
    let outcome = match Params::from_query(parts.uri.query()) {
        Ok(params) => {
            let presented = (params.optional("state").map(str::to_owned), cookie::read_sign_outs(&parts.headers));
            greeting(&companion, language, presented, client_of(&parts)).await
        }
        Err(refused) => Err(refused.into()),
    };
    page_or_problem(&companion, language, outcome)
}

/// OpenID Connect RP-Initiated Logout names the parameter; without it, as this browser was told before.
fn language_asked(params: &Params, headers: &HeaderMap) -> Language {
    params.optional("ui_locales").map_or_else(|| cookie::language(headers), Language::first_spoken)
}

/// With a cookie of this browser's own already: the answer to the first post may be lost, to a double click among others. Whoever reads a
/// ticket that was used gets neither.
async fn start_page(companion: &SharedCompanion, language: Language, params: &Params, headers: &HeaderMap) -> Result<Page, Refusal> {
    let ticket = params.secret("ticket")?;
    // What is no ticket is not written back into a page.
    let given = match companion.sessions.check_sign_out_ticket(&ticket, &cookie::read_sign_outs(headers)).await? {
        SignOutStart::Finished => return Ok(pages::signed_out(shell(companion, language, None))),
        SignOutStart::Begins(given) => given,
    };
    let mut page = pages::sign_out_start(shell(companion, language, None), &ticket);
    if let Some(browser) = given {
        cookie::set_sign_out(&mut page.headers, &browser);
    }
    Ok(page)
}

async fn leave(companion: &SharedCompanion, language: Language, request: Request) -> Result<Page, Refusal> {
    let (parts, body) = request.into_parts();
    check_own_form(companion, &parts.headers)?;
    let ticket = Params::from_form(&parts.headers, body).await?.secret("ticket")?;
    form(companion, language, ticket, cookie::read_sign_outs(&parts.headers)).await
}

async fn form(
    companion: &SharedCompanion,
    language: Language,
    ticket: SecretString,
    cookies: Vec<(SignInId, SecretString)>,
) -> Result<Page, Refusal> {
    let sessions = companion.sessions.clone();
    let end = match to_completion(async move { sessions.browser_sign_out(&ticket, &cookies).await }).await?? {
        SignOutForm::Finished => return Ok(pages::signed_out(shell(companion, language, None))),
        SignOutForm::Form(end) => end,
    };
    let fields: Vec<(&str, &str)> = end.fields.iter().map(|(name, value)| (*name, value.expose_secret())).collect();
    Ok(pages::sign_out(shell(companion, language, None), &end.action, &fields))
}

async fn greeting(
    companion: &SharedCompanion,
    language: Language,
    (state, cookies): (Option<String>, Vec<(SignInId, SecretString)>),
    from: IpAddr,
) -> Result<Page, Refusal> {
    let sessions = companion.sessions.clone();
    let returned = to_completion(async move { sessions.sign_out_returned(state.as_deref(), &cookies, from).await }).await?;
    let returned = returned.map_err(|error| Refusal::unavailable(error.code()))?;
    tracing::debug!(finished = returned == SignOutReturn::Finished, "A browser came back from a sign-out");
    Ok(match returned {
        SignOutReturn::Finished => pages::signed_out(shell(companion, language, None)),
        SignOutReturn::Unrelated => pages::sign_out_unconfirmed(shell(companion, language, None)),
    })
}

impl From<SignOutRefused> for Refusal {
    fn from(reason: SignOutRefused) -> Self {
        let code = reason.code();
        match reason {
            SignOutRefused::Unknown => Self::new(StatusCode::GONE, "invalid_request", code),
            SignOutRefused::Store(_) => {
                tracing::error!(error.code = %code, "A sign-out ticket could not be used");
                Self::unavailable(code)
            }
        }
    }
}
