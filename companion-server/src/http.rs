//! Every public path, its limits and its headers.

mod around;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post, put};
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, DATE, RETRY_AFTER, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version};
use tracing::Instrument as _;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::path;
use vestibule_model::language::Language;
use vestibule_model::session::SignInId;

use self::around::{Below, around};
use crate::companion::SharedCompanion;
use crate::companion::page::{problem, wants_page};
use crate::edge::answer::Refusal;
use crate::edge::{Routine, client_of, language};
use crate::gate::lend;
use crate::gate::memory::{Held, holding};
use crate::gate::requests::{body_length, check_host};
use crate::measures;
use crate::tally::Line;
use crate::{api, oauth};

/// What a balancer checks. The memory is not asked: without it all companions stay in, and say themselves what is wrong.
const READY: &str = "/ready";
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// Longest time a request may take. Calls to Pro Santé Connect, ten seconds each at most, run to their end even then.
const LONGEST_REQUEST: Duration = Duration::from_secs(45);

/// The public face of the companion.
pub fn public_router(companion: SharedCompanion) -> Router {
    let prompt = apps().merge(browsers()).route_layer(around(&companion, promptly));
    let parked = parked().route_layer(around(&companion, in_time));
    prompt.merge(parked).route(READY, get(ready)).fallback(unknown_path).method_not_allowed_fallback(unknown_method).with_state(companion)
}

/// One layer for all that a request meets before it is answered: each is a copy of what lies below, and room for as long as it waits.
fn promptly(companion: SharedCompanion, request: Request, below: Below) -> impl Future<Output = Response> + Send {
    let inner = companion.clone();
    surround(companion, request, |request| {
        let innermost = inner.clone();
        log_answer(inner, request, |request| limit(innermost, request, below))
    })
}

/// The same for what is held until something happens: it takes no place among those that are answered at once, and as long as it asked for.
fn in_time(companion: SharedCompanion, request: Request, below: Below) -> impl Future<Output = Response> + Send {
    let inner = companion.clone();
    surround(companion, request, |request| log_answer(inner, request, |request| below.answer(request)))
}

/// Towards apps: JSON.
fn apps() -> Router<SharedCompanion> {
    let sign_in = format!("{}/{{id}}", path::SIGN_INS);
    let own_session = format!("{}/{{id}}", path::SESSIONS);
    Router::new()
        .route(path::METADATA, get(oauth::metadata::show))
        .route(path::PAR, post(oauth::par::push))
        .route(path::DEVICE_AUTHORIZATION, post(oauth::device_authorization::start))
        .route(path::TOKEN, post(oauth::token::grant))
        .route(path::REVOKE, post(oauth::token::revoke))
        .route(&sign_in, delete(api::sign_ins::cancel))
        .route(path::WORKSTATION, post(api::workstation::rules))
        .route(path::SESSION, get(api::session::show))
        .route(path::SITUATION, put(api::session::choose_situation))
        .route(path::ACTIVITY, post(api::session::report_activity))
        .route(path::LOCK, post(api::session::lock))
        .route(path::SIGN_OUT, post(api::session::sign_out))
        .route(path::SESSIONS, get(api::own_sessions::list).delete(api::own_sessions::end_many))
        .route(&own_session, delete(api::own_sessions::end_one))
}

/// Towards apps, held until something happens.
fn parked() -> Router<SharedCompanion> {
    let sign_in_events = format!("{}/{{id}}/events", path::SIGN_INS);
    Router::new().route(&sign_in_events, get(api::sign_ins::events)).route(path::SESSION_EVENTS, get(api::session_events::events))
}

/// Towards people: pages.
fn browsers() -> Router<SharedCompanion> {
    Router::new()
        .route(path::AUTHORIZE, get(oauth::authorize::show).post(oauth::authorize::open))
        .route(path::PSC_CALLBACK, get(oauth::callback::take).head(head_refused))
        .route(path::CONFIRM, get(oauth::confirm::show).post(oauth::confirm::decide))
        .route(path::RETURN, get(oauth::farewell::returned))
        .route(path::WORKSTATIONS, get(oauth::workstations::show).post(oauth::workstations::change))
        .route(path::SIGN_OUT_PAGE, get(oauth::sign_out::show).post(oauth::sign_out::open).head(head_refused))
        .route(path::PSC_LOGOUT_RETURN, get(oauth::sign_out::returned).head(head_refused))
        .route(path::TERMS, get(oauth::farewell::terms))
        .route(path::PRIVACY, get(oauth::farewell::privacy))
        .route(path::ACCESSIBILITY, get(oauth::farewell::accessibility))
        .route(path::LOGO, get(oauth::farewell::logo))
}

