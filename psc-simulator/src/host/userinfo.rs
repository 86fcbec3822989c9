//! Who signed in, with everything the professional register says.

use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::authorization;
use crate::fault::Fault;
use crate::simulator::Simulator;
use crate::tls::Caller;

pub(super) async fn userinfo(
    State(simulator): State<Arc<Simulator>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    headers: HeaderMap,
) -> Response {
    let Some(token) = authorization::bearer(&headers) else { return unauthorized(None) };
    let now = simulator.clock.now();
    let found = simulator.realm().access(token, now);
    let Some((client_id, session)) = found else { return unauthorized(Some("Token verification failed")) };
    let presented = caller.certificate.map(|certificate| certificate.thumbprint);
    let bound_to = simulator.realm().bound_to(token);
    if bound_to.is_some() && bound_to != presented {
        return unauthorized(Some("Client certificate missing, or its thumbprint and one in the token did NOT match"));
    }
    let Some(persona) = simulator.persona(&session.persona) else { return unauthorized(Some("User not found")) };
    let faults = simulator.faults(&client_id);
    let mut claims = persona.userinfo.clone();
    if faults.has(&Fault::UserinfoSubMismatch) {
        claims.insert("sub".to_owned(), json!("f:00000000-aaaa-4bbb-8ccc-000000000001:someone-else"));
    }
    if faults.has(&Fault::UserinfoWithoutSubjectNameId) {
        claims.remove("SubjectNameID");
    }
    ([(header::CACHE_CONTROL, "no-store")], Json(Value::Object(claims))).into_response()
}

/// RFC 6750 section 3: no error code when no token was sent.
fn unauthorized(description: Option<&'static str>) -> Response {
    let Some(description) = description else {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer realm=\"esante-wallet\"")]).into_response();
    };
    let challenge = format!("Bearer realm=\"esante-wallet\", error=\"invalid_token\", error_description=\"{description}\"");
    let body = Json(json!({ "error": "invalid_token", "error_description": description }));
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)], body).into_response()
}
