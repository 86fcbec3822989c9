//! The relying parties the simulator knows.

use std::fs;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

use crate::keys::SigningKeys;
use crate::persona::Persona;

/// A relying party declared at the simulator.
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// Shown to the person.
    pub name: String,
    /// For `client_secret_basic` and `client_secret_post`.
    pub secret: SecretString,
    /// Exact callbacks.
    pub redirect_uris: Vec<String>,
    /// Exact return addresses of logout.
    pub logout_uris: Vec<String>,
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

/// The file of relying parties cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientsRejected {
    /// The file, or a secret's, cannot be read.
    #[error("{path} cannot be read: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not the expected TOML.
    #[error("{path} is not understood: {source}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
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
    secret_file: PathBuf,
    redirect_uris: Vec<String>,
    #[serde(default)]
    logout_uris: Vec<String>,
}

/// Reads `[[client]]` tables; `secret_file` is relative to the file's folder.
///
/// # Errors
/// [`ClientsRejected`] names the file at fault.
pub fn read_clients(path: &Path) -> Result<Vec<Client>, ClientsRejected> {
    let text = fs::read_to_string(path).map_err(|source| ClientsRejected::Unreadable { path: path.to_owned(), source })?;
    let file: ClientsFile =
        toml::from_str(&text).map_err(|source| ClientsRejected::Malformed { path: path.to_owned(), source: Box::new(source) })?;
    let folder = path.parent().unwrap_or(Path::new("."));
    file.client
        .into_iter()
        .map(|declared| {
            Ok(Client {
                secret: read_secret(&folder.join(&declared.secret_file))?,
                id: declared.id,
                name: declared.name,
                redirect_uris: declared.redirect_uris,
                logout_uris: declared.logout_uris,
            })
        })
        .collect()
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
