//! What is written, and taken back unless it is kept.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::layout::{Access, Account, Layout};
use super::refused::SetupRefused;
use crate::clock::Timestamp;
use crate::ordinary_file::{self, create_private, sync_folder_of};
use crate::random::Random;
use crate::vault;

/// What was done, so far, that the end of this undoes.
#[derive(Debug, Default)]
pub struct Files {
    done: Vec<Done>,
}

#[derive(Debug)]
enum Done {
    Folder(PathBuf),
    File(PathBuf),
    /// And where what stood there before waits under another name: to write it again could fail half way.
    Replaced(PathBuf, PathBuf),
}

/// Rights of a file or folder, and whose it is; this account's where nobody is named.
struct Rights<'a> {
    mode: u32,
    owner: Option<(&'a Account, Owning)>,
}

/// By what the account has it.
#[derive(Clone, Copy)]
enum Owning {
    /// Root's, which its group may read.
    Group,
    Whole,
}

/// Secrets are read by the service's group, where the service reads them.
fn of_secrets(layout: &Layout, mode: u32) -> Rights<'_> {
    match layout.reader() {
        Some(account) => Rights { mode: mode | (mode & 0o500) >> 3, owner: Some((account, Owning::Group)) },
        None => Rights { mode, owner: None },
    }
}

/// Whether everything can be written where it goes; asked of the nearest folder that is there.
///
/// # Errors
/// [`SetupRefused::Unwritten`]; [`SetupRefused::Value`] for a database's folder that the service could not use.
pub fn check_room(layout: &Layout, database_folder: Option<PathBuf>) -> Result<(), SetupRefused> {
    for folder in [Some(layout.folder()), Some(layout.secrets.clone()), database_folder.clone()].into_iter().flatten() {
        let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
        // One more folder can be made, not a whole path that may be mistyped.
        if there != folder && Some(there) != folder.parent() {
            return Err(SetupRefused::unwritten(&folder)(ErrorKind::NotFound.into()));
        }
        writable(there).map_err(SetupRefused::unwritten(there))?;
    }
    match database_folder.and_then(|folder| withheld_database(layout, &folder)) {
        Some(reason) => Err(SetupRefused::Value { option: "--sqlite-file", reason }),
        None => Ok(()),
    }
}

/// Why the service could not keep its database in this folder.
pub fn withheld_database(layout: &Layout, folder: &Path) -> Option<String> {
    let of_rights = || if folder.exists() { layout.withheld(folder, Access::Write) } else { None };
    layout.shut_by_the_service(folder).or_else(of_rights)
}

impl Files {
    /// Makes the folders that are missing.
    ///
    /// # Errors
    /// [`SetupRefused::Unwritten`]
    pub fn folders(&mut self, layout: &Layout, database: Option<PathBuf>) -> Result<(), SetupRefused> {
        self.folder(&layout.folder(), &Rights { mode: 0o755, owner: None })?;
        self.folder(&layout.secrets, &of_secrets(layout, 0o700))?;
        let own = layout.account.as_ref().map(|account| (account, Owning::Whole));
        database.map_or(Ok(()), |folder| self.folder(&folder, &Rights { mode: 0o700, owner: own }))
    }

    fn folder(&mut self, folder: &Path, rights: &Rights<'_>) -> Result<(), SetupRefused> {
        if folder.is_dir() {
            return Ok(());
        }
        make_folder(folder).map_err(SetupRefused::unwritten(folder))?;
        self.done.push(Done::Folder(folder.to_owned()));
        give(folder, rights).map_err(SetupRefused::unwritten(folder))
    }

    /// Puts the client's secret in its place; whether anything changed.
    ///
    /// # Errors
    /// [`SetupRefused::Unwritten`]
    pub fn client_secret(&mut self, layout: &Layout, secret: &str) -> Result<bool, SetupRefused> {
        let file = layout.client_secret();
        let unwritten = SetupRefused::unwritten(&file);
        let former = match ordinary_file::read(&file) {
            Ok(there) => Some(Zeroizing::new(there)),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(unwritten(error)),
        };
        if former.as_ref().is_some_and(|there| there.trim_ascii() == secret.as_bytes()) {
            return Ok(false);
        }
        self.put(&file, secret.as_bytes(), &of_secrets(layout, 0o600)).map_err(unwritten)?;
        Ok(true)
    }

