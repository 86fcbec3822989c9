//! The memory: commands written once, over what two databases understand; every write that decides something is one conditional update.
//!
//! A file for a noun holds what can be asked of the memory about it (`impl Store`) and the statements that do it. Commands are plain functions
//! over a [`visit::Visit`]: one command is one visit to the database and one transaction, whatever it does there. The present moment is always
//! an argument, never the database's own, so that tests can move it.

mod administration;
mod arrival;
mod asked_anew;
mod audit_trail;
mod census;
mod change;
mod codec;
mod copy;
mod device_groups;
mod environment;
mod error;
#[cfg(test)]
pub(crate) mod fixture;
mod glance;
mod made;
mod pairs;
mod people;
mod personal_data;
mod postgres;
mod proofs;
mod recent_sign_ins;
mod redemption;
mod rows;
mod saved_file;
mod schema;
mod sealed;
mod sealing;
mod secret_hash;
mod server_time;
mod session_rules;
mod sessions;
mod shape;
mod sign_ins;
mod sign_outs;
mod sqlite;
mod stage;
mod tenancy;
mod trail_reader;
mod trail_view;
mod trial;
mod upkeep;
mod visit;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use secrecy::SecretString;
use tokio::sync::mpsc;

pub use arrival::{Judged, Judging, Vouched};
pub use asked_anew::AskedAnew;
pub use census::Census;
pub use change::Change;
pub use copy::{HeldDatabase, TABLES, Table};
pub use error::{AddressRefused, SchemaError, StoreError, foreign};
pub use glance::{Glance, RefusedDevices};
pub use personal_data::{AttemptRow, KnownOn, PersonalData};
use postgres::Postgres;
pub use postgres::{Ear, SharedClaim};
pub use proofs::{ProofNote, ProofSeen, WithProof};
pub use recent_sign_ins::{Ended, RecentSignIns};
pub use rows::{
    Arrow, AuditPeriod, AuditRow, Cancelled, ClosedSignIn, Designated, DeviceEntry, DeviceSeen, DroppedGrant, Ending, Erased, Forgetting,
    Forgotten, GrantRow, GrantShown, Inserted, NewAddress, NewSignInRow, NewSignOut, OwedSignOut, Owing, OwnSessionRow, PairRow, Presented,
    PurgeLines, PurgeRules, Purged, Recognition, RedeemAttempt, RedeemLines, Redeemed, Release, Replaced, ReturnAddress, RotateAttempt,
    Rotated, SealHash, SealedTokens, SessionEntry, SessionRow, SignInKey, SignInRow, SignOut, TokenKind, TokenRow, TypedTry, WayBack,
};
pub use saved_file::SavedFile;
pub use sealed::{KeyCensus, Rewrapped, SEALED_COLUMNS, SealedColumn, SealedRow};
pub use secret_hash::SecretHash;
pub use session_rules::SessionRules;
pub use sessions::{FoundGrantedSession, FoundSession};
pub use shape::Difference;
pub use sign_ins::BeforeOpening;
use sqlite::Sqlite;
pub use sqlite::{BESIDE, INDEX, JOURNAL, LOG, beside};
pub use stage::{Asks, Browser, ConfirmationReason, Identified, Over, SignInEnd, Stage};
pub use tenancy::Tenancy;
pub use trail_reader::{Attempt, OpenedSession, PeriodLines, SignInRecord, TrailReader};
pub use trail_view::{KeptSeal, NumberedLine, TrailView};
pub use trial::{Trials, in_time};
use visit::Visit;

use crate::measures::{self, Manner};

/// Everything the companion remembers. Share it behind an `Arc`; it ends with its last handle, once what was asked of it is done.
pub struct Store(Database);

/// When what was written outlives a power cut. That the process is killed changes nothing: it is kept either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lasting {
    /// When it is answered.
    AtOnce,
    /// With the next command that is to last at once.
    Soon,
}

enum Database {
    Sqlite(Arc<Sqlite>),
    Postgres(Box<Postgres>),
}

impl Store {
    /// Opens a file of SQLite, or makes it readable by its owner only, and brings its schema up to date. Blocks, and performs I/O.
    ///
    /// # Errors
    /// [`StoreError::File`], [`StoreError::Sqlite`] or [`StoreError::Schema`].
    pub fn open_file(file: &Path) -> Result<Self, StoreError> {
        Sqlite::open(file).map(|sqlite| Self(Database::Sqlite(Arc::new(sqlite))))
    }

