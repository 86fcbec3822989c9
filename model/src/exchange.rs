//! Request and answer bodies between app and companion. Names come from the RFCs; what no RFC names is listed in the exchange document.

use serde::{Deserialize, Serialize};

use crate::error_code::ErrorCode;
use crate::language::Language;
use crate::named;
use crate::practitioner::SituationId;
use crate::secret::Secret;
use crate::session::{PscEnvironment, Session, SessionClocks, SessionEnd, SignInId};
use crate::wire;

/// Names of the companion's paths, so that both sides spell them once.
pub mod path {
    /// RFC 8414 metadata.
    pub const METADATA: &str = "/.well-known/oauth-authorization-server";
    /// RFC 9126.
    pub const PAR: &str = "/oauth/par";
    /// The page that leads to Pro Santé Connect.
    pub const AUTHORIZE: &str = "/oauth/authorize";
    /// RFC 8628: starts the polling exchange.
    pub const DEVICE_AUTHORIZATION: &str = "/oauth/device_authorization";
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
    /// Where a person who just signed in sees on which workstations she is known, and has them forgotten.
    pub const WORKSTATIONS: &str = "/sign-in/workstations";
    /// One-time page that signs the browser out of Pro Santé Connect.
    pub const SIGN_OUT_PAGE: &str = "/sign-out";
    /// Prefix of a pending sign-in: `{prefix}/{sign_in_id}`; `DELETE` cancels it, `/events` reports on it.
    pub const SIGN_INS: &str = "/api/v1/sign-ins";
    /// `POST`, without effect: under which rules a sign-in of this workstation would start.
    pub const WORKSTATION: &str = "/api/v1/workstation";
    /// The session.
    pub const SESSION: &str = "/api/v1/session";
    /// `PUT`.
    pub const SITUATION: &str = "/api/v1/session/situation";
    /// `POST`.
    pub const ACTIVITY: &str = "/api/v1/session/activity";
    /// The session gives nothing any more until its person signs in again.
    pub const LOCK: &str = "/api/v1/session/lock";
    /// Server-sent events, or `?wait=` long poll.
    pub const SESSION_EVENTS: &str = "/api/v1/session/events";
    /// `POST`.
    pub const SIGN_OUT: &str = "/api/v1/session/sign-out";
    /// `GET`: the sessions of the person who asks, on all her workstations; `DELETE` ends all, or with `?which=others` all but the one that
    /// asks; `DELETE {prefix}/{id}` ends one.
    pub const SESSIONS: &str = "/api/v1/sessions";
    /// Terms, privacy, accessibility: pages for people.
    pub const TERMS: &str = "/terms";
    /// See [`TERMS`].
    pub const PRIVACY: &str = "/privacy";
    /// See [`TERMS`].
    pub const ACCESSIBILITY: &str = "/accessibility";
    /// The picture of the brand that the pages wear.
    pub const LOGO: &str = "/logo";
}

/// `grant_type` of the polling exchange (RFC 8628 section 3.4).
pub const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The one scope there is: the session of the person who signed in, and what the service gives her.
pub const SCOPE: &str = "session";

/// Letters of the code that is typed into the app: no vowel, no digit, nothing that reads as another (RFC 8628 section 6.1).
pub const CONFIRMATION_CODE_ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// Letters of that code.
pub const CONFIRMATION_CODE_LENGTH: usize = 8;

named! {
    /// The roads by which a session may come from the browser to the app.
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
    pub enum Exchange {
        /// The browser comes back to a listener on 127.0.0.1 (RFC 8252 section 7.3).
        Loopback = "loopback",
        /// The browser comes back through the app's private-use scheme (RFC 8252 section 7.1).
        Scheme = "scheme",
        /// The browser may be on another machine: the app asks, the person proves to sit in front of it (RFC 8628, hardened).
        Polling = "polling",
    }
}

