//! Request and answer bodies between app and companion. Names come from the RFCs; what no RFC names is listed in the exchange document.

use serde::{Deserialize, Serialize};

use crate::error_code::ErrorCode;
use crate::practitioner::SituationId;
use crate::session::{PscEnvironment, Session, SessionClocks, SessionEnd, SignInId};

/// Names of the companion's paths, so that both sides spell them once.
pub mod path {
    /// RFC 8414 metadata.
    pub const METADATA: &str = "/.well-known/oauth-authorization-server";
    /// RFC 9126.
    pub const PAR: &str = "/oauth/par";
    /// The page that leads to Pro Santé Connect.
    pub const AUTHORIZE: &str = "/oauth/authorize";
    /// RFC 6749.
    pub const TOKEN: &str = "/oauth/token";
    /// RFC 7009.
    pub const REVOKE: &str = "/oauth/revoke";
    /// Pro Santé Connect's answer.
    pub const PSC_CALLBACK: &str = "/psc/callback";
    /// Where Pro Santé Connect sends the browser after a sign-out.
    pub const PSC_LOGOUT_RETURN: &str = "/psc/logout-return";
    /// Confirmation page.
    pub const CONFIRM: &str = "/sign-in/confirm";
    /// Where the loopback listener sends the browser: "you may go back", or the problem.
    pub const RETURN: &str = "/sign-in/return";
    /// One-time page that signs the browser out of Pro Santé Connect.
    pub const SIGN_OUT_PAGE: &str = "/sign-out";
    /// Prefix of a pending sign-in: `{prefix}/{sign_in_id}`; `DELETE` cancels it, `/events` reports on it.
    pub const SIGN_INS: &str = "/api/v1/sign-ins";
    /// The session.
    pub const SESSION: &str = "/api/v1/session";
    /// `PUT`.
    pub const SITUATION: &str = "/api/v1/session/situation";
    /// `POST`.
    pub const ACTIVITY: &str = "/api/v1/session/activity";
    /// Server-sent events, or `?wait=` long poll.
    pub const SESSION_EVENTS: &str = "/api/v1/session/events";
    /// `POST`.
    pub const SIGN_OUT: &str = "/api/v1/session/sign-out";
    /// Terms, privacy, accessibility: pages for people.
    pub const TERMS: &str = "/terms";
    /// See [`TERMS`].
    pub const PRIVACY: &str = "/privacy";
    /// See [`TERMS`].
    pub const ACCESSIBILITY: &str = "/accessibility";
}

/// RFC 8414 metadata with our three additions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanionMetadata {
    /// Public origin of the companion, without a trailing slash; compared with `iss` in the authorization answer (RFC 9207).
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub pushed_authorization_request_endpoint: String,
    pub revocation_endpoint: String,
    pub response_types_supported: Vec<String>,
    pub grant_types_supported: Vec<String>,
    pub code_challenge_methods_supported: Vec<String>,
    pub dpop_signing_alg_values_supported: Vec<String>,
    pub token_endpoint_auth_methods_supported: Vec<String>,
    pub authorization_response_iss_parameter_supported: bool,
    pub require_pushed_authorization_requests: bool,
    pub ui_locales_supported: Vec<String>,
    pub op_policy_uri: String,
    pub op_tos_uri: String,
    /// Ours: name of the service, for the window's title and the pages.
    pub service_name: String,
    /// Ours: which Pro Santé Connect stands behind, for the ribbon.
    pub psc_environment: PscEnvironment,
    /// Ours: version of the companion, for "About" and for support.
    pub companion_version: String,
}

/// RFC 9126 request, form-encoded. The DPoP proof that comes with it binds the sign-in to the device key.
#[derive(Clone, Serialize, Deserialize)]
pub struct PushedAuthorizationRequest {
    pub client_id: String,
    /// Always `code`.
    pub response_type: String,
    /// `http://127.0.0.1:<port>/cb/<random>`.
    pub redirect_uri: String,
    pub code_challenge: String,
    /// Always `S256`.
    pub code_challenge_method: String,
    pub state: String,
    /// RFC 9449 section 10: thumbprint of the device key; when present it must equal the proof's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
    /// Ours: what the workstation calls itself; self-declared, shown as such. At most 64 printable characters are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_label: Option<String>,
}

