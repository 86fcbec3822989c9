//! A certificate with its private key, as a client presents it: from PEM files or from a PKCS#12 file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as Pkcs12Error;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use zeroize::{Zeroize as _, Zeroizing};

use super::{CertificateRefused, Validity, chain, parsed};

/// Certificates and key that fit together.
pub struct Identity {
    pem: Zeroizing<String>,
    validity: Validity,
}

// The key is in there.
impl std::fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Identity").field("validity", &self.validity).finish_non_exhaustive()
    }
}

impl Identity {
    /// From a chain that begins with the client's certificate, and from its key without a password.
    ///
    /// # Errors
    /// [`CertificateRefused`] when either cannot be read or they do not fit together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, CertificateRefused> {
        Self::new(chain(certificates)?, self::key(key)?)
    }

    /// From a PKCS#12 file; the client's certificate is the one that fits the key, wherever it stands.
    ///
    /// # Errors
    /// [`CertificateRefused`] when the file cannot be opened, or holds no key with its certificate.
    pub fn from_pkcs12(file: &[u8], password: &str) -> Result<Self, CertificateRefused> {
        let archive = Pkcs12Archive::from_pkcs12(file, password).map_err(|error| refusal(&error))?;
        let [key] = archive.keys.as_slice() else { return Err(CertificateRefused::Pkcs12Keys) };
        let certificates: Vec<CertificateDer<'static>> =
            archive.certs.iter().map(|bag| CertificateDer::from(bag.cert.as_der().to_vec())).collect();
        let key = || PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.key.as_der().to_vec()));
        for (index, leaf) in certificates.iter().enumerate() {
            let mut others = certificates.clone();
            others.swap_remove(index);
            match Self::new(from_leaf_up(leaf.clone(), others)?, key()) {
                Err(CertificateRefused::KeyMismatch) => {}
                outcome => return outcome,
            }
        }
        Err(CertificateRefused::KeyMismatch)
    }

    fn new(certificates: Vec<CertificateDer<'static>>, mut key: PrivateKeyDer<'static>) -> Result<Self, CertificateRefused> {
        let pair = pair(certificates, key.clone_key())?;
        let leaf = parsed(pair.cert.first().ok_or(CertificateRefused::NotPem)?)?;
        if let Ok(Some(usage)) = leaf.extended_key_usage()
            && !usage.value.client_auth
            && !usage.value.any
        {
            return Err(CertificateRefused::OtherPurpose);
        }
        let validity = Validity::of(&leaf)?;
        let mut text = Zeroizing::new(String::new());
        for certificate in &pair.cert {
            section(&mut text, "CERTIFICATE", certificate);
        }
        let label = if matches!(key, PrivateKeyDer::Pkcs1(_)) {
            "RSA PRIVATE KEY"
        } else if matches!(key, PrivateKeyDer::Sec1(_)) {
            "EC PRIVATE KEY"
        } else {
            "PRIVATE KEY"
        };
        section(&mut text, label, key.secret_der());
        key.zeroize();
        Ok(Self { pem: text, validity })
    }

    /// From when to when it may serve.
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// Chain and key in one PEM text, the key last: what an HTTP client takes.
    pub fn pem(&self) -> &[u8] {
        self.pem.as_bytes()
    }
}

/// Certificates and key as TLS uses them, once they fit together.
pub(super) fn pair(certificates: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<CertifiedKey, CertificateRefused> {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    CertifiedKey::from_der(certificates, key, &provider).map_err(|error| {
        if matches!(error, rustls::Error::InconsistentKeys(_)) {
            CertificateRefused::KeyMismatch
        } else if matches!(error, rustls::Error::InvalidCertificate(_)) {
            CertificateRefused::Unreadable
        } else {
            CertificateRefused::KeyUnusable
        }
    })
}

/// The one key of a PEM file.
pub(super) fn key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, CertificateRefused> {
    PrivateKeyDer::from_pem_slice(pem)
        .map_err(|_| if is_under_password(pem) { CertificateRefused::KeyUnderPassword } else { CertificateRefused::NoKey })
}

/// A chain as TLS sends it: each certificate followed by the one that signed it; strangers to the chain are left out.
fn from_leaf_up(
    leaf: CertificateDer<'static>,
    mut others: Vec<CertificateDer<'static>>,
) -> Result<Vec<CertificateDer<'static>>, CertificateRefused> {
    let mut chain = vec![leaf];
    while let Some(last) = chain.last() {
        let issuer = parsed(last)?.issuer().as_raw().to_vec();
        let mut found = None;
        for (index, other) in others.iter().enumerate() {
            let other = parsed(other)?;
            // A root signs itself, and the other side has its own copy.
            if other.subject().as_raw() == issuer && other.issuer().as_raw() != other.subject().as_raw() {
                found = Some(index);
                break;
            }
        }
        let Some(index) = found else { break };
        chain.push(others.swap_remove(index));
    }
    Ok(chain)
}

fn is_under_password(key: &[u8]) -> bool {
    let text = String::from_utf8_lossy(key);
    text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
}

fn refusal(error: &Pkcs12Error) -> CertificateRefused {
    match error {
        Pkcs12Error::MacError(_) | Pkcs12Error::UnpadError => CertificateRefused::Pkcs12Password,
        Pkcs12Error::IoError(_)
        | Pkcs12Error::DerError(_)
        | Pkcs12Error::InvalidVersion
        | Pkcs12Error::UnsupportedContentType
        | Pkcs12Error::UnsupportedCertificateType
        | Pkcs12Error::X509Error(_)
        | Pkcs12Error::InvalidLength
        | Pkcs12Error::InvalidParameters
        | Pkcs12Error::InvalidData
        | Pkcs12Error::UnsupportedEncryptionScheme
        | Pkcs12Error::UnsupportedMacAlgorithm
        | Pkcs12Error::Pkcs5Error(_)
        | Pkcs12Error::InvalidPrivateKey => CertificateRefused::Pkcs12Unreadable,
    }
}

fn section(text: &mut String, label: &str, der: &[u8]) {
    // Grown once: a text that moves would leave copies of the key behind.
    let encoded = Zeroizing::new(STANDARD.encode(der));
    text.reserve(encoded.len() + encoded.len() / 64 + 80);
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    for (index, character) in encoded.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str("\n-----END ");
    text.push_str(label);
    text.push_str("-----\n");
}
