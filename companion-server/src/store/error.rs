//! Why the memory failed, and how that is told.

use tokio_postgres::error::SqlState;
use vestibule_model::ErrorCode;

use crate::words::in_french;

/// The memory failed; nothing of the attempted change was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused, is full, locked or gone.
    #[error("the database failed ({})", state_of_sqlite(.0))]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL refused, is full, not there, or gone.
    #[error("the database failed ({})", state_of_postgres(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// The database's address cannot be used.
    #[error("the database's address cannot be used")]
    Address(#[from] AddressRefused),
    /// The schema cannot be brought to this version.
    #[error("the database's schema cannot be brought up to date")]
    Schema(#[from] SchemaError),
    /// What is in it is not what this program made.
    #[error("the database's schema was changed by another program")]
    Foreign(Vec<String>),
    /// The file cannot be made, or not readable by its owner only.
    #[error("the database's file cannot be prepared")]
    File(#[from] std::io::Error),
    /// The file, or what lies beside it while it is served, was removed or replaced: what is written goes where no start looks for it.
    #[error("a file of the database was removed or replaced while it is served")]
    Displaced,
    /// A row holds something no version of this program writes.
    #[error("a stored {0} cannot be read")]
    Unreadable(&'static str),
    /// No key of the vault opens what is sealed in a row, or it was sealed for another place.
    #[error("a sealed {0} does not open")]
    Sealed(&'static str),
    /// The changes were made but could not be made durable.
    #[error("the database could not keep the change")]
    NotCommitted,
    /// No answer in time. The command was not begun, or nobody knows what became of it.
    #[error("the database did not answer in time")]
    Silent,
    /// The writer stopped: the companion is shutting down or its database thread died.
    #[error("the database's writer stopped")]
    Stopped,
}

/// Why the address of a PostgreSQL database is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressRefused {
    /// It is not one.
    #[error("it cannot be read")]
    Unreadable,
    /// It names no host or no database.
    #[error("it names no host or no database")]
    Incomplete,
    /// It would send what the memory holds over a network in clear.
    #[error("it is on another machine and asks for no encryption")]
    InClear,
    /// There is no authority to judge the database's certificate by.
    #[error("the authorities cannot be read")]
    Authorities,
}

impl AddressRefused {
    const fn in_french(self) -> &'static str {
        match self {
            Self::Unreadable => "son adresse n’est pas de la forme «\u{a0}postgres://compte:mot-de-passe@serveur/base\u{a0}»",
            Self::Incomplete => "son adresse ne nomme pas de serveur ou pas de base",
            Self::InClear => {
                "elle est sur une autre machine et son adresse demande «\u{a0}sslmode=disable\u{a0}»\u{a0}: ce qu’elle garde passerait en clair sur le réseau"
            }
            Self::Authorities => {
                "aucune autorité de certification lisible ne permet de juger son certificat\u{202f}; voyez «\u{a0}storage.postgres_ca_file\u{a0}»"
            }
        }
    }
}

/// Why a schema is not one that this version takes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// A later version of this program made it.
    #[error("it is of a later version")]
    Later,
    /// Its steps are not those of this program.
    #[error("its steps are others")]
    Other,
    /// A step was begun and not ended.
    #[error("a step was left in the middle")]
    Unfinished,
    /// An earlier version of this program made it, and what is asked of it came later.
    #[error("it is of an earlier version")]
    Earlier,
}

impl SchemaError {
    const fn in_french(self) -> &'static str {
        match self {
            Self::Later => {
                "elle vient d’une version plus récente du serveur de connexion\u{202f}; installez cette version, ou reprenez une sauvegarde d’avant"
            }
            Self::Other => "son schéma n’est pas celui d’un serveur de connexion de cette version",
            Self::Earlier => "elle est d’une version antérieure\u{202f}; démarrez d’abord le serveur, qui la met à jour",
            Self::Unfinished => "une mise à jour n’y est pas allée à son terme\u{202f}; reprenez la sauvegarde d’avant",
        }
    }
}

