//! A pending sign-in, for the key that started it; for any other key it does not exist.

use axum::Json;
use axum::extract::{Path, Request, State};
use http::StatusCode;
use std::time::Duration;
use vestibule_model::exchange::{SignInEvent, SignInState};
use vestibule_model::session::SignInId;

use crate::companion::SharedCompanion;
use crate::edge::answer::Refusal;
use crate::edge::params::Params;
use crate::edge::{client_of, to_completion};
use crate::gate::{Awaited, ParkedRequest};
use crate::sign_in::FollowRefused;

use super::{access, wait};

/// `GET /api/v1/sign-ins/{id}/events`: the next state other than `after`, within `wait` seconds.
///
/// # Errors
/// 401, 404, 429, 503.
pub fn events(
    State(companion): State<SharedCompanion>,
    Path(id): Path<String>,
    request: Request,
) -> impl Future<Output = Result<Json<SignInEvent>, Refusal>> + Send {
    // Boxed, and the request with it, before the future is made: nothing of what it took to find out who asks is held while it waits.
    let let_in = Box::pin(let_in(SharedCompanion::clone(&companion), id, request));
    async move {
        let Waiter { jkt, id, after, wait, parked } = let_in.await?;
        tokio::select! {
            event = companion.sign_ins.wait_event(&jkt, &id, after, wait) => return Ok(Json(event?)),
            () = parked.displaced() => {}
            () = companion.shutdown.cancelled() => {}
        }
        Ok(Json(companion.sign_ins.wait_event(&jkt, &id, after, Duration::ZERO).await?))
    }
}

/// Whoever may wait, and for what.
struct Waiter {
    jkt: String,
    id: SignInId,
    after: Option<SignInState>,
    wait: Duration,
    parked: ParkedRequest,
}

async fn let_in(companion: SharedCompanion, id: String, request: Request) -> Result<Waiter, Refusal> {
    let (parts, _) = request.into_parts();
    let jkt = access::proven_key(&companion, &parts).await?;
    let params = Params::from_query(parts.uri.query())?;
    let after = params.optional("after").map(state_named).transpose()?;
    let wait = wait::wanted(&params)?.unwrap_or(Duration::ZERO);
    let id = named(&id)?;
    let parked = companion.parked.enter(&jkt, client_of(&parts), Awaited::SignIn(id.clone()))?;
    Ok(Waiter { jkt, id, after, wait, parked })
}

/// `DELETE /api/v1/sign-ins/{id}`: the app withdraws.
///
/// # Errors
/// 401, 404, 503.
pub async fn cancel(State(companion): State<SharedCompanion>, Path(id): Path<String>, request: Request) -> Result<StatusCode, Refusal> {
    let (parts, _) = request.into_parts();
    let jkt = access::proven_key(&companion, &parts).await?;
    let (sign_ins, id) = (companion.sign_ins.clone(), named(&id)?);
    to_completion(async move { sign_ins.cancel(&jkt, &id).await }).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// What is no id names nothing.
fn named(id: &str) -> Result<SignInId, Refusal> {
    SignInId::parse(id).map_err(|_| FollowRefused::Unknown.into())
}

/// State names are those of the events.
fn state_named(name: &str) -> Result<SignInState, Refusal> {
    SignInState::from_name(name).ok_or_else(|| Refusal::parameter("after"))
}

impl From<FollowRefused> for Refusal {
    fn from(reason: FollowRefused) -> Self {
        let code = reason.code();
        match reason {
            FollowRefused::Unknown => Self::new(StatusCode::NOT_FOUND, "not_found", code),
            FollowRefused::Store(_) => {
                tracing::error!(error.code = %code, "A sign-in could not be read or changed");
                Self::unavailable(code)
            }
        }
    }
}
