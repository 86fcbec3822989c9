//! The companion's configuration, from the least that it takes.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::fragment::Keys;
use crate::place::{random_secret, write_private};

/// The least configuration that a companion takes, on the addresses that are usual where one develops. Every key of it is needed.
const LEAST: &str = r#"
[service]
name = "Dossier Exemple"
public_url = "http://127.0.0.1:8080"

[listener]
address = "127.0.0.1:8080"

[psc]
environment = "simulator"
client_id = "vestibule-demo"
client_secret_file = "client-secret"

[storage]
sqlite_file = "memory/companion.sqlite"

[vault]
key_file = "vault-key"
"#;

/// Where a folder keeps its configuration.
pub const FILE: &str = "companion.toml";

/// A companion's configuration. Relative paths are of the folder that it is written to.
#[derive(Debug, Clone, PartialEq)]
pub struct Installation {
    keys: Keys,
}

impl Installation {
    /// What a companion cannot do without, and nothing else.
    pub fn least() -> Self {
        Self { keys: Keys::of(LEAST) }
    }

    /// The least for one that listens here, in the clear, and is known by this address.
    pub fn at(listener: SocketAddr) -> Self {
        Self::least().with(&format!("listener.address = \"{listener}\"")).known_as(&format!("http://{listener}"))
    }

    /// The configuration that lies in this folder.
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
        change(Self::read(folder)?).keys.write(&folder.join(FILE))
    }

    /// Known to apps and browsers by this address.
    #[must_use]
    pub fn known_as(self, public_url: &str) -> Self {
        self.with(&format!("service.public_url = \"{public_url}\""))
    }

    /// With its administration here; the token that opens it lies beside the configuration.
    #[must_use]
    pub fn administered_at(self, address: SocketAddr) -> Self {
        self.with(&format!("[administration]\naddress = \"{address}\"\ntoken_file = \"administration-token\""))
    }

    /// With Pro Santé Connect's double at these addresses: for servers, and for browsers.
    #[must_use]
    pub fn towards(self, auth_url: &str, wallet_url: &str) -> Self {
        self.with(&format!("[psc.simulator]\nauth_url = \"{auth_url}\"\nwallet_url = \"{wallet_url}\""))
    }

    /// Lets more sign-ins begin in a minute than a person has use for.
    #[must_use]
    pub fn unhurried(self) -> Self {
        self.with(
            "[limits]\nstarts_per_minute_per_key = 10000\nstarts_per_minute_per_address = 10000\n\
             calls_per_minute_per_key = 100000\nrefreshes_per_minute_per_key = 1000",
        )
    }

    /// With these keys besides, or instead: sections are merged, a value takes the place of another.
    ///
    /// # Panics
    /// When the fragment is no TOML.
    #[must_use]
    pub fn with(self, fragment: &str) -> Self {
        Self { keys: self.keys.with(fragment) }
    }

    /// Without this key or section: `vault`, or `vault.key_file`.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        assert!(self.keys.remove(key), "{key} is not part of the configuration:\n{}", self.text());
        self
    }

    /// One section alone, as a text.
    ///
    /// # Panics
    /// When there is none.
    pub fn section(&self, name: &str) -> String {
        let section = self.keys.section(name);
        section.unwrap_or_else(|| panic!("{name} is not part of the configuration:\n{}", self.text())).text()
    }

    /// Every key of the configuration, in dots.
    pub fn key_names(&self) -> Vec<String> {
        self.keys.names()
    }

    /// As the companion reads it: sections in the order of their names, a line for each key.
    pub fn text(&self) -> String {
        self.keys.text()
    }

    /// Writes the configuration, the secrets that it names and the database's folder; a secret that is there already stays.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        for key in ["psc.client_secret_file", "vault.key_file"] {
            if let Some(file) = self.path(key, folder)
                && !file.exists()
            {
                write_private(&file, &random_secret()?)?;
            }
        }
        if let Some(parent) = self.path("storage.sqlite_file", folder).as_deref().and_then(Path::parent) {
            fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        }
        let file = folder.join(FILE);
        self.keys.write(&file)?;
        Ok(file)
    }

    /// Where apps and browsers find the companion.
    pub fn public_url(&self) -> &str {
        self.keys.text_at("service.public_url").unwrap_or_default()
    }

    /// The path that this key names, for a configuration in `folder`.
    pub fn path(&self, key: &str, folder: &Path) -> Option<PathBuf> {
        self.keys.text_at(key).map(|path| folder.join(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_wins_over_what_stood_there_and_leaves_the_rest() {
        let changed = Installation::least().with("psc.client_id = \"autre\"\n[limits]\nparked_requests = 3");
        assert_eq!(changed.section("psc"), Installation::least().section("psc").replace("vestibule-demo", "autre"));
        assert_eq!(changed.section("limits"), "[limits]\nparked_requests = 3\n");
        assert_eq!(changed.without("limits").with("psc.client_id = \"vestibule-demo\""), Installation::least());
    }

    #[test]
    #[should_panic(expected = "vault.colour is not part of the configuration")]
    fn what_is_not_there_cannot_be_taken_away() {
        drop(Installation::least().without("vault.colour"));
    }

    #[test]
    #[should_panic(expected = "[psc")]
    fn a_wrong_fragment_is_shown() {
        drop(Installation::least().with("[psc"));
    }

    #[test]
    fn secrets_are_private_and_stay_when_they_are_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = Installation::least().write(folder.path()).expect("written");
        let secrets = ["client-secret", "vault-key"].map(|name| fs::read_to_string(folder.path().join(name)).expect("a secret"));
        assert_ne!(secrets[0], secrets[1]);
        #[cfg(unix)]
        for name in ["client-secret", "vault-key"] {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(folder.path().join(name)).expect("there").permissions());
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        assert!(folder.path().join("memory").is_dir());
        Installation::edit(folder.path(), |kept| kept.with("service.name = \"Autre\"")).expect("edited");
        Installation::read(folder.path()).expect("read").write(folder.path()).expect("written again");
        assert!(fs::read_to_string(file).expect("a configuration").contains("name = \"Autre\""));
        assert_eq!(secrets, ["client-secret", "vault-key"].map(|name| fs::read_to_string(folder.path().join(name)).expect("a secret")));
    }
}
