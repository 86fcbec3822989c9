//! Codes and refresh tokens become tokens bound to the device key (RFC 6749, RFC 9449 section 5), and end (RFC 7009).

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::StatusCode;
use http::request::Parts;
use secrecy::SecretString;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{DEVICE_CODE_GRANT, TokenAnswer};
use vestibule_model::session::{SessionEnd, SignInId};

use crate::companion::SharedCompanion;
use crate::edge::answer::Refusal;
use crate::edge::params::Params;
use crate::edge::{Routine, client_address, client_of, to_completion};
use crate::gate::Awaited;
use crate::session::RefreshRefused;
use crate::sign_in::{Poll, PollRefused, RedeemRefused, Redemption, letters};

use super::client::{check_client, check_scope, proven_key};

/// Longest time a poll is held: under the thirty seconds that most proxies allow.
const LONGEST_POLL: Duration = Duration::from_secs(25);

/// `POST /oauth/token`.
///
/// # Errors
/// RFC 6749 section 5.2.
pub fn grant(
    State(companion): State<SharedCompanion>,
    connection: ConnectInfo<SocketAddr>,
    request: Request,
) -> impl Future<Output = Result<Response, Refusal>> + Send {
    // Boxed, and the request with it, before the future is made: nothing of what it took to find out who polls is held while she waits.
    let asked = Box::pin(asked(SharedCompanion::clone(&companion), connection, request));
    async move {
        match asked.await? {
            Asked::Answered(response) => Ok(response),
            Asked::Poll(poll) => Ok(Json(answer_to(&companion, poll).await?).into_response()),
        }
    }
}

/// What a request for tokens comes to.
enum Asked {
    Answered(Response),
    /// It may have to wait.
    Poll(Box<Poll>),
}

