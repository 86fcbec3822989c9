//! The workstation's policy.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::fragment::{merge, parsed, removed};

/// Where a folder keeps its policy.
pub const FILE: &str = "policy.toml";

/// What an administrator settles for a workstation.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    keys: toml::Table,
}

impl Policy {
    /// Of a workstation that signs in through the companion at this address.
    pub fn towards(companion_url: &str) -> Self {
        let policy = Self { keys: parsed("service_name = \"Dossier Exemple\"") };
        policy.with(&format!("companion_url = \"{companion_url}\""))
    }

    /// The policy that lies in this folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self { keys: fs::read_to_string(folder.join(FILE))?.parse()? })
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
    pub fn with(mut self, fragment: &str) -> Self {
        merge(&mut self.keys, parsed(fragment));
        self
    }

    /// Without this key, if it is there.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        removed(&mut self.keys, key);
        self
    }

    /// As the workstation reads it.
    pub fn text(&self) -> String {
        self.keys.to_string()
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        let file = folder.join(FILE);
        fs::write(&file, self.text()).with_context(|| file.display().to_string())?;
        Ok(file)
    }
}
