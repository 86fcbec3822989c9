//! The workstation's policy.

use std::path::{Path, PathBuf};

use crate::fragment::Keys;

/// Where a folder keeps its policy.
pub const FILE: &str = "policy.toml";

/// What an administrator settles for a workstation.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    keys: Keys,
}

impl Policy {
    /// Of a workstation that signs in through the companion at this address.
    pub fn towards(companion_url: &str) -> Self {
        Self { keys: Keys::of(&format!("service_name = \"Dossier Exemple\"\ncompanion_url = \"{companion_url}\"")) }
    }

    /// The policy that lies in this folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self { keys: Keys::read(&folder.join(FILE))? })
    }

    /// Changes what lies in this folder.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn edit(folder: &Path, change: impl FnOnce(Self) -> Self) -> anyhow::Result<()> {
        change(Self::read(folder)?).write(folder).map(drop)
    }

    /// With these keys besides, or instead.
    ///
    /// # Panics
    /// When the fragment is no TOML.
    #[must_use]
    pub fn with(self, fragment: &str) -> Self {
        Self { keys: self.keys.with(fragment) }
    }

    /// Without this key, if it is there.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.keys.remove(key);
        self
    }

    /// As the workstation reads it.
    pub fn text(&self) -> String {
        self.keys.text()
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        let file = folder.join(FILE);
        self.keys.write(&file)?;
        Ok(file)
    }
}
