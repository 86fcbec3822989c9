//! The page that leads to Pro Santé Connect. Looking at it has no effect: link scanners look at everything.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use vestibule_model::ErrorCode;
use vestibule_model::exchange::path;
use vestibule_model::language::Language;

use crate::companion::page::{own_form, page_or_problem, shell};
use crate::companion::{Companion, SharedCompanion};
use crate::edge::answer::Refusal;
use crate::edge::params::Params;
use crate::edge::{client_address, cookie, language, to_completion};
use crate::pages::{self, AuthorizeForm, Destination, Page, field};
use crate::random::secret_256;
use crate::sign_in::{Onward, OpenRefused, Opened};
use crate::spoken::spoken;

use super::farewell::standing_page;

/// Times that a first page is shown again whose cookie another page keeps pushing out. It posts itself: without an end it would go round.
const MOST_SHOWN_AGAIN: u8 = 3;

/// `GET /oauth/authorize`: a form that posts itself. The browser is given the cookie of this attempt, which its post must bring back.
pub async fn show(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let language = language::of_request(&parts.uri, &parts.headers);
    let outcome = authorize_page(&companion, language, &parts.uri, &parts.headers).await;
    page_or_problem(&companion, language, outcome)
}

/// `POST /oauth/authorize`: consumes the request and leaves for Pro Santé Connect.
pub async fn open(State(companion): State<SharedCompanion>, connection: ConnectInfo<SocketAddr>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (language, params) = match own_form(&companion, &parts, body).await {
        Ok(form) => form,
        Err(page) => return *page,
    };
    let outcome = leave(&companion, language, connection, &params, &parts.headers).await;
    page_or_problem(&companion, language, outcome)
}

async fn authorize_page(companion: &SharedCompanion, language: Language, uri: &Uri, headers: &HeaderMap) -> Result<Page, Refusal> {
    let params = Params::from_query(uri.query())?;
    first_page(companion, language, read(companion, &params)?, headers).await
}

async fn first_page(
    companion: &SharedCompanion,
    language: Language,
    form: AuthorizeForm<'_>,
    headers: &HeaderMap,
) -> Result<Page, Refusal> {
    let cookies = cookie::read(headers);
    let waiting = match companion.sign_ins.page(form.request_uri, &cookies).await {
        Err(OpenRefused::Past(id)) => return standing_page(companion, language, &id, headers).await,
        waiting => waiting?,
    };
    let form = AuthorizeForm { device_label: waiting.device_label.as_deref(), expires_in_s: waiting.expires_in_s, ..form };
    let id = &waiting.sign_in_id;
    let mut page = pages::authorize(shell(companion, language, Some(id)), form);
    // A page shown twice, in two tabs or after a reload, keeps the one it has.
    if cookies.of(id).next().is_none() && is_shown(headers) {
        companion.sign_ins.make_room(id, &cookies).await?.iter().for_each(|other| cookie::take_back(&mut page.headers, other));
        cookie::set(&mut page.headers, id, &spoken(secret_256(companion.random.as_ref()), language));
    }
    Ok(page)
}

/// Whether a person will see the answer: what another page fetches, frames or has fetched in advance is shown to nobody, or not yet, and takes
/// no place among the cookies; a page fetched in advance is shown again once its form comes. Browsers of before 2023 do not say.
fn is_shown(headers: &HeaderMap) -> bool {
    let says = |name: &str, expected: &str| headers.get(name).is_none_or(|value| value.as_bytes() == expected.as_bytes());
    let in_advance = headers.contains_key("sec-purpose");
    !in_advance && says("sec-fetch-mode", "navigate") && says("sec-fetch-dest", "document")
}

async fn leave(
    companion: &SharedCompanion,
    language: Language,
    connection: ConnectInfo<SocketAddr>,
    params: &Params,
    headers: &HeaderMap,
) -> Result<Page, Refusal> {
    let (form, cookies) = (read(companion, params)?, cookie::read(headers));
    let request_uri = form.request_uri.to_owned();
    let (sign_ins, address) = (companion.sign_ins.clone(), client_address(connection));
    match to_completion(async move { sign_ins.open(&request_uri, &cookies, address).await }).await? {
        Ok(Opened { sign_in_id, cookie, provider_url, expires_in_s }) => {
            let shell = shell(companion, language, Some(&sign_in_id));
            let mut page = pages::leave_for(shell, &provider_url, Destination::Provider { expires_in_s }, None);
            cookie::set(&mut page.headers, &sign_in_id, &cookie);
            Ok(page)
        }
        Err(OpenRefused::CookieGivenBack(_)) if form.shown_again < MOST_SHOWN_AGAIN => {
            first_page(companion, language, AuthorizeForm { shown_again: form.shown_again + 1, ..form }, headers).await
        }
        Err(OpenRefused::Past(_)) => Ok(Page::elsewhere(&address_of(form))),
        Err(OpenRefused::Failed { code, onward: Onward::ReturnToApp(back) }) => {
            tracing::warn!(sign_in.id = %back.sign_in_id, error.code = %code, "The browser goes back to the app: the way to Pro Santé Connect is closed");
            Ok(pages::leave_for(shell(companion, language, Some(&back.sign_in_id)), &back.url, Destination::App, None))
        }
        // In the polling exchange the app learns it by itself, and the person from the problem page.
        Err(refused) => Err(refused.into()),
    }
}

/// Where this page was asked for.
fn address_of(form: AuthorizeForm<'_>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("client_id", form.client_id).append_pair("request_uri", form.request_uri);
    format!("{}?{}", path::AUTHORIZE, query.finish())
}

fn read<'a>(companion: &Companion, params: &'a Params) -> Result<AuthorizeForm<'a>, Refusal> {
    let client_id = params.required("client_id")?;
    if client_id != companion.config.client.id {
        return Err(Refusal::invalid_request(ErrorCode::ClientUnknown));
    }
    let shown_again = params.optional(field::AGAIN).map_or(0, |times| times.parse().unwrap_or(MOST_SHOWN_AGAIN));
    Ok(AuthorizeForm { client_id, request_uri: params.required("request_uri")?, device_label: None, expires_in_s: 0, shown_again })
}

impl From<OpenRefused> for Refusal {
    fn from(reason: OpenRefused) -> Self {
        let code = reason.code();
        match reason {
            OpenRefused::Unknown => Self::new(StatusCode::NOT_FOUND, "invalid_request_uri", code),
            OpenRefused::AlreadyOpened(id) | OpenRefused::Past(id) | OpenRefused::Over { id, .. } => {
                Self::new(StatusCode::GONE, "invalid_request_uri", code).about(id)
            }
            OpenRefused::BrowserFull(id) | OpenRefused::CookieGivenBack(id) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", code).about(id)
            }
            OpenRefused::Failed { onward, .. } => {
                Self::new(StatusCode::BAD_GATEWAY, "temporarily_unavailable", code).about(onward.sign_in_id().clone())
            }
            OpenRefused::Store(error) => {
                tracing::error!(error.code = %code, %error, "A sign-in could not be opened");
                Self::unavailable(code)
            }
        }
    }
}
