//! What stood between the app and the companion: by kind, never in the words of a library.

use std::error::Error as _;
use std::fmt;
use std::io::ErrorKind;

use serde::de::value;
use serde::{Deserialize, Serialize};

/// Why a call found no companion, as far as it can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    ConnectionRefused,
    NameUnknown,
    NoRoute,
    /// Nothing came back from the address itself.
    ConnectTimedOut,
    /// Nothing came in the time that was given, and whether the server was there is not known.
    NoAnswer,
    /// The server was there, and said nothing in time.
    AnswerTimedOut,
    CutOff,
    /// What is behind the port is no TLS.
    NotTls,
    AuthorityUnknown,
    WrongName,
    CertificateExpired,
    CertificateNotYetValid,
    CertificateRevoked,
    CertificateUnfit,
    /// It names itself otherwise.
    AnotherName,
    /// 502: what stands in front of it had no good answer of it.
    BadGateway,
    /// 503: it, or what stands in front of it, does not serve for the moment.
    ServiceUnavailable,
    /// 504: what stands in front of it waited for it in vain.
    GatewayTimedOut,
}

/// The kind, for people and programs, and the library's reason, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    pub cause: Option<Cause>,
    pub reason: String,
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.reason)
    }
}

impl Why {
    /// Of no kind that would tell more than the error itself.
    pub(super) fn untold(reason: impl Into<String>) -> Self {
        Self { cause: None, reason: reason.into() }
    }
}

impl Cause {
    /// Its one name, for programs and for the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConnectionRefused => "connection_refused",
            Self::NameUnknown => "name_unknown",
            Self::NoRoute => "no_route",
            Self::ConnectTimedOut => "connect_timed_out",
            Self::NoAnswer => "no_answer",
            Self::AnswerTimedOut => "answer_timed_out",
            Self::CutOff => "cut_off",
            Self::NotTls => "not_tls",
            Self::AuthorityUnknown => "authority_unknown",
            Self::WrongName => "wrong_name",
            Self::CertificateExpired => "certificate_expired",
            Self::CertificateNotYetValid => "certificate_not_yet_valid",
            Self::CertificateRevoked => "certificate_revoked",
            Self::CertificateUnfit => "certificate_unfit",
            Self::AnotherName => "another_name",
            Self::BadGateway => "bad_gateway",
            Self::ServiceUnavailable => "service_unavailable",
            Self::GatewayTimedOut => "gateway_timed_out",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::deserialize(value::StrDeserializer::<value::Error>::new(name)).ok()
    }

    /// What a handshake ended by; `None` when it is not about the certificate.
    pub(super) fn of_certificate(error: &rustls::Error) -> Option<Self> {
        use rustls::CertificateError as Fault;
        let rustls::Error::InvalidCertificate(fault) = error else {
            return matches!(error, rustls::Error::NoCertificatesPresented).then_some(Self::CertificateUnfit);
        };
        Some(if matches!(fault, Fault::UnknownIssuer) {
            Self::AuthorityUnknown
        } else if matches!(fault, Fault::NotValidForName | Fault::NotValidForNameContext { .. }) {
            Self::WrongName
        } else if matches!(fault, Fault::Expired | Fault::ExpiredContext { .. }) {
            Self::CertificateExpired
        } else if matches!(fault, Fault::NotValidYet | Fault::NotValidYetContext { .. }) {
            Self::CertificateNotYetValid
        } else if matches!(fault, Fault::Revoked) {
            Self::CertificateRevoked
        } else {
            Self::CertificateUnfit
        })
    }

    /// Of a request that found no answer. `told` is the chain of its errors: only its text says that a name did not resolve.
    pub(super) fn of_request(error: &reqwest::Error, told: &str, over_tls: bool) -> Self {
        match kind(error) {
            _ if error.is_timeout() && error.is_connect() => Self::ConnectTimedOut,
            _ if error.is_timeout() => Self::AnswerTimedOut,
            _ if told.contains("dns error") => Self::NameUnknown,
            Some(ErrorKind::ConnectionRefused) => Self::ConnectionRefused,
            Some(ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown) => Self::NoRoute,
            Some(ErrorKind::TimedOut) => Self::ConnectTimedOut,
            // The handshake is part of connecting: a server of plain http closes there.
            _ if over_tls && error.is_connect() => Self::NotTls,
            Some(_) | None => Self::CutOff,
        }
    }
}

/// What the system said, however deep it is wrapped.
fn kind(error: &reqwest::Error) -> Option<ErrorKind> {
    let mut cause = error.source();
    let mut found = None;
    while let Some(error) = cause {
        found = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind).or(found);
        cause = error.source();
    }
    found
}

#[cfg(test)]
mod tests {
    use rustls::{CertificateError, Error};
    use vestibule_model::language::Language;

    use super::Cause;

    #[test]
    fn what_is_wrong_with_a_certificate_is_told_apart() {
        for (fault, cause) in [
            (CertificateError::UnknownIssuer, Cause::AuthorityUnknown),
            (CertificateError::NotValidForName, Cause::WrongName),
            (CertificateError::Expired, Cause::CertificateExpired),
            (CertificateError::NotValidYet, Cause::CertificateNotYetValid),
            (CertificateError::Revoked, Cause::CertificateRevoked),
            (CertificateError::BadSignature, Cause::CertificateUnfit),
        ] {
            assert_eq!(Cause::of_certificate(&Error::InvalidCertificate(fault)), Some(cause));
        }
        assert_eq!(Cause::of_certificate(&Error::General(String::new())), None);
    }

    #[test]
    fn the_log_names_a_cause_as_programs_read_it() {
        for cause in [
            Cause::ConnectionRefused,
            Cause::NameUnknown,
            Cause::NoRoute,
            Cause::ConnectTimedOut,
            Cause::NoAnswer,
            Cause::AnswerTimedOut,
            Cause::CutOff,
            Cause::NotTls,
            Cause::AuthorityUnknown,
            Cause::WrongName,
            Cause::CertificateExpired,
            Cause::CertificateNotYetValid,
            Cause::CertificateRevoked,
            Cause::CertificateUnfit,
            Cause::AnotherName,
            Cause::BadGateway,
            Cause::ServiceUnavailable,
            Cause::GatewayTimedOut,
        ] {
            assert_eq!(serde_json::to_value(cause).expect("writable"), cause.name());
            assert_eq!(Cause::named(cause.name()), Some(cause));
        }
    }

    #[test]
    fn a_file_of_authority_that_is_there_is_not_only_said_to_be_missing() {
        for (language, wrong) in [(Language::Fr, "n’est pas celui de cette autorité"), (Language::En, "is not that of this authority")] {
            let told = crate::words::of(language).cause(Cause::AuthorityUnknown);
            assert!(told.contains("companion_ca_file") && told.contains(wrong), "{told}");
            assert!(vestibule_model::ErrorCode::CompanionUntrusted.explanation(language).remedy.contains("companion_ca_file"));
        }
    }
}
