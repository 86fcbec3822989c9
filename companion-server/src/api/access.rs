//! Who may ask: the holder of an access token who also holds the key it is bound to (RFC 9449 section 7).

use axum::body::Body;
use http::StatusCode;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use vestibule_model::{ErrorCode, Session};

use crate::companion::Companion;
use crate::edge::answer::Refusal;
use crate::edge::params::{media_type, read_body};
use crate::edge::{client_of, method_and_path};
use crate::gate::dpop::{Examined, ExpectedProof, ProofRefused};
use crate::neighbours::note;
use crate::session::{LiveSession, SessionRefused};
use crate::store::{ProofNote, WithProof};

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
    let (jkt, found) = proven(companion, parts, async |token, proof| companion.sessions.find(token, proof).await).await?;
    let live = companion.sessions.admit(&jkt, found, client_of(parts)).await?;
    companion.proofs.vouch(&jkt);
    Ok(live)
}

/// The same for what may be asked of a locked session too, with the thumbprint of the device key.
///
/// # Errors
/// As [`live_session`], but 423.
pub async fn session_of_key_even_locked(companion: &Companion, parts: &Parts) -> Result<(LiveSession, String), Refusal> {
    let (jkt, found) = proven(companion, parts, async |token, proof| companion.sessions.find(token, proof).await).await?;
    let live = companion.sessions.admit_even_locked(&jkt, found, client_of(parts)).await?;
    companion.proofs.vouch(&jkt);
    Ok((live, jkt))
}

/// The session of a request, as its app may know it.
///
/// # Errors
/// As [`live_session`].
pub async fn shown_session(companion: &Companion, parts: &Parts) -> Result<Session, Refusal> {
    let (jkt, found) = proven(companion, parts, async |token, proof| companion.sessions.find_granted(token, proof).await).await?;
    let session = companion.sessions.show(&jkt, found, client_of(parts)).await?;
    companion.proofs.vouch(&jkt);
    Ok(session)
}

/// The thumbprint of the key that proved to hold the access token of a request, and what `find` has of that token.
///
/// Among several companions, whether another one took the proof is asked together with the token, in one question; what was found is looked at
/// by nobody before the answer.
async fn proven<T>(
    companion: &Companion,
    parts: &Parts,
    find: impl AsyncFnOnce(&SecretString, Option<ProofNote>) -> Result<WithProof<T>, SessionRefused>,
) -> Result<(String, T), Refusal> {
    let token = access_token(parts)?;
    let Examined { jkt, to_witness } =
        companion.proofs.examine(&parts.headers, expected(parts, Some(token))).map_err(refused_with_token)?;
    let token = SecretString::from(token);
    let Some(proof) = to_witness else {
        companion.rates.admit_call(&jkt)?;
        return Ok((jkt, find(&token, None).await?.found));
    };
    let WithProof { is_first, found } = find(&token, Some(note(proof))).await?;
    if !is_first {
        // Somebody took it, or what was noted before is forgotten: the memory says which.
        companion.proofs.witness(proof).await.map_err(refused_with_token)?;
    }
    companion.rates.admit_call(&jkt)?;
    Ok((jkt, found))
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
    let jkt = companion.proofs.prove(&parts.headers, expected(parts, access_token)).await.map_err(|reason| {
        let refusal = refused_with_token(reason);
        if access_token.is_none() && reason == ProofRefused::Missing { refusal.as_bare_challenge() } else { refusal }
    })?;
    companion.rates.admit_call(&jkt)?;
    Ok(jkt)
}

fn expected<'r>(parts: &'r Parts, access_token: Option<&'r str>) -> ExpectedProof<'r> {
    let (method, path) = method_and_path(parts);
    ExpectedProof { method, path, from: client_of(parts), access_token }
}

fn refused_with_token(reason: ProofRefused) -> Refusal {
    let refusal = Refusal::from(reason);
    if refusal.status() == StatusCode::BAD_REQUEST { refusal.as_challenge() } else { refusal }
}

impl From<SessionRefused> for Refusal {
    fn from(reason: SessionRefused) -> Self {
        let code = reason.code();
        match reason {
            SessionRefused::Unknown | SessionRefused::AccessTokenExpired => Self::invalid_token(),
            SessionRefused::Ended(end) => Self::invalid_token().after(end),
            SessionRefused::Locked => Self::locked(),
            SessionRefused::SituationUnknown | SessionRefused::NotHers => Self::new(StatusCode::NOT_FOUND, "not_found", code),
            SessionRefused::Store(error) => {
                tracing::error!(error.code = %code, %error, "A session could not be read or changed");
                Self::unavailable(code)
            }
        }
    }
}
