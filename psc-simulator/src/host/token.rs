//! Codes and refresh tokens against tokens.

use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, Extension, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use crate::fault::Fault;
use crate::parameters::Parameters;
use crate::realm::{GrantRefused, Granted};
use crate::simulator::Simulator;
use crate::tls::Caller;

use super::{Refused, claims, credentials};

pub(super) async fn token(
    State(simulator): State<Arc<Simulator>>,
    Extension(parameters): Extension<Parameters>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let client = credentials::authenticate(&simulator, &headers, &parameters, &caller)?;
    let certificate = caller.certificate.map(|certificate| certificate.thumbprint).filter(|_| simulator.bind_tokens);
    let granted = match parameters.get("grant_type") {
        Some("authorization_code") => redeem(&simulator, &parameters, &client.id, certificate)?,
        Some("refresh_token") => refresh(&simulator, &parameters, &client.id, certificate.as_deref())?,
        Some(_) => return Err(Refused::bad_request("unsupported_grant_type", "Unsupported grant_type")),
        None => return Err(Refused::bad_request("invalid_request", "Missing form parameter: grant_type")),
    };
    let answer = claims::token_answer(&simulator, &granted).map_err(|reason| Refused::server_error(&reason))?;
    tracing::info!(client.id = client.id, grant_type = parameters.get("grant_type"), "Tokens were issued");
    Ok(([(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")], Json(answer)).into_response())
}

fn redeem(simulator: &Simulator, parameters: &Parameters, client_id: &str, certificate: Option<String>) -> Result<Granted, Refused> {
    let code = required(parameters, "code")?;
    let now = simulator.clock.now();
    let (redirect_uri, verifier) = (parameters.get("redirect_uri"), parameters.get("code_verifier"));
    let certificate =
        if simulator.has_fault(client_id, &Fault::TokenBoundElsewhere) { Some("another-certificate".to_owned()) } else { certificate };
    simulator.realm().redeem(code, client_id, redirect_uri, verifier, certificate, now).map_err(invalid_grant)
}

fn refresh(simulator: &Simulator, parameters: &Parameters, client_id: &str, certificate: Option<&str>) -> Result<Granted, Refused> {
    let token = required(parameters, "refresh_token")?;
    if parameters.get("scope").is_some_and(|scope| !crate::wallet::is_the_scope(scope)) {
        return Err(Refused::bad_request("invalid_scope", "Invalid scopes"));
    }
    let rotate = !simulator.has_fault(client_id, &Fault::RefreshReusable);
    let now = simulator.clock.now();
    simulator.realm().refresh(token, client_id, certificate, rotate, now).map_err(invalid_grant)
}

fn required<'parameters>(parameters: &'parameters Parameters, name: &str) -> Result<&'parameters str, Refused> {
    parameters.get(name).ok_or_else(|| Refused::bad_request("invalid_request", format!("Missing parameter: {name}")))
}

fn invalid_grant(reason: GrantRefused) -> Refused {
    Refused::bad_request("invalid_grant", reason.to_string())
}
