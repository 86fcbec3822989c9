//! RP-initiated logout, by the browser (GET) or by a server (POST).

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::fault::Fault;
use crate::journal::{Hint, LogoutSeen};
use crate::page;
use crate::parameters::Parameters;
use crate::simulator::Simulator;
use crate::wallet;

pub(super) async fn logout(State(simulator): State<Arc<Simulator>>, Extension(parameters): Extension<Parameters>) -> Response {
    let claims = parameters.get("id_token_hint").map(|hint| simulator.keys.verified(hint));
    let hint = match &claims {
        None => Hint::Absent,
        Some(None) => Hint::Invalid,
        Some(Some(_)) => Hint::Valid,
    };
    let mut seen = LogoutSeen { hint, ended_session: None };
    let mut response = match claims.flatten() {
        None => page::refusal(StatusCode::BAD_REQUEST, "La session à fermer n’a pas été désignée", "id_token_hint"),
        Some(claims) => {
            let text = |name: &str| claims.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
            match return_address(&simulator, &parameters, text("azp")) {
                Err(NotRegistered) => page::refusal(
                    StatusCode::BAD_REQUEST,
                    "L’URL de redirection après déconnexion n’est pas déclarée",
                    "post_logout_redirect_uri",
                ),
                Ok(address) => {
                    let session = text("sid");
                    if simulator.realm().end_session(session, simulator.clock.now()) {
                        seen.ended_session = Some(session.to_owned());
                    }
                    tracing::info!(client.id = text("azp"), ended = seen.ended_session.is_some(), "A logout was received");
                    left(address)
                }
            }
        }
    };
    response.extensions_mut().insert(seen);
    response
}

struct NotRegistered;

/// Where to send the browser; `None` for the page of the simulator itself.
fn return_address(simulator: &Simulator, parameters: &Parameters, client_id: &str) -> Result<Option<Url>, NotRegistered> {
    let Some(asked) = parameters.get("post_logout_redirect_uri") else { return Ok(None) };
    let client = simulator.client(client_id).ok_or(NotRegistered)?;
    if !client.logout_uris.iter().any(|declared| declared == asked) {
        return Err(NotRegistered);
    }
    let mut address = Url::parse(asked).map_err(|_| NotRegistered)?;
    if let Some(state) = parameters.get("state")
        && !simulator.has_fault(client_id, &Fault::LogoutDropsState)
    {
        address.query_pairs_mut().append_pair("state", state);
    }
    Ok(Some(address))
}

fn left(address: Option<Url>) -> Response {
    let mut response = match address {
        Some(address) => (StatusCode::FOUND, [(header::LOCATION, address.to_string())]).into_response(),
        None => page::session_closed(),
    };
    // Cookies ignore ports: the wallet's is within reach.
    if let Ok(forgotten) = HeaderValue::from_str(&wallet::cookie::forgotten()) {
        response.headers_mut().insert(header::SET_COOKIE, forgotten);
    }
    response
}