    /// Draws a key where there is none; whether it did.
    ///
    /// # Errors
    /// [`SetupRefused::Unwritten`]
    pub fn vault_key(&mut self, layout: &Layout, random: &dyn Random) -> Result<bool, SetupRefused> {
        let file = layout.vault_key();
        match vault::create_key_file(&file, random) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
            made => made.map_err(SetupRefused::unwritten(&file))?,
        }
        self.done.push(Done::File(file.clone()));
        give(&file, &of_secrets(layout, 0o600)).map_err(SetupRefused::unwritten(&file))?;
        Ok(true)
    }

    /// Puts the configuration in its place at once, as the last of all; under which name the former one is kept, where there was another.
    ///
    /// # Errors
    /// [`SetupRefused::Unwritten`]
    pub fn configuration(&mut self, layout: &Layout, text: &str, now: Timestamp) -> Result<Option<PathBuf>, SetupRefused> {
        let file = &layout.config;
        let former = match ordinary_file::read(file) {
            Ok(there) if there == text.as_bytes() => return Ok(None),
            Ok(there) => Some(there),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(SetupRefused::unwritten(file)(error)),
        };
        let copy = match &former {
            Some(there) => Some(self.copy(file, there, now)?),
            None => None,
        };
        // No secret stands in it, and every account may run `check-config`.
        self.put(file, text.as_bytes(), &Rights { mode: 0o644, owner: None }).map_err(SetupRefused::unwritten(file))?;
        Ok(copy)
    }

    /// Beside it, under a dated name that is free.
    fn copy(&mut self, file: &Path, content: &[u8], now: Timestamp) -> Result<PathBuf, SetupRefused> {
        let date = chrono::DateTime::from_timestamp(now.unix_seconds(), 0).unwrap_or_default().format("%Y-%m-%dT%H%M%SZ");
        let copy = with_ending(file, &format!(".{date}"));
        let unwritten = SetupRefused::unwritten(&copy);
        let mode = mode_of(file).unwrap_or(0o600);
        self.write_new(&copy, content, &Rights { mode, owner: None }).map_err(unwritten)?;
        Ok(copy)
    }

    /// Whole, or not at all: written beside, then renamed.
    fn put(&mut self, file: &Path, content: &[u8], rights: &Rights<'_>) -> io::Result<()> {
        let [beside, former] = [".new", ".former"].map(|ending| with_ending(file, ending));
        // Left by a run that was killed here.
        for left in [&beside, &former] {
            was_there(fs::remove_file(left))?;
        }
        let is_replaced = was_there(fs::hard_link(file, &former))?;
        if is_replaced {
            self.done.push(Done::File(former.clone()));
        }
        self.write_new(&beside, content, rights)?;
        fs::rename(&beside, file)?;
        self.done.pop();
        if is_replaced {
            self.done.pop();
            self.done.push(Done::Replaced(file.to_owned(), former));
        } else {
            self.done.push(Done::File(file.to_owned()));
        }
        sync_folder_of(file)
    }

    fn write_new(&mut self, path: &Path, content: &[u8], rights: &Rights<'_>) -> io::Result<()> {
        let mut file = create_private(path)?;
        self.done.push(Done::File(path.to_owned()));
        give(path, rights)?;
        file.write_all(content)?;
        file.sync_all()
    }

    /// It is good: nothing is taken back.
    ///
    /// # Errors
    /// [`SetupRefused::Unwritten`], for what was there before and cannot be removed.
    pub fn keep(mut self) -> Result<(), SetupRefused> {
        self.done.drain(..).try_for_each(|done| match done {
            Done::Replaced(_, former) => fs::remove_file(&former).map_err(SetupRefused::unwritten(&former)),
            Done::Folder(_) | Done::File(_) => Ok(()),
        })
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        for done in self.done.drain(..).rev() {
            // The first reason is the one that is told.
            let _ = match done {
                Done::Folder(folder) => fs::remove_dir(folder),
                Done::File(file) => fs::remove_file(file),
                Done::Replaced(file, former) => fs::rename(former, file),
            };
        }
    }
}

/// Whether there was something to do it to.
fn was_there(outcome: io::Result<()>) -> io::Result<bool> {
    match outcome {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    file.with_file_name(name)
}

/// Closed to others from the first moment.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(unix)]
fn give(path: &Path, rights: &Rights<'_>) -> io::Result<()> {
    use std::os::unix::fs::{PermissionsExt as _, chown};
    if let Some((account, owning)) = rights.owner {
        chown(path, matches!(owning, Owning::Whole).then_some(account.user), Some(account.group))?;
    }
    fs::set_permissions(path, fs::Permissions::from_mode(rights.mode))
}

#[cfg(not(unix))]
fn give(_: &Path, _: &Rights<'_>) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn mode_of(file: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(fs::metadata(file).ok()?.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn mode_of(_: &Path) -> Option<u32> {
    None
}

#[cfg(unix)]
fn writable(folder: &Path) -> io::Result<()> {
    use rustix::fs::{Access, access};
    if !folder.is_dir() {
        return Err(ErrorKind::NotADirectory.into());
    }
    Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

#[cfg(not(unix))]
fn writable(folder: &Path) -> io::Result<()> {
    fs::metadata(folder).map(drop)
}
