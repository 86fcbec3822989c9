//! Secrets come from files that not everyone can read, or from the service manager, which gives them as such files.

use std::fs::{Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use vestibule_model::ErrorCode;
use zeroize::Zeroizing;

use crate::ordinary_file;
use crate::words::{in_french, of_unreadable};

/// Longest accepted secret file, in bytes.
const MAX_BYTES: u64 = 64 * 1024;
/// What a path begins with when the service manager knows where the secret is (systemd's `LoadCredential=`).
const CREDENTIAL: &str = "credential:";
/// Names the folder of the service's credentials; the service manager sets it.
const CREDENTIALS_DIRECTORY: &str = "CREDENTIALS_DIRECTORY";
/// That folder of the package's service.
const OF_THE_SERVICE: &str = "/run/credentials/compagnon.service";

/// Why a secret file cannot serve. In French: the administrator reads it.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileRefused {
    /// The file is missing or unreadable.
    #[error("{}", unreadable(path, source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Any local account could read or change it.
    #[error("«\u{a0}{}\u{a0}» est lisible par tous ou modifiable par d’autres\u{202f}; retirez ces droits (chmod g-w,o-rwx)", path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
    },
    /// Empty, or far too long.
    #[error("«\u{a0}{}\u{a0}» est vide ou trop long", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
    },
    /// The service manager gave nothing under this name.
    #[error(
        "le gestionnaire de services n’a pas donné «\u{a0}{name}\u{a0}»\u{202f}; ajoutez «\u{a0}LoadCredential={name}:FICHIER\u{a0}» au service et lancez-le par lui"
    )]
    NoCredential {
        /// As configured, after `credential:`.
        name: String,
    },
}

/// A secret in the place of its file's name is found nowhere, and is not repeated.
fn unreadable(path: &Path, source: &io::Error) -> String {
    if source.kind() == io::ErrorKind::NotFound && may_be_a_secret(path) {
        return "ce qui y est écrit n’est le nom d’aucun fichier\u{202f}; ce paramètre nomme un fichier, où le secret est écrit".to_owned();
    }
    format!("«\u{a0}{}\u{a0}» n’a pas pu être lu\u{a0}: {}", path.display(), in_french(source))
}

/// Nothing that people call a file: an address, or letters and digits as they are drawn.
fn may_be_a_secret(path: &Path) -> bool {
    let (text, name) = (path.to_string_lossy(), path.file_name().unwrap_or_default().to_string_lossy());
    let has = |is_one: fn(char) -> bool| name.chars().any(is_one);
    let is_drawn = name.len() >= 12
        && has(|sign| sign.is_ascii_digit())
        && (has(|sign| sign.is_ascii_uppercase()) || !has(|sign| matches!(sign, '.' | '-' | '_')));
    text.contains(":/") || text.contains('@') || name.len() > 40 || is_drawn
}

impl SecretFileRefused {
    /// Number of the catalogue, where whoever names the file has one for all that is wrong with the file itself.
    pub fn code_or(&self, of_the_file: ErrorCode) -> ErrorCode {
        match self {
            Self::Unreadable { source, .. } => of_unreadable(source, of_the_file),
            Self::OpenToOthers { .. } | Self::Unusable { .. } | Self::NoCredential { .. } => of_the_file,
        }
    }
}

/// Where the service manager put the credentials of this process; for a command that an administrator runs beside it, those of the package's
/// service while it runs, which only root and the service enter.
pub(super) fn credentials_folder() -> Option<PathBuf> {
    let own = std::env::var_os(CREDENTIALS_DIRECTORY).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    own.or_else(|| Some(PathBuf::from(OF_THE_SERVICE)).filter(|folder| folder.is_dir()))
}

/// The name in `credential:NAME`.
pub(super) fn credential_name(path: &Path) -> Option<&str> {
    path.to_str()?.strip_prefix(CREDENTIAL)
}

/// The file of a credential: `None` when the name could lead out of the folder.
pub(super) fn credential_file(folder: &Path, name: &str) -> Option<PathBuf> {
    let is_plain =
        !name.is_empty() && name != "." && name != ".." && !name.contains(|c: char| c == '/' || c == '\\' || c == ':' || c.is_control());
    is_plain.then(|| folder.join(name))
}

/// Reads a secret file once. Performs I/O.
///
/// # Errors
/// [`SecretFileRefused`] when it cannot be read, is open to others, is empty or longer than 64 KiB, or is a credential nobody gave.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, SecretFileRefused> {
    read_with_metadata(path).map(|(bytes, _)| bytes)
}

/// As [`read`], with what the system says of the very file that was read. Performs I/O.
///
/// # Errors
/// As [`read`].
pub fn read_with_metadata(path: &Path) -> Result<(Zeroizing<Vec<u8>>, Metadata), SecretFileRefused> {
    if let Some(name) = credential_name(path) {
        return Err(SecretFileRefused::NoCredential { name: name.to_owned() });
    }
    let unreadable = |source| SecretFileRefused::Unreadable { path: path.to_owned(), source };
    let file = ordinary_file::open(path, OpenOptions::new().read(true)).map_err(unreadable)?;
    // Of the open file, not of the path: nobody can swap it in between.
    let metadata = file.metadata().map_err(unreadable)?;
    if is_open_to_others(&metadata) {
        return Err(SecretFileRefused::OpenToOthers { path: path.to_owned() });
    }
    if metadata.len() == 0 || metadata.len() > MAX_BYTES {
        return Err(SecretFileRefused::Unusable { path: path.to_owned() });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_BYTES).unwrap_or(0) + 1));
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok((bytes, metadata))
}

/// What a file holds, as text: without the mark that some editors put before it, which no password has. `None` when it is none.
pub fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().map(|text| text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Its group may read it: that is how an administrator's file is given to a service's account.
#[cfg(unix)]
fn is_open_to_others(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o027 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn the_mark_that_an_editor_puts_before_a_text_is_no_part_of_a_secret() {
        assert_eq!(text("\u{feff}secret\r\n".as_bytes()), Some("secret\r\n"));
        assert_eq!(text(b"secret"), Some("secret"));
        assert_eq!(text("\u{feff}\u{feff}x".as_bytes()), Some("\u{feff}x"), "one mark, no more");
        assert_eq!(text(b"\xff\xfes\0"), None);
    }
}
