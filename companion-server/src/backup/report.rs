//! What was saved or restored, as the administrator reads it.

use std::path::{Path, PathBuf};

use serde::Serialize;
use vestibule_model::ErrorCode;

use crate::store::{SavedFile, foreign};

/// A file that was written, and read again whole.
#[derive(Debug, Serialize)]
pub struct Saved {
    file: PathBuf,
    #[serde(flatten)]
    content: Content,
}

/// What stands in the database's place now.
#[derive(Debug, Serialize)]
pub struct Restored {
    database: PathBuf,
    /// Where what was there before is.
    aside: Option<PathBuf>,
    #[serde(flatten)]
    content: Content,
    /// Values that no key of the vault opens; `null` where its file cannot be read from here.
    missing_values: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Content {
    schema: i64,
    environment: Option<String>,
    audit_lines: u64,
    sessions: u64,
    /// What is otherwise than a companion makes it; in French.
    differences: Vec<String>,
}

impl Content {
    fn of(seen: &SavedFile) -> Self {
        Self {
            schema: seen.schema,
            environment: seen.environment.clone(),
            audit_lines: seen.audit_lines,
            sessions: seen.sessions,
            differences: seen.differences.clone(),
        }
    }

    fn to_text(&self) -> String {
        format!(
            "  intégrité du fichier       relu en entier, aucun défaut\n  \
             schéma                     version {}\n  \
             environnement              {}\n  \
             lignes du journal d’audit  {} (pas jugées ici\u{a0}: «\u{a0}audit verify\u{a0}» le fait)\n  \
             sessions ouvertes          {}\n",
            self.schema,
            self.environment.as_deref().unwrap_or("pas encore noté"),
            self.audit_lines,
            self.sessions
        )
    }
}

impl Saved {
    pub(super) fn new(file: &Path, seen: &SavedFile) -> Self {
        Self { file: file.to_owned(), content: Content::of(seen) }
    }

    /// For the administrator, in French.
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "La base est sauvegardée dans «\u{a0}{}\u{a0}».\n\n{}\n\
             Elle nomme des personnes\u{a0}: ce compte seul peut la lire. Gardez la clé de chiffrement à part\u{a0}: ensemble, elles rendent tout lisible.",
            self.file.display(),
            self.content.to_text()
        );
        if !self.content.differences.is_empty() {
            text.push_str(&format!(
                "\n\n{}\u{a0}: {}. Telle quelle, cette sauvegarde ne pourra pas être restaurée.",
                ErrorCode::StorageUnavailable,
                foreign(&self.content.differences)
            ));
        }
        text
    }
}

impl Restored {
    pub(super) fn new(database: &Path, aside: Option<PathBuf>, seen: &SavedFile, missing_values: Option<u64>) -> Self {
        Self { database: database.to_owned(), aside, content: Content::of(seen), missing_values }
    }

    /// For the administrator, in French.
    pub fn to_text(&self) -> String {
        let mut text = format!("La base «\u{a0}{}\u{a0}» est restaurée.\n\n{}\n", self.database.display(), self.content.to_text());
        if let Some(missing) = self.missing_values.filter(|missing| *missing > 0) {
            text.push_str(&format!(
                "{}\u{a0}: {} données y sont chiffrées par une clé absente du fichier de clé\u{202f}; les personnes concernées devront se reconnecter.\n",
                ErrorCode::SealingKeyMissing,
                missing
            ));
        }
        if let Some(aside) = &self.aside {
            text.push_str(&format!(
                "Ce qui y était est gardé dans «\u{a0}{}\u{a0}»\u{a0}: effacez-le une fois tout vérifié, il nomme des personnes.\n",
                aside.display()
            ));
        }
        text.push_str(
            "Ce qui s’est passé depuis la sauvegarde n’y est pas\u{a0}: une session fermée depuis y est ouverte jusqu’à son expiration (sessions end --all),\n\
             une personne effacée ou un poste oublié depuis y sont de nouveau. Démarrez le serveur de connexion.",
        );
        text
    }
}
