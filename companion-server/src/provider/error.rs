//! What can go wrong with a provider, in the protocol's words.

use std::error::Error;
use std::io::{self, ErrorKind};

use vestibule_model::ErrorCode;
use vestibule_model::practitioner::NationalIdRejected;

use crate::words::for_administrator;

/// A call to a provider, for logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The browser's trip.
    Authorization,
    /// The discovery document.
    Discovery,
    /// The signing keys.
    Jwks,
    /// The token endpoint.
    Token,
    /// The userinfo endpoint.
    Userinfo,
    /// The end-session endpoint.
    EndSession,
    /// Several calls together.
    Chain,
}

impl Step {
    /// Its word in the measures; `None` for what is no single call.
    pub(super) const fn call(self) -> Option<&'static str> {
        match self {
            Self::Discovery => Some("discovery"),
            Self::Jwks => Some("jwks"),
            Self::Token => Some("token"),
            Self::Userinfo => Some("userinfo"),
            Self::EndSession => Some("end_session"),
            Self::Authorization | Self::Chain => None,
        }
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Authorization => "authorization",
            Self::Discovery => "discovery",
            Self::Jwks => "jwks",
            Self::Token => "token",
            Self::Userinfo => "userinfo",
            Self::EndSession => "end session",
            Self::Chain => "calls together",
        })
    }
}

