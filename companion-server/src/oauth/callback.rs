//! Pro Santé Connect's answer, in the browser that left for it.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use http::{HeaderMap, HeaderValue, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use vestibule_model::exchange::path;
use vestibule_model::language::Language;
use vestibule_model::session::SignInId;

use crate::companion::page::page_or_problem;
use crate::companion::{Companion, SharedCompanion};
use crate::edge::answer::Refusal;
use crate::edge::params::Params;
use crate::edge::{client_address, cookie, language};
use crate::pages::{Page, field};
use crate::provider_name::ProviderName;
use crate::sign_in::{AfterCallback, Callback, CallbackRefused, Onward};

use crate::spoken::language_of;

use super::browser::cookie_of;
use super::farewell::{go_back, go_on, refused_page};

/// `GET /psc/callback`. What Pro Santé Connect says in words (`error_description`) is never read.
pub async fn take(State(companion): State<SharedCompanion>, connection: ConnectInfo<SocketAddr>, request: Request) -> Response {
    let headers = request.headers().clone();
    match after(&companion, connection, request).await {
        Ok(AfterCallback::Confirm { sign_in_id, cookie }) => to_confirmation(&sign_in_id, &cookie),
        Ok(AfterCallback::StraightOn { onward, cookie }) => {
            let language = language_of(cookie.expose_secret());
            let mut outcome = go_on(&companion, language, &onward, Some(&cookie)).await;
            if let Ok(page) = &mut outcome {
                cookie::set(&mut page.headers, onward.sign_in_id(), &cookie);
            }
            page_or_problem(&companion, language, outcome)
        }
        Ok(AfterCallback::Onward { onward, code: _ }) => {
            let language = language::of_browser(Some(onward.sign_in_id()), &headers);
            page_or_problem(&companion, language, came_to_nothing(&companion, language, &onward, &headers).await)
        }
        Err(refusal) => {
            let language = language::of_browser(refusal.sign_in_id(), &headers);
            page_or_problem(&companion, language, refused(&companion, language, refusal, &headers).await)
        }
    }
}

async fn came_to_nothing(companion: &Companion, language: Language, onward: &Onward, headers: &HeaderMap) -> Result<Page, Refusal> {
    let cookie = cookie_of(companion, onward.sign_in_id(), headers).await?;
    go_back(companion, language, onward, cookie.as_ref()).await
}

async fn refused(companion: &Companion, language: Language, refusal: Refusal, headers: &HeaderMap) -> Result<Page, Refusal> {
    let cookie = match refusal.sign_in_id() {
        Some(id) => cookie_of(companion, id, headers).await?,
        None => None,
    };
    refused_page(companion, language, refusal, cookie.as_ref()).await
}

async fn after(companion: &SharedCompanion, connection: ConnectInfo<SocketAddr>, request: Request) -> Result<AfterCallback, Refusal> {
    let params = Params::from_query(request.uri().query())?;
    let secret = |name: &str| params.optional(name).map(SecretString::from);
    let callback = Callback {
        provider: ProviderName::PSC,
        state: params.secret("state")?,
        code: secret("code"),
        error: params.optional("error").map(str::to_owned),
        iss: params.optional("iss").map(str::to_owned),
        cookies: cookie::read(request.headers()),
        client_address: client_address(connection),
    };
    Ok(companion.sign_ins.callback(callback).await?)
}

/// A redirect, so that the code leaves the address bar.
fn to_confirmation(id: &SignInId, cookie: &SecretString) -> Response {
    let Ok(location) = HeaderValue::try_from(format!("{}?{}={id}", path::CONFIRM, field::SIGN_IN)) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut headers = HeaderMap::new();
    headers.insert(LOCATION, location);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    cookie::set(&mut headers, id, cookie);
    (StatusCode::SEE_OTHER, headers).into_response()
}

impl From<CallbackRefused> for Refusal {
    fn from(reason: CallbackRefused) -> Self {
        let code = reason.code();
        match reason {
            CallbackRefused::Unknown => Self::invalid_request(code),
            CallbackRefused::Malformed(id) | CallbackRefused::BrowserMismatch(id) => Self::invalid_request(code).about(id),
            CallbackRefused::Replayed(id) => Self::new(StatusCode::CONFLICT, "invalid_request", code).about(id),
            CallbackRefused::Over { id, .. } => Self::new(StatusCode::GONE, "invalid_request", code).about(id),
            CallbackRefused::Store(error) => {
                tracing::error!(error.code = %code, %error, "An answer of Pro Santé Connect could not be taken");
                Self::unavailable(code)
            }
        }
    }
}
