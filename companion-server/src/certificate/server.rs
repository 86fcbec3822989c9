//! The companion's own certificate with its key, judged with a workstation's eyes: what a workstation refuses, no clinician can use.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{CertificateError, RootCertStore, ServerConfig};

use super::{CertificateRefused, Validity, chain, identity, parsed};
use crate::clock::Timestamp;

/// A chain and its key that fit together.
pub struct ServerIdentity {
    pair: Arc<CertifiedKey>,
    validity: Validity,
}

// The key is in there.
impl std::fmt::Debug for ServerIdentity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ServerIdentity").field("validity", &self.validity).finish_non_exhaustive()
    }
}

impl ServerIdentity {
    /// From a chain that begins with the server's certificate, and from its key without a password.
    ///
    /// # Errors
    /// [`CertificateRefused`] when either cannot be read or they do not fit together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, CertificateRefused> {
        let pair = identity::pair(chain(certificates)?, identity::key(key)?)?;
        let mut validity: Option<Validity> = None;
        for certificate in &pair.cert {
            let own = Validity::of(&parsed(certificate)?)?;
            // The chain holds for as long as all of it does.
            validity = Some(
                validity.map_or(own, |all| Validity { begins_at: all.begins_at.max(own.begins_at), ends_at: all.ends_at.min(own.ends_at) }),
            );
        }
        Ok(Self { validity: validity.ok_or(CertificateRefused::NotPem)?, pair: Arc::new(pair) })
    }

    /// From when to when the whole chain may serve.
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// What a listener serves it with.
    pub fn server_config(&self) -> Arc<ServerConfig> {
        let resolver = Arc::new(SingleCertAndKey::from(Arc::clone(&self.pair)));
        let mut config = ServerConfig::builder().with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Arc::new(config)
    }

    /// Whether a workstation that knows the authority would accept it for this host: purpose, name, dates, order and signatures of the chain.
    /// An authority that is not in the file is not asked for: workstations may know it.
    ///
    /// # Errors
    /// [`CertificateRefused`], the plainest reason first.
    pub fn check(&self, host: &ServerName<'_>, now: Timestamp) -> Result<(), CertificateRefused> {
        let (first, others) = self.pair.cert.split_first().ok_or(CertificateRefused::NotPem)?;
        let leaf = parsed(first)?;
        if leaf.is_ca() {
            return Err(CertificateRefused::AuthorityAsServer);
        }
        if let Ok(Some(usage)) = leaf.extended_key_usage()
            && !usage.value.server_auth
        {
            return Err(CertificateRefused::NotForServers);
        }
        self.validity.check(now)?;
        let certificate = ParsedCertificate::try_from(first).map_err(|_| CertificateRefused::Unacceptable)?;
        verify_server_name(&certificate, host).map_err(|_| CertificateRefused::OtherName(host.to_str().into_owned()))?;
        for (signed, signer) in self.pair.cert.iter().zip(others) {
            if parsed(signed)?.issuer().as_raw() != parsed(signer)?.subject().as_raw() {
                return Err(CertificateRefused::ChainBroken);
            }
        }
        let is_self_signed = leaf.issuer().as_raw() == leaf.subject().as_raw();
        match others.split_last() {
            Some((last, between)) => signed_by(&certificate, last, between, now),
            None if is_self_signed => signed_by(&certificate, first, &[], now),
            None => Ok(()),
        }
    }
}

fn signed_by(
    certificate: &ParsedCertificate<'_>,
    anchor: &CertificateDer<'static>,
    between: &[CertificateDer<'_>],
    now: Timestamp,
) -> Result<(), CertificateRefused> {
    let mut roots = RootCertStore::empty();
    roots.add(anchor.clone()).map_err(|_| CertificateRefused::Unacceptable)?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now.unix_seconds()).unwrap_or_default()));
    let algorithms = rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms.all;
    verify_server_cert_signed_by_trust_anchor(certificate, &roots, between, now, algorithms).map_err(|error| {
        if matches!(error, rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)) {
            CertificateRefused::ChainBroken
        } else {
            CertificateRefused::Unacceptable
        }
    })
}