/// RFC 8414 metadata with our additions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanionMetadata {
    /// Public origin of the companion, without a trailing slash; compared with `iss` in the authorization answer (RFC 9207).
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub pushed_authorization_request_endpoint: String,
    /// RFC 8628.
    pub device_authorization_endpoint: String,
    pub revocation_endpoint: String,
    // What our own app does not use it does not judge: the rest is for other people's.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub response_types_supported: Vec<String>,
    #[serde(default, deserialize_with = "wire::if_known")]
    pub response_modes_supported: Vec<String>,
    #[serde(default, deserialize_with = "wire::if_known")]
    pub grant_types_supported: Vec<String>,
    #[serde(default, deserialize_with = "wire::if_known")]
    pub scopes_supported: Vec<String>,
    #[serde(default, deserialize_with = "wire::if_known")]
    pub code_challenge_methods_supported: Vec<String>,
    #[serde(default, deserialize_with = "wire::if_known")]
    pub dpop_signing_alg_values_supported: Vec<String>,
    #[serde(default, deserialize_with = "wire::if_known")]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default, deserialize_with = "wire::if_known")]
    pub revocation_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default, deserialize_with = "wire::if_known")]
    pub authorization_response_iss_parameter_supported: bool,
    #[serde(default, deserialize_with = "wire::if_known")]
    pub require_pushed_authorization_requests: bool,
    #[serde(default, deserialize_with = "wire::if_known")]
    pub ui_locales_supported: Vec<String>,
    #[serde(default, deserialize_with = "wire::if_known")]
    pub op_policy_uri: String,
    #[serde(default, deserialize_with = "wire::if_known")]
    pub op_tos_uri: String,
    /// Ours: name of the service, for the window's title and the pages.
    #[serde(deserialize_with = "wire::text")]
    pub service_name: String,
    /// Ours: which Pro Santé Connect stands behind, for the ribbon.
    pub psc_environment: PscEnvironment,
    /// Ours: version of the companion, for "About" and for support.
    #[serde(deserialize_with = "wire::text")]
    pub companion_version: String,
    /// Ours: no sign-in starts from an app of a version below (Semantic Versioning 2.0.0), as its administrator wants it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "wire::optional_text")]
    pub minimum_app_version: Option<String>,
    /// Ours: an app of a version below says that there is a newer one.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "wire::optional_text")]
    pub current_app_version: Option<String>,
}

/// Under which rules a sign-in of this workstation would start: told to the key that proves itself, and nothing changes by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkstationRules {
    /// Its group's name; none for the default group.
    #[serde(default, deserialize_with = "wire::optional_text")]
    pub group: Option<String>,
    /// The exchanges open to it, in the companion's order.
    #[serde(default, deserialize_with = "wire::those_known")]
    pub exchanges: Vec<Exchange>,
    /// The private-use scheme by which the companion would send the browser back to the app.
    #[serde(deserialize_with = "wire::text")]
    pub return_scheme: String,
    /// Whether it is shared; one of before does not say.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "wire::if_known")]
    pub shared_workstation: Option<bool>,
    /// What the companion sees of Pro Santé Connect; one of before does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psc: Option<PartSeen>,
    /// What it sees of its database; one of before does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<PartSeen>,
}

impl WorkstationRules {
    /// Why Pro Santé Connect lets nobody sign in; `None` where it does, or where the companion does not say.
    pub fn psc_trouble(&self) -> Option<ErrorCode> {
        let code = self.psc.as_ref()?.code.clone()?;
        // Of a companion that knows more numbers than this app.
        Some(ErrorCode::try_from(code).unwrap_or(ErrorCode::PscUnreachable))
    }
}

