//! Codes and refresh tokens become tokens bound to the device key (RFC 6749, RFC 9449 section 5), and end (RFC 7009).

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use http::StatusCode;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::TokenAnswer;

use crate::edge::answer::Refusal;
use crate::edge::params::Params;
use crate::edge::{SharedCompanion, client_address, to_completion};
use crate::session::RefreshRefused;
use crate::sign_in::{RedeemRefused, Redemption};

use super::client::{check_client, proven_key};

/// `POST /oauth/token`.
///
/// # Errors
/// RFC 6749 section 5.2.
pub async fn grant(
    State(companion): State<SharedCompanion>,
    connection: ConnectInfo<SocketAddr>,
    request: Request,
) -> Result<Json<TokenAnswer>, Refusal> {
    let (parts, body) = request.into_parts();
    let jkt = proven_key(&companion, &parts)?;
    let params = Params::from_form(&parts.headers, body).await?;
    check_client(&companion, &parts, &params)?;
    match params.required("grant_type")? {
        "authorization_code" => {
            let redemption = Redemption {
                jkt,
                code: params.secret("code")?,
                code_verifier: params.secret("code_verifier")?,
                redirect_uri: params.required("redirect_uri")?.to_owned(),
                client_address: client_address(connection),
            };
            let sign_ins = companion.sign_ins.clone();
            Ok(Json(to_completion(async move { sign_ins.redeem(redemption).await }).await??))
        }
        "refresh_token" => {
            let token = params.secret("refresh_token")?;
            let sessions = companion.sessions.clone();
            Ok(Json(to_completion(async move { sessions.refresh(&jkt, &token).await }).await??))
        }
        _ => Err(Refusal::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", ErrorCode::RequestMalformed)),
    }
}

/// `POST /oauth/revoke`: ends the service session of the token; Pro Santé Connect is left alone (RECO 06).
///
/// # Errors
/// RFC 7009 section 2.2.1; an unknown token is not an error.
pub async fn revoke(State(companion): State<SharedCompanion>, request: Request) -> Result<StatusCode, Refusal> {
    let (parts, body) = request.into_parts();
    let jkt = proven_key(&companion, &parts)?;
    let params = Params::from_form(&parts.headers, body).await?;
    check_client(&companion, &parts, &params)?;
    let token = params.secret("token")?;
    let sessions = companion.sessions.clone();
    to_completion(async move { sessions.end(&jkt, &token).await }).await?.map_err(|_| {
        tracing::error!(error.code = %ErrorCode::StorageUnavailable, "A session could not be ended.");
        Refusal::unavailable(ErrorCode::StorageUnavailable)
    })?;
    Ok(StatusCode::OK)
}

impl From<RedeemRefused> for Refusal {
    fn from(reason: RedeemRefused) -> Self {
        let code = reason.code();
        match reason {
            RedeemRefused::CodeRefused(None) => Self::invalid_grant(code),
            RedeemRefused::CodeRefused(Some(id)) | RedeemRefused::Burned(id) => Self::invalid_grant(code).about(id),
            RedeemRefused::Store(_) => {
                tracing::error!(error.code = %code, "A code could not be redeemed.");
                Self::unavailable(code)
            }
        }
    }
}

impl From<RefreshRefused> for Refusal {
    fn from(reason: RefreshRefused) -> Self {
        let code = reason.code();
        match reason {
            RefreshRefused::Unknown | RefreshRefused::Ended(_) => Self::invalid_grant(code),
            RefreshRefused::Reused(id) => Self::invalid_grant(code).about(id),
            RefreshRefused::Store(_) => {
                tracing::error!(error.code = %code, "A session could not be refreshed.");
                Self::unavailable(code)
            }
        }
    }
}
