//! The browser's part of a sign-out (EXI 20), when the companion itself could not end Pro Santé Connect's session.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use secrecy::{ExposeSecret as _, SecretString};
use vestibule_model::language::Language;
use vestibule_model::session::SignInId;

use crate::companion::SharedCompanion;
use crate::companion::page::{own_form, page_or_problem, shell};
use crate::edge::answer::Refusal;
use crate::edge::params::Params;
use crate::edge::{client_of, cookie, language, to_completion};
use crate::pages::{self, Page};
use crate::session::{SignOutBrowser, SignOutForm, SignOutRefused, SignOutReturn, SignOutStart};
use crate::spoken::spoken;

/// `GET /sign-out?ticket=`: a form that posts itself here. Looking at it has no effect: link scanners look at everything.
pub async fn show(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let language = language::of_request(request.uri(), request.headers());
    let outcome = start_page(&companion, language, request.uri(), request.headers()).await;
    page_or_problem(&companion, language, outcome)
}

/// `POST /sign-out`: uses the ticket and answers with a form that posts itself to Pro Santé Connect; again, for the same browser only.
pub async fn open(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (language, params) = match own_form(&companion, &parts, body).await {
        Ok(form) => form,
        Err(page) => return *page,
    };
    let outcome = leave(&companion, language, &params, &parts.headers).await;
    page_or_problem(&companion, language, outcome)
}

/// `GET /psc/logout-return`: Pro Santé Connect may have dropped `state`; the person is then told no more than is known.
pub async fn returned(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let language = language::of_sign_out(&parts.headers);
    let outcome = match Params::from_query(parts.uri.query()) {
        Ok(params) => {
            let presented = (params.optional("state").map(str::to_owned), cookie::read_sign_outs(&parts.headers));
            greeting(&companion, language, presented, client_of(&parts)).await
        }
        Err(refused) => Err(refused.into()),
    };
    page_or_problem(&companion, language, outcome)
}

/// With a cookie of this browser's own already: the answer to the first post may be lost, to a double click among others. Whoever reads a
/// ticket that was used gets neither.
async fn start_page(companion: &SharedCompanion, language: Language, uri: &Uri, headers: &HeaderMap) -> Result<Page, Refusal> {
    let ticket = Params::from_query(uri.query())?.secret("ticket")?;
    // What is no ticket is not written back into a page.
    let given = match companion.sessions.check_sign_out_ticket(&ticket, &cookie::read_sign_outs(headers)).await? {
        SignOutStart::Finished => return Ok(pages::signed_out(shell(companion, language, None))),
        SignOutStart::Begins(given) => given,
    };
    let mut page = pages::sign_out_start(shell(companion, language, None), &ticket);
    if let Some(SignOutBrowser { sign_in_id, cookie }) = given {
        cookie::set_sign_out(&mut page.headers, &SignOutBrowser { sign_in_id, cookie: spoken(cookie, language) });
    }
    Ok(page)
}

async fn leave(companion: &SharedCompanion, language: Language, params: &Params, headers: &HeaderMap) -> Result<Page, Refusal> {
    form(companion, language, params.secret("ticket")?, cookie::read_sign_outs(headers)).await
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
            SignOutRefused::Store(error) => {
                tracing::error!(error.code = %code, %error, "A sign-out ticket could not be used");
                Self::unavailable(code)
            }
        }
    }
}
