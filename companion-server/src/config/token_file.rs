//! The file that holds the token of the administration: what is in it, whose it is, and who could put another in its place.

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use vestibule_model::ErrorCode;

use crate::secret_file::{self, SecretFileRefused};
use crate::words::{of_folder, of_unreadable};

/// Fewest signs of a token: what the companion draws has forty-three.
pub const SHORTEST: usize = 32;

/// Fewest different signs of a token: what is drawn, be it in hexadecimal, has more.
const FEWEST_SIGNS: usize = 8;

/// Why a token cannot serve. In French: the administrator reads it.
#[derive(Debug, thiserror::Error)]
pub enum TokenRefused {
    /// As any secret file.
    #[error(transparent)]
    File(#[from] SecretFileRefused),
    /// Anybody could guess it.
    #[error("«\u{a0}{}\u{a0}» ne contient pas de jeton valable\u{a0}: {least} caractères imprimables au moins, dont {different} différents, sur une ligne", path.display(), least = SHORTEST, different = FEWEST_SIGNS)]
    Weak {
        /// The file.
        path: PathBuf,
    },
    /// Its owner is neither root nor the service.
    #[error("«\u{a0}{}\u{a0}» appartient à un autre compte que le compte de service", path.display())]
    OfAnother {
        /// The file.
        path: PathBuf,
    },
    /// Its folder is not there, or cannot be looked at.
    #[error("dossier «\u{a0}{}\u{a0}»\u{a0}: {}", folder.display(), of_folder(source))]
    FolderUnreadable {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Others could put another file in its place.
    #[error("dossier «\u{a0}{}\u{a0}»\u{a0}: {reason}", folder.display())]
    Folder {
        /// The folder, or one above it.
        folder: PathBuf,
        /// In French.
        reason: String,
    },
}

impl TokenRefused {
    /// Whether there is no file yet.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::File(SecretFileRefused::Unreadable { source, .. }) if source.kind() == std::io::ErrorKind::NotFound)
    }

    /// Number of the catalogue.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::File(refused) => refused.code_or(ErrorCode::AdministrationTokenWeak),
            Self::FolderUnreadable { source, .. } => of_unreadable(source, ErrorCode::AdministrationTokenWeak),
            Self::Weak { .. } | Self::OfAnother { .. } | Self::Folder { .. } => ErrorCode::AdministrationTokenWeak,
        }
    }
}

/// Reads the token as whoever presents it. Performs I/O.
///
/// # Errors
/// [`TokenRefused`]
pub fn read(file: &Path) -> Result<SecretString, TokenRefused> {
    of_file(secret_file::read(file)?, file)
}

/// Reads the token as whoever trusts it: it must be of root, of this process's account, or of the account that owns the database. Performs I/O.
///
/// # Errors
/// [`TokenRefused`]
pub fn read_own(file: &Path, database: Option<&Path>) -> Result<SecretString, TokenRefused> {
    read_of(file, database, own_account())
}

fn read_of(file: &Path, database: Option<&Path>, own: u32) -> Result<SecretString, TokenRefused> {
    let (bytes, metadata) = secret_file::read_with_metadata(file)?;
    if !is_ours(&metadata, database, own) {
        return Err(TokenRefused::OfAnother { path: file.to_owned() });
    }
    of_file(bytes, file)
}

fn of_file(bytes: zeroize::Zeroizing<Vec<u8>>, file: &Path) -> Result<SecretString, TokenRefused> {
    let text = secret_file::text(&bytes).map(str::trim).unwrap_or_default();
    let signs: BTreeSet<u8> = text.bytes().collect();
    if text.len() < SHORTEST || signs.len() < FEWEST_SIGNS || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(TokenRefused::Weak { path: file.to_owned() });
    }
    Ok(SecretString::from(text))
}

/// Whether nobody else can put another file in the token's place: its folder is of an account that may own the token, and no other account may
/// change it; no folder above gives its names to everybody. Performs I/O.
///
/// # Errors
/// [`TokenRefused`]
pub fn check_folder(file: &Path, database: Option<&Path>) -> Result<(), TokenRefused> {
    check_folder_of(file, database, own_account())
}

fn check_folder_of(file: &Path, database: Option<&Path>, own: u32) -> Result<(), TokenRefused> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unreadable = |source| TokenRefused::FolderUnreadable { folder: folder.to_owned(), source };
    let folder = folder.canonicalize().map_err(unreadable)?;
    for (height, folder) in folder.ancestors().enumerate() {
        let metadata = std::fs::metadata(folder).map_err(unreadable)?;
        let refused = |reason: &str| Err(TokenRefused::Folder { folder: folder.to_owned(), reason: reason.to_owned() });
        if !metadata.is_dir() {
            return refused("ce n’est pas un dossier");
        }
        if is_open(&metadata, height == 0) {
            return refused("d’autres comptes peuvent le modifier\u{202f}; retirez ces droits (chmod go-w), ou rangez le jeton ailleurs");
        }
        if height == 0 && !is_ours(&metadata, database, own) {
            return refused("il appartient à un autre compte que le compte de service");
        }
    }
    Ok(())
}

#[cfg(unix)]
fn own_account() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn own_account() -> u32 {
    0
}

#[cfg(unix)]
fn is_ours(metadata: &Metadata, database: Option<&Path>, own: u32) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // Before the first start there is only the folder that was made for it.
    let served = database
        .and_then(|database| [Some(database), database.parent()].into_iter().flatten().find_map(|path| std::fs::metadata(path).ok()));
    is_trusted(metadata.uid(), own, served.map(|served| served.uid()))
}

/// Root, this process's account, or the one that serves: a check by root is no start of the service.
#[cfg(unix)]
fn is_trusted(owner: u32, own: u32, of_database: Option<u32>) -> bool {
    owner == 0 || owner == own || of_database == Some(owner)
}

#[cfg(not(unix))]
fn is_ours(_: &Metadata, _: Option<&Path>, _: u32) -> bool {
    true
}

/// Above the folder itself, a sticky one (/tmp) lets nobody rename what is another's.
#[cfg(unix)]
fn is_open(metadata: &Metadata, is_the_folder: bool) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode();
    if is_the_folder { mode & 0o022 != 0 } else { mode & 0o002 != 0 && mode & 0o1000 == 0 }
}

#[cfg(not(unix))]
fn is_open(_: &Metadata, _: bool) -> bool {
    false
}

#[cfg(test)]
mod tests;