/// Whether something that the companion needs answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSeen {
    /// Why it does not, by the catalogue's number; none where it does. As text: a later companion may know others.
    #[serde(default, deserialize_with = "wire::optional_text", skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// RFC 9126 request, form-encoded. The DPoP proof that comes with it binds the sign-in to the device key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PushedAuthorizationRequest {
    pub client_id: String,
    /// Always `code`.
    pub response_type: String,
    /// `http://127.0.0.1:<port>/cb/<random>`, or `<scheme>:/cb/<random>`.
    pub redirect_uri: Secret,
    pub code_challenge: String,
    /// Always `S256`.
    pub code_challenge_method: String,
    pub state: Secret,
    /// RFC 9449 section 10: thumbprint of the device key; when present it must equal the proof's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
    /// Ours: what the workstation calls itself; self-declared, shown as such. At most 64 printable characters are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_label: Option<String>,
    /// Ours: what makes this workstation a member of a group; from the machine policy only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enrolment_token: Option<Secret>,
    /// Ours: the exchange the app would rather use; the companion's rules decide whatever it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange_hint: Option<Exchange>,
    /// OpenID Connect Core section 3.1.2.1: the languages that the pages may speak, the best first. French where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ui_locales: Option<String>,
}

/// RFC 9126 answer (201) with our additions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedAuthorizationAnswer {
    pub request_uri: Secret,
    /// Seconds during which `request_uri` may be opened.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub expires_in: u32,
    /// Ours: the thread of this attempt.
    pub sign_in_id: SignInId,
    /// Ours: two digits; shown when a confirmation is due, so that the person can compare.
    #[serde(deserialize_with = "wire::two_digits")]
    pub match_number: Secret,
    /// Ours: what the exchange demands besides the browser.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub confirmation: Confirmation,
    /// Ours: where the state of this attempt is told.
    pub events_uri: String,
    /// Ours: seconds until the attempt ends.
    pub sign_in_expires_in: u32,
    /// Ours: the exchanges open to this workstation, in the companion's order.
    #[serde(default, deserialize_with = "wire::those_known")]
    pub exchanges: Vec<Exchange>,
}

/// RFC 8628 section 3.1 request, form-encoded, with the PKCE and DPoP bindings of a pushed request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviceAuthorizationRequest {
    pub client_id: String,
    pub code_challenge: String,
    /// Always `S256`.
    pub code_challenge_method: String,
    /// As in [`PushedAuthorizationRequest`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
    /// As in [`PushedAuthorizationRequest`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_label: Option<String>,
    /// As in [`PushedAuthorizationRequest`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enrolment_token: Option<Secret>,
    /// As in [`PushedAuthorizationRequest`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange_hint: Option<Exchange>,
    /// As in [`PushedAuthorizationRequest`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ui_locales: Option<String>,
}

/// RFC 8628 section 3.2 answer with our additions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceAuthorizationAnswer {
    /// The app's secret handle of this attempt.
    pub device_code: Secret,
    /// The RFC wants one: it is the attempt's public name, and typed nowhere. A code read in the app and typed in a page is what phishers ask for.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub user_code: String,
    /// The one-time page to open, complete: nothing is typed there.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub verification_uri: Secret,
    /// The same.
    pub verification_uri_complete: Secret,
    /// Seconds until the attempt ends.
    pub expires_in: u32,
    /// Seconds between two polls. Each is held until something happens, up to 25 seconds.
    pub interval: u32,
    /// Ours: seconds during which the page may be opened.
    pub link_expires_in: u32,
    /// Ours: the thread of this attempt.
    pub sign_in_id: SignInId,
    /// Ours: two digits, to be picked among three on the page.
    #[serde(deserialize_with = "wire::two_digits")]
    pub match_number: Secret,
    /// Ours: what the exchange demands at least; a person new to this workstation also types a code.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub confirmation: Confirmation,
    /// Ours: where the state of this attempt is told.
    pub events_uri: String,
    /// Ours: the exchanges open to this workstation, in the companion's order.
    #[serde(default, deserialize_with = "wire::those_known")]
    pub exchanges: Vec<Exchange>,
}

named! {
    /// What the person must do besides signing in.
    #[derive(Default)]
    pub enum Confirmation {
        /// Nothing known yet: whether a page asks anything is decided once it is known who came back.
        #[default]
        None = "none",
        /// Pick the app's number on the page.
        Number = "number",
        /// Type the page's code into the app.
        Code = "code",
    }
}

