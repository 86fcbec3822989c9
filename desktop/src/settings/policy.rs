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
/// [`SettingsError::Unreadable`].
pub(super) fn exists(place: &PolicyPlace) -> Result<bool, SettingsError> {
    match place {
        PolicyPlace::File { path, .. } => {
            let found = path.try_exists();
            found.map_err(|error| SettingsError::Unreadable { path: path.clone(), fault: (&error).into() })
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

fn of_file(path: &Path, owner: PolicyOwner) -> Result<Policy, SettingsError> {
    refuse_exposed(path, owner)?;
    let text = SettingsText::read(path)?.ok_or_else(|| SettingsError::NoPolicy(path.to_owned()))?;
    let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
    Ok(Policy { place: path.to_owned(), owner, folder: Some(folder), file: text.parse()?, table: text.parse()? })
}

#[cfg(windows)]
fn values(key: &str) -> Result<Option<Vec<(String, crate::windows_registry::Written)>>, SettingsError> {
    use crate::windows_registry::{Root, values};
    let place = || PolicyPlace::Registry(key.to_owned()).shown();
    values(Root::Machine, key).map_err(|error| SettingsError::Unreadable { path: place(), fault: (&error).into() })
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
    use super::*;
    use crate::windows_registry::Written;

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
