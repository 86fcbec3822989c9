//! Who may ask: the holder of an access token who also holds the key it is bound to (RFC 9449 section 7).

use axum::body::Body;
use http::StatusCode;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use vestibule_model::ErrorCode;

use crate::companion::Companion;
use crate::edge::answer::Refusal;
use crate::edge::params::{media_type, read_body};
use crate::edge::{client_of, method_and_path};
use crate::gate::dpop::{ExpectedProof, ProofRefused};
use crate::session::{LiveSession, SessionRefused};

/// Checks the proof of a request that bears no access token, and gives the thumbprint of the device key.
///
/// # Errors
/// 401 with a challenge; 429.
pub async fn proven_key(companion: &Companion, parts: &Parts) -> Result<String, Refusal> {
    check_proof(companion, parts, None).await
}

/// Finds the session of a request.
///
/// # Errors
/// 401 with a challenge; 423 when it is locked; 429; 503.
pub async fn live_session(companion: &Companion, parts: &Parts) -> Result<LiveSession, Refusal> {
    let (token, jkt) = proven_token(companion, parts).await?;
    let live = companion.sessions.authenticate(&jkt, &token, client_of(parts)).await?;
    companion.proofs.vouch(&jkt);
    Ok(live)
}

/// The same for what may be asked of a locked session too, with the thumbprint of the device key.
///
/// # Errors
/// As [`live_session`], but 423.
pub async fn session_of_key_even_locked(companion: &Companion, parts: &Parts) -> Result<(LiveSession, String), Refusal> {
    let (token, jkt) = proven_token(companion, parts).await?;
    let live = companion.sessions.authenticate_even_locked(&jkt, &token, client_of(parts)).await?;
    companion.proofs.vouch(&jkt);
    Ok((live, jkt))
}

/// The access token of a request and the thumbprint of the key that proved to hold it; whether it is good for anything is not known yet.
///
/// # Errors
/// 401 with a challenge; 429.
pub async fn proven_token(companion: &Companion, parts: &Parts) -> Result<(SecretString, String), Refusal> {
    let token = access_token(parts)?;
    let jkt = check_proof(companion, parts, Some(token)).await?;
    Ok((SecretString::from(token), jkt))
}

/// Reads a JSON body.
///
/// # Errors
/// 415, 413 or 400.
pub async fn read_json<T: DeserializeOwned>(parts: &Parts, body: Body) -> Result<T, Refusal> {
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media_type(kind).eq_ignore_ascii_case("application/json") {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request", ErrorCode::RequestMalformed));
    }
    let bytes = read_body(&parts.headers, body).await?;
    serde_json::from_slice(&bytes).map_err(|_| Refusal::invalid_request(ErrorCode::RequestMalformed))
}

/// `Authorization: DPoP <token>`, once; without any, the bare challenge. A bearer token is refused: whoever stole it could present it as such.
fn access_token(parts: &Parts) -> Result<&str, Refusal> {
    let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
    let (header, None) = (headers.next().ok_or_else(|| Refusal::invalid_token().as_bare_challenge())?, headers.next()) else {
        return Err(Refusal::invalid_token());
    };
    let (scheme, token) = header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(Refusal::invalid_token)?;
    if !scheme.eq_ignore_ascii_case("DPoP") || token.is_empty() {
        return Err(Refusal::invalid_token());
    }
    Ok(token)
}

async fn check_proof(companion: &Companion, parts: &Parts, access_token: Option<&str>) -> Result<String, Refusal> {
    let (method, path) = method_and_path(parts);
    let expected = ExpectedProof { method, path, from: client_of(parts), access_token };
    let jkt = companion.proofs.prove(&parts.headers, expected).await.map_err(|reason| {
        let refusal = Refusal::from(reason);
        if access_token.is_none() && reason == ProofRefused::Missing {
            return refusal.as_bare_challenge();
        }
        if refusal.status() == StatusCode::BAD_REQUEST { refusal.as_challenge() } else { refusal }
    })?;
    companion.rates.admit_call(&jkt)?;
    Ok(jkt)
}

impl From<SessionRefused> for Refusal {
    fn from(reason: SessionRefused) -> Self {
        let code = reason.code();
        match reason {
            SessionRefused::Unknown | SessionRefused::AccessTokenExpired => Self::invalid_token(),
            SessionRefused::Ended(end) => Self::invalid_token().after(end),
            SessionRefused::Locked => Self::locked(),
            SessionRefused::SituationUnknown | SessionRefused::NotHers => Self::new(StatusCode::NOT_FOUND, "not_found", code),
            SessionRefused::Store(_) => {
                tracing::error!(error.code = %code, "A session could not be read or changed");
                Self::unavailable(code)
            }
        }
    }
}
