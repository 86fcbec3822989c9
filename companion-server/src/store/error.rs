use sqlx::migrate::MigrateError;

use crate::words::in_french;

/// The memory failed; nothing of the attempted change was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused, is full, locked or gone.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The schema cannot be brought to this version.
    #[error("the database's schema cannot be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The file cannot be made, or not readable by its owner only.
    #[error("the database's file cannot be prepared")]
    File(#[from] std::io::Error),
    /// A row holds something no version of this program writes, or that was sealed for another place.
    #[error("a stored {0} cannot be read")]
    Unreadable(&'static str),
    /// The changes were made but could not be made durable.
    #[error("the database could not keep the change")]
    NotCommitted,
    /// The writer stopped: the companion is shutting down or its database thread died.
    #[error("the database's writer stopped")]
    Stopped,
}

impl StoreError {
    /// Whether a row that was named is gone.
    pub fn is_reference_gone(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_foreign_key_violation())
    }

    /// What is wrong with the memory, for an administrator, in French. Nothing of the database's own sentences.
    pub fn in_french(&self) -> String {
        match self {
            Self::Database(error) => of_sqlx(error),
            Self::Migration(error) => of_migration(error),
            Self::File(error) => in_french(error),
            Self::Unreadable(_) => "une ligne y est illisible\u{202f}; reprenez une sauvegarde".into(),
            Self::NotCommitted | StoreError::Stopped => "elle n’a pas pu garder un changement".into(),
        }
    }
}

fn of_migration(error: &MigrateError) -> String {
    if let MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) = error {
        return of_sqlx(error);
    }
    let said = if matches!(error, MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..)) {
        "elle vient d’une version plus récente du compagnon\u{202f}; installez cette version, ou reprenez une sauvegarde d’avant"
    } else if matches!(error, MigrateError::VersionMismatch(_)) {
        "son schéma n’est pas celui d’un compagnon de cette version"
    } else if matches!(error, MigrateError::Dirty(_)) {
        "une mise à jour n’y est pas allée à son terme\u{202f}; reprenez la sauvegarde d’avant"
    } else {
        "elle ne peut pas être mise à jour"
    };
    said.to_owned()
}

fn of_sqlx(error: &sqlx::Error) -> String {
    if let sqlx::Error::Io(error) = error {
        return in_french(error);
    }
    if let sqlx::Error::Database(error) = error {
        return of_sqlite(error.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or_default());
    }
    if matches!(error, sqlx::Error::PoolTimedOut) { "elle n’a pas répondu à temps".into() } else { "elle ne répond pas".into() }
}

/// By SQLite's primary result codes.
fn of_sqlite(code: i32) -> String {
    let said = match code & 0xff {
        5 | 6 => "un autre programme la tient verrouillée",
        8 => "ce compte ne peut pas y écrire",
        10 => "le disque ne répond pas comme il devrait",
        11 => "elle est abîmée\u{202f}; reprenez une sauvegarde",
        13 => "il n’y a plus de place sur le disque",
        14 => "le fichier, ou son dossier, manque ou n’est pas accessible à ce compte",
        23 => "le système en refuse l’accès à ce compte",
        26 => "ce fichier n’est pas une base de données\u{202f}; vérifiez le chemin, ou reprenez une sauvegarde",
        number => return format!("erreur n°\u{a0}{number} de la base de données"),
    };
    said.to_owned()
}