named! {
    /// States of one attempt; ends come last. Each arrow is one conditional update at the companion.
    pub enum SignInState {
        /// Pushed by the app.
        Created = "created",
        /// The browser consumed the request.
        Opened = "opened",
        /// The browser was sent to Pro Santé Connect.
        AtProvider = "at_provider" | "at_psc",
        /// Pro Santé Connect answered; its code is being exchanged.
        Exchanging = "exchanging",
        /// Known who; the confirmation page waits for the person.
        Authenticated = "authenticated",
        /// The code is on its way to the app.
        Confirmed = "confirmed",
        /// The app has its session.
        Redeemed = "redeemed",
        /// The person declined, at Pro Santé Connect or on the confirmation page. An outcome, not an error.
        Declined = "declined",
        /// Ten minutes, or a shorter stage, went by.
        Expired = "expired",
        /// The app withdrew.
        Cancelled = "cancelled",
        /// Something refused or broke: see the code.
        Failed = "failed",
        /// A right code came with a wrong verifier or key: someone else has it.
        Burned = "burned",
    }
}

impl SignInState {
    /// Whether nothing more can happen to the attempt.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Redeemed | Self::Declined | Self::Expired | Self::Cancelled | Self::Failed | Self::Burned)
    }

    /// Whether Pro Santé Connect has answered, and the attempt goes on.
    pub fn is_past_provider(self) -> bool {
        matches!(self, Self::Exchanging | Self::Authenticated | Self::Confirmed)
    }
}

/// One report on a pending sign-in: a state name and, at most, a code of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInEvent {
    pub state: SignInState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// With `authenticated`: `number` when the page asks which of three numbers the app shows. With `confirmed`: `code` when the letters shown
    /// on the page are still to be typed into the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Confirmation>,
}

/// RFC 6749 token request, form-encoded, by what is presented for the session.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "grant_type")]
pub enum TokenRequest {
    /// RFC 6749 section 4.1.3 with the verifier of RFC 7636, and the letters of the page where some are due.
    #[serde(rename = "authorization_code")]
    Code {
        client_id: String,
        code: Secret,
        code_verifier: Secret,
        redirect_uri: Secret,
        #[serde(skip_serializing_if = "Option::is_none")]
        confirmation_code: Option<Secret>,
    },
    /// RFC 8628 section 3.4 with the same additions; see [`DEVICE_CODE_GRANT`].
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode {
        client_id: String,
        device_code: Secret,
        code_verifier: Secret,
        #[serde(skip_serializing_if = "Option::is_none")]
        confirmation_code: Option<Secret>,
    },
    /// RFC 6749 section 6.
    #[serde(rename = "refresh_token")]
    RefreshToken { client_id: String, refresh_token: Secret },
}

/// RFC 7009 request, form-encoded.
#[derive(Debug, Clone, Serialize)]
pub struct RevocationRequest {
    pub client_id: String,
    pub token: Secret,
    /// Always `refresh_token`: the whole session goes.
    pub token_type_hint: String,
}

/// `POST` [`path::SIGN_OUT`], form-encoded. Nothing of it is needed beside an access token.
#[derive(Debug, Clone, Serialize)]
pub struct SignOutRequest {
    /// Where it alone was kept of the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// Where there is more to say than that she leaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<SignOutReason>,
}

named! {
    /// Why both sessions are to end.
    pub enum SignOutReason {
        /// The name that the app shows is not hers ("Ce n’est pas moi").
        NotMe = "not_me",
    }
}

/// `POST` [`path::WORKSTATION`], form-encoded.
#[derive(Debug, Clone, Serialize)]
pub struct WorkstationRequest {
    pub client_id: String,
    /// As in [`PushedAuthorizationRequest`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enrolment_token: Option<Secret>,
}