/// Asked every other second: neither counted nor written down.
async fn ready(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let is_leaving = companion.leaving.is_cancelled();
    surround(companion, request, |_| {
        let answer = if is_leaving { (StatusCode::SERVICE_UNAVAILABLE, "leaving\n") } else { (StatusCode::OK, "ready\n") };
        std::future::ready(answer.into_response())
    })
    .await
}

/// `HEAD` would run the `GET` handler, which here has effects.
async fn head_refused() -> StatusCode {
    StatusCode::METHOD_NOT_ALLOWED
}

async fn unknown_path(State(companion): State<SharedCompanion>, request: Request) -> Response {
    refuse_around(companion, request, Refusal::new(StatusCode::NOT_FOUND, "not_found", ErrorCode::PathUnknown)).await
}

async fn unknown_method(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", ErrorCode::PathUnknown);
    refuse_around(companion, request, refusal).await
}

fn refuse_around(companion: SharedCompanion, request: Request, refusal: Refusal) -> impl Future<Output = Response> + Send {
    let inner = companion.clone();
    surround(companion, request, move |request| std::future::ready(refuse(&inner, reader(request.uri(), request.headers()), refusal)))
}

/// Who reads pages, in which language; `None` where JSON is read.
fn reader(uri: &Uri, headers: &HeaderMap) -> Option<Language> {
    wants_page(headers).then(|| language::of_request(uri, headers))
}

fn refuse(companion: &SharedCompanion, reader: Option<Language>, refusal: Refusal) -> Response {
    match reader {
        Some(language) => problem(companion, language, &refusal).into_response(),
        None => refusal.into_response(),
    }
}

/// Around every request, whatever it asks for: where its client is, what it costs, what of its body nobody reads, and what every answer says.
///
/// Whatever can be done before waiting is done before the future is made, and what is waited for at the bottom is boxed: a future has room for
/// everything that it ever held, twice for what it is handed, and those who wait are thousands.
fn surround<A>(companion: SharedCompanion, mut request: Request, answer: impl FnOnce(Request) -> A) -> impl Future<Output = Response> + Send
where
    A: Future<Output = Response> + Send,
{
    locate(&companion, &mut request);
    let asked = Asked::of(&request);
    let (request, lender) = lend(request);
    let begun = hold(&companion, request).map(|(request, held)| (holding(held.clone(), answer(request)), held));
    async move {
        let answer = match begun {
            Ok((answering, held)) => {
                let answer = answering.await;
                held.by(answer)
            }
            Err(refused) => *refused,
        };
        let mut answer = lender.take_what_is_left(answer).await;
        add_headers(&companion, asked, &mut answer);
        answer
    }
}

/// From here on, the other end of the connection is the client, whichever trusted proxies stand in between.
fn locate(companion: &SharedCompanion, request: &mut Request) {
    let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() else { return };
    // A balancer that asks whether we are ready speaks for itself.
    let client = match request.uri().path() {
        READY => peer.ip().to_canonical(),
        _ => companion.proxies.client(peer.ip(), request.headers()),
    };
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, peer.port())));
}

/// From the first of a request to the last of its answer, what it costs counts against its address. Its shape is judged before anything else of
/// it is looked at.
fn hold(companion: &SharedCompanion, request: Request) -> Result<(Request, Held), Box<Response>> {
    let (mut parts, body) = request.into_parts();
    let Ok(held) = companion.memory.request(client_of(&parts), &parts.headers, body_length(&parts.headers, &body)) else {
        let refusal = Refusal::unavailable(ErrorCode::CompanionFull);
        // On a stream, words could be left untaken like any answer; nothing at all leaves at once.
        return Err(Box::new(match parts.version {
            Version::HTTP_2 => (refusal.status(), [(RETRY_AFTER, HeaderValue::from_static("5"))]).into_response(),
            _ => refuse(companion, reader(&parts.uri, &parts.headers), refusal),
        }));
    };
    if let Err(refusal) = companion.requests.check_size(&parts).and_then(|()| check_host(&parts)) {
        return Err(Box::new(held.by(refuse(companion, reader(&parts.uri, &parts.headers), refusal.into()))));
    }
    parts.extensions.insert(held.clone());
    Ok((Request::from_parts(parts, body), held))
}

/// So many at once, and each so long.
fn limit(companion: SharedCompanion, request: Request, below: Below) -> impl Future<Output = Response> + Send {
    let reader = reader(request.uri(), request.headers());
    let (parts, body) = request.into_parts();
    let begun = companion.requests.begin(client_of(&parts)).map(|place| {
        if let Some(held) = parts.extensions.get::<Held>() {
            held.keep(place);
        }
        tokio::time::timeout(LONGEST_REQUEST, below.answer(Request::from_parts(parts, body)))
    });
    // Boxed: what is answered at once may wait too, and has room for a clock.
    Box::pin(async move {
        match begun {
            Ok(answering) => match answering.await {
                Ok(answer) => answer,
                Err(_) => refuse(&companion, reader, Refusal::unavailable(ErrorCode::CompanionFault)),
            },
            Err(refusal) => refuse(&companion, reader, refusal.into()),
        }
    })
}