impl StoreError {
    /// Number of the catalogue.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Displaced => ErrorCode::DatabaseDisplaced,
            Self::Sealed(_) => ErrorCode::SealingKeyMissing,
            Self::Sqlite(_)
            | Self::Postgres(_)
            | Self::Address(_)
            | Self::Schema(_)
            | Self::Foreign(_)
            | Self::File(_)
            | Self::Unreadable(_)
            | Self::NotCommitted
            | Self::Silent
            | Self::Stopped => ErrorCode::StorageUnavailable,
        }
    }

    /// Whether the database refused a value by a rule of its own.
    pub fn is_refused_by_rule(&self) -> bool {
        match self {
            Self::Sqlite(error) => extended_code(error).is_some_and(|code| code & 0xff == rusqlite::ffi::SQLITE_CONSTRAINT),
            Self::Postgres(error) => error.code().is_some_and(|code| code.code().starts_with("23")),
            Self::Address(_)
            | Self::Schema(_)
            | Self::Foreign(_)
            | Self::File(_)
            | Self::Displaced
            | Self::Unreadable(_)
            | Self::Sealed(_)
            | Self::NotCommitted
            | Self::Silent
            | Self::Stopped => false,
        }
    }

    /// Whether something was asked for that this database does not have, or has otherwise: what one of an earlier version says.
    pub(super) fn is_of_another_schema(&self) -> bool {
        match self {
            Self::Sqlite(rusqlite::Error::SqlInputError { .. }) | Self::Unreadable(_) => true,
            Self::Postgres(error) => {
                error.code().is_some_and(|code| *code == SqlState::UNDEFINED_COLUMN || *code == SqlState::UNDEFINED_TABLE)
            }
            Self::Sqlite(_)
            | Self::Address(_)
            | Self::Schema(_)
            | Self::Foreign(_)
            | Self::File(_)
            | Self::Displaced
            | Self::Sealed(_)
            | Self::NotCommitted
            | Self::Silent
            | Self::Stopped => false,
        }
    }

    /// Whether the same command may well succeed when it is begun again: another one came in between, or the server is just starting.
    pub(super) fn may_be_tried_again(&self) -> bool {
        let passing = [&SqlState::T_R_SERIALIZATION_FAILURE, &SqlState::T_R_DEADLOCK_DETECTED, &SqlState::CANNOT_CONNECT_NOW];
        matches!(self, Self::Postgres(error) if error.code().is_some_and(|code| passing.contains(&code)))
    }

    /// Whether, said of a `COMMIT`, nobody knows what became of it: the server was gone before it answered.
    pub(super) fn leaves_commit_open(&self) -> bool {
        matches!(self, Self::Postgres(error) if error.code().is_none_or(|state| state.code().starts_with("57")))
    }

    /// What is wrong with the memory, for an administrator, in French. Nothing of the database's own sentences.
    pub fn in_french(&self) -> String {
        match self {
            // Nothing that a database of this version does not have is asked of one.
            Self::Sqlite(rusqlite::Error::SqlInputError { .. }) => SchemaError::Other.in_french().to_owned(),
            Self::Sqlite(error) => extended_code(error).map_or_else(|| "elle ne répond pas".to_owned(), of_sqlite),
            Self::Postgres(error) => of_postgres(error),
            Self::Address(error) => error.in_french().to_owned(),
            Self::Schema(error) => error.in_french().to_owned(),
            Self::Foreign(differences) => foreign(differences),
            Self::File(error) => in_french(error),
            Self::Displaced => {
                "un de ses fichiers a été retiré ou remplacé pendant que le serveur s’en sert\u{202f}; arrêtez-le proprement (SIGTERM), jamais par «\u{a0}kill -9\u{a0}»".into()
            }
            Self::Sealed(_) => "une valeur chiffrée ne s’y lit avec aucune clé du fichier de clé".into(),
            Self::Unreadable(_) => "une ligne y est illisible\u{202f}; reprenez une sauvegarde".into(),
            Self::Silent => "elle ne répond pas à temps".into(),
            Self::NotCommitted | Self::Stopped => "elle n’a pas pu garder un changement".into(),
        }
    }
}

/// What is otherwise than a start makes it, as far as a line is long, in French.
pub fn foreign(differences: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = differences.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("\u{202f}; ");
    let more = if differences.len() > SHOWN { format!("\u{202f}; et {} autres", differences.len() - SHOWN) } else { String::new() };
    format!(
        "sa structure n’est pas celle que fait le serveur de connexion\u{a0}: {shown}{more}. Annulez ces modifications, ou reprenez une sauvegarde"
    )
}

