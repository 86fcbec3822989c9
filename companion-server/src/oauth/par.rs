//! RFC 9126: the app pushes its request, so that nothing of it ever shows in the browser's address.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use http::StatusCode;
use secrecy::SecretString;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{PushedAuthorizationAnswer, path};
use vestibule_model::language::Language;

use crate::companion::SharedCompanion;
use crate::edge::answer::Refusal;
use crate::edge::params::Params;
use crate::edge::{client_address, to_completion};
use crate::sign_in::{NewSignIn, ReturnAddress, StartRefused, Started, WayBack};

use super::client::{check_client, check_scope, proven_key};

/// `POST /oauth/par`.
///
/// # Errors
/// RFC 6749 errors; 429 when too many sign-ins start.
pub async fn push(
    State(companion): State<SharedCompanion>,
    connection: ConnectInfo<SocketAddr>,
    request: Request,
) -> Result<(StatusCode, Json<PushedAuthorizationAnswer>), Refusal> {
    let (parts, body) = request.into_parts();
    let jkt = proven_key(&companion, &parts).await?;
    let params = Params::from_form(&parts.headers, body).await?;
    check_client(&companion, &parts, &params)?;
    check_scope(&params)?;
    let wanted = read(&params, jkt, client_address(connection))?;
    let sign_ins = companion.sign_ins.clone();
    let started = to_completion(async move { sign_ins.start(wanted).await }).await??;
    Ok((StatusCode::CREATED, Json(answer(&companion, started))))
}

pub(super) fn read(params: &Params, jkt: String, client_address: std::net::IpAddr) -> Result<NewSignIn, Refusal> {
    if params.required("response_type")? != "code" {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "unsupported_response_type", ErrorCode::RequestMalformed).naming("response_type"));
    }
    if params.optional("response_mode").is_some_and(|mode| mode != "query") {
        return Err(Refusal::parameter("response_mode"));
    }
    // RFC 9126 section 2.1 forbids request_uri here; request objects (RFC 9101) are not taken.
    if let Some(name) = ["request_uri", "request"].into_iter().find(|name| params.optional(name).is_some()) {
        return Err(Refusal::parameter(name));
    }
    check_challenge(params)?;
    check_key(params, &jkt)?;
    Ok(NewSignIn {
        jkt,
        client_address,
        way_back: way_back(params)?,
        code_challenge: params.required("code_challenge")?.to_owned(),
        device_label: params.optional("device_label").map(str::to_owned),
        enrolment_token: params.optional("enrolment_token").map(SecretString::from),
        language: language_asked(params),
    })
}

/// Of the pages to come.
pub(super) fn language_asked(params: &Params) -> Language {
    params.optional("ui_locales").map_or(Language::Fr, Language::first_spoken)
}

/// RFC 7636: S256 only.
pub(super) fn check_challenge(params: &Params) -> Result<(), Refusal> {
    match params.required("code_challenge_method")? {
        "S256" => Ok(()),
        _ => Err(Refusal::parameter("code_challenge_method")),
    }
}

/// RFC 9449 section 10: a key that is announced is the one that signed.
pub(super) fn check_key(params: &Params, jkt: &str) -> Result<(), Refusal> {
    match params.optional("dpop_jkt") {
        Some(announced) if announced != jkt => {
            Err(Refusal::new(StatusCode::BAD_REQUEST, "invalid_dpop_proof", ErrorCode::ProofRefused).naming("dpop_jkt"))
        }
        _ => Ok(()),
    }
}

/// By the scheme of the address alone; whether the address is one of the app's is judged later.
fn way_back(params: &Params) -> Result<WayBack, Refusal> {
    let address =
        ReturnAddress { redirect_uri: params.required("redirect_uri")?.to_owned(), app_state: params.required("state")?.to_owned() };
    Ok(if address.redirect_uri.starts_with("http:") { WayBack::Loopback(address) } else { WayBack::Scheme(address) })
}

fn answer(companion: &SharedCompanion, started: Started) -> PushedAuthorizationAnswer {
    let events = format!("{}/{}/events", path::SIGN_INS, started.sign_in_id);
    PushedAuthorizationAnswer {
        request_uri: started.request_uri.into(),
        expires_in: started.request_expires_in_s,
        events_uri: companion.config.service.address(&events),
        sign_in_id: started.sign_in_id,
        match_number: started.match_number.into(),
        confirmation: started.confirmation,
        sign_in_expires_in: started.expires_in_s,
        exchanges: started.exchanges,
    }
}

impl From<StartRefused> for Refusal {
    fn from(reason: StartRefused) -> Self {
        let code = reason.code();
        match reason {
            StartRefused::Malformed(name) => Self::parameter(name),
            StartRefused::ReturnAddress | StartRefused::Enrolment | StartRefused::GroupGone => Self::invalid_request(code),
            StartRefused::Exchange { open } => Self::invalid_request(code).open_to(open),
            StartRefused::TooMany { retry_after_s } => Self::too_many(retry_after_s),
            StartRefused::Store(error) => {
                tracing::error!(error.code = %code, %error, "A sign-in could not be stored");
                Self::unavailable(code)
            }
        }
    }
}
