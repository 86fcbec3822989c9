//! `backup` and `restore`: the memory of a companion saved into one file while it serves, and put back while it does not. What is not whole and
//! checked never bears the name that was asked for, and nothing that was there is replaced.

mod draft;
mod refused;
mod report;

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use self::draft::Draft;
pub use self::refused::BackupRefused;
pub use self::report::{Restored, Saved};
use crate::clock::Timestamp;
use crate::config::{Config, StoragePlace};
use crate::key_rotation::missing_values;
use crate::ordinary_file::{self, UNFINISHED};
use crate::preflight::{self, StartError};
use crate::store::{BESIDE, INDEX, JOURNAL, LOG, SavedFile, Tenancy, beside};
use crate::vault;

/// Saves the memory that a configuration names into a file that must not exist. A companion may serve meanwhile. Blocks, and performs I/O.
///
/// # Errors
/// [`BackupRefused`]; no file of this name is there then.
pub fn save(config: &Path, to: &Path) -> Result<Saved, BackupRefused> {
    let config = Config::read(config).map_err(StartError::from)?;
    let database = file_of(&config)?;
    match fs::metadata(database) {
        Ok(found) if found.len() == 0 => return Err(BackupRefused::NoMemory(database.to_owned())),
        // Whoever may see it may still not read it.
        Ok(_) => readable(database).map_err(BackupRefused::unread(database))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(BackupRefused::NoMemory(database.to_owned())),
        Err(error) => return Err(BackupRefused::unread(database)(error)),
    }
    if is_of_sqlite(to) {
        return Err(BackupRefused::NameOfSqlite(to.to_owned()));
    }
    if fs::symlink_metadata(to).is_ok() {
        return Err(BackupRefused::Exists(to.to_owned()));
    }
    if !config.vault.is_credential {
        vault::refuse_beside(&config.vault.key_file, to)?;
    }
    draft::sweep_beside(to);
    let draft = Draft::begin(beside(to, UNFINISHED)).map_err(BackupRefused::unwritten(to))?;
    SavedFile::take(database, draft.path()).map_err(|error| BackupRefused::Failed { file: database.to_owned(), error })?;
    let seen = examined(draft.path(), database)?;
    draft.keep(|draft| give_name(draft, to)).map_err(BackupRefused::unwritten(to))?;
    Ok(Saved::new(to, &seen))
}

/// Puts back what was saved, in the place that a configuration names; what was there is kept under another name. Blocks, and performs I/O.
///
/// # Errors
/// [`BackupRefused`]; what was there is as it was.
pub fn restore(config: &Path, from: &Path, now: Timestamp) -> Result<Restored, BackupRefused> {
    let config = Config::read(config).map_err(StartError::from)?;
    let database = file_of(&config)?;
    // Behind a link, the file itself is exchanged, and whoever serves it by its own name is asked too.
    let really = behind_link(database).map_err(|source| {
        if source.kind() == io::ErrorKind::NotFound {
            BackupRefused::BrokenLink { link: database.to_owned(), source }
        } else {
            BackupRefused::unread(database)(source)
        }
    })?;
    let names: Vec<&Path> = std::iter::once(database).chain(really.as_deref()).collect();
    let _held = names.iter().map(|name| hold(&config, name)).collect::<Result<Vec<_>, _>>()?;
    let database = really.as_deref().unwrap_or(database);
    if let (Ok(one), Ok(other)) = (from.canonicalize(), database.canonicalize())
        && one == other
    {
        return Err(BackupRefused::Itself(from.to_owned()));
    }
    draft::sweep_beside(database);
    let draft = Draft::begin(beside(database, &format!(".restored{}", UNFINISHED))).map_err(BackupRefused::unwritten(database))?;
    copy_saved(from, draft.path())?;
    // What a companion's own file would have beside it comes along, and is in it from now on.
    SavedFile::fold(draft.path()).map_err(|error| BackupRefused::Failed { file: from.to_owned(), error })?;
    let seen = examined(draft.path(), from)?;
    if !seen.differences.is_empty() {
        return Err(BackupRefused::Foreign { file: from.to_owned(), differences: seen.differences });
    }
    let missing = suits(&config, &seen)?;
    let locks = names.iter().flat_map(|name| [".lock", ".rotation.lock"].map(|ending| beside(name, ending)));
    for file in std::iter::once(draft.path().to_owned()).chain(locks) {
        belong_as(database, &file).map_err(BackupRefused::unwritten(database))?;
    }
    let aside = aside_of(database, now).map_err(BackupRefused::unread(database))?;
    draft.keep(|draft| exchange(draft, database, aside.as_deref())).map_err(BackupRefused::unwritten(database))?;
    Ok(Restored::new(database, aside, &seen, missing))
}

/// Keeps companions and rotations away from a file by one of its names.
fn hold(config: &Config, name: &Path) -> Result<[Tenancy; 2], BackupRefused> {
    preflight::memory_folder(name)?;
    let take = |file: &Path| Tenancy::take(file).map_err(|error| BackupRefused::Start(StartError::store(config, error)));
    let serving = take(name)?.ok_or_else(|| BackupRefused::Served(name.to_owned()))?;
    let rotating = take(&beside(name, ".rotation"))?.ok_or_else(|| BackupRefused::Rotating(name.to_owned()))?;
    Ok([serving, rotating])
}

/// Whether SQLite takes a file of this name for what lies beside another one, and writes into it or plays it back.
fn is_of_sqlite(to: &Path) -> bool {
    let name = to.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    BESIDE.iter().any(|ending| name.ends_with(ending))
}

