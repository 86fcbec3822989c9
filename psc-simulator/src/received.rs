//! Every request of the wallet and auth hosts passes here: parameters read once, journal kept, transport faults applied.

use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::authorization;
use crate::fault::{Endpoint, Fault, Faults};
use crate::journal::{Door, Entry, LogoutSeen};
use crate::page;
use crate::parameters::Parameters;
use crate::simulator::Simulator;
use crate::tls::Caller;

/// Longest accepted body, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// The layer of one door.
pub(crate) async fn receive(State((simulator, door)): State<(Arc<Simulator>, Door)>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let mut parameters = Parameters::default();
    parameters.extend(parts.uri.query().unwrap_or_default().as_bytes());
    if is_form(&parts.headers) {
        parameters.extend(&body);
    }
    let path = parts.uri.path().to_owned();
    let client_id = claimed_client(&simulator, &parts.headers, &parameters);
    let sequence = simulator.journal.open(Entry {
        sequence: 0,
        at: simulator.clock.now(),
        listener: door,
        method: parts.method.to_string(),
        path: path.clone(),
        parameters: parameters.names(),
        client_id: client_id.clone(),
        certificate: caller(&parts).certificate.map(|certificate| certificate.thumbprint),
        grant_type: parameters.get("grant_type").map(ToOwned::to_owned),
        status: None,
        logout: None,
    });
    let mut response = match faulty_answer(&simulator, door, &path, client_id.as_deref()).await {
        Some(response) => response,
        None => {
            parts.extensions.insert(parameters);
            next.run(Request::from_parts(parts, Body::empty())).await
        }
    };
    // Of the simulator's own clock, which tests move: the server below would write the machine's.
    let now = UNIX_EPOCH + Duration::from_secs(simulator.clock.now());
    if let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(now)) {
        response.headers_mut().insert(header::DATE, date);
    }
    simulator.journal.close(sequence, response.status().as_u16(), response.extensions().get::<LogoutSeen>().cloned());
    tracing::debug!(
        path,
        client.id = client_id,
        status = response.status().as_u16(),
        duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "A request was answered"
    );
    response
}

/// Who is at the other end; only the realm's doors know.
fn caller(parts: &Parts) -> Caller {
    parts.extensions.get::<ConnectInfo<Caller>>().map_or(Caller { certificate: None }, |ConnectInfo(caller)| caller.clone())
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.starts_with("application/x-www-form-urlencoded")
}

fn claimed_client(simulator: &Simulator, headers: &HeaderMap, parameters: &Parameters) -> Option<String> {
    if let Some(Ok((id, _))) = authorization::basic(headers) {
        return Some(id);
    }
    if let Some(id) = parameters.get("client_id") {
        return Some(id.to_owned());
    }
    if let Some(token) = authorization::bearer(headers) {
        return simulator.realm().client_of(token).map(ToOwned::to_owned);
    }
    if let Some(hint) = parameters.get("id_token_hint") {
        return simulator.keys.verified(hint)?.get("azp")?.as_str().map(ToOwned::to_owned);
    }
    let interaction = parameters.get("interaction")?;
    simulator.realm().interactions.get(interaction).map(|interaction| interaction.asked.client_id.clone())
}

/// What a transport fault answers instead of the endpoint, after the delay it may impose.
async fn faulty_answer(simulator: &Simulator, door: Door, path: &str, client_id: Option<&str>) -> Option<Response> {
    let endpoint = endpoint_at(door, path)?;
    let faults: Faults = match client_id {
        Some(id) => simulator.faults(id),
        None => simulator.faults_of_all(),
    };
    let delay = faults.delay(endpoint);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    if faults.has(&Fault::Unavailable { endpoint }) {
        return Some(StatusCode::SERVICE_UNAVAILABLE.into_response());
    }
    faults.has(&Fault::Html { endpoint }).then(page::maintenance)
}

fn endpoint_at(door: Door, path: &str) -> Option<Endpoint> {
    match (door, path) {
        (Door::Wallet, "/auth" | "/auth/") => Some(Endpoint::Authorization),
        (Door::Wallet, _) => None,
        (Door::Auth | Door::Mtls, path) => match path.strip_prefix("/auth/realms/esante-wallet/")? {
            ".well-known/wallet-openid-configuration" => Some(Endpoint::Discovery),
            "protocol/openid-connect/certs" => Some(Endpoint::Certs),
            "protocol/openid-connect/token" => Some(Endpoint::Token),
            "protocol/openid-connect/userinfo" => Some(Endpoint::Userinfo),
            "protocol/openid-connect/token/introspect" => Some(Endpoint::Introspection),
            "protocol/openid-connect/revoke" => Some(Endpoint::Revocation),
            "protocol/openid-connect/logout" => Some(Endpoint::Logout),
            _ => None,
        },
    }
}
