//! RFC 8628 section 3.1, with the PKCE and DPoP bindings of a pushed request: the app starts, and asks for its session by itself.

use std::net::{IpAddr, SocketAddr};

use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use secrecy::SecretString;
use url::Url;
use vestibule_model::exchange::{DeviceAuthorizationAnswer, path};

use crate::companion::SharedCompanion;
use crate::edge::answer::Refusal;
use crate::edge::params::Params;
use crate::edge::{client_address, to_completion};
use crate::sign_in::{NewSignIn, POLL_INTERVAL_S, Started, WayBack};

use super::client::{check_client, check_scope, proven_key};
use super::par::{check_challenge, check_key, language_asked};

/// `POST /oauth/device_authorization`.
///
/// # Errors
/// RFC 6749 errors; 429 when too many sign-ins start.
pub async fn start(
    State(companion): State<SharedCompanion>,
    connection: ConnectInfo<SocketAddr>,
    request: Request,
) -> Result<Json<DeviceAuthorizationAnswer>, Refusal> {
    let (parts, body) = request.into_parts();
    let jkt = proven_key(&companion, &parts).await?;
    let params = Params::from_form(&parts.headers, body).await?;
    check_client(&companion, &parts, &params)?;
    check_scope(&params)?;
    let wanted = read(&params, jkt, client_address(connection))?;
    let sign_ins = companion.sign_ins.clone();
    let started = to_completion(async move { sign_ins.start(wanted).await }).await??;
    Ok(Json(answer(&companion, started)?))
}

fn read(params: &Params, jkt: String, client_address: IpAddr) -> Result<NewSignIn, Refusal> {
    check_challenge(params)?;
    check_key(params, &jkt)?;
    Ok(NewSignIn {
        jkt,
        client_address,
        way_back: WayBack::Polling,
        code_challenge: params.required("code_challenge")?.to_owned(),
        device_label: params.optional("device_label").map(str::to_owned),
        enrolment_token: params.optional("enrolment_token").map(SecretString::from),
        language: language_asked(params),
    })
}

fn answer(companion: &SharedCompanion, started: Started) -> Result<DeviceAuthorizationAnswer, Refusal> {
    let service = &companion.config.service;
    let mut page = Url::parse(&service.address(path::AUTHORIZE)).map_err(|_| Refusal::fault())?;
    page.query_pairs_mut().append_pair("client_id", &companion.config.client.id).append_pair("request_uri", &started.request_uri);
    let device_code = started.device_code.ok_or_else(Refusal::fault)?;
    Ok(DeviceAuthorizationAnswer {
        device_code: (&device_code).into(),
        user_code: started.sign_in_id.to_string(),
        verification_uri: page.as_str().into(),
        verification_uri_complete: String::from(page).into(),
        expires_in: started.expires_in_s,
        interval: POLL_INTERVAL_S,
        link_expires_in: started.request_expires_in_s,
        events_uri: service.address(&format!("{}/{}/events", path::SIGN_INS, started.sign_in_id)),
        sign_in_id: started.sign_in_id,
        match_number: started.match_number.into(),
        confirmation: started.confirmation,
        exchanges: started.exchanges,
    })
}
