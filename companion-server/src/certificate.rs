//! X.509 certificates read from files: whom they serve, from when to when, and how near their end is.

mod identity;
mod server;

use chrono::{DateTime, Datelike as _, Utc};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use vestibule_model::language::Language;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use crate::clock::Timestamp;

pub use identity::Identity;
pub use server::ServerIdentity;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Why a certificate or its key cannot serve. In French: the administrator reads it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateRefused {
    /// No certificate in the file, or one that cannot be read.
    #[error("ce n’est pas une suite de certificats PEM")]
    NotPem,
    /// A certificate that is not X.509.
    #[error("un certificat est illisible")]
    Unreadable,
    /// No private key in the file.
    #[error("aucune clé privée PEM dans ce fichier")]
    NoKey,
    /// A PEM key under a password.
    #[error("la clé privée est protégée par un mot de passe\u{a0}: retirez-le, ou fournissez un fichier PKCS#12")]
    KeyUnderPassword,
    /// A key of a kind that TLS does not use here.
    #[error("type de clé privée non pris en charge")]
    KeyUnusable,
    /// The key is another certificate's.
    #[error("la clé privée ne correspond pas au certificat")]
    KeyMismatch,
    /// The file is not PKCS#12, or uses an algorithm of another age.
    #[error("le fichier PKCS#12 est illisible, ou chiffré par un algorithme inconnu")]
    Pkcs12Unreadable,
    /// The password does not open the file.
    #[error("le mot de passe du fichier PKCS#12 est incorrect")]
    Pkcs12Password,
    /// Not exactly one key in the file.
    #[error("le fichier PKCS#12 doit contenir une clé privée, et une seule")]
    Pkcs12Keys,
    /// Made for servers or for mail.
    #[error("ce certificat n’est pas fait pour l’authentification d’un client (offre ORG, profil AUTH_CLI)")]
    OtherPurpose,
    /// Made for something else than a server.
    #[error("ce certificat n’est pas fait pour un serveur (usage étendu «\u{a0}serverAuth\u{a0}»)")]
    NotForServers,
    /// `openssl req -x509` makes such a one.
    #[error("c’est un certificat d’autorité (CA:TRUE)\u{a0}: aucun poste ne l’accepte comme certificat de serveur")]
    AuthorityAsServer,
    /// In the name of another address.
    #[error("il n’est pas au nom de «\u{a0}{0}\u{a0}» (les postes ne lisent que «\u{a0}subjectAltName\u{a0}»)")]
    OtherName(String),
    /// A certificate of the chain is not followed by the one that signed it.
    #[error("la chaîne est incomplète ou en désordre\u{a0}: chaque certificat doit être suivi de celui qui l’a signé")]
    ChainBroken,
    /// For a reason that has no word of its own here.
    #[error("les postes ne l’acceptent pas")]
    Unacceptable,
    /// Its time has not come.
    #[error("le certificat n’est valable qu’à partir du {0}")]
    NotYetValid(String),
    /// Its time is over.
    #[error("le certificat a expiré le {0}")]
    Expired(String),
}

/// From when to when a certificate may serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First moment.
    pub begins_at: Timestamp,
    /// Last moment.
    pub ends_at: Timestamp,
}

/// How near the end is: each step asks more loudly for a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    /// More than sixty days.
    Far,
    /// Sixty days or less.
    SixtyDays,
    /// Thirty days or less.
    ThirtyDays,
    /// Seven days or less.
    SevenDays,
    /// Over.
    Over,
}

impl Validity {
    /// Of the first certificate of a PEM file.
    ///
    /// # Errors
    /// [`CertificateRefused`] when the file holds no readable certificate.
    pub fn of_pem(pem: &[u8]) -> Result<Self, CertificateRefused> {
        let first = chain(pem)?;
        Self::of(&parsed(first.first().ok_or(CertificateRefused::NotPem)?)?)
    }

    fn of(certificate: &X509Certificate<'_>) -> Result<Self, CertificateRefused> {
        let moment = |seconds: i64| seconds.checked_mul(1000).map(Timestamp).ok_or(CertificateRefused::Unreadable);
        let validity = certificate.validity();
        Ok(Self { begins_at: moment(validity.not_before.timestamp())?, ends_at: moment(validity.not_after.timestamp())? })
    }

    /// Whether it may serve at this moment.
    ///
    /// # Errors
    /// [`CertificateRefused::NotYetValid`] or [`CertificateRefused::Expired`].
    pub fn check(&self, now: Timestamp) -> Result<(), CertificateRefused> {
        if now < self.begins_at {
            return Err(CertificateRefused::NotYetValid(french_date(self.begins_at)));
        }
        if now > self.ends_at {
            return Err(CertificateRefused::Expired(french_date(self.ends_at)));
        }
        Ok(())
    }

    /// How near the end is at this moment.
    pub fn nearness(&self, now: Timestamp) -> Nearness {
        match self.ends_at.millis_since(now) {
            left if left < 0 => Nearness::Over,
            left if left <= 7 * DAY_MS => Nearness::SevenDays,
            left if left <= 30 * DAY_MS => Nearness::ThirtyDays,
            left if left <= 60 * DAY_MS => Nearness::SixtyDays,
            _ => Nearness::Far,
        }
    }

    /// Whole days left at this moment; negative once it is over.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        self.ends_at.millis_since(now).div_euclid(DAY_MS)
    }
}

/// The day of a moment, in words, UTC: `3 mars 2027`.
pub fn french_date(moment: Timestamp) -> String {
    let Some(date) = DateTime::<Utc>::from_timestamp(moment.unix_seconds(), 0) else { return "une date hors du calendrier".into() };
    Language::Fr.day(date.year(), date.month(), date.day())
}

/// The days since 1970 of a moment, UTC.
pub const fn day(moment: Timestamp) -> i64 {
    moment.0.div_euclid(DAY_MS)
}

/// Every certificate of a PEM file, at least one.
///
/// # Errors
/// [`CertificateRefused::NotPem`].
pub fn chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, CertificateRefused> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| CertificateRefused::NotPem)?;
    if chain.is_empty() { Err(CertificateRefused::NotPem) } else { Ok(chain) }
}

fn parsed<'der>(certificate: &'der CertificateDer<'_>) -> Result<X509Certificate<'der>, CertificateRefused> {
    let (rest, parsed) = X509Certificate::from_der(certificate.as_ref()).map_err(|_| CertificateRefused::Unreadable)?;
    if rest.is_empty() { Ok(parsed) } else { Err(CertificateRefused::Unreadable) }
}

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;
