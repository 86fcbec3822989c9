//! The session: who, in which capacity, until when; and its end.

use axum::Json;
use axum::extract::{Request, State};
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use vestibule_model::exchange::{ActivityReport, SignOutAnswer, SignOutReason, SituationChoice};
use vestibule_model::session::{Session, SessionClocks};

use crate::companion::SharedCompanion;
use crate::edge::answer::Refusal;
use crate::edge::params::{Params, media_type};
use crate::edge::{client_of, to_completion};
use crate::store::TokenKind;

use super::access::{live_session, proven_key, proven_token, read_json, session_of_key_even_locked, shown_session};

/// `GET /api/v1/session`. Not activity.
///
/// # Errors
/// 401, 503.
pub async fn show(State(companion): State<SharedCompanion>, request: Request) -> Result<Json<Session>, Refusal> {
    let (parts, _) = request.into_parts();
    Ok(Json(shown_session(&companion, &parts).await?))
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

/// `POST /api/v1/session/lock`: nothing is given of the session any more until its person signs in again. Asked again, it is answered again.
///
/// # Errors
/// 401, 503.
pub async fn lock(State(companion): State<SharedCompanion>, request: Request) -> Result<Json<SessionClocks>, Refusal> {
    let (parts, _) = request.into_parts();
    let (live, _) = session_of_key_even_locked(&companion, &parts).await?;
    let sessions = companion.sessions.clone();
    Ok(Json(to_completion(async move { sessions.lock(&live).await }).await??))
}

/// `POST /api/v1/session/sign-out`: both sessions (EXI 20). Asked again within ten minutes, it is answered again: an answer may be lost.
/// The access token says which session; an app that kept a sign-out for later sends the refresh token, as `refresh_token` of a form. `reason` says
/// why, where that is more than that she leaves; one that is not known here says nothing.
///
/// # Errors
/// 400, 401, 503.
pub async fn sign_out(State(companion): State<SharedCompanion>, request: Request) -> Result<Json<SignOutAnswer>, Refusal> {
    let (parts, body) = request.into_parts();
    let is_form = is_form(&parts.headers);
    let (kind, token, jkt, params) = if parts.headers.contains_key(AUTHORIZATION) || !is_form {
        let (token, jkt) = proven_token(&companion, &parts).await?;
        let params = if is_form { Some(Params::from_form(&parts.headers, body).await?) } else { None };
        (TokenKind::Access, token, jkt, params)
    } else {
        let jkt = proven_key(&companion, &parts).await?;
        let params = Params::from_form(&parts.headers, body).await?;
        (TokenKind::Refresh, params.secret("refresh_token")?, jkt, Some(params))
    };
    let reason = params.and_then(|params| SignOutReason::from_name(params.optional("reason")?));
    let (sessions, from, key) = (companion.sessions.clone(), client_of(&parts), jkt.clone());
    let answer = to_completion(async move { sessions.sign_out_by_token(&key, (kind, &token), reason, from).await }).await??;
    companion.proofs.vouch(&jkt);
    Ok(Json(answer))
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type(kind).eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
