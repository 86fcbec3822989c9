//! The PostgreSQL server that `./dev test postgres` makes: a database of one's own there, and the server's own life.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::raw_client::random_text;
use crate::servers::any_ending_with_us;

/// The server's address.
const ADDRESS: &str = "VESTIBULE_TEST_POSTGRES";
/// A program that runs `pg_ctl` on the server, as the account that owns it.
const CONTROL: &str = "VESTIBULE_TEST_POSTGRES_CONTROL";

/// Whoever stops the server has it alone: the other tests of this process use the same.
static IN_USE: RwLock<()> = RwLock::const_new(());

/// The right to use the server while nobody stops it.
pub async fn shared() -> RwLockReadGuard<'static, ()> {
    IN_USE.read().await
}

/// The right to stop the server.
pub async fn alone() -> RwLockWriteGuard<'static, ()> {
    IN_USE.write().await
}

/// A database that goes with this value.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// A new one, which holds nothing.
    ///
    /// # Errors
    /// When there is no server.
    pub async fn create() -> anyhow::Result<Self> {
        let database = Self::to_come()?;
        ask(&database.server, &format!("CREATE DATABASE {}", database.name)).await?;
        Ok(database)
    }

    /// The name of one that somebody else makes.
    ///
    /// # Errors
    /// When there is no server.
    pub fn to_come() -> anyhow::Result<Self> {
        let letters: String = random_text().to_lowercase().chars().filter(char::is_ascii_alphanumeric).take(16).collect();
        Ok(Self { name: format!("cluster_{letters}"), server: named(ADDRESS)? })
    }

    /// As the server calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How PostgreSQL's own programs find the server: its folder, and who is believed there.
    ///
    /// # Errors
    /// When the address is of another kind.
    pub fn for_programs(&self) -> anyhow::Result<[(&'static str, String); 2]> {
        let address = self.server.strip_prefix("postgres://").context("an address")?;
        let (user, rest) = address.split_once('@').context("a user")?;
        let host = rest.split('/').next().unwrap_or_default().replace("%2F", "/");
        Ok([("PGHOST", host), ("PGUSER", user.to_owned())])
    }

    /// Where companions find it.
    pub fn address(&self) -> String {
        let end = self.server.rfind('/').unwrap_or(self.server.len());
        format!("{}/{}", &self.server[..end], self.name)
    }

    /// Where somebody else finds it, with this password.
    pub fn address_of(&self, role: &str, password: &str) -> String {
        let address = self.address();
        let host = address.split_once('@').map_or(address.as_str(), |(_, host)| host);
        format!("postgres://{role}:{password}@{host}")
    }

    /// A role that has a password, and no right to anything; it is of this database alone by its name.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn role(&self, password: &str) -> anyhow::Result<String> {
        let role = self.role_name();
        self.ask(&format!("CREATE ROLE {role} LOGIN PASSWORD '{password}' IN ROLE by_password")).await?;
        Ok(role)
    }

    fn role_name(&self) -> String {
        self.name.replace("cluster_", "role_")
    }

    /// What this statement gives, as `psql` writes it: a line for each row.
    ///
    /// # Errors
    /// When the server does not answer, or refuses it.
    pub async fn ask(&self, statement: &str) -> anyhow::Result<String> {
        ask(&self.address(), statement).await
    }

    /// The number that this statement gives.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn number(&self, statement: &str) -> anyhow::Result<u64> {
        Ok(self.ask(statement).await?.parse()?)
    }
}

