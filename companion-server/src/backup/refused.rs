//! Why a memory is not saved or not restored.

use std::io;
use std::path::{Path, PathBuf};

use vestibule_model::ErrorCode;

use crate::preflight::StartError;
use crate::store::{BESIDE, StoreError, foreign};
use crate::vault::{KeyId, VaultRefused};
use crate::words::{in_french, of_new_file, of_unreadable};

/// In French: the administrator reads it. Nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum BackupRefused {
    /// As a start would.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Its server has tools of its own.
    #[error("{code}\u{a0}: la base est celle d’un serveur PostgreSQL\u{202f}; sauvegardez-la par «\u{a0}pg_dump\u{a0}», restaurez-la par «\u{a0}pg_restore\u{a0}»\u{a0}: les commandes sont dans le guide de l’administrateur, «\u{a0}Sauvegarder et restaurer\u{a0}»", code = ErrorCode::BackupRefused)]
    Server,
    /// There is no such file.
    #[error("{code}\u{a0}: la base «\u{a0}{}\u{a0}» n’existe pas, ou le fichier est vide\u{202f}; vérifiez «\u{a0}storage.sqlite_file\u{a0}»", .0.display(), code = ErrorCode::BackupRefused)]
    NoMemory(PathBuf),
    /// Nothing is ever overwritten.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» existe déjà\u{202f}; une sauvegarde n’en remplace jamais une autre, nommez un autre fichier", .0.display(), code = ErrorCode::BackupRefused)]
    Exists(PathBuf),
    /// It would be taken for a journal: the database's own, or that of another file.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» est un nom que SQLite donne à ce qu’il pose à côté d’une base ({beside})\u{202f}; nommez un autre fichier", .0.display(), beside = BESIDE.join(", "), code = ErrorCode::BackupRefused)]
    NameOfSqlite(PathBuf),
    /// Whoever copied the folder would have both.
    #[error("{code}\u{a0}: la clé de chiffrement serait à côté de la sauvegarde\u{202f}; ensemble, elles rendent tout lisible\u{a0}: nommez un autre dossier", code = ErrorCode::BackupRefused)]
    BesideKey(#[from] VaultRefused),
    /// A file cannot be made or written.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» ne peut pas être écrit\u{a0}: {}", file.display(), of_new_file(source, file), code = ErrorCode::BackupRefused)]
    Unwritten {
        /// As it was named.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The memory, or what was saved, cannot be read.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» ne peut pas être lu\u{a0}: {}", file.display(), in_french(source), code = of_unreadable(source, ErrorCode::BackupRefused))]
    Unread {
        /// As it was named.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What the database itself says.
    #[error("{code}\u{a0}: la base «\u{a0}{}\u{a0}» n’a pas pu être copiée\u{a0}: {}", file.display(), error.in_french(), code = ErrorCode::BackupRefused)]
    Failed {
        /// Which one.
        file: PathBuf,
        /// What is wrong with it.
        error: StoreError,
    },
    /// Somebody else's hand was in it: a companion that serves it would obey what is there.
    #[error("{code}\u{a0}: la base «\u{a0}{}\u{a0}» n’est pas restaurée\u{a0}: {}", file.display(), foreign(differences), code = ErrorCode::BackupRefused)]
    Foreign {
        /// As it was named.
        file: PathBuf,
        /// In French.
        differences: Vec<String>,
    },
    /// What the configuration names leads nowhere.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» est un lien vers un fichier absent ({})\u{202f}; retirez le lien, ou remettez ce fichier", link.display(), in_french(source), code = of_unreadable(source, ErrorCode::BackupRefused))]
    BrokenLink {
        /// As configured.
        link: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Not every page is what it should be.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» n’est pas une base du serveur de connexion en bon état\u{202f}; prenez une autre sauvegarde", .0.display(), code = ErrorCode::BackupRefused)]
    Unsound(PathBuf),
    /// The people of one Pro Santé Connect are nobody at another.
    #[error("{code}\u{a0}: la sauvegarde vient de l’environnement «\u{a0}{0}\u{a0}», et «\u{a0}psc.environment\u{a0}» en nomme un autre\u{202f}; chaque environnement a sa base", code = ErrorCode::EnvironmentMixed)]
    OtherEnvironment(String),
    /// A companion would refuse to start with it.
    #[error("{code}\u{a0}: dans la sauvegarde, la première clé du fichier de clé ({0}) a été retirée par une rotation\u{202f}; reprenez le fichier de clé qui l’a suivie", code = ErrorCode::SealingKeyForgotten)]
    ForgottenKey(KeyId),
    /// A companion serves the file.
    #[error("{code}\u{a0}: un serveur de connexion utilise la base «\u{a0}{}\u{a0}»\u{202f}; arrêtez-le", .0.display(), code = ErrorCode::BackupRefused)]
    Served(PathBuf),
    /// A key rotation is under way on the file.
    #[error("{code}\u{a0}: une rotation de la clé est en cours sur «\u{a0}{}\u{a0}»\u{202f}; laissez-la finir", .0.display(), code = ErrorCode::BackupRefused)]
    Rotating(PathBuf),
    /// It would be put in its own place.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» est la base elle-même\u{202f}; nommez une sauvegarde", .0.display(), code = ErrorCode::BackupRefused)]
    Itself(PathBuf),
}

impl BackupRefused {
    /// Number of the catalogue.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Start(error) => error.code(),
            Self::OtherEnvironment(_) => ErrorCode::EnvironmentMixed,
            Self::ForgottenKey(_) => ErrorCode::SealingKeyForgotten,
            Self::Unread { source, .. } | Self::BrokenLink { source, .. } => of_unreadable(source, ErrorCode::BackupRefused),
            Self::Server
            | Self::NoMemory(_)
            | Self::Exists(_)
            | Self::NameOfSqlite(_)
            | Self::BesideKey(_)
            | Self::Unwritten { .. }
            | Self::Foreign { .. }
            | Self::Failed { .. }
            | Self::Unsound(_)
            | Self::Served(_)
            | Self::Rotating(_)
            | Self::Itself(_) => ErrorCode::BackupRefused,
        }
    }

    pub(super) fn unread(file: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::Unread { file, source }
    }

    pub(super) fn unwritten(file: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |source| {
            // Somebody made it in the meantime.
            if source.kind() == io::ErrorKind::AlreadyExists { Self::Exists(file) } else { Self::Unwritten { file, source } }
        }
    }
}