/// What the headers of an answer depend on.
struct Asked {
    wants_nonce: bool,
    is_http_1: bool,
    is_metadata: bool,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let path = request.uri().path();
        Self {
            wants_nonce: path.starts_with("/api/") || matches!(path, path::PAR | path::DEVICE_AUTHORIZATION | path::TOKEN | path::REVOKE),
            is_http_1: request.version() <= Version::HTTP_11,
            is_metadata: path == path::METADATA && request.method() == Method::GET,
        }
    }
}

/// Headers of every answer; pages bring more of their own. A nonce rides on each, so that an app rarely has to ask twice.
fn add_headers(companion: &SharedCompanion, asked: Asked, response: &mut Response) {
    let status = response.status();
    let headers = response.headers_mut();
    // The clock that judges proofs: by it an app sets its own right, and this machine's may be another.
    if let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(companion.clock.now().into())) {
        headers.insert(DATE, date);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let caching = if asked.is_metadata && status.is_success() { "max-age=300" } else { "no-store" };
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static(caching));
    if companion.config.service.is_https() {
        headers.entry(STRICT_TRANSPORT_SECURITY).or_insert(HeaderValue::from_static("max-age=31536000"));
    }
    // HTTP/2 is told by GOAWAY at the end.
    if asked.is_http_1 && companion.leaving.is_cancelled() {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if asked.wants_nonce
        && let Ok(nonce) = HeaderValue::try_from(companion.proofs.fresh_nonce())
    {
        headers.insert(DPOP_NONCE, nonce);
    }
}

/// One line an answer, for known paths only: an unknown one could hold anything, and no query is ever written. Of refusals that come in
/// hundreds, the first of each kind in a minute.
fn log_answer<A>(companion: SharedCompanion, request: Request, answer: impl FnOnce(Request) -> A) -> impl Future<Output = Response> + Send
where
    A: Future<Output = Response> + Send,
{
    let started = Instant::now();
    // Nothing of the request itself is kept: whatever is left of its head keeps the whole buffer that it came in, as long as it is answered.
    let path = request.uri().path();
    let (route, timed) = (route(path), measures::timed(path));
    let span = tracing::info_span!("request", method = %request.method(), path = &*shown(path));
    let answering = answer(request);
    let told = async move {
        let response = answering.await;
        measures::answered(timed, started.elapsed());
        log(&companion, &route, started.elapsed(), &response);
        response
    };
    told.instrument(span)
}

/// The line of one answer.
fn log(companion: &SharedCompanion, route: &str, took: Duration, response: &Response) {
    let status = response.status().as_u16();
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    // What every workstation asks all day long, and hears that all is well.
    let is_routine =
        matches!(route, path::SESSION | path::SESSION_EVENTS | path::ACTIVITY) || response.extensions().get::<Routine>().is_some();
    let line = if status < 400 && is_routine {
        Line::Routine
    } else if status < 400 {
        Line::Written
    } else {
        companion.refusals.count(route, status)
    };
    match line {
        Line::OfMany(refused) => tracing::info!(status, refused, "Requests are refused: not each is written down"),
        Line::Routine => tracing::debug!(status, kind, duration_ms, "A request was answered"),
        Line::Unwritten => tracing::debug!(status, kind, duration_ms, "A request was refused"),
        Line::Written => tracing::info!(status, kind, duration_ms, "A request was answered"),
    }
}

/// A path as it may be logged. The one part of a known path that a client chooses is kept where it may be the number of a sign-in.
fn shown(path: &str) -> Cow<'_, str> {
    let Some((id, rest)) = about_sign_in(path) else { return path.into() };
    let id = if SignInId::parse(id).is_ok() { id } else { "{id}" };
    format!("{}/{id}{rest}", path::SIGN_INS).into()
}

/// The known path, whichever sign-in it is about.
fn route(path: &str) -> Cow<'static, str> {
    if let Some(route) = [path::SESSION, path::SESSION_EVENTS, path::ACTIVITY].into_iter().find(|route| *route == path) {
        return route.into();
    }
    about_sign_in(path).map_or_else(|| path.to_owned(), |(_, rest)| format!("{}/{{id}}{rest}", path::SIGN_INS)).into()
}

/// What a client calls the sign-in that it asks about, and the rest of the path.
fn about_sign_in(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix(path::SIGN_INS)?.strip_prefix('/')?;
    Some(rest.find('/').map_or((rest, ""), |end| rest.split_at(end)))
}

#[cfg(test)]
mod tests;