/// RFC 6749 token answer with the session it opens or continues.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TokenAnswer {
    pub access_token: Secret,
    /// Always `DPoP`.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub token_type: String,
    /// Seconds.
    pub expires_in: u32,
    pub refresh_token: Secret,
    /// Always [`SCOPE`] (RFC 6749 section 5.1).
    #[serde(default, deserialize_with = "wire::if_known")]
    pub scope: String,
    pub session: Session,
}

/// RFC 6749 error with our number. `error` is for standard clients, `error_description` for their developers, `code` for our app,
/// `title` and `message` for people, in French.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorAnswer {
    pub error: String,
    /// In English and in the characters that RFC 6749 section 5.2 allows.
    pub error_description: String,
    /// Ours: what happened, in French, as the catalogue has it. One of before has none.
    #[serde(default)]
    pub title: String,
    /// Ours: the cause in French, as the catalogue has it. It goes on from the title, and is not to be shown without it.
    pub message: String,
    pub code: ErrorCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_id: Option<SignInId>,
    /// With [`ErrorCode::ExchangeRefused`]: the exchanges open to this workstation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
    /// With `authorization_pending` once the page shows letters to type: `code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Confirmation>,
    /// With [`ErrorCode::ConfirmationCodeWrong`], and while letters are to be typed: tries left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries_left: Option<u32>,
    /// While letters are to be typed: seconds left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_expires_in: Option<u32>,
    /// Why the session of the token that was presented is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<SessionEnd>,
}

impl ErrorAnswer {
    /// An answer with its number and nothing more.
    pub fn new(error: impl Into<String>, code: ErrorCode) -> Self {
        let told = code.explanation(Language::Fr);
        Self {
            error: error.into(),
            error_description: code.ascii_description(),
            title: told.title.to_owned(),
            message: told.cause.to_owned(),
            code,
            sign_in_id: None,
            exchanges: Vec::new(),
            confirmation: None,
            tries_left: None,
            code_expires_in: None,
            ended: None,
        }
    }
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
    /// Whether nothing is given of it until its person signs in again.
    #[serde(default)]
    pub locked: bool,
}

/// A live session of the person who asks, as she may tell it from the others. Times are relative to the answer: workstation clocks are often wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSession {
    /// Names it to whoever ends it. Not a secret: only its own person can do that.
    pub id: SignInId,
    /// What its workstation calls itself: self-declared.
    #[serde(default, deserialize_with = "wire::optional_text")]
    pub device_label: Option<String>,
    /// Seconds since it opened.
    pub opened_s_ago: u64,
    /// Seconds since real input was last told there.
    pub active_s_ago: u64,
    /// Whether it is the one that asks.
    pub is_this: bool,
    /// Whether it gives nothing until its person signs in again.
    #[serde(default)]
    pub locked: bool,
}

/// `GET /api/v1/sessions`: the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSessions {
    pub sessions: Vec<OwnSession>,
}

named! {
    /// `?which=` of `DELETE /api/v1/sessions`.
    pub enum WhichSessions {
        /// All but the one that asks.
        Others = "others",
        /// That one too: Pro Santé Connect's session behind it as by a sign-out, which asked next says what became of that.
        All = "all",
    }
}

/// Answer to `DELETE /api/v1/sessions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsEnded {
    /// How many this ended.
    pub ended: u32,
}

/// Answer to a sign-out. The service session is dead whatever this says (EXI 20).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "psc_session", rename_all = "snake_case")]
pub enum SignOutAnswer {
    /// Pro Santé Connect's session was ended server to server.
    Ended,
    /// Pro Santé Connect could not be reached or refused: this one-time page of the companion does it in the browser.
    BrowserNeeded { browser_url: Secret },
    /// Pro Santé Connect answered, and nothing in its answer proves that its session ended: the same page makes sure.
    Unknown { browser_url: Secret },
}

impl SignOutAnswer {
    /// Its name on the wire, without the address.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::BrowserNeeded { .. } => "browser_needed",
            Self::Unknown { .. } => "unknown",
        }
    }
}

#[cfg(test)]
mod tests;
