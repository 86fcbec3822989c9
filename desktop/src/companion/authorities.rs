//! Whom the system trusts, and nobody whom the environment names.
//!
//! `SSL_CERT_FILE` and `SSL_CERT_DIR`, which libraries of Linux read first, are variables of the person who runs the app: they decide nothing
//! here. Windows and macOS keep their authorities where no variable leads elsewhere, and are asked by reqwest's own verifier.

use reqwest::{Certificate, ClientBuilder};

/// The machine's authorities and the policy's own.
#[cfg(all(unix, not(target_os = "macos")))]
pub(super) fn trust(builder: ClientBuilder, own: Vec<Certificate>) -> ClientBuilder {
    use std::path::Path;

    /// One bundle, by where distributions keep it (Debian, Fedora, openSUSE, Alpine, others).
    const BUNDLES: [&str; 6] = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/ssl/cert.pem",
        "/usr/local/share/certs/ca-root-nss.crt",
    ];
    /// One file for each authority, where there is no bundle.
    const FOLDERS: [&str; 2] = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

    let there = |place: &&Path| place.exists();
    let bundle = BUNDLES.iter().map(Path::new).find(there);
    let folder = if bundle.is_none() { FOLDERS.iter().map(Path::new).find(there) } else { None };
    let system = rustls_native_certs::load_certs_from_paths(bundle, folder);
    for error in &system.errors {
        tracing::warn!(%error, "An authority of the system cannot be read");
    }
    // One that rustls does not take must not keep the others away.
    let mut judge = rustls::RootCertStore::empty();
    let usable = system.certs.into_iter().filter(|authority| judge.add(authority.clone()).is_ok());
    let usable: Vec<Certificate> = usable.filter_map(|authority| Certificate::from_der(&authority).ok()).collect();
    builder.tls_certs_only(usable.into_iter().chain(own))
}

/// The machine's authorities and the policy's own.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) fn trust(builder: ClientBuilder, own: Vec<Certificate>) -> ClientBuilder {
    if own.is_empty() { builder } else { builder.tls_certs_merge(own) }
}