    /// Connects to a database of PostgreSQL at this address, and brings its schema up to date. Performs I/O.
    ///
    /// # Errors
    /// [`StoreError::Address`], [`StoreError::Postgres`] or [`StoreError::Schema`].
    pub async fn connect(address: SecretString, authorities: Option<&Path>) -> Result<Self, StoreError> {
        let authorities = authorities.map(Path::to_owned);
        postgres::apart(move || Postgres::open(&address, authorities.as_deref()))
            .await
            .map(|postgres| Self(Database::Postgres(Box::new(postgres))))
    }

    /// How a database at this address is named to an administrator, in French: never with its password. `None` for what is no such address.
    pub fn named(address: &SecretString) -> Option<String> {
        postgres::named(address)
    }

    /// Runs one command whole or not at all, and answers after it is durable. A caller that goes away does not undo it. The command may be run
    /// more than once, of which only the last counts.
    async fn write<T, F>(&self, command: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Visit) -> Result<T, StoreError> + Send + 'static,
    {
        self.commit(Lasting::AtOnce, command).await
    }

    /// As [`Self::write`], for what may be begun anew: a power cut takes it back, unless something that lasts at once came after it.
    async fn write_soon<T, F>(&self, command: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Visit) -> Result<T, StoreError> + Send + 'static,
    {
        self.commit(Lasting::Soon, command).await
    }

    async fn commit<T, F>(&self, lasting: Lasting, command: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Visit) -> Result<T, StoreError> + Send + 'static,
    {
        let began = Instant::now();
        let outcome = match &self.0 {
            Database::Sqlite(sqlite) => sqlite.write(lasting, command).await,
            Database::Postgres(postgres) => postgres.write(lasting, command).await,
        };
        let manner = match lasting {
            Lasting::AtOnce => Manner::Write,
            Lasting::Soon => Manner::Note,
        };
        measures::asked(manner, began.elapsed());
        outcome
    }

    /// As [`Self::write_soon`], for what nobody has to wait for: it answers as soon as every command that comes later finds it done.
    async fn write_unawaited<F>(&self, command: F) -> Result<(), StoreError>
    where
        F: Fn(&mut dyn Visit) -> Result<(), StoreError> + Send + 'static,
    {
        match &self.0 {
            Database::Sqlite(sqlite) => sqlite.hand_over(Lasting::Soon, command).await,
            // Its connections do not take turns.
            Database::Postgres(_) => self.write_soon(command).await,
        }
    }

    /// Runs one command that only reads, but for a proof that it may note where companions share a memory; each of its statements sees what was
    /// kept by then.
    async fn read<T, F>(&self, command: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Visit) -> Result<T, StoreError> + Send + 'static,
    {
        let began = Instant::now();
        let outcome = match &self.0 {
            Database::Sqlite(sqlite) => sqlite.read(command),
            Database::Postgres(postgres) => postgres.one_by_one(command).await,
        };
        measures::asked(Manner::Read, began.elapsed());
        outcome
    }

    /// As [`Self::read`], for what goes over many lines: it keeps nobody else's request waiting.
    async fn survey<T, F>(&self, command: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Visit) -> Result<T, StoreError> + Send + 'static,
    {
        let began = Instant::now();
        let outcome = match &self.0 {
            Database::Sqlite(sqlite) => {
                let sqlite = Arc::clone(sqlite);
                tokio::task::spawn_blocking(move || sqlite.read(command)).await.unwrap_or(Err(StoreError::Stopped))
            }
            Database::Postgres(postgres) => postgres.one_by_one(command).await,
        };
        measures::asked(Manner::Survey, began.elapsed());
        outcome
    }

    /// The server that companions share; `None` where the memory is one companion's alone.
    fn server(&self) -> Option<&Postgres> {
        match &self.0 {
            Database::Sqlite(_) => None,
            Database::Postgres(postgres) => Some(postgres),
        }
    }

    /// Tells the companions that share this memory, where there can be others.
    ///
    /// # Errors
    /// [`StoreError`]: they look for themselves, a little later.
    pub async fn announce(&self, change: &Change) -> Result<(), StoreError> {
        match self.server() {
            Some(server) => server.announce(change).await,
            None => Ok(()),
        }
    }

    /// Hears what the companions that share this memory tell; `None` where there can be no other.
    ///
    /// # Errors
    /// [`StoreError`]: no thread can be made.
    pub fn listen(&self, heard: mpsc::UnboundedSender<Change>) -> Result<Option<Ear>, StoreError> {
        self.server().map(|server| server.listen(heard)).transpose()
    }
}
