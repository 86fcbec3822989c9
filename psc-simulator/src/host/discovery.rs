//! The discovery document, in the shape of late 2024.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::simulator::Simulator;

const CLIENT_AUTHENTICATION: [&str; 5] =
    ["private_key_jwt", "client_secret_basic", "client_secret_post", "tls_client_auth", "client_secret_jwt"];
const SIGNATURES: [&str; 13] =
    ["PS384", "RS384", "EdDSA", "ES384", "HS256", "HS512", "ES256", "RS256", "HS384", "ES512", "PS256", "PS512", "RS512"];
const ENCRYPTIONS: [&str; 3] = ["RSA-OAEP", "RSA-OAEP-256", "RSA1_5"];

pub(super) async fn discovery(State(simulator): State<Arc<Simulator>>) -> Json<Value> {
    let addresses = simulator.addresses;
    let or_none: Vec<&str> = SIGNATURES.iter().copied().chain(["none"]).collect();
    let registration = format!("{}/clients-registrations/openid-connect", addresses.issuer());
    let mut document = json!({
        "issuer": addresses.issuer(),
        "authorization_endpoint": addresses.authorization_endpoint(),
        "token_endpoint": addresses.endpoint("token"),
        "introspection_endpoint": addresses.endpoint("token/introspect"),
        "userinfo_endpoint": addresses.endpoint("userinfo"),
        "end_session_endpoint": addresses.endpoint("logout"),
        "jwks_uri": addresses.endpoint("certs"),
        "check_session_iframe": addresses.endpoint("login-status-iframe.html"),
        "revocation_endpoint": addresses.endpoint("revoke"),
        "device_authorization_endpoint": addresses.endpoint("auth/device"),
        "backchannel_authentication_endpoint": addresses.endpoint("ext/ciba/auth"),
        "pushed_authorization_request_endpoint": addresses.endpoint("ext/par/request"),
        "registration_endpoint": registration,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "grant_types_supported": [
            "authorization_code", "implicit", "refresh_token", "password", "client_credentials",
            "urn:openid:params:grant-type:ciba", "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "acr_values_supported": ["0", "0"],
        "response_types_supported":
            ["code", "none", "id_token", "token", "id_token token", "code id_token", "code token", "code id_token token"],
        "response_modes_supported": ["query", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt", "jwt"],
        "subject_types_supported": ["public", "pairwise"],
    });
    let more = json!({
        "id_token_signing_alg_values_supported": SIGNATURES,
        "id_token_encryption_alg_values_supported": ENCRYPTIONS,
        "userinfo_signing_alg_values_supported": or_none,
        "userinfo_encryption_alg_values_supported": ENCRYPTIONS,
        "request_object_signing_alg_values_supported": or_none,
        "request_object_encryption_alg_values_supported": ENCRYPTIONS,
        "token_endpoint_auth_methods_supported": CLIENT_AUTHENTICATION,
        "introspection_endpoint_auth_methods_supported": CLIENT_AUTHENTICATION,
        "revocation_endpoint_auth_methods_supported": CLIENT_AUTHENTICATION,
        "claims_supported":
            ["aud", "sub", "iss", "auth_time", "name", "given_name", "family_name", "preferred_username", "email", "acr"],
        "scopes_supported": [
            "openid", "microprofile-jwt", "rpps", "referentiel", "web-origins", "basic", "identity", "acr", "offline_access", "eidas1",
            "eidas2", "profile", "roles", "email", "scope_all", "phone", "interop", "scope_1", "scope_2", "address",
        ],
        "code_challenge_methods_supported": ["plain", "S256"],
        "tls_client_certificate_bound_access_tokens": true,
        "authorization_response_iss_parameter_supported": true,
        "require_pushed_authorization_requests": false,
        "backchannel_token_delivery_modes_supported": ["poll", "ping"],
        "mtls_endpoint_aliases": {
            "token_endpoint": addresses.mtls_alias("token"),
            "revocation_endpoint": addresses.mtls_alias("revoke"),
            "introspection_endpoint": addresses.mtls_alias("token/introspect"),
            "device_authorization_endpoint": addresses.mtls_alias("auth/device"),
            "registration_endpoint": registration,
            "userinfo_endpoint": addresses.mtls_alias("userinfo"),
            "pushed_authorization_request_endpoint": addresses.mtls_alias("ext/par/request"),
            "backchannel_authentication_endpoint": addresses.mtls_alias("ext/ciba/auth"),
        },
    });
    if let (Some(document), Value::Object(more)) = (document.as_object_mut(), more) {
        document.extend(more);
    }
    Json(document)
}
