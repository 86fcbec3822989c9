//! What stands at the companion's address, for the diagnosis: the certificate that is presented there, whoever presents it. Nothing is asked:
//! the handshake is given up once the certificate is seen, and nobody but the companion's address is called.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use vestibule_model::wire::printable;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Name;

use super::http;
use crate::settings::Settings;

/// Longest name that is told, in characters.
const LONGEST_NAME: usize = 100;
/// Hosts that are told of one certificate, at most.
const MOST_HOSTS: usize = 6;

/// Products that open TLS under an authority of their own, by words of the names that they sign with.
const INSPECTORS: [&str; 28] = [
    "avast",
    "avg technologies",
    "barracuda",
    "bitdefender",
    "blue coat",
    "bluecoat",
    "check point",
    "eset ssl",
    "forcepoint",
    "fortigate",
    "fortinet",
    "kaspersky",
    "mcafee",
    "mitmproxy",
    "netskope",
    "olfeo",
    "palo alto",
    "skyhigh",
    "sonicwall",
    "sophos",
    "squid",
    "stormshield",
    "trellix",
    "umbrella",
    "untangle",
    "watchguard",
    "websense",
    "zscaler",
];

/// The names on a certificate, and when it may serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Presented {
    pub subject: String,
    pub issuer: String,
    /// What it is made out to (RFC 9525), as far as it is told.
    pub hosts: Vec<String>,
    /// Whether one of those is the companion's, as this workstation has it.
    pub is_for_its_host: bool,
    /// Whether nobody but itself vouches for it.
    pub is_self_signed: bool,
    pub begins_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

/// Whether a certificate may serve at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Validity {
    Good,
    Over,
    NotYet,
}

/// Whether it was believed when a call was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Believed {
    Yes,
    /// Its authority is not known here.
    UnknownAuthority,
    /// For another reason: a name, a date.
    No,
}

impl Presented {
    fn of(presented: &CertificateDer<'_>, host: &ServerName<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(presented).ok()?;
        let moment = |at: ASN1Time| DateTime::from_timestamp(at.timestamp(), 0);
        let validity = certificate.validity();
        Some(Self {
            subject: named(certificate.subject()),
            issuer: named(certificate.issuer()),
            hosts: hosts(&certificate),
            is_for_its_host: ParsedCertificate::try_from(presented).is_ok_and(|parsed| verify_server_name(&parsed, host).is_ok()),
            is_self_signed: certificate.subject().as_raw() == certificate.issuer().as_raw(),
            begins_at: moment(validity.not_before)?,
            ends_at: moment(validity.not_after)?,
        })
    }

    /// Whether it may serve, as far as this moment is the right one.
    pub fn validity(&self, now: DateTime<Utc>) -> Validity {
        match now {
            now if now < self.begins_at => Validity::NotYet,
            now if now > self.ends_at => Validity::Over,
            _ => Validity::Good,
        }
    }

    /// Whether its issuer is known to open what others send.
    pub fn is_of_an_inspector(&self) -> bool {
        let issuer = self.issuer.to_lowercase();
        INSPECTORS.iter().any(|word| issuer.contains(word))
    }
}

/// Common name and organisation, as far as they are there.
fn named(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next().and_then(|part| part.as_str().ok());
    let organisation = name.iter_organization().next().and_then(|part| part.as_str().ok());
    let told = match (common, organisation) {
        (Some(common), Some(organisation)) => format!("{common}, {organisation}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => name.to_string(),
    };
    printable(&told, LONGEST_NAME)
}

/// Names of hosts and addresses that it is made out to; its subject's name counts for none of them.
fn hosts(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return Vec::new() };
    let told = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(printable(name, LONGEST_NAME)),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        GeneralName::OtherName(..)
        | GeneralName::RFC822Name(_)
        | GeneralName::X400Address(_)
        | GeneralName::DirectoryName(_)
        | GeneralName::EDIPartyName(_)
        | GeneralName::URI(_)
        | GeneralName::RegisteredID(_)
        | GeneralName::Invalid(..) => None,
    });
    told.take(MOST_HOSTS).collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// The certificate at the companion's address, by the way of every other call; `None` where none is presented. Performs I/O.
pub(crate) async fn presented(settings: &Settings) -> Option<Presented> {
    if settings.companion_url.scheme() != "https" {
        return None;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let onlooker = Arc::new(Onlooker { provider: Arc::clone(&provider), seen: Mutex::default() });
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    let config = versions.dangerous().with_custom_certificate_verifier(Arc::clone(&onlooker) as Arc<_>).with_no_client_auth();
    let client = http::onlooking(settings, config).ok()?;
    // Never answered: the handshake has no other end than its refusal.
    drop(client.get(settings.companion_url.clone()).send().await);
    onlooker.seen.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Sees the certificate, and believes none.
#[derive(Debug)]
struct Onlooker {
    provider: Arc<CryptoProvider>,
    seen: Mutex<Option<Presented>>,
}

impl Onlooker {
    fn refusal() -> rustls::Error {
        rustls::Error::General("only looked at".to_owned())
    }
}

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Presented::of(end_entity, host);
        Err(Self::refusal())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(Self::refusal())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(Self::refusal())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::Presented;

    #[test]
    fn an_issuer_that_opens_what_others_send_is_known_by_its_name() {
        let presented = |issuer: &str| Presented {
            subject: "connexion.hopital.example".to_owned(),
            issuer: issuer.to_owned(),
            hosts: Vec::new(),
            is_for_its_host: true,
            is_self_signed: false,
            begins_at: DateTime::UNIX_EPOCH,
            ends_at: DateTime::UNIX_EPOCH,
        };
        for inspector in ["FGT60F, Fortinet", "Zscaler Intermediate Root CA", "Kaspersky Anti-Virus Personal Root Certificate"] {
            assert!(presented(inspector).is_of_an_inspector(), "{inspector}");
        }
        for other in ["R11, Let's Encrypt", "AC IGC-SANTE ELEMENTAIRE ORGANISATIONS", "Autorité interne, Hôpital Exemple"] {
            assert!(!presented(other).is_of_an_inspector(), "{other}");
        }
    }
}
