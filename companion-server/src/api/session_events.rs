//! `GET /api/v1/session/events`: state and clocks of the session, as they change. Being listened to is not activity.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::Stream;

use crate::companion::SharedCompanion;
use crate::edge::answer::Refusal;
use crate::edge::client_of;
use crate::edge::params::Params;
use crate::gate::{Awaited, ParkedRequest};
use crate::session::LiveSession;

use super::access::session_of_key_even_locked;
use super::wait;

/// Silence after which a stream says that it is alive, in seconds.
const PING: Duration = Duration::from_secs(15);
/// Pings and reports after which a stream ends, so that the app proves itself again: at most ten minutes of silence.
const MOST_MESSAGES: u32 = 40;

/// With `wait`, one report held up to that many seconds; without, a stream of server-sent events.
///
/// # Errors
/// 400, 401, 429, 503.
pub fn events(State(companion): State<SharedCompanion>, request: Request) -> impl Future<Output = Result<Response, Refusal>> + Send {
    // Boxed, and the request with it, before the future is made: nothing of what it took to find out who asks is held while she waits.
    let let_in = Box::pin(let_in(SharedCompanion::clone(&companion), request));
    async move {
        let Waiter { live, after, wait, parked } = let_in.await?;
        let Some(wait) = wait else {
            return Ok(Sse::new(stream(Listener { companion, live, after, messages_left: MOST_MESSAGES, parked })).into_response());
        };
        tokio::select! {
            event = companion.sessions.wait_event(&live, after, wait) => return Ok(Json(event?).into_response()),
            () = parked.displaced() => {}
            () = companion.shutdown.cancelled() => {}
        }
        Ok(Json(companion.sessions.wait_event(&live, after, Duration::ZERO).await?).into_response())
    }
}

/// Whoever may wait, and for what.
struct Waiter {
    live: LiveSession,
    after: Option<u64>,
    wait: Option<Duration>,
    parked: ParkedRequest,
}

async fn let_in(companion: SharedCompanion, request: Request) -> Result<Waiter, Refusal> {
    let (parts, _) = request.into_parts();
    let (live, jkt) = session_of_key_even_locked(&companion, &parts).await?;
    let params = Params::from_query(parts.uri.query())?;
    let after = params.optional("after").map(str::parse::<u64>).transpose();
    let after = after.map_err(|_| Refusal::parameter("after"))?;
    let wait = wait::wanted(&params)?;
    let parked = companion.parked.enter(&jkt, client_of(&parts), Awaited::Session(live.sign_in_id().clone()))?;
    Ok(Waiter { live, after, wait, parked })
}

struct Listener {
    companion: SharedCompanion,
    live: LiveSession,
    after: Option<u64>,
    messages_left: u32,
    parked: ParkedRequest,
}

fn stream(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(Some(listener), |listener| async {
        let mut listener = listener?;
        let (event, goes_on) = listener.message().await?;
        Some((Ok(event), goes_on.then_some(listener)))
    })
}

impl Listener {
    /// The next report or ping, and whether more may follow; `None` when the stream is over.
    async fn message(&mut self) -> Option<(Event, bool)> {
        self.messages_left = self.messages_left.checked_sub(1)?;
        let event = tokio::select! {
            event = self.companion.sessions.wait_event(&self.live, self.after, PING) => event.ok()?,
            () = self.parked.displaced() => return None,
            () = self.companion.shutdown.cancelled() => return None,
        };
        if event.ended.is_none() && self.after == Some(event.version) {
            return Some((Event::default().comment("ping"), true));
        }
        self.after = Some(event.version);
        let message = Event::default().id(event.version.to_string()).event("session").json_data(&event).ok()?;
        Some((message, event.ended.is_none()))
    }
}
