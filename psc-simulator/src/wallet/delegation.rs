//! Delegation to an establishment's own provider (`kc_idp_hint`): whom it remembers in this browser is signed in without a word, as a stock
//! Keycloak does. Whoever shares the workstation is thus taken for her, unless the relying party leaves the hint out or asks anew.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::realm::{Asked, Means};
use crate::simulator::Simulator;

use super::{back, cookie};

/// Back with a code at once; `None` where the person is to be asked.
pub(super) fn straight_through(simulator: &Simulator, asked: &Asked, asks_anew: bool, headers: &HeaderMap) -> Option<Response> {
    if !asked.delegated || asks_anew {
        return None;
    }
    let now = simulator.clock.now();
    let issued = {
        let mut realm = simulator.realm();
        let local = realm.local_session(&cookie::read_local(headers)?, now)?.clone();
        realm.open_session(&local.persona, local.means, now).and_then(|(session, kept)| {
            let code = realm.issue_code(asked.clone(), &session, now)?;
            Ok((code, session, kept))
        })
    };
    let Ok((code, session, kept)) = issued else { return Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()) };
    tracing::info!(client.id = asked.client_id, "A person whom her establishment remembers was sent back without being asked");
    let mut response = back(simulator, asked, &[("code", &code), ("session_state", &session)]);
    add_cookie(&mut response, &cookie::kept(&kept));
    Some(response)
}

/// From now on the establishment's provider remembers this person in this browser, where she came by it.
pub(super) fn remember(simulator: &Simulator, asked: &Asked, persona: &str, means: Means, response: &mut Response) {
    if !asked.delegated {
        return;
    }
    if let Ok(kept) = simulator.realm().remember_locally(persona, means, simulator.clock.now()) {
        add_cookie(response, &cookie::kept_locally(&kept));
    }
}

fn add_cookie(response: &mut Response, cookie: &str) {
    if let Ok(kept) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, kept);
    }
}
