//! `vault rotate`: another key seals from now on, and the former one is forgotten once nothing lies under it. Safe while the companion
//! serves, and after a kill at any moment: run again, it finishes.
//!
//! The order is what makes it safe. 1. The file holds both keys, the new one first; only then 2. values are wrapped again, each replaced
//! only if it did not change meanwhile. A companion that meets the new key looks into the file. 3. The memory forgets the former key, in
//! the transaction that sees nothing under it, and from then on keeps nothing sealed under it. 4. The file loses it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use vestibule_model::ErrorCode;

use crate::clock::Clock;
use crate::config::{ConfigError, StoragePlace, StorageSection};
use crate::random::Random;
use crate::store::{KeyCensus, Rewrapped, SEALED_COLUMNS, SealedColumn, SealedRow, SharedClaim, Store, StoreError, Tenancy};
use crate::vault::{self, KeyId, KeyRing, SealedPlace, Vault, VaultError, VaultRefused};

mod status;

pub use status::{KeyStatus, missing_values};

/// Values wrapped again in one transaction: a companion that serves waits milliseconds for it.
const BATCH: u32 = 100;
/// Rounds before giving up on a memory in which values under a former key keep appearing.
const ROUNDS: u32 = 30;
/// Time for what a companion sealed just before it learnt of the new key to be kept.
pub const SETTLE: Duration = Duration::from_secs(2);

