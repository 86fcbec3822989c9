//! The one mapping from a refusal to what an app reads: RFC 6749 JSON with our number.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{Confirmation, ErrorAnswer, Exchange};
use vestibule_model::session::{SessionEnd, SignInId};

use crate::gate::dpop::ProofRefused;
use crate::gate::{ParkingRefused, RequestRefused, TooMany};
use crate::measures;
use crate::sign_in::LettersDue;

/// Seconds after which an address with too many proofs may try again: within two minutes all of them are forgotten.
const CROWDING_S: u32 = 60;
/// A request waits for twenty-five seconds at most, then a place is free.
const PARKING_S: u32 = 25;

/// What an app is told when a request is not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    error: &'static str,
    code: ErrorCode,
    sign_in_id: Option<SignInId>,
    parameter: Option<&'static str>,
    retry_after_s: Option<u32>,
    challenge: Option<Challenge>,
    exchanges: Vec<Exchange>,
    letters_due: Option<LettersDue>,
    ended: Option<SessionEnd>,
}

impl Refusal {
    /// A refusal with the standard's word and the catalogue's number.
    pub const fn new(status: StatusCode, error: &'static str, code: ErrorCode) -> Self {
        Self {
            status,
            error,
            code,
            sign_in_id: None,
            parameter: None,
            retry_after_s: None,
            challenge: None,
            exchanges: Vec::new(),
            letters_due: None,
            ended: None,
        }
    }

    /// 400 `invalid_request`.
    pub const fn invalid_request(code: ErrorCode) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", code)
    }

    /// 400 `invalid_request`: a parameter is missing, or is not what it must be. Its value is told nobody.
    pub fn parameter(name: &'static str) -> Self {
        Self::invalid_request(ErrorCode::RequestMalformed).naming(name)
    }

    /// 400 `invalid_grant`.
    pub const fn invalid_grant(code: ErrorCode) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_grant", code)
    }

    /// 401 `invalid_token`, with the challenge of RFC 9449 section 7.1.
    pub fn invalid_token() -> Self {
        Self { challenge: Some(Challenge::WithError), ..Self::new(StatusCode::UNAUTHORIZED, "invalid_token", ErrorCode::SessionEnded) }
    }

    /// 423: the session is there, and gives nothing until its person signs in again.
    pub const fn locked() -> Self {
        Self::new(StatusCode::LOCKED, "session_locked", ErrorCode::SessionLocked)
    }

    /// 401 `invalid_client`: another client id, or credentials that a public client does not have.
    pub fn invalid_client(tried_basic: bool) -> Self {
        let challenge = if tried_basic { Some(Challenge::Basic) } else { None };
        Self { challenge, ..Self::new(StatusCode::UNAUTHORIZED, "invalid_client", ErrorCode::ClientUnknown) }
    }

    /// 429 with `Retry-After`.
    pub fn too_many(retry_after_s: u32) -> Self {
        Self {
            retry_after_s: Some(retry_after_s),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", ErrorCode::TooManyRequests)
        }
    }

    /// 503: the storage or something else of ours is out of order.
    pub fn unavailable(code: ErrorCode) -> Self {
        Self { retry_after_s: Some(5), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", code) }
    }

    /// 500: a fault of ours.
    pub const fn fault() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", ErrorCode::CompanionFault)
    }

    /// Adds the thread support follows.
    #[must_use]
    pub fn about(mut self, sign_in_id: SignInId) -> Self {
        self.sign_in_id = Some(sign_in_id);
        self
    }

    /// Adds the parameter it is about, for the developer of a client.
    #[must_use]
    pub fn naming(mut self, parameter: &'static str) -> Self {
        tracing::debug!(parameter, "A parameter is missing, or not what it must be");
        self.parameter = Some(parameter);
        self
    }

    /// Adds what the workstation may use instead.
    #[must_use]
    pub fn open_to(mut self, exchanges: Vec<Exchange>) -> Self {
        self.exchanges = exchanges;
        self
    }

    /// Adds that letters are to be typed into the app, and what is left for that.
    #[must_use]
    pub const fn with_letters_due(mut self, due: LettersDue) -> Self {
        self.letters_due = Some(due);
        self
    }

    /// Adds why the session is over.
    #[must_use]
    pub const fn after(mut self, end: SessionEnd) -> Self {
        self.ended = Some(end);
        self
    }

    /// The same as an answer of a protected resource: 401 and the challenge (RFC 9449 section 7.1), where the
    /// authorization server's endpoints say 400 (section 5).
    #[must_use]
    pub fn as_challenge(mut self) -> Self {
        self.status = StatusCode::UNAUTHORIZED;
        self.challenge = Some(Challenge::WithError);
        self
    }

    /// The same to a request without any credentials: the bare challenge, which says what to bring and not that something was wrong
    /// (RFC 6750 section 3.1).
    #[must_use]
    pub fn as_bare_challenge(mut self) -> Self {
        self.status = StatusCode::UNAUTHORIZED;
        self.challenge = Some(Challenge::Bare);
        self
    }

    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The status of the answer.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The attempt it is about, when there is one.
    pub const fn sign_in_id(&self) -> Option<&SignInId> {
        self.sign_in_id.as_ref()
    }

    /// Seconds before another try makes sense, where that is known.
    pub const fn retry_after_s(&self) -> Option<u32> {
        self.retry_after_s
    }
}

