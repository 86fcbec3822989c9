//! The administrator's word, read where it is: a file, or values in the registry of Windows.

use std::path::{Path, PathBuf};

use toml::Table;

use super::error::SettingsError;
#[cfg(any(windows, test))]
use super::fault::Fault;
use super::file::SettingsText;
use super::refuse_exposed;
use super::schema::PolicyFile;
use crate::paths::PolicyPlace;
use crate::system_words::UsualFault;
use crate::trusted_file::PolicyOwner;

/// What was read, and where.
pub(super) struct Policy {
    /// As the administrator is told of it.
    pub place: PathBuf,
    /// Who may own what it names.
    pub owner: PolicyOwner,
    /// Where paths in it begin; `None` where they must be whole.
    pub folder: Option<PathBuf>,
    pub file: PolicyFile,
    pub table: Table,
}

/// Whether there is one. Performs I/O.
///
/// # Errors
/// [`SettingsError::Unreadable`] or [`SettingsError::NotPermitted`].
pub(super) fn exists(place: &PolicyPlace) -> Result<bool, SettingsError> {
    match place {
        PolicyPlace::File { path, .. } => {
            let found = path.try_exists();
            found.map_err(|error| of_rights(SettingsError::Unreadable { path: path.clone(), fault: (&error).into() }))
        }
        #[cfg(windows)]
        PolicyPlace::Registry(key) => Ok(values(key)?.is_some_and(|values| !values.is_empty())),
    }
}

/// Reads it. Performs I/O.
///
/// # Errors
/// [`SettingsError`].
pub(super) fn read(place: &PolicyPlace) -> Result<Policy, SettingsError> {
    match place {
        PolicyPlace::File { path, owner } => of_file(path, *owner),
        #[cfg(windows)]
        PolicyPlace::Registry(key) => of_registry(key, place.shown()),
    }
}

/// A policy is for everybody at the workstation: one that an account may not read is neither absent nor wrong. Performs I/O.
fn of_rights(error: SettingsError) -> SettingsError {
    let SettingsError::Unreadable { path, fault } = &error else { return error };
    if fault.usual() != Some(UsualFault::AccessDenied) {
        return error;
    }
    // Where it can be looked at, it is itself that cannot be read; else the last folder that can is not entered.
    let seen = path.ancestors().find_map(|at| Some((at, at.metadata().ok()?)));
    let (at, is_folder) = seen.map_or((path.as_path(), false), |(at, metadata)| (at, metadata.is_dir()));
    SettingsError::NotPermitted { at: at.to_owned(), is_folder, path: path.clone() }
}

fn of_file(path: &Path, owner: PolicyOwner) -> Result<Policy, SettingsError> {
    let read = refuse_exposed(path, owner).and_then(|()| SettingsText::read(path));
    let text = read.map_err(of_rights)?.ok_or_else(|| SettingsError::NoPolicy(path.to_owned()))?;
    let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
    Ok(Policy { place: path.to_owned(), owner, folder: Some(folder), file: text.parse()?, table: text.parse()? })
}

#[cfg(windows)]
fn values(key: &str) -> Result<Option<Vec<(String, crate::windows_registry::Written)>>, SettingsError> {
    use crate::windows_registry::{Root, values};
    let place = || PolicyPlace::Registry(key.to_owned()).shown();
    values(Root::Machine, key).map_err(|error| of_rights(SettingsError::Unreadable { path: place(), fault: (&error).into() }))
}

#[cfg(windows)]
fn of_registry(key: &str, place: PathBuf) -> Result<Policy, SettingsError> {
    let values = values(key)?.filter(|values| !values.is_empty()).ok_or_else(|| SettingsError::NoPolicy(place.clone()))?;
    of_values(values, place)
}

/// No path begins at a key of the registry.
#[cfg(any(windows, test))]
fn of_values(values: Vec<(String, crate::windows_registry::Written)>, place: PathBuf) -> Result<Policy, SettingsError> {
    let malformed = |fault: Fault| SettingsError::Malformed { path: place.clone(), line: None, fault };
    let table = super::registry::table(values).map_err(malformed)?;
    let file = table.clone().try_into().map_err(|_| malformed(Fault::WrongKind(None)))?;
    Ok(Policy { place, owner: PolicyOwner::Root, folder: None, file, table })
}

#[cfg(test)]
mod tests {
    use vestibule_model::language::Language;

    use super::*;
    use crate::windows_registry::Written;

    #[test]
    fn a_policy_that_an_account_may_not_read_is_a_matter_of_rights_and_says_whose() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("policy.toml");
        std::fs::write(&path, "").expect("written");
        // Whoever runs the tests may be let through everywhere: what the system would say is said here.
        let told =
            |path: &Path, kind: std::io::ErrorKind| of_rights(SettingsError::Unreadable { path: path.to_owned(), fault: kind.into() });
        let denied = std::io::ErrorKind::PermissionDenied;
        assert_eq!(told(&path, denied), SettingsError::NotPermitted { path: path.clone(), at: path.clone(), is_folder: false });
        let behind = folder.path().join("closed").join("policy.toml");
        let bars = SettingsError::NotPermitted { path: behind.clone(), at: folder.path().to_owned(), is_folder: true };
        assert_eq!(told(&behind, denied), bars);
        let broken = told(&path, std::io::ErrorKind::TimedOut);
        assert_eq!(broken, SettingsError::Unreadable { path, fault: std::io::ErrorKind::TimedOut.into() });
        for (language, words) in [(Language::Fr, "n’a pas le droit de lire"), (Language::En, "may not read")] {
            let told = crate::words::of(language).settings_error(&bars);
            assert!(told.contains(words) && told.contains(&folder.path().display().to_string()), "{told}");
        }
    }

    #[test]
    fn values_of_the_registry_make_the_policy_that_a_file_would() {
        let place = PathBuf::from(r"HKLM\Software\Policies\Vestibule");
        let values = |url: &str| vec![("CompanionUrl".to_owned(), Written::Text(url.to_owned()))];
        let policy = of_values(values("https://connexion.hopital.example"), place.clone()).expect("read");
        assert_eq!(policy.file.companion_url.as_deref(), Some("https://connexion.hopital.example"));
        assert_eq!((policy.owner, policy.folder, &policy.place), (PolicyOwner::Root, None, &place));
        assert_eq!(policy.table.keys().collect::<Vec<_>>(), ["companion_url"]);
        let refused = of_values(vec![("Nothing".to_owned(), Written::Number(1))], place.clone()).err().expect("no such setting");
        assert_eq!(refused, SettingsError::Malformed { path: place, line: None, fault: Fault::UnknownKey("Nothing".to_owned()) });
    }
}