impl std::fmt::Debug for PushedAuthorizationRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PushedAuthorizationRequest").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// RFC 9126 answer (201) with our additions.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedAuthorizationAnswer {
    pub request_uri: String,
    /// Seconds during which `request_uri` may be opened.
    pub expires_in: u32,
    /// Ours: the thread of this attempt.
    pub sign_in_id: SignInId,
    /// Ours: two digits; shown when a confirmation is due, so that the person can compare.
    pub match_number: String,
    /// Ours: what the exchange demands besides the browser.
    pub confirmation: Confirmation,
    /// Ours: where the state of this attempt is told.
    pub events_uri: String,
    /// Ours: seconds until the attempt ends.
    pub sign_in_expires_in: u32,
}

impl std::fmt::Debug for PushedAuthorizationAnswer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PushedAuthorizationAnswer").field("sign_in_id", &self.sign_in_id).finish_non_exhaustive()
    }
}

/// What the person must do besides signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// Nothing known yet: the loopback exchange decides once it knows who came back.
    None,
    /// Pick the app's number on the page.
    Number,
    /// Type the page's code into the app.
    Code,
}

/// States of one attempt; ends come last. Each arrow is one conditional update at the companion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInState {
    /// Pushed by the app.
    Created,
    /// The browser consumed the request.
    Opened,
    /// The browser was sent to Pro Santé Connect.
    AtPsc,
    /// Pro Santé Connect answered; its code is being exchanged.
    Exchanging,
    /// Known who; the confirmation page waits for the person.
    Authenticated,
    /// The code is on its way to the app.
    Confirmed,
    /// The app has its session.
    Redeemed,
    /// The person declined, at Pro Santé Connect or on the confirmation page. An outcome, not an error.
    Declined,
    /// Ten minutes, or a shorter stage, went by.
    Expired,
    /// The app withdrew.
    Cancelled,
    /// Something refused or broke: see the code.
    Failed,
    /// A right code came with a wrong verifier or key: someone else has it.
    Burned,
}

impl SignInState {
    /// Whether nothing more can happen to the attempt.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Redeemed | Self::Declined | Self::Expired | Self::Cancelled | Self::Failed | Self::Burned)
    }
}

/// One report on a pending sign-in: a state name and, at most, a code of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInEvent {
    pub state: SignInState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
}

/// RFC 6749 token answer with the session it opens or continues.
#[derive(Clone, Serialize, Deserialize)]
pub struct TokenAnswer {
    pub access_token: String,
    /// Always `DPoP`.
    pub token_type: String,
    /// Seconds.
    pub expires_in: u32,
    pub refresh_token: String,
    pub session: Session,
}

impl std::fmt::Debug for TokenAnswer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TokenAnswer").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// RFC 6749 error with our number. `error` is for standard clients, `code` for ours, the description for people, in French.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorAnswer {
    pub error: String,
    pub error_description: String,
    pub code: ErrorCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_id: Option<SignInId>,
}

/// `PUT /api/v1/session/situation`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SituationChoice {
    pub situation_id: SituationId,
}

/// `POST /api/v1/session/activity`: real input happened this long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivityReport {
    /// Milliseconds since the last real input.
    pub idle_ms: u64,
}

/// One report on a live session: state and clocks only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEvent {
    /// Grows with each change; given back as `after` in the next long poll.
    pub version: u64,
    /// `None` while it lives.
    pub ended: Option<SessionEnd>,
    /// `None` once it ended.
    pub clocks: Option<SessionClocks>,
}

/// Answer to a sign-out. The service session is dead whatever this says (EXI 20).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "psc_session", rename_all = "snake_case")]
pub enum SignOutAnswer {
    /// Pro Santé Connect's session was ended server to server.
    Ended,
    /// Pro Santé Connect could not be reached or refused: this one-time page of the companion does it in the browser.
    BrowserNeeded { browser_url: String },
}

impl std::fmt::Debug for SignOutAnswer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Ended => "Ended",
            Self::BrowserNeeded { .. } => "BrowserNeeded(redacted)",
        })
    }
}

#[cfg(test)]
mod tests;