/// What `WWW-Authenticate` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Challenge {
    Bare,
    WithError,
    /// To a client that tried HTTP Basic, which a public client cannot (RFC 6749 section 5.2).
    Basic,
}

impl Challenge {
    fn header(self, error: &str) -> Option<HeaderValue> {
        match self {
            Self::Bare => Some(HeaderValue::from_static(r#"DPoP algs="ES256""#)),
            Self::WithError => HeaderValue::try_from(format!(r#"DPoP error="{error}", algs="ES256""#)).ok(),
            Self::Basic => Some(HeaderValue::from_static(r#"Basic realm="clients""#)),
        }
    }
}

impl From<ProofRefused> for Refusal {
    fn from(reason: ProofRefused) -> Self {
        let (error, code) = match reason {
            ProofRefused::Crowding => return Self::too_many(CROWDING_S),
            ProofRefused::Saturated => return Self::unavailable(ErrorCode::CompanionFault),
            ProofRefused::Unwitnessed => return Self::unavailable(ErrorCode::StorageUnavailable),
            ProofRefused::NonceDue => ("use_dpop_nonce", ErrorCode::ProofNonceDue),
            ProofRefused::Age => ("invalid_dpop_proof", ErrorCode::ClockRefused),
            ProofRefused::Missing
            | ProofRefused::Several
            | ProofRefused::Malformed
            | ProofRefused::Header
            | ProofRefused::Key
            | ProofRefused::Signature
            | ProofRefused::Method
            | ProofRefused::Target
            | ProofRefused::TokenHash
            | ProofRefused::Replayed => ("invalid_dpop_proof", ErrorCode::ProofRefused),
        };
        tracing::debug!(reason = %reason, "A proof of possession was refused");
        Self::new(StatusCode::BAD_REQUEST, error, code)
    }
}

impl From<RequestRefused> for Refusal {
    fn from(reason: RequestRefused) -> Self {
        let (status, code) = match reason {
            RequestRefused::Crowded => return Self::unavailable(ErrorCode::CompanionFull),
            RequestRefused::Host => return Self::invalid_request(ErrorCode::RequestMalformed),
            RequestRefused::Cookies => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, ErrorCode::CookiesTooLong),
            RequestRefused::Address => (StatusCode::URI_TOO_LONG, ErrorCode::RequestTooLarge),
            RequestRefused::Head => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, ErrorCode::RequestTooLarge),
            RequestRefused::Body => (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::RequestTooLarge),
        };
        Self::new(status, "invalid_request", code)
    }
}

impl From<TooMany> for Refusal {
    fn from(reason: TooMany) -> Self {
        Self::too_many(reason.retry_after_s)
    }
}

impl From<ParkingRefused> for Refusal {
    fn from(reason: ParkingRefused) -> Self {
        match reason {
            ParkingRefused::Key => Self::too_many(PARKING_S),
            ParkingRefused::Full => Self::unavailable(ErrorCode::CompanionFull),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        measures::failed(self.code);
        let mut answer = ErrorAnswer::new(self.error, self.code);
        answer.sign_in_id = self.sign_in_id;
        if let Some(parameter) = self.parameter {
            answer.error_description.push_str(&format!(" Parameter: {parameter}."));
        }
        answer.exchanges = self.exchanges;
        answer.ended = self.ended;
        if let Some(due) = self.letters_due {
            answer.confirmation = Some(Confirmation::Code);
            answer.tries_left = Some(due.tries_left);
            answer.code_expires_in = Some(due.expires_in_s);
        }
        let mut response = (self.status, Json(answer)).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        let challenge = self.challenge.and_then(|challenge| challenge.header(self.error));
        if let Some(challenge) = challenge {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