fn file_of(config: &Config) -> Result<&Path, BackupRefused> {
    match config.storage.place() {
        StoragePlace::File(file) => Ok(file),
        StoragePlace::Server { .. } => Err(BackupRefused::Server),
    }
}

fn examined(file: &Path, of: &Path) -> Result<SavedFile, BackupRefused> {
    let looked = SavedFile::examine(file).map_err(|error| BackupRefused::Failed { file: of.to_owned(), error })?;
    looked.ok_or_else(|| BackupRefused::Unsound(of.to_owned()))
}

/// Whether a companion would start with it; how many values it could not open, where the key can be read from here.
fn suits(config: &Config, seen: &SavedFile) -> Result<Option<u64>, BackupRefused> {
    if let Some(other) = seen.environment.as_deref().filter(|name| *name != config.psc.environment.name()) {
        return Err(BackupRefused::OtherEnvironment(other.to_owned()));
    }
    // A stopped service has no credentials.
    let Ok(ring) = vault::read_key_file(&config.vault.key_file) else { return Ok(None) };
    let Some(keys) = &seen.keys else { return Ok(None) };
    if keys.forgotten.contains(&ring.current()) {
        return Err(BackupRefused::ForgottenKey(ring.current()));
    }
    Ok(Some(missing_values(&ring, keys)))
}

/// With what a program that was killed left beside it, if it was a companion's own file.
fn copy_saved(from: &Path, into: &Path) -> Result<(), BackupRefused> {
    let unread = |source| BackupRefused::unread(from)(source);
    let mut saved = ordinary_file::open(from, OpenOptions::new().read(true)).map_err(unread)?;
    let mut written = OpenOptions::new().write(true).open(into).map_err(unread)?;
    io::copy(&mut saved, &mut written).map_err(|source| BackupRefused::Unwritten { file: into.to_owned(), source })?;
    // Its index is made anew.
    for ending in [JOURNAL, LOG] {
        match ordinary_file::open(&beside(from, ending), OpenOptions::new().read(true)) {
            Ok(mut saved) => {
                let path = beside(into, ending);
                let mut written = ordinary_file::create_private(&path).map_err(BackupRefused::unwritten(&path))?;
                io::copy(&mut saved, &mut written).map_err(BackupRefused::unwritten(&path))?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unread(error)),
        }
    }
    Ok(())
}

/// Where what stands there is kept, under a name that nothing has; `None` when nothing does.
fn aside_of(database: &Path, now: Timestamp) -> io::Result<Option<PathBuf>> {
    if !database.try_exists()? {
        return Ok(None);
    }
    let at = DateTime::<Utc>::from_timestamp_millis(now.0).unwrap_or_default().format(".avant-%Y%m%dT%H%M%SZ").to_string();
    let names = std::iter::once(at.clone()).chain((2..=MOST_ASIDE).map(|number| format!("{at}-{number}")));
    let mut paths = names.map(|name| beside(database, &name));
    paths.find(|path| fs::symlink_metadata(path).is_err()).map(Some).ok_or_else(|| io::ErrorKind::AlreadyExists.into())
}

/// Restorations within one second that keep what was there.
const MOST_ASIDE: u32 = 100;

/// The file behind a link; `None` for what is none, or is not there.
fn behind_link(database: &Path) -> io::Result<Option<PathBuf>> {
    match fs::symlink_metadata(database) {
        Ok(found) if found.is_symlink() => database.canonicalize().map(Some),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Gives the database's name to a new file. The former one has its other name before that, so that it is never without any.
fn exchange(draft: &Path, database: &Path, aside: Option<&Path>) -> io::Result<()> {
    let Some(aside) = aside else { return give_name(draft, database) };
    // What lies beside it goes into it. A file that cannot do this keeps it beside, under its new name.
    let _ = SavedFile::fold(database);
    fs::hard_link(database, aside)?;
    // Left where they are, they would be played back into the new file.
    let named = [JOURNAL, LOG].map(|ending| (beside(database, ending), beside(aside, ending)));
    let moved: Vec<_> = named.iter().filter(|(journal, kept)| fs::rename(journal, kept).is_ok()).collect();
    // Only an index of what lies beside.
    let _ = fs::remove_file(beside(database, INDEX));
    fs::rename(draft, database).inspect_err(|_| {
        // The first reason is the one that is told.
        for (journal, kept) in &moved {
            let _ = fs::rename(kept, journal);
        }
        let _ = fs::remove_file(aside);
    })?;
    ordinary_file::sync_folder_of(database)
}

/// Gives a file a name that no other has.
fn give_name(written: &Path, name: &Path) -> io::Result<()> {
    match fs::hard_link(written, name) {
        Ok(()) => fs::remove_file(written)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
        // A place where no file has two names.
        Err(_) if fs::symlink_metadata(name).is_ok() => return Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(written, name)?,
    }
    ordinary_file::sync_folder_of(name)
}

/// Asked without opening it: to close it would end the locks that SQLite has on it in this process.
#[cfg(unix)]
fn readable(file: &Path) -> io::Result<()> {
    Ok(rustix::fs::access(file, rustix::fs::Access::READ_OK)?)
}

#[cfg(not(unix))]
fn readable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The service's account must be able to use what root restored: what is there says whose it is, or else the folder.
#[cfg(unix)]
fn belong_as(database: &Path, file: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, chown};

    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wanted = fs::metadata(database).or_else(|_| fs::metadata(folder))?;
    let own = fs::metadata(file)?;
    if (wanted.uid(), wanted.gid()) == (own.uid(), own.gid()) {
        return Ok(());
    }
    chown(file, Some(wanted.uid()), Some(wanted.gid()))
}

#[cfg(not(unix))]
fn belong_as(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
