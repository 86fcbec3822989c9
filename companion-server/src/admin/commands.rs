//! What an administrator sees and does: sessions, workstations, the erasure of a person. No answer names a person but the one that is written for her.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;
use vestibule_model::ErrorCode;
use vestibule_model::practitioner::NationalId;
use vestibule_model::session::SignInId;
use vestibule_model::wire::printable;

use super::gate::Occupant;
use super::token;
use super::wire::{DeviceLine, Ended, ErasePerson, Erasure, Forget, Forgotten, SessionLine, SessionsToEnd};
use crate::companion::SharedCompanion;
use crate::edge::answer::Refusal;
use crate::edge::to_completion;
use crate::session::ProviderEnds;
use crate::store::{Designated, StoreError};

/// Longest body of a command, in bytes.
const LONGEST_BODY: usize = 16 * 1024;
/// Shortest beginning of a thumbprint that designates a workstation, in characters.
pub const SHORTEST_PREFIX: usize = 6;
/// Longest name of whoever acts, in characters.
const LONGEST_ACTOR: usize = 64;

/// Lets through who bears the token.
pub(super) async fn guard(State(companion): State<SharedCompanion>, request: Request, next: Next) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    token::check(&companion.config, &parts)?;
    if let Some(occupant) = parts.extensions.get::<Arc<Occupant>>() {
        occupant.prove();
    }
    Ok(next.run(Request::from_parts(parts, body)).await)
}

pub(super) async fn sessions(State(companion): State<SharedCompanion>) -> Result<Json<Vec<SessionLine>>, Refusal> {
    let entries = companion.store.live_sessions(companion.clock.now()).await.map_err(unavailable)?;
    Ok(Json(entries.iter().map(SessionLine::from).collect()))
}

pub(super) async fn end_sessions(State(companion): State<SharedCompanion>, request: Request) -> Result<Json<Ended>, Refusal> {
    let asked: SessionsToEnd = read(request).await?;
    // Of what is known, no session is a good answer too; nothing was meant where nothing is known.
    let (which, by) = match asked {
        SessionsToEnd::Id { id, by } => (Designated::Session(SignInId(id)), by),
        SessionsToEnd::Device { device, by } => (Designated::Device(whole(&companion, &device).await?), by),
        SessionsToEnd::NationalId { national_id, by } => {
            let person = person(&national_id)?;
            if !companion.store.is_known_person(&person).await.map_err(unavailable)? {
                return Err(nothing());
            }
            (Designated::Person(person), by)
        }
        SessionsToEnd::All { by } => (Designated::All, by),
    };
    let (sessions, by) = (companion.sessions.clone(), actor(&by));
    let is_one = matches!(which, Designated::Session(_));
    let done = to_completion(async move { sessions.end_by_administrator(&which, &by).await }).await?.map_err(unavailable)?;
    if done.sessions.is_empty() && done.at_provider == ProviderEnds::default() && is_one {
        return Err(nothing());
    }
    Ok(Json(Ended { ended: done.sessions.into_iter().map(|id| id.0).collect(), psc: done.at_provider.into() }))
}

pub(super) async fn devices(State(companion): State<SharedCompanion>) -> Result<Json<Vec<DeviceLine>>, Refusal> {
    let entries = companion.store.devices(companion.clock.now()).await.map_err(unavailable)?;
    Ok(Json(entries.iter().map(DeviceLine::from).collect()))
}

pub(super) async fn forget_device(State(companion): State<SharedCompanion>, request: Request) -> Result<Json<Forgotten>, Refusal> {
    let asked: Forget = read(request).await?;
    let (jkt, by) = (whole(&companion, &asked.device).await?, actor(&asked.by));
    let sessions = companion.sessions.clone();
    let done = to_completion(async move { sessions.forget_device(&jkt, &by).await }).await?.map_err(unavailable)?;
    companion.sign_ins.announce_cancelled(&done.cancelled);
    Ok(Json(Forgotten {
        ended: done.sessions.into_iter().map(|id| id.0).collect(),
        cancelled: done.cancelled.len(),
        psc: done.at_provider.into(),
    }))
}

pub(super) async fn erase_person(State(companion): State<SharedCompanion>, request: Request) -> Result<Json<Erasure>, Refusal> {
    let asked: ErasePerson = read(request).await?;
    let (person, by) = (person(&asked.national_id)?, actor(&asked.by));
    let sessions = companion.sessions.clone();
    let erased =
        to_completion(async move { sessions.erase_person(&person, &by).await }).await?.map_err(unavailable)?.ok_or_else(nothing)?;
    companion.sign_ins.announce_cancelled(&erased.removed.attempts.sign_ins);
    Ok(Json(Erasure {
        ended: erased.ended.len(),
        sessions: erased.removed.sessions,
        sign_ins: erased.removed.sign_ins,
        pairs: erased.removed.pairs,
        psc: erased.at_provider.into(),
    }))
}

/// The one answer with a name and a national id: the person's own, to be given to her.
pub(super) async fn export_person(State(companion): State<SharedCompanion>, request: Request) -> Result<Json<Value>, Refusal> {
    let asked: ErasePerson = read(request).await?;
    let (person, by) = (person(&asked.national_id)?, actor(&asked.by));
    let sessions = companion.sessions.clone();
    let personal_data = to_completion(async move { sessions.personal_data(&person, &by).await }).await?.map_err(unavailable)?;
    personal_data.map(Json).ok_or_else(nothing)
}

/// The trail says already that she was given it, and is never taken back: this is said beside it.
pub(super) async fn export_failed(State(companion): State<SharedCompanion>, request: Request) -> Result<Json<Value>, Refusal> {
    let asked: ErasePerson = read(request).await?;
    let (person, by) = (person(&asked.national_id)?, actor(&asked.by));
    let sessions = companion.sessions.clone();
    to_completion(async move { sessions.personal_data_not_kept(&person, &by).await }).await?.map_err(unavailable)?;
    Ok(Json(Value::Null))
}

/// The one workstation whose thumbprint begins so.
async fn whole(companion: &SharedCompanion, prefix: &str) -> Result<String, Refusal> {
    if prefix.len() < SHORTEST_PREFIX {
        return Err(nothing());
    }
    let found = companion.store.devices_beginning(prefix, companion.clock.now()).await.map_err(unavailable)?;
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(nothing()),
        _ => Err(Refusal::new(StatusCode::CONFLICT, "ambiguous", ErrorCode::DesignationAmbiguous)),
    }
}

fn person(text: &str) -> Result<NationalId, Refusal> {
    NationalId::parse(text.trim_end_matches(['\r', '\n'])).map_err(|_| nothing())
}

/// Who acts, as the command says: the token says that he may, the account is for the trail.
fn actor(by: &str) -> String {
    format!("administrator:{}", printable(by, LONGEST_ACTOR))
}

async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Refusal> {
    let malformed = || Refusal::invalid_request(ErrorCode::RequestMalformed);
    let body: Body = request.into_body();
    let bytes = axum::body::to_bytes(body, LONGEST_BODY).await.map_err(|_| malformed())?;
    serde_json::from_slice(&bytes).map_err(|_| malformed())
}

fn nothing() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "not_found", ErrorCode::NothingDesignated)
}

fn unavailable(error: StoreError) -> Refusal {
    tracing::error!(error.code = %error.code(), %error, "A command of the administration could not be done");
    Refusal::unavailable(error.code())
}
