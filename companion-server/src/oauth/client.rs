//! What every request of the thick client has in common: its public id and the proof of its device key.

use http::StatusCode;
use http::header::AUTHORIZATION;
use http::request::Parts;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::SCOPE;

use crate::companion::Companion;
use crate::edge::answer::Refusal;
use crate::edge::params::Params;
use crate::edge::{client_of, method_and_path};

use crate::gate::dpop::ExpectedProof;

/// Checks the proof of a request to the authorization server and gives the thumbprint of the device key.
///
/// # Errors
/// 400 `invalid_dpop_proof` or `use_dpop_nonce` (RFC 9449 sections 5 and 8); 429.
pub async fn proven_key(companion: &Companion, parts: &Parts) -> Result<String, Refusal> {
    let (method, path) = method_and_path(parts);
    let jkt = companion.proofs.prove(&parts.headers, ExpectedProof { method, path, from: client_of(parts), access_token: None }).await?;
    companion.rates.admit_call(&jkt)?;
    Ok(jkt)
}

/// Checks that the request names this companion's one public client, without any credential (RFC 6749 section 2.1).
///
/// # Errors
/// 401 `invalid_client`, or 400 when the id is missing.
pub fn check_client(companion: &Companion, parts: &Parts, params: &Params) -> Result<(), Refusal> {
    let tried_basic = parts.headers.contains_key(AUTHORIZATION);
    if tried_basic || params.optional("client_secret").is_some() {
        return Err(Refusal::invalid_client(tried_basic));
    }
    if params.required("client_id")? != companion.config.client.id {
        return Err(Refusal::invalid_client(false));
    }
    Ok(())
}

/// RFC 6749 section 3.3: there is one scope, asked for or not; another would be a promise that no token keeps.
///
/// # Errors
/// 400 `invalid_scope`.
pub fn check_scope(params: &Params) -> Result<(), Refusal> {
    let asked = params.optional("scope").unwrap_or(SCOPE);
    if asked.split(' ').all(|scope| scope == SCOPE) {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::BAD_REQUEST, "invalid_scope", ErrorCode::ScopeUnknown).naming("scope"))
}
