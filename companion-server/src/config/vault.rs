//! The section `[vault]`.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ConfigError;
use crate::vault::{self, VaultRefused};

/// La clé de chiffrement des jetons de Pro Santé Connect conservés dans la base.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VaultSection {
    /// Clé de chiffrement : 32 octets, bruts ou en base64url, hors du dossier de la base de données et lisible par le seul compte de service.
    /// `companion-server init-key` en crée une, `companion-server vault rotate` la remplace. Comme pour tout fichier de secret, `credential:NOM`
    /// désigne celui que le gestionnaire de services donne sous ce nom (LoadCredential=).
    pub key_file: PathBuf,
    /// Whether the service manager gave the file: it cannot be replaced from here.
    #[serde(skip)]
    pub is_credential: bool,
}

impl VaultSection {
    pub(super) fn check_files(&self, database: Option<&Path>) -> Result<(), ConfigError> {
        let refused = |refusal: VaultRefused| ConfigError::refused(refusal.code(), "vault.key_file", refusal.to_string());
        vault::read_key_file(&self.key_file).map_err(refused)?;
        database.map_or(Ok(()), |database| vault::refuse_beside(&self.key_file, database)).map_err(refused)
    }
}
