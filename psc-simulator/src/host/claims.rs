//! What the tokens say.

use serde_json::{Map, Value, json};

use crate::fault::{Fault, Faults};
use crate::keys::{CryptographyRefused, Spoiled, left_half_sha256};
use crate::persona::Persona;
use crate::random::{self, NoRandomness};
use crate::realm::{Granted, SsoSession};
use crate::simulator::Simulator;

/// The scope of every token.
pub(crate) const SCOPE: &str = "openid scope_all";

/// Tokens could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotIssued {
    #[error(transparent)]
    Random(#[from] NoRandomness),
    #[error(transparent)]
    Cryptography(#[from] CryptographyRefused),
    #[error("the persona of the session does not exist")]
    PersonaMissing,
}

/// The answer of the token endpoint.
pub(crate) fn token_answer(simulator: &Simulator, granted: &Granted) -> Result<Value, NotIssued> {
    let now = simulator.clock.now();
    let faults = simulator.faults(&granted.client_id);
    let persona = simulator.persona(&granted.session.persona).ok_or(NotIssued::PersonaMissing)?;
    let access = access_claims(simulator, granted, persona, &faults)?;
    let access_token = simulator.keys.sign(&access, Spoiled::default())?;
    let id = id_claims(access, granted, persona, &faults, &access_token)?;
    let spoiled = Spoiled { unknown_kid: faults.has(&Fault::UnknownKid), bad_signature: faults.has(&Fault::BadSignature) };
    let id_token = simulator.keys.sign(&id, spoiled)?;
    let refresh_token = simulator.realm().remember(granted, &access_token, now)?;
    Ok(json!({
        "access_token": access_token,
        "expires_in": granted.access_seconds,
        "refresh_expires_in": granted.refresh_seconds,
        "refresh_token": refresh_token,
        "token_type": "Bearer",
        "id_token": id_token,
        "not-before-policy": 0,
        "session_state": granted.session.id,
        "scope": SCOPE,
    }))
}

/// The answer of introspection; a refresh token's has no `SubjectNameID`.
pub(crate) fn introspected(simulator: &Simulator, token: &str) -> Value {
    let now = simulator.clock.now();
    let by_access = simulator.realm().access(token, now);
    if let Some((client_id, session)) = by_access
        && let Some(mut claims) = simulator.keys.verified(token)
        && let Some(persona) = simulator.persona(&session.persona)
    {
        claims.insert("active".to_owned(), json!(true));
        claims.insert("client_id".to_owned(), json!(client_id));
        claims.insert("username".to_owned(), json!(persona.claim("preferred_username")));
        claims.insert("SubjectNameID".to_owned(), json!(persona.claim("SubjectNameID")));
        return Value::Object(claims);
    }
    let by_refresh = simulator.realm().refreshable(token, now);
    match by_refresh {
        Some((client_id, session)) => json!({
            "active": true,
            "client_id": client_id,
            "azp": client_id,
            "iss": simulator.addresses.issuer(),
            "typ": "Refresh",
            "scope": SCOPE,
            "sid": session.id,
            "session_state": session.id,
        }),
        None => json!({ "active": false }),
    }
}

fn access_claims(simulator: &Simulator, granted: &Granted, persona: &Persona, faults: &Faults) -> Result<Map<String, Value>, NotIssued> {
    let now = simulator.clock.now();
    let SsoSession { id: session, means, authenticated_at, .. } = &granted.session;
    let mut claims = Map::new();
    claims.insert("exp".to_owned(), json!(now + granted.access_seconds));
    claims.insert("iat".to_owned(), json!(now));
    claims.insert("auth_time".to_owned(), json!(authenticated_at));
    claims.insert("jti".to_owned(), json!(random::uuid()?));
    claims.insert("iss".to_owned(), json!(simulator.addresses.issuer()));
    claims.insert("sub".to_owned(), json!(persona.claim("sub")));
    claims.insert("typ".to_owned(), json!("Bearer"));
    claims.insert("azp".to_owned(), json!(granted.client_id));
    // Empty, not absent, when none was sent: seen in the sandbox.
    claims.insert("nonce".to_owned(), json!(granted.nonce.as_deref().unwrap_or_default()));
    claims.insert("session_state".to_owned(), json!(session));
    if let Some(acr) = faults.acr() {
        claims.insert("acr".to_owned(), json!(acr));
    }
    claims.insert("scope".to_owned(), json!(SCOPE));
    claims.insert("sid".to_owned(), json!(session));
    if let Some(thumbprint) = &granted.bound_to {
        claims.insert("cnf".to_owned(), json!({ "x5t#S256": thumbprint }));
    }
    if !faults.has(&Fault::AuthModeAbsent) {
        claims.insert("authMode".to_owned(), json!(means.auth_mode()));
    }
    if let Some(level) = faults.auth_level() {
        claims.insert("auth_level".to_owned(), json!(level));
    }
    if let Some(other) = persona.userinfo.get("otherIds") {
        claims.insert("otherIds".to_owned(), other.clone());
    }
    claims.insert("preferred_username".to_owned(), json!(persona.claim("preferred_username")));
    Ok(claims)
}

fn id_claims(
    access: Map<String, Value>,
    granted: &Granted,
    persona: &Persona,
    faults: &Faults,
    access_token: &str,
) -> Result<Map<String, Value>, NotIssued> {
    let mut claims = access;
    claims.remove("scope");
    claims.remove("otherIds");
    claims.remove("cnf");
    claims.insert("jti".to_owned(), json!(random::uuid()?));
    claims.insert("aud".to_owned(), json!(granted.client_id));
    claims.insert("typ".to_owned(), json!("ID"));
    claims.insert("at_hash".to_owned(), json!(left_half_sha256(access_token)));
    for name in ["given_name", "family_name", "SubjectNameID"] {
        claims.insert(name.to_owned(), json!(persona.claim(name)));
    }
    if granted.nonce.is_none() {
        claims.remove("nonce");
    }
    if faults.has(&Fault::WrongNonce) {
        claims.insert("nonce".to_owned(), json!("another-request"));
    }
    if faults.has(&Fault::WrongIssuer) {
        claims.insert("iss".to_owned(), json!("https://issuer.example/auth/realms/esante-wallet"));
    }
    Ok(claims)
}