/// Why a call to a provider did not give what it should. Texts hold no token, code, name or identifier.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// Name, network, TLS, or no complete answer in time.
    #[error("{step}: the provider cannot be reached")]
    Unreachable {
        /// Which call.
        step: Step,
        /// What the HTTP client says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The proxy on the way does not answer, or does not let through.
    #[error("{step}: the outgoing proxy does not let through")]
    ProxyRefused {
        /// Which call.
        step: Step,
        /// What the HTTP client says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The ID token seems over or not yet valid, and the clocks are too far apart.
    #[error("this machine's clock is wrong by {ahead_s} seconds: the ID token's times cannot be judged")]
    ClockWrong {
        /// Positive when it is ahead.
        ahead_s: i64,
    },
    /// TLS: whoever answers is not known to be the provider, or only speaks an older TLS than 1.2.
    #[error("{step}: what answers cannot be trusted: {reason}")]
    Untrusted {
        /// Which call.
        step: Step,
        /// What is wrong.
        reason: &'static str,
    },
    /// TLS: the provider does not want the companion's certificate, or misses one.
    #[error("{step}: the client certificate was refused")]
    CertificateRefused {
        /// Which call.
        step: Step,
    },
    /// 5xx, 429 or a maintenance page.
    #[error("{step}: the provider is not available (HTTP {status})")]
    Unavailable {
        /// Which call.
        step: Step,
        /// HTTP status.
        status: u16,
    },
    /// The answer makes no sense: not JSON, truncated, over 1 MiB, a redirect, a field missing.
    #[error("{step}: the answer cannot be read: {reason}")]
    Unreadable {
        /// Which call.
        step: Step,
        /// What is wrong, without content.
        reason: &'static str,
    },
    /// The discovery document or the keys do not fit the chosen environment.
    #[error("the discovery document or the keys cannot be used: {0}")]
    DiscoveryRefused(&'static str),
    /// An answer to the end of the session that proves nothing: a page, whatever it says, or the way somewhere else.
    #[error("the answer does not prove that the session ended")]
    EndUnproven,
    /// `invalid_grant` for an authorization code.
    #[error("the authorization code was refused")]
    CodeRefused,
    /// `invalid_grant` for a refresh token: its session is over.
    #[error("the refresh token was refused")]
    RefreshRefused,
    /// `invalid_client`, `unauthorized_client` or 401: the companion's own credentials.
    #[error("the client credentials were refused")]
    ClientRefused,
    /// Any other refusal, by its standard code.
    #[error("{step}: the request was refused ({error})")]
    RequestRefused {
        /// Which call.
        step: Step,
        /// RFC 6749 code, printable ASCII, at most 64 characters.
        error: String,
    },
    /// The provider answered the authorization request with an error other than the person's refusal.
    #[error("the authorization request was refused ({error})")]
    AuthorizationRefused {
        /// RFC 6749 code, printable ASCII, at most 64 characters.
        error: String,
    },
    /// The `iss` of the authorization answer is another issuer's (RFC 9207).
    #[error("the answer names another issuer")]
    IssuerMismatch,
    /// The ID token failed a check.
    #[error("the ID token was refused: {0}")]
    IdTokenRefused(&'static str),
    /// Userinfo failed a check.
    #[error("userinfo was refused: {0}")]
    UserinfoRefused(&'static str),
    /// The national identifier is missing or unusable.
    #[error("the national identifier was refused: {0}")]
    NationalIdRefused(&'static str),
    /// The level of the sign-in is not on the companion's list.
    #[error("the level of the sign-in is not accepted here")]
    AssuranceLevelRefused,
}

impl ProviderError {
    /// Meaning of the `error` of an authorization answer. `access_denied` is the person's refusal, hence an outcome and no error: `None`.
    pub fn from_authorization_answer(error: &str) -> Option<Self> {
        match error {
            "access_denied" => None,
            "temporarily_unavailable" | "server_error" => Some(Self::Unavailable { step: Step::Authorization, status: 200 }),
            other => Some(Self::AuthorizationRefused { error: printable(other) }),
        }
    }

    /// Number of the catalogue.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unreachable { .. } => ErrorCode::PscUnreachable,
            Self::ProxyRefused { .. } => ErrorCode::PscProxyRefused,
            Self::ClockWrong { .. } => ErrorCode::ClockWrong,
            Self::Untrusted { .. } => ErrorCode::PscUntrusted,
            Self::CertificateRefused { .. } => ErrorCode::PscCertificateRefused,
            Self::Unavailable { .. } => ErrorCode::PscUnavailable,
            Self::Unreadable { .. } | Self::EndUnproven => ErrorCode::PscAnswerUnreadable,
            Self::DiscoveryRefused(_) => ErrorCode::PscDiscoveryRefused,
            Self::CodeRefused | Self::RefreshRefused => ErrorCode::PscCodeRefused,
            Self::ClientRefused => ErrorCode::PscClientRefused,
            Self::RequestRefused { .. } | Self::AuthorizationRefused { .. } => ErrorCode::PscRequestRefused,
            Self::IssuerMismatch => ErrorCode::PscIssuerMismatch,
            Self::IdTokenRefused(_) => ErrorCode::IdTokenRefused,
            Self::UserinfoRefused(_) => ErrorCode::UserinfoRefused,
            Self::NationalIdRefused(_) => ErrorCode::NationalIdRefused,
            Self::AssuranceLevelRefused => ErrorCode::AssuranceLevelRefused,
        }
    }
}

impl ProviderError {
    /// What happened, for an administrator, in French; nothing of a library's own sentences.
    pub fn in_french(&self) -> String {
        if let Self::Unreachable { source, .. } | Self::ProxyRefused { source, .. } = self {
            return network_in_french(&**source).into();
        }
        if let Self::Unavailable { status, .. } = self {
            return format!("réponse HTTP\u{a0}{status}");
        }
        for_administrator(self.code()).cause.into()
    }
}

/// How far a call came.
fn network_in_french(source: &(dyn Error + Send + Sync + 'static)) -> &'static str {
    let Some(error) = source.downcast_ref::<reqwest::Error>() else { return "pas de réponse à temps" };
    if error.is_timeout() {
        return "pas de réponse en dix secondes";
    }
    // The resolver's own kind of error is nowhere public.
    if causes(error).any(|cause| cause.to_string().starts_with("dns error")) {
        return "ce nom n’est pas connu du DNS de cette machine";
    }
    match causes(error).find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind) {
        Some(ErrorKind::ConnectionRefused) => "la connexion est refusée",
        Some(ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable) => "aucun chemin du réseau n’y mène",
        Some(ErrorKind::TimedOut) => "pas de réponse à temps",
        _ if error.is_connect() => "la connexion ne s’établit pas",
        _ => "la connexion est coupée avant la fin de la réponse",
    }
}

/// What an HTTP client's error comes from, from the outside in.
pub(super) fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Error::source(error), |&error| {
        // An I/O error holds its cause without naming it as its source.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    })
}

/// A code from outside, fit for a log: printable ASCII without quotes (RFC 6749 appendix A.7), at most 64 characters.
pub(super) fn printable(code: &str) -> String {
    code.chars().filter(|character| matches!(character, ' '..='~') && !matches!(character, '"' | '\\')).take(64).collect()
}

impl From<NationalIdRejected> for ProviderError {
    fn from(rejected: NationalIdRejected) -> Self {
        Self::NationalIdRefused(match rejected {
            NationalIdRejected::Empty => "it is empty",
            NationalIdRejected::TooLong => "it is longer than 256 bytes",
            NationalIdRejected::ControlCharacter => "it holds a control character",
            NationalIdRejected::OuterWhiteSpace => "it begins or ends with white space",
        })
    }
}