async fn asked(companion: SharedCompanion, connection: ConnectInfo<SocketAddr>, request: Request) -> Result<Asked, Refusal> {
    let (parts, body) = request.into_parts();
    let jkt = proven_key(&companion, &parts).await?;
    let params = Params::from_form(&parts.headers, body).await?;
    check_client(&companion, &parts, &params)?;
    check_scope(&params)?;
    match params.required("grant_type")? {
        "authorization_code" => {
            let redemption = Redemption {
                jkt,
                code: params.secret("code")?,
                code_verifier: verifier(&params)?,
                redirect_uri: params.required("redirect_uri")?.to_owned(),
                letters: typed_letters(&params)?,
                client_address: client_address(connection),
            };
            let sign_ins = companion.sign_ins.clone();
            Ok(Asked::Answered(Json(to_completion(async move { sign_ins.redeem(redemption).await }).await??).into_response()))
        }
        DEVICE_CODE_GRANT => Ok(Asked::Poll(Box::new(poll(&parts, &params, jkt)?))),
        "refresh_token" => {
            let token = params.secret("refresh_token")?;
            companion.rates.admit_refresh(&jkt)?;
            let (sessions, from) = (companion.sessions.clone(), client_address(connection));
            let answer = to_completion(async move { sessions.refresh(&jkt, &token, from).await }).await??;
            Ok(Asked::Answered((Extension(Routine), Json(answer)).into_response()))
        }
        _ => Err(Refusal::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", ErrorCode::RequestMalformed).naming("grant_type")),
    }
}

/// RFC 7636 section 4.1: 43 to 128 unreserved characters. A shorter one could be guessed, whatever its client thought.
fn verifier(params: &Params) -> Result<SecretString, Refusal> {
    let verifier = params.required("code_verifier")?;
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    if (43..=128).contains(&verifier.len()) && verifier.bytes().all(is_unreserved) {
        return Ok(verifier.into());
    }
    Err(Refusal::parameter("code_verifier"))
}

fn poll(parts: &Parts, params: &Params, jkt: String) -> Result<Poll, Refusal> {
    Ok(Poll {
        jkt,
        device_code: params.secret("device_code")?,
        code_verifier: verifier(params)?,
        letters: typed_letters(params)?,
        client_address: client_of(parts),
    })
}

/// RFC 8628 section 3.4, held until something happens: the session then arrives at once, not at the next tick.
async fn answer_to(companion: &SharedCompanion, poll: Box<Poll>) -> Result<TokenAnswer, Refusal> {
    let (sign_ins, begun) = (companion.sign_ins.clone(), poll.clone());
    let id = to_completion(async move { sign_ins.begin_poll(&begun).await }).await??;
    if poll.letters.is_none() {
        hold(companion, &poll, &id).await?;
    }
    let sign_ins = companion.sign_ins.clone();
    Ok(to_completion(async move { sign_ins.answer_poll(*poll).await }).await??)
}

/// What the person typed into the app.
fn typed_letters(params: &Params) -> Result<Option<SecretString>, Refusal> {
    let typed = params.optional("confirmation_code").map(letters);
    typed.map(|letters| letters.ok_or_else(|| Refusal::parameter("confirmation_code"))).transpose()
}

/// Only reads: an app that goes away leaves its place at once, and nothing half done.
async fn hold(companion: &SharedCompanion, poll: &Poll, id: &SignInId) -> Result<(), Refusal> {
    let parked = companion.parked.enter(&poll.jkt, poll.client_address, Awaited::Tokens(id.clone()))?;
    tokio::select! {
        held = companion.sign_ins.hold_poll(id, LONGEST_POLL) => held.map_err(PollRefused::Store)?,
        // Of two polls at the same time the later one waits: the connection of the other may be long gone.
        () = parked.displaced() => return Err(PollRefused::TooSoon.into()),
        () = companion.shutdown.cancelled() => {}
    }
    Ok(())
}

/// `POST /oauth/revoke`: ends the service session of the token; Pro Santé Connect is left alone (RECO 06). The token suffices: clients of
/// RFC 7009 bring no proof there, and whoever found a token can do its owner no greater service than to end it. A proof that is brought
/// all the same is judged as everywhere: that of another key ends nothing.
///
/// # Errors
/// RFC 7009 section 2.2.1; an unknown token is not an error.
pub async fn revoke(State(companion): State<SharedCompanion>, request: Request) -> Result<StatusCode, Refusal> {
    let (parts, body) = request.into_parts();
    let jkt = if parts.headers.contains_key("dpop") { Some(proven_key(&companion, &parts).await?) } else { None };
    let params = Params::from_form(&parts.headers, body).await?;
    check_client(&companion, &parts, &params)?;
    let token = params.secret("token")?;
    let (sessions, from) = (companion.sessions.clone(), client_of(&parts));
    to_completion(async move { sessions.end(jkt.as_deref(), &token, from).await }).await?.map_err(|error| {
        tracing::error!(error.code = %error.code(), "A session could not be ended");
        Refusal::unavailable(error.code())
    })?;
    Ok(StatusCode::OK)
}

impl From<RedeemRefused> for Refusal {
    fn from(reason: RedeemRefused) -> Self {
        let code = reason.code();
        match reason {
            RedeemRefused::CodeRefused(None) => Self::invalid_grant(code),
            RedeemRefused::CodeRefused(Some(id))
            | RedeemRefused::Burned(id)
            | RedeemRefused::TriesSpent(id)
            | RedeemRefused::Withdrawn { id, .. } => Self::invalid_grant(code).about(id),
            // As in the polling exchange (RFC 8628 section 3.5): the app asks again, with what is missing.
            RedeemRefused::LettersDue(due) => Self::new(StatusCode::BAD_REQUEST, "authorization_pending", code).with_letters_due(due),
            RedeemRefused::LettersWrong { due, id } => {
                Self::new(StatusCode::BAD_REQUEST, "authorization_pending", code).with_letters_due(due).about(id)
            }
            RedeemRefused::Expired(id) => Self::invalid_grant(code).about(id),
            RedeemRefused::Declined { id, .. } | RedeemRefused::Failed { id, .. } => {
                Self::new(StatusCode::BAD_REQUEST, "access_denied", code).about(id)
            }
            RedeemRefused::Store(error) => {
                tracing::error!(error.code = %code, %error, "A code could not be redeemed");
                Self::unavailable(code)
            }
        }
    }
}

impl From<PollRefused> for Refusal {
    fn from(reason: PollRefused) -> Self {
        let code = reason.code();
        let bad_request = |error| Self::new(StatusCode::BAD_REQUEST, error, code);
        match reason {
            PollRefused::Pending(None) => bad_request("authorization_pending"),
            PollRefused::Pending(Some(due)) => bad_request("authorization_pending").with_letters_due(due),
            PollRefused::LettersWrong { due, id } => bad_request("authorization_pending").with_letters_due(due).about(id),
            PollRefused::TooSoon => bad_request("slow_down"),
            PollRefused::Declined { id, .. } | PollRefused::Failed { id, .. } => bad_request("access_denied").about(id),
            PollRefused::Expired(id) => bad_request("expired_token").about(id),
            PollRefused::CodeRefused(None) => Self::invalid_grant(code),
            PollRefused::CodeRefused(Some(id))
            | PollRefused::TriesSpent(id)
            | PollRefused::Withdrawn { id, .. }
            | PollRefused::Burned(id) => Self::invalid_grant(code).about(id),
            PollRefused::Store(error) => {
                tracing::error!(error.code = %code, %error, "A poll could not be answered");
                Self::unavailable(code)
            }
        }
    }
}

impl From<RefreshRefused> for Refusal {
    fn from(reason: RefreshRefused) -> Self {
        let code = reason.code();
        match reason {
            RefreshRefused::Unknown => Self::invalid_grant(code),
            RefreshRefused::Ended { end, id } => Self::invalid_grant(code).about(id).after(end),
            RefreshRefused::Locked(id) => Self::locked().about(id),
            RefreshRefused::Reused(id) => Self::invalid_grant(code).about(id).after(SessionEnd::Revoked),
            RefreshRefused::Store(error) => {
                tracing::error!(error.code = %code, %error, "A session could not be refreshed");
                Self::unavailable(code)
            }
        }
    }
}
