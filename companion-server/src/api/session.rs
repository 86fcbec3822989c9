//! The session: who, in which capacity, until when; and its end.

use axum::Json;
use axum::extract::{Request, State};
use vestibule_model::exchange::{ActivityReport, SignOutAnswer, SituationChoice};
use vestibule_model::session::{Session, SessionClocks};

use crate::edge::answer::Refusal;
use crate::edge::{SharedCompanion, to_completion};

use super::access::{live_session, read_json};

/// `GET /api/v1/session`. Not activity.
///
/// # Errors
/// 401, 503.
pub async fn show(State(companion): State<SharedCompanion>, request: Request) -> Result<Json<Session>, Refusal> {
    let (parts, _) = request.into_parts();
    let live = live_session(&companion, &parts).await?;
    Ok(Json(companion.sessions.describe(&live).await?))
}

/// `PUT /api/v1/session/situation`.
///
/// # Errors
/// 400, 401, 404, 503.
pub async fn choose_situation(State(companion): State<SharedCompanion>, request: Request) -> Result<Json<Session>, Refusal> {
    let (parts, body) = request.into_parts();
    let live = live_session(&companion, &parts).await?;
    let choice: SituationChoice = read_json(&parts, body).await?;
    let sessions = companion.sessions.clone();
    Ok(Json(to_completion(async move { sessions.choose_situation(&live, &choice.situation_id).await }).await??))
}

/// `POST /api/v1/session/activity`: real input happened. In its wake Pro Santé Connect's session may be refreshed (EXI 11).
/// One report a minute is enough: more change nothing.
///
/// # Errors
/// 400, 401, 503.
pub async fn report_activity(State(companion): State<SharedCompanion>, request: Request) -> Result<Json<SessionClocks>, Refusal> {
    let (parts, body) = request.into_parts();
    let live = live_session(&companion, &parts).await?;
    let report: ActivityReport = read_json(&parts, body).await?;
    if !companion.rates.is_report_due(live.sign_in_id()) {
        return Ok(Json(companion.sessions.describe(&live).await?.clocks));
    }
    let sessions = companion.sessions.clone();
    Ok(Json(to_completion(async move { sessions.activity(&live, report.idle_ms).await }).await??))
}

/// `POST /api/v1/session/sign-out`: both sessions (EXI 20).
///
/// # Errors
/// 401, 503.
pub async fn sign_out(State(companion): State<SharedCompanion>, request: Request) -> Result<Json<SignOutAnswer>, Refusal> {
    let (parts, _) = request.into_parts();
    let live = live_session(&companion, &parts).await?;
    let sessions = companion.sessions.clone();
    Ok(Json(to_completion(async move { sessions.sign_out(&live).await }).await??))
}