/// Why a rotation does not go on. In French: the administrator reads it. Whatever was done stays good.
#[derive(Debug, thiserror::Error)]
pub enum RotationRefused {
    /// A key file cannot serve.
    #[error("{code} : {0}", code = .0.code())]
    Vault(#[from] VaultRefused),
    /// The memory failed.
    #[error("{code}\u{a0}: la base de données ne répond pas\u{a0}: {}", .0.in_french(), code = ErrorCode::StorageUnavailable)]
    Store(#[from] StoreError),
    /// The file with its address cannot serve.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nothing was ever served from it.
    #[error("{code}\u{a0}: la base de données «\u{a0}{}\u{a0}» n’existe pas encore\u{202f}; il n’y a rien à rechiffrer", .0.display(), code = ErrorCode::StorageUnavailable)]
    NoDatabase(PathBuf),
    /// Another one is under way.
    #[error("{code}\u{a0}: une rotation est déjà en cours sur cette base\u{202f}; laissez-la finir", code = ErrorCode::KeyRotationUnfinished)]
    Busy,
    /// The first key of the file was forgotten: a former file was put back.
    #[error("{code}\u{a0}: la première clé du fichier ({0}) a été retirée par une rotation\u{202f}; reprenez le fichier qui l’a suivie", code = ErrorCode::SealingKeyForgotten)]
    Forgotten(KeyId),
    /// Not one of the values is sealed under a key of the file: it is not the file that goes with this memory.
    #[error("{code}\u{a0}: aucune des {0} données chiffrées de la base ne l’est par une clé de ce fichier\u{202f}; ce n’est pas le bon, rien n’a été changé", code = ErrorCode::SealingKeyMissing)]
    OpensNothing(u64),
    /// The key comes from the service manager.
    #[error("{code}\u{a0}: la clé vient du gestionnaire de services, par un fichier qui n’est pas modifiable\u{202f}; ajoutez «\u{a0}--new-key-file FICHIER\u{a0}», puis donnez ce fichier à LoadCredential", code = ErrorCode::KeyRotationNotBegun)]
    ReadOnly,
    /// A key file cannot be written.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» ne peut pas être écrit\u{a0}: {}\u{202f}; lancez la commande avec un compte qui le peut, ou ajoutez «\u{a0}--new-key-file FICHIER\u{a0}»", path.display(), crate::config::in_french(source))]
    Unwritable {
        /// Whether the rotation has begun by then.
        code: ErrorCode,
        /// The key file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Every companion of a server's memory has a key file of its own, which this command cannot reach.
    #[error("{code}\u{a0}: plusieurs serveurs de connexion peuvent utiliser cette base, chacun avec son fichier de clé\u{202f}; ajoutez «\u{a0}--new-key-file FICHIER\u{a0}»\u{a0}: la commande dit ensuite comment donner ce fichier à chacun", code = ErrorCode::KeyRotationNotBegun)]
    ManyFiles,
    /// The new file cannot be made.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» ne peut pas être écrit\u{a0}: {}\u{202f}; vérifiez que le dossier existe et que ce compte peut y écrire", path.display(), crate::words::of_new_file(source, path))]
    NotMade {
        /// As of [`Self::Unwritable`].
        code: ErrorCode,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// What lies where a new file goes is no file of this rotation.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» existe déjà et n’est pas la suite de la clé en service\u{202f}; nommez un autre fichier", .0.display(), code = ErrorCode::KeyRotationNotBegun)]
    Occupied(PathBuf),
    /// The file to write the outcome to was exchanged for one with keys of something else.
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» existe déjà et n’est pas la suite de la clé en service\u{202f}; nommez un autre fichier", .0.display(), code = ErrorCode::KeyRotationUnfinished)]
    OtherKeys(PathBuf),
    /// Values under a former key that do not open: it is not forgotten.
    #[error("{code}\u{a0}: {0} données chiffrées par une ancienne clé sont impossibles à déchiffrer\u{202f}; cette clé est gardée, relancez quand les sessions d’aujourd’hui seront finies", code = ErrorCode::KeyRotationUnfinished)]
    Unreadable(u64),
    /// Values under a former key keep appearing.
    #[error("{code}\u{a0}: un serveur de connexion chiffre encore avec une ancienne clé\u{202f}; vérifiez qu’il lit le même fichier, relancez-le, puis recommencez", code = ErrorCode::KeyRotationUnfinished)]
    StillUsed,
}

impl RotationRefused {
    /// Number of the catalogue.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Vault(refused) => refused.code(),
            Self::Config(error) => error.code(),
            Self::Store(_) | Self::NoDatabase(_) => ErrorCode::StorageUnavailable,
            Self::ReadOnly | Self::ManyFiles | Self::Occupied(_) => ErrorCode::KeyRotationNotBegun,
            Self::Unwritable { code, .. } | Self::NotMade { code, .. } => *code,
            Self::Forgotten(_) => ErrorCode::SealingKeyForgotten,
            Self::OpensNothing(_) => ErrorCode::SealingKeyMissing,
            Self::Busy | Self::OtherKeys(_) | Self::Unreadable(_) | Self::StillUsed => ErrorCode::KeyRotationUnfinished,
        }
    }
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The new key is in a file that someone must install before the rest can be done.
    ToInstall {
        file: PathBuf,
        current: KeyId,
        /// What every companion is given before that file, where several may serve the memory: it seals as before, and opens with both keys.
        before: Option<PathBuf>,
    },
    /// Everything lies under the current key, and the former ones are forgotten.
    Done {
        current: KeyId,
        forgotten: Vec<KeyId>,
        /// Values wrapped again.
        moved: u64,
        /// Values under keys that nobody has any more: unreadable before as after.
        lost: u64,
        /// Whether companions elsewhere still name forgotten keys in files of their own.
        is_one_of_many: bool,
        /// Where the current key stands alone; `None` when the file in service could not be rewritten and still names forgotten keys.
        alone_in: Option<PathBuf>,
    },
}

/// Where the keys are and may be written.
#[derive(Debug, Clone)]
pub struct KeyFiles {
    /// The file in service.
    pub in_service: PathBuf,
    /// Whether the service manager hands it out, so that it cannot be replaced.
    pub read_only: bool,
    /// Whether companions elsewhere may serve the same memory, each with a file of its own.
    pub is_one_of_many: bool,
    /// Whether somebody who knows says that each of those has the new file by now.
    pub is_given_to_all: bool,
    /// Where to write instead.
    pub new: Option<PathBuf>,
}

/// One rotation.
pub struct Rotation {
    /// Of the companion.
    pub store: Arc<Store>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub files: KeyFiles,
    /// [`SETTLE`], but for tests.
    pub settle: Duration,
}

/// The sole right to rotate on a database; it ends with this value.
#[derive(Debug)]
pub enum RotationRight {
    /// A lock beside its file.
    File(Tenancy),
    /// A lock in it.
    Server(SharedClaim),
}

/// The sole right to rotate on a database; other commands and the companion itself are not hindered. Performs I/O.
///
/// # Errors
/// [`RotationRefused::Busy`], [`RotationRefused::NoDatabase`], or the lock beside the database cannot be made.
pub async fn claim(storage: &StorageSection) -> Result<RotationRight, RotationRefused> {
    match storage.place() {
        StoragePlace::File(database) => claim_file(database).map(RotationRight::File),
        StoragePlace::Server { url_file, ca_file } => {
            let address = StorageSection::read_postgres_url(url_file)?;
            let taken = SharedClaim::take(address, ca_file.map(Path::to_owned)).await?;
            taken.map(RotationRight::Server).ok_or(RotationRefused::Busy)
        }
    }
}

fn claim_file(database: &Path) -> Result<Tenancy, RotationRefused> {
    // What may not be looked at may be there: taking the right says what is wrong.
    if matches!(database.try_exists(), Ok(false)) {
        return Err(RotationRefused::NoDatabase(database.to_owned()));
    }
    let mut name = database.as_os_str().to_owned();
    name.push(".rotation");
    Tenancy::take(Path::new(&name))?.ok_or(RotationRefused::Busy)
}

/// What a companion asks before it serves: that nothing it seals will be refused.
///
/// # Errors
/// [`RotationRefused::Forgotten`], [`RotationRefused::Store`].
pub async fn check(store: &Store, vault: &Vault) -> Result<(), RotationRefused> {
    let current = vault.ring().current();
    if store.forgotten_keys().await?.contains(&current) { Err(RotationRefused::Forgotten(current)) } else { Ok(()) }
}

/// Says whether values lie under keys that the file lacks. It goes over every sealed value, which no start waits for: it
/// would serve all the same.
pub async fn announce_lacking(store: Arc<Store>, vault: Arc<Vault>) {
    match store.key_census().await {
        Ok(census) => announce_missing(&vault.ring(), &census),
        Err(error) => {
            tracing::error!(error.code = %error.code(), %error, "Whether the key file opens what is kept could not be looked at");
        }
    }
}

fn announce_missing(ring: &KeyRing, census: &KeyCensus) {
    let missing = missing_values(ring, census);
    if missing > 0 {
        tracing::error!(error.code = %ErrorCode::SealingKeyMissing, values = missing, "Values are sealed under keys that the key file lacks");
    }
}

/// Whether these keys go with this memory, as far as somebody can be told that they do not: what they seal is kept, and where anything is sealed,
/// they open some of it.
///
/// # Errors
/// [`RotationRefused::Forgotten`], [`RotationRefused::OpensNothing`].
pub fn suits(ring: &KeyRing, census: &KeyCensus) -> Result<(), RotationRefused> {
    if census.forgotten.contains(&ring.current()) {
        return Err(RotationRefused::Forgotten(ring.current()));
    }
    let values: u64 = census.values.iter().map(|(_, values)| values).sum();
    if values > 0 && missing_values(ring, census) == values {
        return Err(RotationRefused::OpensNothing(values));
    }
    Ok(())
}

/// Judges the keys that a vault found in its file while it serves, by what lies in the memory. The memory is asked after the file was read: at the
/// end of a rotation, it is done with the former keys by then.
///
/// # Errors
/// [`StoreError`]: they are still to be judged.
pub async fn judge(store: &Store, vault: &Vault) -> Result<(), StoreError> {
    let Some(newcomer) = vault.newcomer() else { return Ok(()) };
    let census = store.key_census().await?;
    let suits = suits(&newcomer, &census);
    if !vault.settle(&newcomer, suits.is_ok()) {
        return Ok(());
    }
    match suits {
        Ok(()) => announce_missing(&newcomer, &census),
        Err(refused) => {
            let code = refused.code();
            tracing::error!(error.code = %code, key.id = %newcomer.current(), "The changed key file does not go with the database; the keys before it still serve");
        }
    }
    Ok(())
}

#[derive(Default)]
struct Round {
    moved: u64,
    lost: u64,
    unreadable: u64,
}

impl Rotation {
    /// Begins a rotation, or finishes the one that was interrupted. The caller holds the [`claim`].
    ///
    /// # Errors
    /// [`RotationRefused`]; it may be run again.
    pub async fn run(&self) -> Result<Outcome, RotationRefused> {
        if self.files.is_one_of_many && self.files.new.is_none() {
            return Err(RotationRefused::ManyFiles);
        }
        let ring = vault::read_key_file(&self.files.in_service)?;
        let census = self.store.key_census().await?;
        suits(&ring, &census)?;
        let ring = match self.begin(ring, &census)? {
            Begun::Here(ring) => ring,
            Begun::Elsewhere(outcome) => return Ok(outcome),
        };
        let round = self.wrap_all(&ring).await?;
        let alone = ring.without_former();
        let alone_in = self.write_alone(&alone)?;
        self.remove_given_before(&ring);
        let forgotten = ring.former();
        Ok(Outcome::Done {
            current: alone.current(),
            forgotten,
            moved: round.moved,
            lost: round.lost,
            is_one_of_many: self.files.is_one_of_many,
            alone_in,
        })
    }

    /// The file holds the new key before anything is sealed under it.
    fn begin(&self, ring: KeyRing, census: &KeyCensus) -> Result<Begun, RotationRefused> {
        if let Some(file) = self.files.new.as_ref().filter(|file| file.exists()) {
            let prepared = vault::read_key_file(file)?;
            // Opened with already, and not sealed with yet: half installed. That the others are no further nobody here can see.
            let is_sealing = prepared.current() == ring.current() && !ring.former().is_empty();
            let is_to_be_said = self.files.is_one_of_many && !self.files.is_given_to_all && is_sealing;
            if ring.former().contains(&prepared.current()) || is_to_be_said {
                return self.to_install(file, &ring, &prepared);
            }
        }
        let interrupted = match &self.files.new {
            None => !ring.former().is_empty(),
            Some(_) => ring.former().iter().any(|key| !census.forgotten.contains(key)),
        };
        if interrupted {
            return Ok(Begun::Here(ring));
        }
        let in_service = ring.current();
        let next = ring.without_former().with_new_first(&*self.random);
        match &self.files.new {
            None if self.files.read_only => Err(RotationRefused::ReadOnly),
            None => {
                replace(&self.files.in_service, &next, ErrorCode::KeyRotationNotBegun)?;
                Ok(Begun::Here(next))
            }
            Some(file) if file.exists() => {
                let prepared = vault::read_key_file(file)?;
                if prepared.current() == in_service && !ring.former().is_empty() {
                    // Interrupted at its very end: the memory forgot the former key already, and only the file is still to lose it.
                    return Ok(Begun::Here(ring));
                }
                if !prepared.former().contains(&in_service) {
                    return Err(RotationRefused::Occupied(file.clone()));
                }
                self.to_install(file, &ring, &prepared)
            }
            Some(file) => {
                let before = given_before(file);
                if self.files.is_one_of_many && before.exists() {
                    return Err(RotationRefused::Occupied(before));
                }
                write(file, &next, ErrorCode::KeyRotationNotBegun)?;
                self.to_install(file, &ring, &next)
            }
        }
    }

    fn to_install(&self, file: &Path, ring: &KeyRing, next: &KeyRing) -> Result<Begun, RotationRefused> {
        let before = self.files.is_one_of_many.then(|| given_before(file));
        // Once the new key seals here, what came before it is history.
        if let Some(before) = before.as_ref().filter(|_| ring.current() != next.current()) {
            let ready = ring.ready_for(next);
            if !before.exists() {
                write(before, &ready, ErrorCode::KeyRotationNotBegun)?;
            } else if vault::read_key_file(before)?.ids() != ready.ids() {
                return Err(RotationRefused::Occupied(before.clone()));
            }
        }
        Ok(Begun::Elsewhere(Outcome::ToInstall { file: file.to_owned(), current: next.current(), before }))
    }

    /// What this rotation made, and nothing else of that name. The rotation is done: what cannot be removed is said.
    fn remove_given_before(&self, ring: &KeyRing) {
        let Some(before) = self.files.new.as_deref().filter(|_| self.files.is_one_of_many).map(given_before) else { return };
        if !before.exists() {
            return;
        }
        let is_ours = |keys: &KeyRing| keys.former() == [ring.current()] && ring.former().contains(&keys.current());
        let is_removed = vault::read_key_file(&before).is_ok_and(|keys| is_ours(&keys) && std::fs::remove_file(&before).is_ok());
        if !is_removed {
            tracing::warn!(file = %before.display(), "A file that may hold a forgotten key is left where it is");
        }
    }

    /// Wraps everything again, and has the memory forget the former keys.
    async fn wrap_all(&self, ring: &KeyRing) -> Result<Round, RotationRefused> {
        let vault = Vault::with_ring(ring.clone(), Arc::clone(&self.random));
        let mut total = self.round(&vault, ring.current()).await?;
        let mut last = 0;
        for _ in 0..ROUNDS {
            tokio::time::sleep(self.settle).await;
            let round = self.round(&vault, ring.current()).await?;
            total.moved += round.moved;
            total.lost = round.lost;
            last = round.unreadable;
            let mut all = true;
            for key in ring.former() {
                all &= self.store.forget_key(key, self.clock.now()).await?;
            }
            if all {
                return Ok(total);
            }
            if round.unreadable > 0 && round.moved == 0 {
                break;
            }
        }
        Err(if last > 0 { RotationRefused::Unreadable(last) } else { RotationRefused::StillUsed })
    }

    async fn round(&self, vault: &Vault, current: KeyId) -> Result<Round, StoreError> {
        let mut round = Round::default();
        for column in SEALED_COLUMNS {
            let mut after = String::new();
            loop {
                let rows = self.store.sealed_elsewhere(column, current, &after, BATCH).await?;
                let Some(last) = rows.last() else { break };
                after.clone_from(&last.row);
                let moved = wrap_again(vault, column, rows, &mut round);
                round.moved += self.store.rewrap(column, moved).await?;
            }
        }
        Ok(round)
    }

    fn write_alone(&self, alone: &KeyRing) -> Result<Option<PathBuf>, RotationRefused> {
        match &self.files.new {
            Some(file) if file.exists() => {
                if vault::read_key_file(file)?.current() != alone.current() {
                    return Err(RotationRefused::OtherKeys(file.clone()));
                }
                replace(file, alone, ErrorCode::KeyRotationUnfinished)?;
                Ok(Some(file.clone()))
            }
            Some(file) => {
                write(file, alone, ErrorCode::KeyRotationUnfinished)?;
                Ok(Some(file.clone()))
            }
            None if self.files.read_only => Ok(None),
            None => {
                replace(&self.files.in_service, alone, ErrorCode::KeyRotationUnfinished)?;
                Ok(Some(self.files.in_service.clone()))
            }
        }
    }
}

enum Begun {
    Here(KeyRing),
    Elsewhere(Outcome),
}

fn wrap_again(vault: &Vault, column: &SealedColumn, rows: Vec<SealedRow>, round: &mut Round) -> Vec<Rewrapped> {
    let mut moved = Vec::with_capacity(rows.len());
    for SealedRow { row, envelope } in rows {
        let place = SealedPlace { table: column.table, row: row.as_bytes(), column: column.place };
        match vault.rewrap(&place, &envelope) {
            Ok(Some(sealed)) => moved.push(Rewrapped { row, before: envelope, after: sealed.0 }),
            Ok(None) => {}
            Err(VaultError::OtherKey) => round.lost += 1,
            Err(VaultError::UnknownForm | VaultError::Altered | VaultError::NotText) => round.unreadable += 1,
        }
    }
    moved
}

/// Where the keys are that companions are given before those of `file`.
fn given_before(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".avant");
    name.into()
}

fn replace(file: &Path, ring: &KeyRing, code: ErrorCode) -> Result<(), RotationRefused> {
    vault::replace_key_file(file, ring).map_err(|source| RotationRefused::Unwritable { code, path: file.to_owned(), source })
}

fn write(file: &Path, ring: &KeyRing, code: ErrorCode) -> Result<(), RotationRefused> {
    vault::write_key_file(file, ring).map_err(|source| RotationRefused::NotMade { code, path: file.to_owned(), source })
}

impl Outcome {
    /// For the administrator, in French.
    pub fn to_text(&self) -> String {
        match self {
            Self::ToInstall { file, current, before: Some(before) } => format!(
                "La nouvelle clé ({current}) est prête dans «\u{a0}{new}\u{a0}», avec la clé en service. Elle ne chiffre encore rien.\n\
                 À faire une seule fois pour toute la base, avec des copies de ces deux fichiers\u{a0}:\n\
                 1. Donnez «\u{a0}{before}\u{a0}» à chaque serveur de connexion, à la place de son fichier de clé\u{a0}: il déchiffrera ce que les autres chiffrent.\n\
                 2. Quand tous l’ont, et pas avant\u{a0}: donnez «\u{a0}{new}\u{a0}» à chacun.\n\
                 3. Quand tous l’ont, et pas avant\u{a0}: relancez cette même commande avec «\u{a0}--given-to-all\u{a0}»\u{202f}; elle retirera l’ancienne clé.\n\
                 Avec LoadCredential=, relancez chaque serveur après 1, puis après 2.",
                new = file.display(),
                before = before.display(),
            ),
            Self::ToInstall { file, current, before: None } => format!(
                "La nouvelle clé ({current}) est prête dans «\u{a0}{}\u{a0}», avec la clé en service. Elle ne chiffre encore rien.\n\
                 1. Donnez ce fichier au service à la place de l’ancien (LoadCredential=, ou «\u{a0}vault.key_file\u{a0}»).\n\
                 2. Relancez le serveur de connexion.\n\
                 3. Relancez cette même commande\u{a0}: elle terminera la rotation.",
                file.display()
            ),
            Self::Done { current, forgotten, moved, lost, is_one_of_many, alone_in } => {
                let mut text = format!("La clé {current} chiffre tout. Données rechiffrées\u{a0}: {moved}.");
                if !forgotten.is_empty() {
                    let names: Vec<String> = forgotten.iter().map(ToString::to_string).collect();
                    text.push_str(&format!("\nClés retirées\u{a0}: {}. Elles ne déchiffrent plus rien.", names.join(", ")));
                }
                if *lost > 0 {
                    text.push_str(&format!("\nDonnées chiffrées par une clé absente du fichier\u{a0}: {lost}. Elles restent illisibles (VST-3012)\u{202f}; si cette clé existe encore, ajoutez-la au fichier, à la dernière ligne."));
                }
                match alone_in {
                    Some(file) => {
                        text.push_str(&format!("\nElle est seule dans «\u{a0}{}\u{a0}». Gardez-en une copie en lieu sûr.", file.display()))
                    }
                    None => text.push_str(
                        "\nLe fichier donné par le gestionnaire de services contient encore les clés retirées\u{a0}: \
                         n’en gardez que la première ligne à l’occasion.",
                    ),
                }
                if *is_one_of_many {
                    text.push_str(
                        "\nDonnez-le une dernière fois à chaque serveur de connexion\u{a0}: son fichier contient encore l’ancienne clé.",
                    );
                }
                text
            }
        }
    }
}

#[cfg(test)]
mod tests;
