//! A database of its own on the PostgreSQL server that `./dev` starts: made empty, and gone with its value.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::letters::random_text;

/// Where the server is, as `with_postgres` says it: `postgres://account@folder/database`, the folder being that of its socket.
const ADDRESS: &str = "VESTIBULE_TEST_POSTGRES";
/// As its folder stands in an address.
const SLASH: &str = "%2F";

/// Dropped, it is removed.
pub struct Database {
    account: String,
    folder: PathBuf,
    server: String,
    name: String,
}

impl Database {
    /// Whether there is a server to make one on.
    pub fn can_be() -> bool {
        std::env::var_os(ADDRESS).is_some()
    }

    /// An empty one.
    ///
    /// # Errors
    /// When there is no server, or it is reached otherwise than by a socket.
    pub fn create() -> anyhow::Result<Self> {
        let server =
            std::env::var(ADDRESS).with_context(|| format!("no PostgreSQL server ({ADDRESS}): `./dev bench postgres` starts one"))?;
        let (account, rest) = server.strip_prefix("postgres://").and_then(|rest| rest.split_once('@')).context("no account")?;
        let folder = rest.split('/').next().unwrap_or_default().replace(SLASH, "/");
        ensure!(folder.starts_with('/'), "the server is not behind a socket");
        let letters: String = random_text()?.to_lowercase().chars().filter(char::is_ascii_alphanumeric).take(16).collect();
        let database =
            Self { account: account.to_owned(), folder: folder.into(), name: format!("bench_{letters}"), server: server.clone() };
        ask(&server, &format!("CREATE DATABASE {}", database.name))?;
        Ok(database)
    }

    /// Where a companion finds it.
    pub fn address(&self) -> String {
        self.address_in(&self.folder)
    }

    /// The same through a socket in another folder.
    pub fn address_in(&self, folder: &Path) -> String {
        format!("postgres://{}@{}/{}", self.account, folder.display().to_string().replace('/', SLASH), self.name)
    }

    /// The server's own socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(SOCKET)
    }

    /// How many bytes its tables and indexes have.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn bytes(&self) -> anyhow::Result<u64> {
        Ok(ask(&self.address(), "SELECT pg_database_size(current_database())")?.parse()?)
    }

    /// Whether its server waits for the disk before it says that something is kept: one that does not is faster than any in service.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn waits_for_the_disk(&self) -> anyhow::Result<bool> {
        Ok(ask(&self.address(), "SHOW fsync")? == "on")
    }
}

/// As a server of PostgreSQL names its socket.
pub const SOCKET: &str = ".s.PGSQL.5432";

impl Drop for Database {
    fn drop(&mut self) {
        // It goes with its server, where it does not go now.
        drop(ask(&self.server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)));
    }
}

fn ask(address: &str, statement: &str) -> anyhow::Result<String> {
    let output = Command::new("psql").args(["-qXAt", "-v", "ON_ERROR_STOP=1", address, "-c", statement]).output()?;
    ensure!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
