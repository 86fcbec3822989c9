//! The wallet: the browser's front, in French, without script.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use url::Url;

use crate::fault::IssParameter;
use crate::journal::Door;
use crate::page;
use crate::parameters::Parameters;
use crate::random::NoRandomness;
use crate::realm::interaction::Step;
use crate::realm::{Asked, Challenge};
use crate::received::receive;
use crate::settings::Client;
use crate::simulator::Simulator;

pub(crate) mod cookie;
mod delegation;
mod panel;
mod step;
mod walk;

/// The alias that leads to the establishment's own provider, which the simulator plays; any other one leads to the ordinary page.
pub(crate) const LOCAL_PROVIDER: &str = "etablissement-exemple";

/// The routes of the wallet.
pub(crate) fn router(simulator: Arc<Simulator>) -> Router {
    Router::new()
        .route("/auth", get(authorize))
        .route("/auth/", get(authorize))
        .route("/auth/step", get(step::show).post(step::answer))
        .route("/about", get(about))
        .layer(middleware::from_fn_with_state((Arc::clone(&simulator), Door::Wallet), receive))
        .with_state(simulator)
}

/// Whether a scope is the only one Pro Santé Connect grants: `openid scope_all` (EXI 17).
pub(crate) fn is_the_scope(scope: &str) -> bool {
    let mut names: Vec<&str> = scope.split(' ').collect();
    names.sort_unstable();
    names == ["openid", "scope_all"]
}

async fn about() -> Response {
    page::about()
}

async fn authorize(State(simulator): State<Arc<Simulator>>, Extension(parameters): Extension<Parameters>, headers: HeaderMap) -> Response {
    let client = match trusted_return(&simulator, &parameters) {
        Ok(client) => client,
        Err(at_fault) => return page::refusal(StatusCode::BAD_REQUEST, "Cette demande de connexion n’est pas recevable", at_fault),
    };
    let asked = Asked {
        client_id: client.id.clone(),
        redirect_uri: parameters.get("redirect_uri").unwrap_or_default().to_owned(),
        state: parameters.get("state").map(ToOwned::to_owned),
        nonce: parameters.get("nonce").map(ToOwned::to_owned),
        challenge: None,
        delegated: parameters.get("kc_idp_hint") == Some(LOCAL_PROVIDER),
    };
    let asked = match checked(asked.clone(), &parameters) {
        Ok(asked) => asked,
        Err((error, description)) => return back_with_error(&simulator, &asked, error, description),
    };
    let asks_anew = parameters.get("prompt") == Some("login");
    if let Some(response) = delegation::straight_through(&simulator, &asked, asks_anew, &headers) {
        return response;
    }
    match open(&simulator, asked, asks_anew, &headers) {
        Ok(id) => {
            tracing::info!(client.id = client.id, "A sign-in page was opened");
            (StatusCode::SEE_OTHER, [(header::LOCATION, step::address(&id))]).into_response()
        }
        Err(NoRandomness) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The client, when the return address is its own; otherwise the name of the parameter at fault: nothing may be sent there.
fn trusted_return<'simulator>(simulator: &'simulator Simulator, parameters: &Parameters) -> Result<&'simulator Client, &'static str> {
    let client = parameters.get("client_id").and_then(|id| simulator.client(id)).ok_or("client_id")?;
    let asked = parameters.get("redirect_uri").ok_or("redirect_uri")?;
    if !client.redirect_uris.iter().any(|declared| declared == asked) || Url::parse(asked).is_err() {
        return Err("redirect_uri");
    }
    Ok(client)
}

fn checked(asked: Asked, parameters: &Parameters) -> Result<Asked, (&'static str, &'static str)> {
    if parameters.repeated().is_some() {
        return Err(("invalid_request", "duplicated parameter"));
    }
    match parameters.get("response_type") {
        Some("code") => {}
        Some(_) => return Err(("unsupported_response_type", "response_type must be code")),
        None => return Err(("invalid_request", "Missing parameter: response_type")),
    }
    if !parameters.get("scope").is_some_and(is_the_scope) {
        return Err(("invalid_scope", "scope must be openid scope_all"));
    }
    if parameters.get("acr_values") != Some("eidas1") {
        return Err(("invalid_request", "acr_values must be eidas1"));
    }
    let challenge = match (parameters.get("code_challenge"), parameters.get("code_challenge_method")) {
        (None, None) => None,
        (Some(challenge), Some("S256")) => Some(Challenge::S256(challenge.to_owned())),
        (Some(challenge), None | Some("plain")) => Some(Challenge::Plain(challenge.to_owned())),
        (Some(_), Some(_)) => return Err(("invalid_request", "Invalid parameter: code_challenge_method")),
        (None, Some(_)) => return Err(("invalid_request", "Missing parameter: code_challenge")),
    };
    Ok(Asked { challenge, ..asked })
}

fn open(simulator: &Simulator, asked: Asked, asks_anew: bool, headers: &HeaderMap) -> Result<String, NoRandomness> {
    let now = simulator.clock.now();
    let mut realm = simulator.realm();
    let session = cookie::read(headers)
        .filter(|_| !asks_anew)
        .and_then(|cookie| realm.session_of_cookie(&cookie, now))
        .map(|session| session.id.clone());
    let step = session.map_or(Step::Means, |session| Step::Resume { session });
    realm.interactions.open(asked, step, now)
}

/// Back to the service with an error, and `state` as it came.
fn back_with_error(simulator: &Simulator, asked: &Asked, error: &str, description: &str) -> Response {
    tracing::info!(client.id = asked.client_id, error.code = error, reason = description, "An authorization request was refused");
    back(simulator, asked, &[("error", error), ("error_description", description)])
}

fn back(simulator: &Simulator, asked: &Asked, answer: &[(&str, &str)]) -> Response {
    let Ok(mut address) = Url::parse(&asked.redirect_uri) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    {
        let mut query = address.query_pairs_mut();
        query.extend_pairs(answer);
        if let Some(state) = &asked.state {
            query.append_pair("state", state);
        }
        match simulator.faults(&asked.client_id).iss_parameter() {
            IssParameter::On => {
                query.append_pair("iss", &simulator.addresses.issuer());
            }
            IssParameter::Wrong => {
                query.append_pair("iss", "https://issuer.example/auth/realms/esante-wallet");
            }
            IssParameter::Off => {}
        }
    }
    (StatusCode::FOUND, [(header::LOCATION, address.to_string()), (header::CACHE_CONTROL, "no-store".to_owned())]).into_response()
}
