//! The section `[storage]`.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;

use super::ConfigError;
use crate::secret_file;

/// La base de données : `sqlite_file`, ou `postgres_url_file`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StorageSection {
    /// Fichier SQLite. Il est créé au premier démarrage ; un seul serveur de connexion à la fois l’utilise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlite_file: Option<PathBuf>,
    /// Fichier qui contient l’adresse d’une base PostgreSQL, `postgres://compte:mot-de-passe@serveur/base`, que plusieurs serveurs de connexion peuvent
    /// partager. Vers une autre machine, la connexion est toujours chiffrée.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres_url_file: Option<PathBuf>,
    /// Autorités de certification (PEM) qui valident le certificat du serveur PostgreSQL, à la place de celles du système.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres_ca_file: Option<PathBuf>,
    /// Fichier de la dernière sauvegarde, ou dossier où elle est : `doctor` dit son âge, et avertit au-delà de 36 heures. Le serveur de connexion n’y écrit
    /// ni n’y lit rien.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_file: Option<PathBuf>,
}

/// Where the memory is.
#[derive(Debug, Clone, Copy)]
pub enum StoragePlace<'a> {
    /// A file of SQLite.
    File(&'a Path),
    /// A database of PostgreSQL.
    Server {
        /// Holds its address.
        url_file: &'a Path,
        /// Instead of the system's authorities.
        ca_file: Option<&'a Path>,
    },
}

impl StorageSection {
    /// In a file of SQLite.
    pub fn in_file(file: PathBuf) -> Self {
        Self { sqlite_file: Some(file), ..Self::default() }
    }

    /// Where the memory is.
    pub fn place(&self) -> StoragePlace<'_> {
        match (&self.sqlite_file, &self.postgres_url_file) {
            (_, Some(url_file)) => StoragePlace::Server { url_file, ca_file: self.postgres_ca_file.as_deref() },
            (Some(file), None) => StoragePlace::File(file),
            // Refused before anyone asks.
            (None, None) => StoragePlace::File(Path::new("")),
        }
    }

    /// The key that names the memory.
    pub const fn key(&self) -> &'static str {
        if self.postgres_url_file.is_some() { "storage.postgres_url_file" } else { "storage.sqlite_file" }
    }

    /// What belongs to the account that serves: the database, or the file with its address.
    pub fn of_the_service(&self) -> Option<&Path> {
        self.sqlite_file.as_deref().or(self.postgres_url_file.as_deref())
    }

    /// Reads the address of the database, which may hold a password. Performs I/O.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] when the file cannot be read, is open to others or holds anything but one line of text.
    pub fn read_postgres_url(file: &Path) -> Result<SecretString, ConfigError> {
        let key = "storage.postgres_url_file";
        let refused = |reason: &str| ConfigError::refused(ErrorCode::ConfigurationInvalid, key, reason);
        let bytes =
            secret_file::read(file).map_err(|refusal| ConfigError::of_secret_file(ErrorCode::ConfigurationInvalid, key, &refusal))?;
        let text = secret_file::text(&bytes).ok_or_else(|| refused("l’adresse n’est pas du texte"))?.trim();
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(refused("l’adresse est vide ou compte plusieurs lignes"));
        }
        Ok(SecretString::from(text))
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let refused = |key, reason: &str| Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, key, reason));
        match (&self.sqlite_file, &self.postgres_url_file) {
            (Some(_), Some(_)) => {
                refused("storage.postgres_url_file", "il y a déjà «\u{a0}sqlite_file\u{a0}»\u{202f}; gardez l’un des deux")
            }
            (None, None) => refused("storage.sqlite_file", "il faut «\u{a0}sqlite_file\u{a0}», ou «\u{a0}postgres_url_file\u{a0}»"),
            (Some(_), None) if self.postgres_ca_file.is_some() => {
                refused("storage.postgres_ca_file", "seulement avec «\u{a0}postgres_url_file\u{a0}»")
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check_files(&self) -> Result<(), ConfigError> {
        self.postgres_url_file.as_deref().map_or(Ok(()), |file| Self::read_postgres_url(file).map(drop))
    }
}
