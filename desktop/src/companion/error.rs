//! Why a call to the companion gave nothing.

use vestibule_model::ErrorCode;
use vestibule_model::exchange::{Confirmation, Exchange};
use vestibule_model::session::{SessionEnd, SignInId};

use super::cause::{Cause, Why};
use crate::random::RandomUnavailable;
use crate::route::{ProxyAddress, SetBy};

/// Why a call to the companion gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompanionError {
    /// Name, network, or no answer in time.
    #[error("the companion cannot be reached: {0}")]
    Unreachable(Why),
    /// The proxy in between let nothing through.
    #[error("the proxy {address} ({set_by}) let nothing through: {fault}: {reason}", set_by = set_by.name())]
    Proxy { fault: ProxyFault, address: ProxyAddress, set_by: SetBy, reason: String },
    /// Its certificate cannot be trusted, or does not bear its name.
    #[error("the companion's certificate cannot be trusted: {0}")]
    Untrusted(Why),
    /// It claims to be another, or points elsewhere.
    #[error("the companion names another host than the one that was set")]
    Impostor,
    /// What answers is not the companion.
    #[error("what answers is not the companion: {0}")]
    AnotherServer(Why),
    /// It refused, with a reason.
    #[error("the companion refused: {0}")]
    Refused(Refusal),
    /// It failed, without a reason.
    #[error("the companion failed with status {0}")]
    Fault(u16),
    /// Its answer makes no sense to this version.
    #[error("the companion's answer cannot be read")]
    Unreadable,
    /// Not the companion's fault.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

/// What the proxy did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProxyFault {
    /// It asks who is there (407).
    #[error("authentication is required")]
    AuthenticationRequired,
    /// It does not open the way.
    #[error("the way was refused")]
    Refused,
    /// It does not answer.
    #[error("no answer")]
    Unreachable,
}

/// A refusal in the words of RFC 6749, with our number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// RFC 6749, RFC 9126 or RFC 9449 error name.
    pub error: String,
    /// The catalogue's code; the nearest one when the companion is newer than this app.
    pub code: ErrorCode,
    /// The attempt it belongs to.
    pub sign_in_id: Option<SignInId>,
    /// With a refused exchange: those that are open to this workstation.
    pub exchanges: Vec<Exchange>,
    /// In the polling exchange: letters that are due.
    pub letters: Option<Letters>,
    /// With a token whose session is over: why.
    pub ended: Option<SessionEnd>,
}

/// Letters of the page that are to be typed into the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letters {
    pub tries_left: u32,
    /// Seconds until they are no longer good.
    pub expires_in: u32,
}

impl Letters {
    /// As far as a refusal tells of them.
    pub(super) fn told(confirmation: Option<Confirmation>, tries_left: Option<u32>, expires_in: Option<u32>) -> Option<Self> {
        let due = confirmation == Some(Confirmation::Code) || tries_left.is_some();
        due.then(|| Self { tries_left: tries_left.unwrap_or(1), expires_in: expires_in.unwrap_or(DEFAULT_LETTERS_S) })
    }
}

/// How long letters are good when the companion does not say, in seconds.
const DEFAULT_LETTERS_S: u32 = 120;

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {} (status {})", self.code, self.error, self.status)
    }
}

impl CompanionError {
    /// It did not answer in the time that whoever asks has.
    pub(crate) fn silent() -> Self {
        Self::Unreachable(Why { cause: Some(Cause::NoAnswer), reason: "no answer in the time that was given".to_owned() })
    }

    /// With the path that was asked for, where that tells what answered.
    pub(super) fn at(mut self, path: &str) -> Self {
        if let Self::AnotherServer(why) = &mut self {
            why.reason = format!("{} at {path}", why.reason);
        }
        self
    }

    /// The catalogue's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unreachable(_) => ErrorCode::CompanionUnreachable,
            Self::Proxy { fault: ProxyFault::AuthenticationRequired, .. } => ErrorCode::ProxyAuthenticationRequired,
            Self::Proxy { fault: ProxyFault::Refused, .. } => ErrorCode::ProxyRefused,
            Self::Proxy { fault: ProxyFault::Unreachable, .. } => ErrorCode::ProxyUnreachable,
            Self::Untrusted(_) | Self::Impostor => ErrorCode::CompanionUntrusted,
            Self::AnotherServer(_) => ErrorCode::AnotherServer,
            Self::Refused(refusal) => refusal.code,
            // Nothing of ours said so: a limit in front of the companion, which the whole network may have spent.
            Self::Fault(429) => ErrorCode::CompanionFull,
            Self::Fault(502..=504) => ErrorCode::CompanionUnavailable,
            Self::Fault(_) => ErrorCode::CompanionFault,
            Self::Unreadable => ErrorCode::CompanionAnswerUnreadable,
            Self::Random(_) => ErrorCode::AppFault,
        }
    }

    /// Why, where more can be told than the code does.
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Unreachable(why) | Self::Untrusted(why) | Self::AnotherServer(why) => why.cause,
            Self::Impostor => Some(Cause::AnotherName),
            // A server in front found no companion behind it.
            Self::Fault(502) => Some(Cause::BadGateway),
            Self::Fault(503) => Some(Cause::ServiceUnavailable),
            Self::Fault(504) => Some(Cause::GatewayTimedOut),
            Self::Proxy { .. } | Self::Refused(_) | Self::Fault(_) | Self::Unreadable | Self::Random(_) => None,
        }
    }

    /// The attempt that the refusal names.
    pub fn sign_in_id(&self) -> Option<&SignInId> {
        self.refusal().and_then(|refusal| refusal.sign_in_id.as_ref())
    }

    /// Why the session that the call needed is over, as far as the companion says.
    pub fn ended(&self) -> Option<SessionEnd> {
        let refusal = self.refusal()?;
        refusal.ended.or((refusal.code == ErrorCode::SessionRevoked).then_some(SessionEnd::Revoked))
    }

    /// Whether the same call may succeed later without anyone acting.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Proxy { .. } => true,
            Self::Fault(status) => *status >= 500 || *status == 429,
            Self::Refused(refusal) => refusal.status >= 500 || refusal.status == 429,
            Self::Untrusted(_) | Self::Impostor | Self::AnotherServer(_) | Self::Unreadable | Self::Random(_) => false,
        }
    }

    /// Whether the companion, or what stands for it, answered: nobody may say that it does not.
    pub fn is_answer(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Fault(_))
    }

    /// The refusal itself, when it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Unreachable(_)
            | Self::Proxy { .. }
            | Self::Untrusted(_)
            | Self::Impostor
            | Self::AnotherServer(_)
            | Self::Fault(_)
            | Self::Unreadable
            | Self::Random(_) => None,
        }
    }

    /// Whether the access token is not, or no longer, good for anything.
    pub fn refuses_token(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.error == "invalid_token")
    }

    pub(super) fn asks_for_nonce(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.error == "use_dpop_nonce")
    }

    pub(super) fn doubts_proof(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.error == "invalid_dpop_proof")
    }
}
