//! What tests and demonstrations ask of the simulator itself. No secret passes here, and no name.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::Faults;
use crate::simulator::Simulator;

/// The routes of the administration.
pub(crate) fn router(simulator: Arc<Simulator>) -> Router {
    let administration = Router::new()
        .route("/clients/{client_id}/faults", get(read_faults).put(write_faults))
        .route("/clock", get(read_clock))
        .route("/clock/advance", post(advance_clock))
        .route("/journal", get(read_journal).delete(clear_journal))
        .route("/keys/rotate", post(rotate_keys))
        .route("/personas", get(list_personas))
        .route("/sessions", get(list_sessions).delete(end_sessions));
    Router::new().nest("/administration", administration).route("/health", get(health)).with_state(simulator)
}

async fn health(State(simulator): State<Arc<Simulator>>) -> Response {
    Json(json!({ "status": "ok", "addresses": simulator.addresses.summary() })).into_response()
}

async fn read_faults(State(simulator): State<Arc<Simulator>>, Path(client_id): Path<String>) -> Result<Json<Faults>, StatusCode> {
    simulator.client(&client_id).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(simulator.faults(&client_id)))
}

async fn write_faults(
    State(simulator): State<Arc<Simulator>>,
    Path(client_id): Path<String>,
    Json(faults): Json<Faults>,
) -> Result<StatusCode, StatusCode> {
    simulator.client(&client_id).ok_or(StatusCode::NOT_FOUND)?;
    tracing::info!(client.id = client_id, count = faults.0.len(), "Faults were set");
    simulator.set_faults(&client_id, faults);
    Ok(StatusCode::NO_CONTENT)
}

async fn read_clock(State(simulator): State<Arc<Simulator>>) -> Json<Value> {
    Json(json!({ "now": simulator.clock.now() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

async fn advance_clock(State(simulator): State<Arc<Simulator>>, Json(advance): Json<Advance>) -> Json<Value> {
    simulator.clock.advance(advance.seconds);
    Json(json!({ "now": simulator.clock.now() }))
}

async fn read_journal(State(simulator): State<Arc<Simulator>>) -> Response {
    Json(simulator.journal.read()).into_response()
}

async fn clear_journal(State(simulator): State<Arc<Simulator>>) -> StatusCode {
    simulator.journal.clear();
    StatusCode::NO_CONTENT
}

async fn rotate_keys(State(simulator): State<Arc<Simulator>>) -> StatusCode {
    simulator.keys.rotate();
    StatusCode::NO_CONTENT
}

async fn list_personas(State(simulator): State<Arc<Simulator>>) -> Json<Value> {
    let personas = simulator.personas.iter();
    Json(
        personas.map(|persona| json!({ "id": persona.id, "profession": persona.profession, "situations": persona.situations() })).collect(),
    )
}

async fn list_sessions(State(simulator): State<Arc<Simulator>>) -> Json<Value> {
    let now = simulator.clock.now();
    let realm = simulator.realm();
    Json(
        realm
            .live_sessions(now)
            .map(|session| {
                json!({
                    "session": session.id,
                    "persona": session.persona,
                    "means": session.means.auth_mode(),
                    "authenticated_at": session.authenticated_at,
                    "last_used": session.last_used,
                })
            })
            .collect(),
    )
}

async fn end_sessions(State(simulator): State<Arc<Simulator>>) -> Json<Value> {
    let now = simulator.clock.now();
    let ended = simulator.realm().end_every_session(now);
    Json(json!({ "ended": ended }))
}
