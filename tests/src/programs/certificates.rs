//! The certificates of a companion that speaks TLS.

use std::fs;
use std::path::Path;

use vestibule_installation::place::write_private;

/// An authority of our own (`authority.pem`) and a certificate of 127.0.0.1 under it (`server.pem`, `server-key.pem`).
///
/// # Errors
/// When they cannot be made or written.
pub fn make_certificates(folder: &Path) -> anyhow::Result<()> {
    let mut authority = rcgen::CertificateParams::new(Vec::new())?;
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "Autorité d’essai");
    let authority_key = rcgen::KeyPair::generate()?;
    fs::write(folder.join("authority.pem"), authority.self_signed(&authority_key)?.pem())?;
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate()?;
    let server = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()])?.signed_by(&key, &issuer)?;
    fs::write(folder.join("server.pem"), server.pem())?;
    write_private(&folder.join("server-key.pem"), key.serialize_pem())
}
