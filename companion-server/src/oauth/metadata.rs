//! RFC 8414: what an app must know about this companion before it starts.

use axum::Json;
use axum::extract::State;
use vestibule_model::exchange::{CompanionMetadata, DEVICE_CODE_GRANT, SCOPE, path};
use vestibule_model::language::Language;

use crate::companion::SharedCompanion;
use crate::config::Config;

/// `GET /.well-known/oauth-authorization-server`.
pub async fn show(State(companion): State<SharedCompanion>) -> Json<CompanionMetadata> {
    Json(metadata(&companion.config))
}

/// What the companion says of itself.
pub fn metadata(config: &Config) -> CompanionMetadata {
    let service = &config.service;
    let own_or = |published: &Option<url::Url>, own: &str| published.as_ref().map_or_else(|| service.address(own), ToString::to_string);
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    CompanionMetadata {
        issuer: service.origin(),
        authorization_endpoint: service.address(path::AUTHORIZE),
        token_endpoint: service.address(path::TOKEN),
        pushed_authorization_request_endpoint: service.address(path::PAR),
        device_authorization_endpoint: service.address(path::DEVICE_AUTHORIZATION),
        revocation_endpoint: service.address(path::REVOKE),
        response_types_supported: words(&["code"]),
        response_modes_supported: words(&["query"]),
        scopes_supported: words(&[SCOPE]),
        grant_types_supported: words(&["authorization_code", "refresh_token", DEVICE_CODE_GRANT]),
        code_challenge_methods_supported: words(&["S256"]),
        dpop_signing_alg_values_supported: words(&["ES256"]),
        token_endpoint_auth_methods_supported: words(&["none"]),
        // Absent would mean `client_secret_basic` (RFC 8414 section 2).
        revocation_endpoint_auth_methods_supported: words(&["none"]),
        authorization_response_iss_parameter_supported: true,
        require_pushed_authorization_requests: true,
        ui_locales_supported: words(&[Language::Fr.tag(), Language::En.tag()]),
        op_policy_uri: own_or(&service.privacy_url, path::PRIVACY),
        op_tos_uri: own_or(&service.terms_url, path::TERMS),
        service_name: service.name.clone(),
        psc_environment: config.psc.environment,
        companion_version: env!("CARGO_PKG_VERSION").to_owned(),
        minimum_app_version: config.client.minimum_app_version.clone(),
        current_app_version: config.client.current_app_version.clone(),
    }
}