/// For a log: nothing of the database's own sentences, which repeat values.
fn state_of_sqlite(error: &rusqlite::Error) -> String {
    extended_code(error).map_or_else(|| "no answer".to_owned(), |code| format!("SQLite code {code}"))
}

fn state_of_postgres(error: &tokio_postgres::Error) -> String {
    error.code().map_or_else(|| "no answer".to_owned(), |state| format!("SQLSTATE {}", state.code()))
}

fn extended_code(error: &rusqlite::Error) -> Option<i32> {
    error.sqlite_error().map(|error| error.extended_code)
}

/// By SQLite's primary result codes.
fn of_sqlite(code: i32) -> String {
    let said = match code & 0xff {
        5 | 6 => "un autre programme la tient verrouillée",
        8 => "ce compte ne peut pas y écrire",
        10 => "le disque ne répond pas comme il devrait",
        11 => "elle est endommagée\u{202f}; reprenez une sauvegarde",
        13 => "il n’y a plus de place sur le disque",
        14 => "le fichier, ou son dossier, manque ou n’est pas accessible à ce compte",
        23 => "le système en refuse l’accès à ce compte",
        26 => "ce fichier n’est pas une base de données\u{202f}; vérifiez le chemin, ou reprenez une sauvegarde",
        number => return format!("erreur n°\u{a0}{number} de la base de données"),
    };
    said.to_owned()
}

/// What no server said: it was not there, or was not believed.
fn of_connection(error: &tokio_postgres::Error) -> &'static str {
    let mut cause = std::error::Error::source(error);
    while let Some(found) = cause {
        // What TLS refuses comes wrapped as an error of the connection, whose own `source` passes over what it wraps.
        let wrapped = found.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref).and_then(|wrapped| wrapped.downcast_ref());
        if let Some(refused) = found.downcast_ref().or(wrapped) {
            return of_tls(refused);
        }
        // The library has no type for it.
        if found.to_string() == "server does not support TLS" {
            return "son serveur ne parle pas TLS, et rien ne passe en clair\u{202f}; activez-y «\u{a0}ssl\u{a0}»";
        }
        cause = found.source();
    }
    "elle ne répond pas, ou l’adresse du serveur n’est pas la bonne\u{202f}; vers une autre machine, le serveur doit accepter TLS"
}

fn of_tls(error: &rustls::Error) -> &'static str {
    use rustls::CertificateError as Refused;
    let rustls::Error::InvalidCertificate(refused) = error else {
        return "son serveur et le serveur de connexion n’ont pas de version de TLS en commun\u{202f}; le premier doit accepter TLS 1.2 ou 1.3";
    };
    if matches!(refused, Refused::UnknownIssuer) {
        return "le certificat de son serveur ne vient pas d’une autorité connue\u{202f}; voyez «\u{a0}storage.postgres_ca_file\u{a0}»";
    }
    if matches!(refused, Refused::NotValidForName | Refused::NotValidForNameContext { .. }) {
        return "le certificat de son serveur est à un autre nom que celui de l’adresse";
    }
    if matches!(refused, Refused::Expired | Refused::ExpiredContext { .. }) {
        return "le certificat de son serveur a expiré\u{202f}; renouvelez-le, ou vérifiez l’horloge de cette machine";
    }
    "le certificat de son serveur n’est pas accepté\u{202f}; vérifiez-le, et «\u{a0}storage.postgres_ca_file\u{a0}»"
}

/// By PostgreSQL's classes and states.
fn of_postgres(error: &tokio_postgres::Error) -> String {
    let Some(state) = error.code() else { return of_connection(error).to_owned() };
    let said = match state.code() {
        "28000" | "28P01" => "le serveur refuse ce compte ou son mot de passe",
        "3D000" => "le serveur n’a pas de base de ce nom",
        "42501" => "ce compte n’a pas les droits qu’il faut dans la base",
        "55P03" => "un autre programme la tient verrouillée",
        "53100" => "il n’y a plus de place sur le disque du serveur",
        "53300" => "le serveur n’accepte pas d’autre connexion",
        "25006" => "le serveur est en lecture seule\u{a0}: c’est peut-être le secours",
        state if state.starts_with("57") => "le serveur s’arrête ou redémarre",
        state if state.starts_with("40") => "trop de changements se croisent",
        state => return format!("erreur {state} du serveur de base de données"),
    };
    said.to_owned()
}