impl Database {
    /// Nobody else writes into this table until it is let go of.
    ///
    /// # Errors
    /// When the server does not give it.
    pub async fn hold(&self, table: &str) -> anyhow::Result<Hold> {
        self.hold_by(&format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")).await
    }

    /// Nobody else reads or writes this table until it is let go of.
    ///
    /// # Errors
    /// When the server does not give it.
    pub async fn hold_alone(&self, table: &str) -> anyhow::Result<Hold> {
        self.hold_by(&format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).await
    }

    /// Whoever asks for this advisory lock waits until it is let go of.
    ///
    /// # Errors
    /// When the server does not give it.
    pub async fn hold_number(&self, number: u32) -> anyhow::Result<Hold> {
        self.hold_by(&format!("DO 'BEGIN PERFORM pg_advisory_xact_lock({number}); END'")).await
    }

    async fn hold_by(&self, statement: &str) -> anyhow::Result<Hold> {
        let mut command = any_ending_with_us("psql");
        command.args(["-qXAt", "-v", "ON_ERROR_STOP=1", &self.address()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut psql = command.spawn()?;
        let statement = format!("BEGIN; {statement}; SELECT 'held';\n");
        psql.stdin.as_mut().context("an input")?.write_all(statement.as_bytes()).await?;
        let mut said = [0; 5];
        psql.stdout.as_mut().context("an output")?.read_exact(&mut said).await?;
        Ok(Hold(psql))
    }

    /// Somebody who announces a change of this sign-in over and over, until this value is dropped.
    ///
    /// # Errors
    /// When `psql` does not start.
    pub async fn announce_without_end(&self, sign_in_id: &str) -> anyhow::Result<Child> {
        let mut command = any_ending_with_us("psql");
        command.args(["-qXAt", "-v", "ON_ERROR_STOP=1", &self.address()]).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut psql = command.spawn()?;
        let statement = format!("SELECT pg_notify('vestibule_changes', 'somebody {sign_in_id}')\n\\watch 0.05\n");
        psql.stdin.as_mut().context("an input")?.write_all(statement.as_bytes()).await?;
        Ok(psql)
    }

    /// Whether somebody waits for what is held.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn waits(&self) -> anyhow::Result<bool> {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        Ok(self.number(waiting).await? > 0)
    }
}

/// A table that is held.
#[derive(Debug)]
pub struct Hold(Child);

impl Hold {
    /// Lets it go.
    ///
    /// # Errors
    /// When whoever holds it does not end.
    pub async fn release(mut self) -> anyhow::Result<()> {
        drop(self.0.stdin.take());
        anyhow::ensure!(self.0.wait().await?.success(), "it was not held");
        Ok(())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statements =
            [format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name), format!("DROP ROLE IF EXISTS {}", self.role_name())];
        // They go with their server, where they do not go now.
        drop(
            std::process::Command::new("psql")
                .args(["-qX", &self.server, "-c", &statements[0], "-c", &statements[1]])
                .stderr(Stdio::null())
                .status(),
        );
    }
}

/// Stops the server as its administrator would.
///
/// # Errors
/// When it does not stop.
pub async fn stop() -> anyhow::Result<()> {
    control(&["-w", "-m", "fast", "stop"]).await
}

/// Starts the server again. What a crash left may still be ending: it is tried until it succeeds.
///
/// # Errors
/// When it does not start within a minute.
pub async fn start() -> anyhow::Result<()> {
    let mut attempts = tokio::time::interval(Duration::from_millis(200));
    for _ in 0..100 {
        attempts.tick().await;
        if control(&["-w", "start"]).await.is_ok() {
            return Ok(());
        }
    }
    bail!("the database server does not start again")
}

/// Ends another server that the same account has, with whatever is on it.
pub(super) fn end_now(data: &std::path::Path) {
    if let Ok(control) = named(CONTROL) {
        // It ends by itself, too, once its folder is gone.
        drop(std::process::Command::new(control).arg("-D").arg(data).args(["-s", "-m", "immediate", "stop"]).status());
    }
}

/// Kills the server without warning.
///
/// # Errors
/// When it cannot be killed.
pub async fn crash(database: &Database) -> anyhow::Result<()> {
    let file = database.ask("SELECT current_setting('data_directory') || '/postmaster.pid'").await?;
    let text = database.ask(&format!("SELECT split_part(pg_read_file('{file}'), chr(10), 1)")).await?;
    control(&["kill", "KILL", &text]).await
}

/// The processes of a server that stands still; dropped, it goes on.
#[derive(Debug)]
pub struct Frozen(Vec<String>);

/// Lets every process of the server stand still where it is: connections stay, and nothing is answered.
///
/// # Errors
/// When they cannot be told.
pub async fn freeze(database: &Database) -> anyhow::Result<Frozen> {
    let file = database.ask("SELECT current_setting('data_directory') || '/postmaster.pid'").await?;
    let first = database.ask(&format!("SELECT split_part(pg_read_file('{file}'), chr(10), 1)")).await?;
    let children = Command::new("pgrep").args(["-P", &first]).output().await?;
    let children = String::from_utf8(children.stdout)?;
    // The first one makes no other once it stands still.
    stand_still(std::iter::once(first).chain(children.lines().map(str::to_owned)).collect()).await
}

/// The same of the connections that this database has now: new ones are served, as behind a proxy whose other side died.
///
/// # Errors
/// As [`freeze`].
pub async fn freeze_connections(database: &Database) -> anyhow::Result<Frozen> {
    let connected = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    stand_still(database.ask(connected).await?.lines().map(str::to_owned).collect()).await
}

async fn stand_still(processes: Vec<String>) -> anyhow::Result<Frozen> {
    let told = Command::new("kill").arg("-STOP").args(&processes).status().await?;
    let frozen = Frozen(processes);
    anyhow::ensure!(told.success(), "not every process could be told");
    Ok(frozen)
}

impl Drop for Frozen {
    fn drop(&mut self) {
        // One that ended meanwhile cannot be told, and need not be.
        drop(std::process::Command::new("kill").arg("-CONT").args(&self.0).stderr(Stdio::null()).status());
    }
}

pub(super) async fn control(arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new(named(CONTROL)?).args(arguments).output().await?;
    anyhow::ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

pub(super) async fn ask(address: &str, statement: &str) -> anyhow::Result<String> {
    let output = Command::new("psql").args(["-qXAt", "-v", "ON_ERROR_STOP=1", address, "-c", statement]).output().await?;
    anyhow::ensure!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn named(variable: &str) -> anyhow::Result<String> {
    std::env::var(variable).with_context(|| format!("these tests need a PostgreSQL server ({variable}): run them by `./dev test postgres`"))
}
