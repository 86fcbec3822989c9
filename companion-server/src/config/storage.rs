//! The section `[storage]`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// La base de données.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StorageSection {
    /// Fichier SQLite. Il est créé au premier démarrage ; un seul compagnon à la fois l’ouvre.
    pub sqlite_file: PathBuf,
}
