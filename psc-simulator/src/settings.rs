//! The relying parties the simulator knows.

use std::fs;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

use crate::keys::SigningKeys;
use crate::persona::Persona;
use crate::tls::{ClientCertificate, certificates};
use crate::words;

/// A relying party declared at the simulator.
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// Shown to the person.
    pub name: String,
    /// How it makes itself known.
    pub authentication: Authentication,
    /// Exact callbacks.
    pub redirect_uris: Vec<String>,
    /// Exact return addresses of logout.
    pub logout_uris: Vec<String>,
}

/// How a relying party makes itself known.
#[derive(Debug, Clone)]
pub enum Authentication {
    /// `client_secret_basic` and `client_secret_post`.
    Secret(SecretString),
    /// `tls_client_auth` (RFC 8705): the certificate with this subject, for example `C=FR, O=Exemple, CN=service`.
    CertificateSubject(String),
    /// As before, by the SHA-256 of each certificate that may be presented, in base64url.
    CertificateThumbprints(Vec<String>),
}

/// Everything a simulator needs besides its listeners and clock.
pub struct Settings {
    /// The relying parties.
    pub clients: Vec<Client>,
    /// The people; [`crate::persona::embedded`] unless a test has its own.
    pub personas: Vec<Persona>,
    /// The realm's keys.
    pub keys: SigningKeys,
}

/// The file of relying parties cannot be used. In French, with what to do: whoever starts the simulator reads it.
#[derive(Debug, thiserror::Error)]
pub enum ClientsRejected {
    /// The file, or one that it names, cannot be read.
    #[error("«\u{a0}{}\u{a0}» n’a pas pu être lu\u{a0}: {}", path.display(), words::of_file(source))]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not one of secret, subject and certificate.
    #[error(
        "«\u{a0}{}\u{a0}», service «\u{a0}{client}\u{a0}»\u{a0}: {} Gardez un seul des trois paramètres secret_file, certificate_subject et certificate_file.",
        path.display(),
        if *is_unsaid { "rien ne dit comment il s’authentifie." } else { "il s’authentifie de plusieurs façons." }
    )]
    Ambiguous {
        /// Which file.
        path: PathBuf,
        /// Its id.
        client: String,
        /// Whether none is there, rather than several.
        is_unsaid: bool,
    },
    /// No certificate in PEM.
    #[error("«\u{a0}{}\u{a0}» ne contient aucun certificat. Donnez-le en PEM (il commence par -----BEGIN CERTIFICATE-----).", path.display())]
    Certificate {
        /// Which file.
        path: PathBuf,
    },
    /// Not the expected TOML.
    #[error("«\u{a0}{}\u{a0}», ligne {line}\u{a0}: {reason}.", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where.
        line: usize,
        /// Why; never the line itself, which may hold a secret.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientsFile {
    client: Vec<DeclaredClient>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclaredClient {
    id: String,
    name: String,
    secret_file: Option<PathBuf>,
    certificate_subject: Option<String>,
    certificate_file: Option<PathBuf>,
    redirect_uris: Vec<String>,
    #[serde(default)]
    logout_uris: Vec<String>,
}

/// Reads `[[client]]` tables; each names one of `secret_file`, `certificate_subject` and `certificate_file`. Files are relative to this one.
///
/// # Errors
/// [`ClientsRejected`] names the file at fault.
pub fn read_clients(path: &Path) -> Result<Vec<Client>, ClientsRejected> {
    let text = fs::read_to_string(path).map_err(|source| ClientsRejected::Unreadable { path: path.to_owned(), source })?;
    let file: ClientsFile = toml::from_str(&text).map_err(|error| malformed(path, &text, &error))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    file.client
        .into_iter()
        .map(|declared| {
            let authentication = match (&declared.secret_file, &declared.certificate_subject, &declared.certificate_file) {
                (Some(file), None, None) => Authentication::Secret(read_secret(&folder.join(file))?),
                (None, Some(subject), None) => Authentication::CertificateSubject(subject.clone()),
                (None, None, Some(file)) => read_thumbprints(&folder.join(file))?,
                (secret, subject, certificate) => {
                    let is_unsaid = secret.is_none() && subject.is_none() && certificate.is_none();
                    return Err(ClientsRejected::Ambiguous { path: path.to_owned(), client: declared.id, is_unsaid });
                }
            };
            Ok(Client {
                authentication,
                id: declared.id,
                name: declared.name,
                redirect_uris: declared.redirect_uris,
                logout_uris: declared.logout_uris,
            })
        })
        .collect()
}

fn malformed(path: &Path, text: &str, error: &toml::de::Error) -> ClientsRejected {
    let start = error.span().map_or(0, |span| span.start);
    let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
    let reason = words::of_toml(text, (start, line), error.message());
    ClientsRejected::Malformed { path: path.to_owned(), line, reason }
}

/// Reads the certificates of a PEM file: any of them may be presented.
///
/// # Errors
/// [`ClientsRejected::Unreadable`] or [`ClientsRejected::Certificate`].
pub fn read_thumbprints(path: &Path) -> Result<Authentication, ClientsRejected> {
    let pem = fs::read(path).map_err(|source| ClientsRejected::Unreadable { path: path.to_owned(), source })?;
    let certificates = certificates(&pem).map_err(|_| ClientsRejected::Certificate { path: path.to_owned() })?;
    let thumbprints = certificates.iter().map(|certificate| ClientCertificate::of(certificate).thumbprint);
    Ok(Authentication::CertificateThumbprints(thumbprints.collect()))
}

/// Reads a secret, without the line end an editor adds.
///
/// # Errors
/// [`ClientsRejected::Unreadable`].
pub fn read_secret(path: &Path) -> Result<SecretString, ClientsRejected> {
    let text = fs::read_to_string(path).map_err(|source| ClientsRejected::Unreadable { path: path.to_owned(), source })?;
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
}

#[cfg(test)]
mod tests;
