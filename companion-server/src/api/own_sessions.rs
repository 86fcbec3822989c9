//! The sessions of the person who asks, on all her workstations. Only from a live one, of which the key proves itself.

use axum::Json;
use axum::extract::{Path, Request, State};
use http::StatusCode;
use vestibule_model::exchange::{OwnSessions, SessionsEnded, WhichSessions};
use vestibule_model::session::SignInId;

use crate::companion::SharedCompanion;
use crate::edge::answer::Refusal;
use crate::edge::params::Params;
use crate::edge::to_completion;
use crate::session::SessionRefused;

use super::access::live_session;

/// `GET /api/v1/sessions`. Not activity.
///
/// # Errors
/// 401, 429, 503.
pub async fn list(State(companion): State<SharedCompanion>, request: Request) -> Result<Json<OwnSessions>, Refusal> {
    let (parts, _) = request.into_parts();
    let live = live_session(&companion, &parts).await?;
    Ok(Json(companion.sessions.own(&live).await?))
}

/// `DELETE /api/v1/sessions/{id}`.
///
/// # Errors
/// 401, 404, 429, 503.
pub async fn end_one(State(companion): State<SharedCompanion>, Path(id): Path<String>, request: Request) -> Result<StatusCode, Refusal> {
    let (parts, _) = request.into_parts();
    let live = live_session(&companion, &parts).await?;
    let id = SignInId::parse(&id).map_err(|_| SessionRefused::NotHers)?;
    let sessions = companion.sessions.clone();
    to_completion(async move { sessions.end_own(&live, &id).await }).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/v1/sessions`: all, or those that `which` says.
///
/// # Errors
/// 400, 401, 429, 503.
pub async fn end_many(State(companion): State<SharedCompanion>, request: Request) -> Result<Json<SessionsEnded>, Refusal> {
    let (parts, _) = request.into_parts();
    let live = live_session(&companion, &parts).await?;
    let which = which_of(parts.uri.query().unwrap_or_default())?;
    let sessions = companion.sessions.clone();
    let ended = to_completion(async move { sessions.end_all_own(&live, which).await }).await??;
    Ok(Json(SessionsEnded { ended }))
}

/// A query that was begun and says no such thing (an empty value, a slip) ends nothing, rather than all.
fn which_of(query: &str) -> Result<WhichSessions, Refusal> {
    if query.is_empty() {
        return Ok(WhichSessions::All);
    }
    let params = Params::from_query(Some(query))?;
    params.optional("which").and_then(WhichSessions::from_name).ok_or_else(|| Refusal::parameter("which"))
}
